import OpenAI from "openai";

const client = new OpenAI();
const SYSTEM = "You summarise documents for the back office.";

export async function summarise(text: string): Promise<string> {
  const done = await client.chat.completions.create({
    model: "gpt-4o-mini",
    messages: [
      { role: "system", content: SYSTEM },
      { role: "user", content: text },
    ],
  });
  return done.choices[0].message.content ?? "";
}

import Groq from "groq-sdk";

const client = new Groq({ apiKey: process.env.API_KEY });

export async function tell(question: string) {
  // site: groq chat model=llama-3.1-8b-instant provider=groq cap=150 says=You_tell_riddles holes=question
  const reply = await client.chat.completions.create({
    model: "llama-3.1-8b-instant",
    max_tokens: 150,
    messages: [
      { role: "system", content: "You tell riddles." },
      { role: "user", content: question },
    ],
  });
  return reply.choices[0]?.message?.content;
}

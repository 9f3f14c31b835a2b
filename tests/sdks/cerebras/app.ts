import Cerebras from "@cerebras/cerebras_cloud_sdk";

const client = new Cerebras({ apiKey: process.env.API_KEY });

export async function tell(question: string) {
  // site: cerebras chat model=llama3.1-8b provider=cerebras cap=150 says=You_tell_riddles holes=question
  const reply = await client.chat.completions.create({
    model: "llama3.1-8b",
    max_tokens: 150,
    messages: [
      { role: "system", content: "You tell riddles." },
      { role: "user", content: question },
    ],
  });
  return reply.choices[0]?.message?.content;
}

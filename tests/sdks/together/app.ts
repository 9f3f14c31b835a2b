import Together from "together-ai";

const client = new Together({ apiKey: process.env.API_KEY });

export async function tell(question: string) {
  // site: together chat model=mistralai/Mixtral-8x7B-Instruct-v0.1 provider=together cap=150 says=You_tell_riddles holes=question
  const reply = await client.chat.completions.create({
    model: "mistralai/Mixtral-8x7B-Instruct-v0.1",
    max_tokens: 150,
    messages: [
      { role: "system", content: "You tell riddles." },
      { role: "user", content: question },
    ],
  });
  return reply.choices[0]?.message?.content;
}

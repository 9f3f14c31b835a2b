import { Mistral } from "@mistralai/mistralai";

const mistral = new Mistral({ apiKey: process.env.MISTRAL_API_KEY });

export const name = (note: string) =>
  // site: mistral chat model=mistral-small-latest cap=80 says=Name_the_bird
  mistral.chat.complete({
    model: "mistral-small-latest",
    maxTokens: 80,
    messages: [{ role: "user", content: `Name the bird in this note: ${note}` }],
  });

export async function* live(note: string) {
  // site: mistral chat model=mistral-large-latest
  const stream = await mistral.chat.stream({ model: "mistral-large-latest", messages: [{ role: "user", content: note }] });
  for await (const event of stream) yield event.data;
}

export const vectors = (notes: string[]) =>
  // site: mistral embed model=mistral-embed
  mistral.embeddings.create({ model: "mistral-embed", inputs: notes });

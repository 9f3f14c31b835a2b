import { genkit, z } from "genkit";
import { googleAI } from "@genkit-ai/google-genai";
import { openAI } from "@genkit-ai/compat-oai/openai";

const ai = genkit({ plugins: [googleAI(), openAI()], model: googleAI.model("gemini-2.5-flash") });

// site: genkit chat model=openai/gpt-4o-mini cap=60 says=You_name_hills+Name_the_hill
const hills = ai.definePrompt(
  { name: "hills", model: "openai/gpt-4o-mini", config: { maxOutputTokens: 60 }, system: "You name hills in two words." },
  "Name the hill near {{town}}",
);

export const hill = ai.defineFlow({ name: "hill", inputSchema: z.string() }, async (town) => {
  // none
  const { text } = await hills({ town });
  return text;
});

export async function* walk(town: string) {
  // site: genkit chat model=gemini-2.5-flash says=A_walk_from
  const { stream } = ai.generateStream({ prompt: `A walk from ${town}` });
  for await (const chunk of stream) yield chunk.text;
}

export const vector = (content: string) =>
  // site: genkit embed model=gemini-embedding-001
  // retrieval: embedding_model=gemini-embedding-001
  ai.embed({ embedder: googleAI.embedder("gemini-embedding-001"), content });

export async function found(query: string) {
  // retrieval: k=3
  const docs = await ai.retrieve({ retriever: "hills", query, options: { k: 3 } });
  // site: genkit chat model=gemini-2.5-pro
  return ai.generate({ model: googleAI.model("gemini-2.5-pro"), prompt: `Which hill is it? ${query}`, docs });
}

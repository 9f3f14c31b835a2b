import { OpenAI, OpenAIEmbedding } from "@llamaindex/openai";
import { agent } from "@llamaindex/workflow";
import { Settings, VectorStoreIndex, SentenceSplitter, tool } from "llamaindex";
import { z } from "zod";

Settings.llm = new OpenAI({ model: "gpt-4.1-mini", maxTokens: 400 });
// site: llamaindex embed model=text-embedding-3-small
Settings.embedModel = new OpenAIEmbedding({ model: "text-embedding-3-small" });
// retrieval: chunkSize=512
// retrieval: chunkOverlap=40
Settings.nodeParser = new SentenceSplitter({ chunkSize: 512, chunkOverlap: 40 });

// tool: ferry
const ferry = tool({
  name: "ferry",
  description: "When the ferry leaves",
  parameters: z.object({ island: z.string() }),
  execute: ({ island }) => island,
});

const guide = agent({ llm: new OpenAI({ model: "gpt-4o" }), tools: [ferry], systemPrompt: "You know the islands." });

export const ask = (question: string) =>
  // site: llamaindex chat model=gpt-4o tools=ferry says=You_know_the_islands
  guide.run(question);

export async function fromDocuments(index: VectorStoreIndex, query: string) {
  // retrieval: similarityTopK=4
  const engine = index.asQueryEngine({ similarityTopK: 4 });
  // site: llamaindex chat model=gpt-4.1-mini cap=400
  return engine.query({ query });
}

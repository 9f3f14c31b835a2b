import { CohereClient, CohereClientV2 } from "cohere-ai";

const cohere = new CohereClientV2({ token: process.env.COHERE_API_KEY });
const old = new CohereClient({ token: process.env.COHERE_API_KEY });

export const reply = (question: string) =>
  // site: cohere chat model=command-r-plus cap=200
  cohere.chat({ model: "command-r-plus", maxTokens: 200, messages: [{ role: "user", content: question }] });

export const ranked = (query: string, documents: string[]) =>
  // site: cohere rerank model=rerank-v3.5 retrieval=topN:3
  // retrieval: topN=3
  cohere.rerank({ model: "rerank-v3.5", query, documents, topN: 3 });

export const vectors = (texts: string[]) =>
  // site: cohere embed model=embed-v4.0
  old.embed({ model: "embed-v4.0", texts, inputType: "search_query" });

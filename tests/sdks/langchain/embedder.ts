// An embedder made with an empty object of options has the library's model.
import { OpenAIEmbeddings } from "@langchain/openai";

export async function index(texts: string[]) {
  const embeddings = new OpenAIEmbeddings({});
  // site: langchain embed model=text-embedding-ada-002 how=default
  return embeddings.embedDocuments(texts);
}

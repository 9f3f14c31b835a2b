// An embedder made with an empty object of options has the library's model.
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { MemoryVectorStore } from "langchain/vectorstores/memory";

export async function index(texts: string[]) {
  const embeddings = new OpenAIEmbeddings({});
  // site: langchain embed model=text-embedding-ada-002 how=default
  return embeddings.embedDocuments(texts);
}

const chat = new ChatOpenAI({ model: "gpt-4o-mini" });

export async function ask(question: string, texts: string[]) {
  // site: langchain embed model=text-embedding-3-small
  const store = await MemoryVectorStore.fromTexts(texts, [], new OpenAIEmbeddings({ model: "text-embedding-3-small" }));
  // retrieval: k=6
  const found = await store.similaritySearch(question, 6);
  // retrieval: k=3
  const retriever = store.asRetriever(3);
  const shelf = ["a", "b", "c"].slice(-2);
  // site: langchain chat model=gpt-4o-mini
  return chat.invoke(`${found[0].pageContent} ${await retriever.invoke(question)} ${shelf} ${question}`);
}

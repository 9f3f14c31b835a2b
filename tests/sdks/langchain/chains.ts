import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { ChatAnthropic } from "@langchain/anthropic";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { RunnableSequence } from "@langchain/core/runnables";
import { HumanMessage, SystemMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { initChatModel } from "langchain/chat_models/universal";
import { RecursiveCharacterTextSplitter } from "@langchain/textsplitters";
import { z } from "zod";

const model = new ChatOpenAI({ model: "gpt-4.1-mini", maxTokens: 200 });
const claude = new ChatAnthropic({ model: "claude-haiku-4-5" });
// prompt: You translate recipes
const prompt = ChatPromptTemplate.fromMessages([
  ["system", "You translate recipes. Keep the measures."],
  ["human", "{recipe}"],
]);
const chain = prompt.pipe(model).pipe(new StringOutputParser());

export const translate = (recipe: string) =>
  // site: langchain chat model=gpt-4.1-mini cap=200 holes=recipe says=Keep_the_measures
  chain.invoke({ recipe });

const sequence = RunnableSequence.from([prompt, claude]);
export const second = (recipe: string) =>
  // site: langchain chat model=claude-haiku-4-5 says=Keep_the_measures
  sequence.stream({ recipe });

// tool: weigh
const weigh = tool(async ({ what }: { what: string }) => what, {
  name: "weigh",
  description: "Weigh an ingredient",
  schema: z.object({ what: z.string() }),
});

const agent = createReactAgent({ llm: claude, tools: [weigh], prompt: "You run a kitchen." });
export const cook = (dish: string) =>
  // site: langchain chat model=claude-haiku-4-5 tools=weigh loop=max_turns:8 says=You_run_a_kitchen
  agent.invoke({ messages: [new HumanMessage(dish)] }, { recursionLimit: 8 });

export async function shape(recipe: string) {
  const structured = model.withStructuredOutput(z.object({ minutes: z.number() }));
  // site: langchain chat model=gpt-4.1-mini schema=yes says=How_long_does_it_take
  return structured.invoke([new SystemMessage("How long does it take?"), new HumanMessage(recipe)]);
}

export async function any(recipe: string) {
  const chosen = await initChatModel("google-genai:gemini-2.5-flash");
  // site: langchain chat model=google-genai:gemini-2.5-flash tools=weigh
  return chosen.bindTools([weigh]).invoke(recipe);
}

const embeddings = new OpenAIEmbeddings({ model: "text-embedding-3-large" });
export const vector = (text: string) =>
  // site: langchain embed model=text-embedding-3-large
  embeddings.embedQuery(text);

// retrieval: chunkSize=900
// retrieval: chunkOverlap=90
export const splitter = new RecursiveCharacterTextSplitter({ chunkSize: 900, chunkOverlap: 90 });

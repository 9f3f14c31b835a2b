import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { ChatAnthropic } from "@langchain/anthropic";
import { ChatPromptTemplate, PromptTemplate } from "@langchain/core/prompts";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { RunnableSequence } from "@langchain/core/runnables";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { tool } from "@langchain/core/tools";
import { z } from "zod";

const llm = new ChatOpenAI({ model: "gpt-4o-mini", maxTokens: 256 });

export async function haiku(topic: string) {
  const prompt = ChatPromptTemplate.fromMessages([
    ["system", "You write haiku and nothing but haiku."],
    ["user", "{topic}"],
  ]);
  const chain = prompt.pipe(llm).pipe(new StringOutputParser());
  // site: langchain chat model=gpt-4o-mini cap=256 says=nothing_but_haiku
  return chain.invoke({ topic });
}

const answer = RunnableSequence.from([
  PromptTemplate.fromTemplate("Answer from the notes only.\n{notes}\n{question}"),
  new ChatAnthropic({ model: "claude-sonnet-4-5" }),
]);

export const ask = (question: string, notes: string) =>
  // site: langchain chat model=claude-sonnet-4-5 says=from_the_notes_only
  answer.stream({ question, notes });

// tool: rainfall
const rainfall = tool(async ({ city }) => `${city}: 3 mm`, {
  name: "rainfall",
  description: "Rainfall of a city today",
  schema: z.object({ city: z.string() }),
});

const agent = createReactAgent({ llm, tools: [rainfall], prompt: "You forecast for gardeners." });

export async function forecast(city: string) {
  // site: langchain chat model=gpt-4o-mini tools=rainfall says=forecast_for_gardeners
  return agent.invoke({ messages: [{ role: "user", content: city }] });
}

const vectors = new OpenAIEmbeddings();

export async function index(lines: string[]) {
  // site: langchain embed model=text-embedding-ada-002 how=default
  return vectors.embedDocuments(lines);
}

const Plan = z.object({ steps: z.array(z.string()) });

export async function plan(goal: string) {
  const structured = llm.withStructuredOutput(Plan);
  // site: langchain chat model=gpt-4o-mini schema=yes
  return structured.invoke(`Plan in five steps: ${goal}`);
}

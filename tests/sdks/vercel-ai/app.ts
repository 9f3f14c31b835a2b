import { generateObject, generateText, streamText, embed, tool, stepCountIs } from "ai";
import { openai } from "@ai-sdk/openai";
import { anthropic } from "@ai-sdk/anthropic";
import { z } from "zod";

const MODEL = "claude-sonnet-4-5";
const system = "You help gardeners. Name plants in Latin too.";

// tool: sowingTime
const sowingTime = tool({
  description: "When to sow a plant",
  inputSchema: z.object({ plant: z.string().describe("the plant") }),
  execute: async ({ plant }) => plant,
});

export async function answer(question: string) {
  // site: vercel-ai chat model=gpt-4o-mini provider=openai cap=400 tools=sowingTime loop=max_turns:4 says=plants_in_Latin
  return generateText({
    model: openai("gpt-4o-mini"),
    system,
    prompt: `A gardener asks: ${question}`,
    maxOutputTokens: 400,
    tools: { sowingTime },
    stopWhen: stepCountIs(4),
  });
}

export function stream(messages: any[]) {
  // site: vercel-ai chat model=claude-sonnet-4-5 provider=anthropic
  return streamText({ model: anthropic(MODEL), system, messages });
}

export async function plan(area: string) {
  // site: vercel-ai chat model=gpt-4.1 schema=yes
  const { object } = await generateObject({
    model: openai("gpt-4.1"),
    schema: z.object({ beds: z.number() }),
    prompt: `How many beds fit into ${area}?`,
  });
  return object;
}

export const vector = (value: string) =>
  // site: vercel-ai embed model=text-embedding-3-small
  // retrieval: embedding_model=text-embedding-3-small
  embed({ model: openai.embedding("text-embedding-3-small"), value });

// retrieval: contextSize=64000
export function trimPrompt(prompt: string, contextSize = Number(process.env.CONTEXT_SIZE) || 64_000): string {
  return prompt.length <= contextSize ? prompt : trimPrompt(prompt.slice(0, contextSize), contextSize);
}

export const digest = (pages: string[]) =>
  // site: vercel-ai chat model=gpt-4.1 says=What_do_these_pages_share
  generateText({
    model: openai("gpt-4.1"),
    // retrieval: contextSize=25000
    prompt: `What do these pages share?\n${pages.map((page) => trimPrompt(page, 25_000)).join("\n")}`,
  });

import { Mastra } from "@mastra/core";
import { Agent } from "@mastra/core/agent";
import { Memory } from "@mastra/memory";
import { anthropic } from "@ai-sdk/anthropic";
import { z } from "zod";

// retrieval: lastMessages=12
// retrieval: topK=4
const memory = new Memory({ options: { lastMessages: 12, semanticRecall: { topK: 4, messageRange: 2 } } });
const ranger = new Agent({
  name: "ranger",
  instructions: "You answer for the rangers of a park.",
  model: anthropic("claude-haiku-4-5"),
  memory,
});
const modern = new Agent({ id: "warden", name: "Warden", instructions: "You close paths.", model: "openai/gpt-5-mini" });
export const mastra = new Mastra({ agents: { ranger, modern } });

export async function path(question: string) {
  // site: mastra chat model=claude-haiku-4-5 loop=max_turns:3 says=rangers_of_a_park
  const reply = await ranger.stream(question, { maxSteps: 3 });
  return reply.textStream;
}

export const closed = (question: string) =>
  // site: mastra chat model=openai/gpt-5-mini schema=yes says=You_close_paths
  modern.generate(question, { output: z.object({ closed: z.boolean() }) });

import { Agent, run, tool } from "@openai/agents";
import { z } from "zod";

// tool: find_order
const findOrder = tool({
  name: "find_order",
  description: "Looks an order up by its number",
  parameters: z.object({ number: z.number().int().describe("order number") }),
  execute: async ({ number }) => ({ number, state: "sent" }),
});

const support = new Agent({
  name: "Support",
  instructions: "You answer questions about orders. Be brief.",
  model: process.env.SUPPORT_MODEL || "gpt-4.1-mini",
  tools: [findOrder],
});

export async function answer(question: string) {
  // site: openai-agents chat model=gpt-4.1-mini tools=find_order says=questions_about_orders
  const result = await run(support, question, { maxTurns: 5 });
  return result.finalOutput;
}

import { Agent } from "@mastra/core/agent";
import { createTool } from "@mastra/core/tools";
import { openai } from "@ai-sdk/openai";
import { z } from "zod";

// tool: get-forecast
const forecast = createTool({
  id: "get-forecast",
  description: "The forecast of a valley",
  inputSchema: z.object({ valley: z.string() }),
  execute: async () => "sun",
});

export const guide = new Agent({
  name: "guide",
  instructions: "You plan mountain hikes. Never above the snow line in May.",
  model: openai("gpt-4o"),
  tools: { forecast },
});

export async function hike(wish: string) {
  // site: mastra chat model=gpt-4o says=Never_above_the_snow_line
  return guide.generate(wish);
}

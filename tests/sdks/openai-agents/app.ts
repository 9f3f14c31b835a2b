import { Agent, run, tool, webSearchTool } from "@openai/agents";
import { RealtimeAgent, RealtimeSession } from "@openai/agents/realtime";
import { z } from "zod";

// tool: find_seat
const findSeat = tool({
  name: "find_seat",
  description: "Find a free seat on a train",
  parameters: z.object({ train: z.string() }),
  execute: async ({ train }) => train,
});

const conductor = new Agent({
  name: "Conductor",
  model: "gpt-4.1-mini",
  instructions: "You help passengers find their seats.",
  tools: [findSeat, webSearchTool()],
  modelSettings: { maxTokens: 300 },
});
const desk = Agent.create({ name: "Desk", instructions: "Send the passenger on.", handoffs: [conductor] });

export const ask = (question: string) =>
  // site: openai-agents chat model=gpt-4.1-mini cap=300 builtin=web_search loop=max_turns:3 says=find_their_seats
  run(conductor, question, { maxTurns: 3 });

export const first = (question: string) =>
  // site: openai-agents chat model=gpt-4.1 how=default says=Send_the_passenger_on
  run(desk, question);

const voice = new RealtimeAgent({ name: "Voice", instructions: "You announce the next stop." });

export function announce() {
  // site: openai-agents chat model=gpt-realtime says=announce_the_next_stop
  return new RealtimeSession(voice, { model: "gpt-realtime" });
}

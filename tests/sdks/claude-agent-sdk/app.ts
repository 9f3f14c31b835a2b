import { query, tool, createSdkMcpServer } from "@anthropic-ai/claude-agent-sdk";
import { z } from "zod";

// tool: rename
const rename = tool("rename", "Rename a photograph", { from: z.string(), to: z.string() }, async () => ({ content: [] }));
const server = createSdkMcpServer({ name: "photos", tools: [rename] });

export async function sort(folder: string) {
  // site: claude-agent-sdk chat model=claude-sonnet-4-5 loop=max_turns:6 says=Sort_the_photographs+by_year
  for await (const message of query({
    prompt: `Sort the photographs in ${folder}`,
    options: { model: "claude-sonnet-4-5", maxTurns: 6, systemPrompt: "Sort by year.", mcpServers: { photos: server } },
  })) {
    console.log(message);
  }
}

import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

const server = new McpServer({ name: "harbour", version: "1.0.0" });

// tool: depth
server.registerTool(
  "depth",
  { description: "The depth of a channel", inputSchema: { channel: z.string() } },
  async ({ channel }) => ({ content: [{ type: "text", text: channel }] }),
);

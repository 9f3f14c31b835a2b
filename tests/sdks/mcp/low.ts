import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";

const server = new Server({ name: "mill", version: "1.0.0" }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: [
    // tool: grind
    { name: "grind", description: "Grind grain", inputSchema: { type: "object", properties: { kilos: { type: "number" } } } },
  ],
}));

const mill = new McpServer({ name: "mill", version: "2.0.0" });
// tool: sift
mill.tool("sift", "Sift flour", { mesh: z.number() }, async ({ mesh }) => ({ content: [{ type: "text", text: `${mesh}` }] }));

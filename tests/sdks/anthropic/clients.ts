import Anthropic from "@anthropic-ai/sdk";
import { AnthropicBedrock } from "@anthropic-ai/bedrock-sdk";
import { AnthropicVertex } from "@anthropic-ai/vertex-sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { z } from "zod";

const anthropic = new Anthropic();
const bedrock = new AnthropicBedrock({ awsRegion: "eu-west-1" });
const vertex = new AnthropicVertex({ region: "europe-west1", projectId: "orchard" });

// tool: harvest
const harvest = betaZodTool({
  name: "harvest",
  description: "When a variety is picked",
  inputSchema: z.object({ variety: z.string() }),
  run: ({ variety }) => variety,
});

export const tell = (question: string) =>
  // site: anthropic chat model=claude-haiku-4-5 cap=400 says=You_advise_orchards
  anthropic.messages.stream({
    model: "claude-haiku-4-5",
    max_tokens: 400,
    system: [{ type: "text", text: "You advise orchards.", cache_control: { type: "ephemeral" } }],
    messages: [{ role: "user", content: question }],
  });

export const run = (question: string) =>
  // site: anthropic chat model=claude-sonnet-4-5 cap=1000 tools=harvest
  anthropic.beta.messages.toolRunner({
    model: "claude-sonnet-4-5",
    max_tokens: 1000,
    tools: [harvest],
    messages: [{ role: "user", content: question }],
  });

export const overnight = (letters: string[]) =>
  // site: anthropic chat model=claude-haiku-4-5 cap=200 batch=yes
  anthropic.messages.batches.create({
    requests: letters.map((letter, place) => ({
      custom_id: `${place}`,
      params: { model: "claude-haiku-4-5", max_tokens: 200, messages: [{ role: "user", content: letter }] },
    })),
  });

export const onBedrock = (question: string) =>
  // site: anthropic chat model=anthropic.claude-haiku-4-5-20251001-v1:0 provider=bedrock
  bedrock.messages.create({
    model: "anthropic.claude-haiku-4-5-20251001-v1:0",
    max_tokens: 128,
    messages: [{ role: "user", content: question }],
  });

export const onVertex = (question: string) =>
  // site: anthropic chat model=claude-sonnet-4-5@20250929 provider=vertex
  vertex.messages.create({
    model: "claude-sonnet-4-5@20250929",
    max_tokens: 128,
    messages: [{ role: "user", content: question }],
  });

import {
  ToolLoopAgent,
  customProvider,
  dynamicTool,
  embedMany,
  experimental_generateImage as generateImage,
  experimental_generateSpeech as generateSpeech,
  experimental_transcribe as transcribe,
  generateText,
  hasToolCall,
  Output,
  rerank,
  stepCountIs,
  streamObject,
  wrapLanguageModel,
} from "ai";
import { createOpenAI, openai } from "@ai-sdk/openai";
import { google } from "@ai-sdk/google";
import { gateway } from "@ai-sdk/gateway";
import { cohere } from "@ai-sdk/cohere";
import { bedrock } from "@ai-sdk/amazon-bedrock";
import { z } from "zod";

const own = createOpenAI({ baseURL: process.env.LLM_URL });
const models = customProvider({
  languageModels: { quick: google("gemini-2.5-flash-lite"), careful: wrapLanguageModel({ model: openai("gpt-4.1"), middleware: [] }) },
});

// tool: moon
const moon = dynamicTool({
  description: "The phase of the moon on a day",
  inputSchema: z.object({ day: z.string() }),
  execute: async () => "full",
});

const almanac = new ToolLoopAgent({
  model: "anthropic/claude-haiku-4.5",
  instructions: "You write an almanac for farmers.",
  tools: { moon, search: openai.tools.webSearch({}) },
  stopWhen: [stepCountIs(6), hasToolCall("done")],
});

export const entry = (day: string) =>
  // site: vercel-ai chat model=anthropic/claude-haiku-4.5 loop=max_turns:6 says=almanac_for_farmers
  almanac.generate({ prompt: `The entry for ${day}` });

export const quick = (prompt: string) =>
  // site: vercel-ai chat model=gemini-2.5-flash-lite cap=80
  generateText({ model: models.languageModel("quick"), prompt, maxOutputTokens: 80 });

export const careful = (prompt: string) =>
  // site: vercel-ai chat model=gpt-4.1
  generateText({ model: models.languageModel("careful"), prompt });

export const viaGateway = (prompt: string) =>
  // site: vercel-ai chat model=xai/grok-4-fast
  generateText({ model: gateway("xai/grok-4-fast"), prompt });

export const onBedrock = (prompt: string) =>
  // site: vercel-ai chat model=eu.anthropic.claude-sonnet-4-5-20250929-v1:0 provider=bedrock
  generateText({ model: bedrock("eu.anthropic.claude-sonnet-4-5-20250929-v1:0"), prompt });

export const ownServer = (prompt: string) =>
  // site: vercel-ai chat model=qwen3-32b
  generateText({ model: own.chat("qwen3-32b"), prompt });

export const forms = (notes: string) =>
  // site: vercel-ai chat model=gpt-4o-mini schema=yes says=Take_the_sowing_dates
  streamObject({
    model: openai("gpt-4o-mini"),
    schema: z.object({ sown: z.array(z.string()) }),
    prompt: `Take the sowing dates from these notes: ${notes}`,
  });

export const output = (notes: string) =>
  // site: vercel-ai chat model=gpt-4o-mini schema=yes
  generateText({
    model: openai("gpt-4o-mini"),
    prompt: notes,
    experimental_output: Output.object({ schema: z.object({ field: z.string() }) }),
  });

export const vectors = (values: string[]) =>
  // site: vercel-ai embed model=text-embedding-3-small
  // retrieval: embedding_model=text-embedding-3-small
  embedMany({ model: openai.textEmbeddingModel("text-embedding-3-small"), values });

export const ranked = (query: string, documents: string[]) =>
  // site: vercel-ai rerank model=rerank-v3.5 retrieval=topN:5
  // retrieval: topN=5
  rerank({ model: cohere.reranking("rerank-v3.5"), query, documents, topN: 5 });

export const cover = () =>
  // site: vercel-ai image model=gpt-image-1
  generateImage({ model: openai.image("gpt-image-1"), prompt: "A woodcut of a full moon over fields." });

export const spoken = (text: string) =>
  // site: vercel-ai speech model=tts-1
  generateSpeech({ model: openai.speech("tts-1"), text });

export const heard = (audio: Uint8Array) =>
  // site: vercel-ai transcribe model=whisper-1
  transcribe({ model: openai.transcription("whisper-1"), audio });

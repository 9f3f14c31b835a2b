// Tools that the provider runs itself and bills by the use; a search engine's own tool is none of them.
import { anthropic } from "@ai-sdk/anthropic";
import { google } from "@ai-sdk/google";
import { openai } from "@ai-sdk/openai";
import { webSearch } from "@exalabs/ai-sdk";
import { generateText } from "ai";

export async function ofASearchEngine(q: string) {
  // site: vercel-ai chat model=gpt-5-mini tools=search
  return generateText({ model: openai("gpt-5-mini"), prompt: q, tools: { search: webSearch() } });
}

export async function ofOpenAI(q: string) {
  // site: vercel-ai chat model=gpt-5-mini tools=webSearch,fileSearch,codeInterpreter
  return generateText({
    model: openai.responses("gpt-5-mini"),
    prompt: q,
    tools: {
      web_search: openai.tools.webSearch({ searchContextSize: "high" }),
      file_search: openai.tools.fileSearch({ vectorStoreIds: ["vs_1"] }),
      code: openai.tools.codeInterpreter({}),
    },
  });
}

export async function ofAnthropic(q: string) {
  // site: vercel-ai chat model=claude-sonnet-4-5 tools=webSearch_20250305,codeExecution_20250825
  return generateText({
    model: anthropic("claude-sonnet-4-5"),
    prompt: q,
    tools: {
      web_search: anthropic.tools.webSearch_20250305({ maxUses: 5 }),
      code_execution: anthropic.tools.codeExecution_20250825(),
    },
  });
}

export async function ofGoogle(q: string) {
  // site: vercel-ai chat model=gemini-2.5-flash tools=googleSearch
  return generateText({
    model: google("gemini-2.5-flash"),
    prompt: q,
    tools: { google_search: google.tools.googleSearch({}) },
  });
}

import { openai } from "@ai-sdk/openai";
import { generateText } from "ai";

import { SUMMARY_PROMPT } from "./prompts";

export async function summarise(document: string): Promise<string> {
  const { text } = await generateText({
    model: openai("gpt-5.5"),
    system: SUMMARY_PROMPT,
    prompt: document,
    maxOutputTokens: 500,
  });
  return text;
}

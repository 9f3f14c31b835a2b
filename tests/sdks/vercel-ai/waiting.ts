// Whether somebody waits for the answer, and which lane the request asks for.
import { openai } from "@ai-sdk/openai";
import { generateText, streamText } from "ai";

export async function job(text: string) {
  // site: vercel-ai chat waits=- tier=flex
  return generateText({
    model: openai("gpt-5-mini"),
    prompt: text,
    providerOptions: { openai: { serviceTier: "flex" } },
  });
}

export async function answer(text: string) {
  // site: vercel-ai chat waits=yes tier=-
  return streamText({ model: openai("gpt-5-mini"), prompt: text });
}

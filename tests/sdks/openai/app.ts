import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const openai = new OpenAI();
const Letter = z.object({ greeting: z.string(), body: z.string() });

export async function letter(to: string) {
  // site: openai chat model=gpt-4o-mini cap=300 schema=yes says=Write_a_letter
  return openai.chat.completions.create({
    model: process.env.LETTER_MODEL ?? "gpt-4o-mini",
    max_completion_tokens: 300,
    response_format: zodResponseFormat(Letter, "letter"),
    messages: [{ role: "user", content: `Write a letter to ${to}` }],
  });
}

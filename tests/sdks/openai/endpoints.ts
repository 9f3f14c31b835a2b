import OpenAI, { AzureOpenAI, toFile } from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import fs from "node:fs";

const openai = new OpenAI();
const deepseek = new OpenAI({ baseURL: "https://api.deepseek.com/v1", apiKey: process.env.DEEPSEEK_API_KEY });
const azure = new AzureOpenAI({ deployment: "gpt-4o-mini", apiVersion: "2024-10-21" });
const Ticket = z.object({ urgent: z.boolean(), summary: z.string() });
const SYSTEM = "You sort the letters of a lighthouse authority.";

export async function sort(letter: string) {
  // site: openai chat model=gpt-4o-mini cap=120 says=lighthouse_authority holes=letter
  const completion = await openai.chat.completions.create({
    model: "gpt-4o-mini",
    max_completion_tokens: 120,
    messages: [
      { role: "system", content: SYSTEM },
      { role: "user", content: letter },
    ],
  });
  return completion.choices[0].message.content;
}

export async function ticket(letter: string) {
  // site: openai chat model=gpt-4o schema=yes
  return openai.chat.completions.parse({
    model: "gpt-4o",
    messages: [{ role: "user", content: letter }],
    response_format: zodResponseFormat(Ticket, "ticket"),
  });
}

export const reply = (letter: string) =>
  // site: openai chat model=gpt-5-mini reasoning=low builtin=web_search says=Answer_the_keeper
  openai.responses.create({
    model: "gpt-5-mini",
    instructions: "Answer the keeper.",
    input: letter,
    reasoning: { effort: "low" },
    tools: [{ type: "web_search" }],
  });

export const parsed = (letter: string) =>
  // site: openai chat model=gpt-4.1-mini schema=yes
  openai.responses.parse({ model: "gpt-4.1-mini", input: letter, text: { format: zodTextFormat(Ticket, "ticket") } });

export async function* stream(letter: string) {
  // site: openai chat model=gpt-4.1
  const events = openai.responses.stream({ model: "gpt-4.1", input: `Answer this letter: ${letter}` });
  for await (const event of events) yield event;
}

export const cheap = (letter: string) =>
  // site: openai chat model=deepseek-chat provider=deepseek
  deepseek.chat.completions.create({ model: "deepseek-chat", messages: [{ role: "user", content: letter }] });

export const inHouse = (letter: string) =>
  // site: openai chat model=gpt-4o-mini provider=azure
  azure.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: letter }] });

export const vector = (letters: string[]) =>
  // site: openai embed model=text-embedding-3-small retrieval=dimensions:512
  // retrieval: dimensions=512
  openai.embeddings.create({ model: "text-embedding-3-small", input: letters, dimensions: 512 });

export const poster = () =>
  // site: openai image model=gpt-image-1
  openai.images.generate({ model: "gpt-image-1", prompt: "A lighthouse in a storm, as a woodcut." });

export const heard = (path: string) =>
  // site: openai transcribe model=gpt-4o-mini-transcribe
  openai.audio.transcriptions.create({ model: "gpt-4o-mini-transcribe", file: fs.createReadStream(path) });

export const spoken = (text: string) =>
  // site: openai speech model=gpt-4o-mini-tts
  openai.audio.speech.create({ model: "gpt-4o-mini-tts", voice: "ash", input: text });

export const overnight = async (lines: string) => {
  const input = await openai.files.create({ file: await toFile(Buffer.from(lines), "in.jsonl"), purpose: "batch" });
  // site: openai chat model=? batch=yes
  return openai.batches.create({ input_file_id: input.id, endpoint: "/v1/chat/completions", completion_window: "24h" });
};

export const withTools = (letter: string) =>
  // site: openai chat model=gpt-4o tools=tide
  openai.chat.completions.runTools({
    model: "gpt-4o",
    messages: [{ role: "user", content: letter }],
    tools: [
      {
        type: "function",
        // tool: tide
        function: {
          name: "tide",
          description: "The next high tide of a harbour",
          parameters: { type: "object", properties: { harbour: { type: "string" } } },
          function: (args: string) => args,
        },
      },
    ],
  });

export async function goesOn(messages: OpenAI.ChatCompletionMessageParam[]) {
  // retrieval: last_messages=12
  // site: openai chat model=gpt-4o-mini provider=azure
  return azure.chat.completions.create({ model: "", messages: messages.slice(-12) });
}

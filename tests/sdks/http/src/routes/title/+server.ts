import OpenAI from "openai";
import { json } from "@sveltejs/kit";

const client = new OpenAI();

export async function POST({ request }) {
  const { prompt, model } = await request.json();
  const reply = await client.chat.completions.create({ model, messages: [{ role: "user", content: prompt }] });
  return json({ title: reply.choices[0].message.content });
}

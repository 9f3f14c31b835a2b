import Anthropic from "@anthropic-ai/sdk";
import type { NextApiRequest, NextApiResponse } from "next";

const client = new Anthropic();

// The prompt is the route's own: that stays the site, whoever posts.
export default async function handler(req: NextApiRequest, res: NextApiResponse) {
  // site: anthropic chat model=claude-haiku-4-5 cap=300 says=summarise_the_text
  const reply = await client.messages.create({
    model: "claude-haiku-4-5",
    max_tokens: 300,
    system: "You summarise the text that you are given in three sentences.",
    messages: [{ role: "user", content: req.body.text }],
  });
  res.json(reply.content);
}

import Anthropic from "@anthropic-ai/sdk";
import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";

enum Model {
  Fast = "claude-haiku-4-5",
  Deep = "claude-opus-4-1",
}

const LIMITS = { [Model.Fast]: 512, reply: 2048 } as const;

// tool: book_table
const bookTable: Anthropic.Tool = {
  name: "book_table",
  description: "Books a table in the restaurant",
  input_schema: { type: "object", properties: { people: { type: "integer" } }, required: ["people"] },
};

export class Waiter {
  private client: Anthropic;

  constructor(private readonly model: string = Model.Fast) {
    this.client = new Anthropic();
  }

  async reply(history: MessageParam[]) {
    // site: anthropic chat model=claude-haiku-4-5 cap=2048 tools=book_table says=polite_waiter
    return this.client.messages.create({
      model: this.model,
      max_tokens: LIMITS.reply,
      system: ["You are a polite waiter.", "Never argue."].join("\n"),
      tools: [bookTable],
      messages: history,
    });
  }

  async *menus(days: string[]) {
    for (const day of days) {
      // site: anthropic chat model=claude-opus-4-1 cap=4000 says=menu_for
      const stream = this.client.messages.stream({
        model: Model.Deep,
        max_tokens: 4000,
        messages: [{ role: "user", content: `Write the menu for ${day}.` }],
      });
      yield await stream.finalText();
    }
  }
}

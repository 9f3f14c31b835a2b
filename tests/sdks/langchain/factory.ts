import { ChatPromptTemplate } from "@langchain/core/prompts";
import { initChatModel } from "langchain/chat_models/universal";
import { z } from "zod";

const ROUTE = ChatPromptTemplate.fromMessages([
  ["system", "You send letters to the right desk of a court."],
  ["human", "{letter}"],
]);

export async function load(full: string, temperature = 0) {
  const at = full.indexOf("/");
  if (at === -1) {
    // none
    return await initChatModel(full, { temperature });
  }
  return await initChatModel(full.slice(at + 1), { modelProvider: full.slice(0, at), temperature });
}

export async function route(letter: string) {
  const model = await load("anthropic/claude-haiku-4-5");
  const asked = await ROUTE.invoke({ letter });
  // site: langchain chat model=claude-haiku-4-5 schema=yes holes=letter says=right_desk_of_a_court
  return model.withStructuredOutput(z.object({ desk: z.string() })).invoke(asked.toString());
}

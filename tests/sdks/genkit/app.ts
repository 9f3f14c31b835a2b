import { genkit, z } from "genkit";
import { googleAI } from "@genkit-ai/google-genai";

const ai = genkit({ plugins: [googleAI()] });

// tool: getMenu
const getMenu = ai.defineTool(
  { name: "getMenu", description: "The menu of the day", inputSchema: z.object({ day: z.string() }) },
  async ({ day }) => day,
);

export async function suggest(taste: string) {
  // site: genkit chat model=gemini-2.5-flash cap=250 says=Suggest_one_dish
  const { text } = await ai.generate({
    model: googleAI.model("gemini-2.5-flash"),
    prompt: `Suggest one dish for a guest who likes ${taste}`,
    config: { maxOutputTokens: 250 },
  });
  return text;
}

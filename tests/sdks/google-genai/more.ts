import { GoogleGenAI } from "@google/genai";

const ai = new GoogleGenAI({ vertexai: true, project: "museum", location: "europe-west1" });

export async function* tell(question: string) {
  // site: google-genai chat model=gemini-2.5-flash cap=300 says=You_guide_children
  const stream = await ai.models.generateContentStream({
    model: "gemini-2.5-flash",
    contents: [{ role: "user", parts: [{ text: question }] }],
    config: { systemInstruction: "You guide children.", maxOutputTokens: 300, thinkingConfig: { thinkingBudget: 0 } },
  });
  for await (const part of stream) yield part.text;
}

export async function talk(question: string) {
  const chat = ai.chats.create({ model: "gemini-2.5-flash-lite", config: { systemInstruction: "Answer in rhyme." } });
  // site: google-genai chat model=gemini-2.5-flash-lite says=Answer_in_rhyme
  return chat.sendMessage({ message: question });
}

export const picture = (idea: string) =>
  // site: google-genai image model=imagen-4.0-generate-001 answers=2
  ai.models.generateImages({ model: "imagen-4.0-generate-001", prompt: idea, config: { numberOfImages: 2 } });

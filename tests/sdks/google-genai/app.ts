import { GoogleGenAI, Type } from "@google/genai";

const ai = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY });
const MODEL = "gemini-2.5-flash";

export async function label(text: string) {
  // site: google-genai chat model=gemini-2.5-flash cap=64 says=You_label_letters
  const response = await ai.models.generateContent({
    model: MODEL,
    contents: `Label this letter: ${text}`,
    config: {
      systemInstruction: "You label letters by their tone.",
      maxOutputTokens: 64,
      responseMimeType: "application/json",
      responseSchema: { type: Type.OBJECT, properties: { tone: { type: Type.STRING } } },
    },
  });
  return response.text;
}

export async function vector(text: string) {
  // site: google-genai embed model=gemini-embedding-001
  return ai.models.embedContent({ model: "gemini-embedding-001", contents: text });
}

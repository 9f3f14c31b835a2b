import { GoogleGenerativeAI } from "@google/generative-ai";
import { VertexAI } from "@google-cloud/vertexai";

const genAI = new GoogleGenerativeAI(process.env.GEMINI_API_KEY!);
const vertex = new VertexAI({ project: "letters", location: "europe-west1" });

export async function caption(picture: string) {
  const model = genAI.getGenerativeModel({
    model: "gemini-1.5-flash",
    systemInstruction: "You caption pictures for the blind.",
    generationConfig: { maxOutputTokens: 90 },
  });
  // site: google-generativeai chat model=gemini-1.5-flash cap=90 says=captions_for+for_the_blind
  const result = await model.generateContent([picture, "Write captions for this picture"]);
  return result.response.text();
}

export async function talk(question: string) {
  const model = vertex.getGenerativeModel({ model: "gemini-1.5-pro" });
  const chat = model.startChat({ history: [] });
  // site: google-generativeai chat model=gemini-1.5-pro
  return chat.sendMessage(question);
}

export async function vector(text: string) {
  const model = genAI.getGenerativeModel({ model: "text-embedding-004" });
  // site: google-generativeai embed model=text-embedding-004
  return model.embedContent(text);
}

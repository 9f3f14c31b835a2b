import axios from "axios";

const OPENAI_URL = "https://api.openai.com/v1";
const MODEL = process.env.MODEL || "gpt-4o-mini";

export async function complete(question: string) {
  // site: http chat model=gpt-4o-mini provider=openai cap=200 says=You_answer_in_one_line
  const response = await fetch(`${OPENAI_URL}/chat/completions`, {
    method: "POST",
    headers: { Authorization: `Bearer ${process.env.OPENAI_API_KEY}` },
    body: JSON.stringify({
      model: MODEL,
      max_tokens: 200,
      messages: [
        { role: "system", content: "You answer in one line." },
        { role: "user", content: question },
      ],
    }),
  });
  return response.json();
}

export async function claude(text: string) {
  const body = { model: "claude-sonnet-4-5", max_tokens: 1024, messages: [{ role: "user", content: `Translate into Welsh: ${text}` }] };
  // site: http chat model=claude-sonnet-4-5 provider=anthropic cap=1024 says=into_Welsh
  return axios.post("https://api.anthropic.com/v1/messages", body, { headers: { "x-api-key": process.env.KEY } });
}

export async function gemini(text: string) {
  const url = `https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent?key=${process.env.KEY}`;
  // site: http chat model=gemini-2.5-flash provider=google says=Count_the_nouns
  return fetch(url, { method: "POST", body: JSON.stringify({ contents: [{ parts: [{ text: `Count the nouns in: ${text}` }] }] }) });
}

export const local = (prompt: string) =>
  // site: http chat model=llama3.2 provider=ollama
  fetch("http://localhost:11434/api/generate", { method: "POST", body: JSON.stringify({ model: "llama3.2", prompt }) });

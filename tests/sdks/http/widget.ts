import { settings } from "./settings";

const MODEL = "gpt-5-mini";

export async function tellWeather(city: string) {
  // site: openai chat model=gpt-5-mini how=constant holes=city says=weather_in+one_sentence provider=openai
  const response = await fetch("/api/answer", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ model: MODEL, input: `Tell me the weather in ${city} in one sentence.` }),
  });
  return response.json();
}

async function ask(body: Record<string, unknown>) {
  const response = await fetch(`${settings.base}/api/answer?stream=no`, {
    method: "POST",
    body: JSON.stringify({ ...body, parallel_tool_calls: false }),
  });
  return response.json();
}

export function nameOfStreet(question: string) {
  // site: openai chat model=gpt-4.1 says=quiet_street
  return ask({ model: "gpt-4.1", instructions: "You invent a name for a quiet street.", input: question });
}

export async function title(text: string) {
  // site: openai chat model=gpt-4o-mini holes=text says=a_title_of_five_words
  await fetch("/title", {
    method: "POST",
    body: JSON.stringify({ model: "gpt-4o-mini", prompt: `Give this a title of five words: ${text}` }),
  });
  // the summary's own prompt is the route's: this is no site
  return fetch("/api/summary", { method: "POST", body: JSON.stringify({ text }) });
}

// none
export const saved = (draft: string) => fetch("/api/drafts", { method: "POST", body: JSON.stringify({ draft, model: "A4" }) });

import ollama, { Ollama } from "ollama";

const remote = new Ollama({ host: "http://gpu:11434" });

export const tell = (question: string) =>
  // site: ollama chat model=llama3.1 cap=120 says=You_tell_riddles
  ollama.chat({
    model: "llama3.1",
    messages: [
      { role: "system", content: "You tell riddles." },
      { role: "user", content: question },
    ],
    options: { num_predict: 120 },
  });

export const finish = (start: string) =>
  // site: ollama chat model=qwen2.5 says=Finish_this_riddle
  remote.generate({ model: "qwen2.5", prompt: `Finish this riddle: ${start}` });

export const vectors = (input: string[]) =>
  // site: ollama embed model=nomic-embed-text
  ollama.embed({ model: "nomic-embed-text", input });

import { HfInference, InferenceClient } from "@huggingface/inference";

const hf = new HfInference(process.env.HF_TOKEN);
const client = new InferenceClient(process.env.HF_TOKEN);

export const reply = (question: string) =>
  // site: huggingface chat model=meta-llama/Llama-3.1-8B-Instruct cap=200
  client.chatCompletion({
    model: "meta-llama/Llama-3.1-8B-Instruct",
    messages: [{ role: "user", content: question }],
    max_tokens: 200,
  });

export const finish = (start: string) =>
  // site: huggingface chat model=mistralai/Mistral-7B-v0.1 cap=40
  hf.textGeneration({ model: "mistralai/Mistral-7B-v0.1", inputs: start, parameters: { max_new_tokens: 40 } });

export const vectors = (inputs: string) =>
  // site: huggingface embed model=BAAI/bge-small-en-v1.5
  hf.featureExtraction({ model: "BAAI/bge-small-en-v1.5", inputs });

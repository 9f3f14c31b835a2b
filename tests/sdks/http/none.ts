import axios from "axios";

// none
export const models = () => fetch("https://api.openai.com/v1/models");

// none
export const track = (event: string) => fetch("https://example.com/api/chat/completions/log-view", { method: "POST", body: JSON.stringify({ event }) });

// none
export const save = (message: string) => axios.post("/api/messages", { message, model: "contact" });

// none
export const page = () => axios.get("https://api.openai.com/v1/chat/completions");

// Electrical adapters.
import { OpenAIAdapter } from "./plugs";

export const plug = new OpenAIAdapter({ model: "type F" });

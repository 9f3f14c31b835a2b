// A travel bureau: agents with instructions for the guests.
import { Agent } from "./bureau";

export const anna = new Agent({ name: "Anna", instructions: "Bring the tickets", model: "winter" });

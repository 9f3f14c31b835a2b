// A printing house: it generates text blocks and streams paper.
import { generateText } from "./press";

export async function print(page: string) {
  // none
  return generateText({ page, model: "offset-2000" });
}

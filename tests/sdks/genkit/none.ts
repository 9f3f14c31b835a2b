// A code generator of its own.
import { generate } from "./codegen";

export const file = (name: string) =>
  // none
  generate({ name, model: "typescript" });

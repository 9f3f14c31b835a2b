import { CopilotRuntime, OpenAIAdapter } from "@copilotkit/runtime";

const runtime = new CopilotRuntime();
// site: copilotkit chat model=gpt-4o
const adapter = new OpenAIAdapter({ model: "gpt-4o" });
export { runtime, adapter };

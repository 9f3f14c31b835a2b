import { CopilotRuntime, AnthropicAdapter, BuiltInAgent } from "@copilotkit/runtime";
import { useCopilotAction, useCopilotReadable, useCopilotChatSuggestions } from "@copilotkit/react-core";

export const runtime = new CopilotRuntime({
  agents: {
    // site: copilotkit chat model=openai/gpt-4o-mini says=You_help_with_the_board
    default: new BuiltInAgent({ model: "openai/gpt-4o-mini", prompt: "You help with the board." }),
  },
});
// site: copilotkit chat model=claude-haiku-4-5
export const adapter = new AnthropicAdapter({ model: "claude-haiku-4-5" });

export function Board() {
  useCopilotReadable({ description: "The cards on the board", value: [] });
  // tool: moveCard
  useCopilotAction({
    name: "moveCard",
    description: "Move a card to another list",
    parameters: [{ name: "card", type: "string", description: "its title" }],
    handler: async ({ card }) => card,
  });
  return null;
}

"""The order agent: works on a customer's order with tools, over several turns."""

from pathlib import Path

from anthropic import Anthropic

from acme_help.orders import run_tool
from acme_help.tools import TOOLS

MODEL = "claude-sonnet-5-5"
MAX_TURNS = 8

AGENT_PROMPT = (Path(__file__).parent.parent / "prompts" / "agent.md").read_text()

client = Anthropic()


def work_on(request: str, customer_id: str) -> str:
    messages = [{"role": "user", "content": f"Customer {customer_id} writes:\n{request}"}]
    for _ in range(MAX_TURNS):
        reply = client.messages.create(
            model=MODEL,
            max_tokens=1024,
            system=AGENT_PROMPT,
            tools=TOOLS,
            messages=messages,
        )
        if reply.stop_reason != "tool_use":
            return reply.content[-1].text
        messages.append({"role": "assistant", "content": reply.content})
        results = [run_tool(block) for block in reply.content if block.type == "tool_use"]
        messages.append({"role": "user", "content": results})
    return "I could not finish this; a colleague will take over."

from claude_agent_sdk import ClaudeAgentOptions, query, tool


# tool: greet
@tool("greet", "Greet a user", {"name": str})
async def greet(args):
    return {"content": [{"type": "text", "text": args["name"]}]}


async def main(task: str):
    options = ClaudeAgentOptions(model="claude-sonnet-4-5", system_prompt="You tidy repositories.", max_turns=8)
    # site: claude-agent-sdk chat model=claude-sonnet-4-5 loop=max_turns:8 says=You_tidy_repositories
    async for message in query(prompt=f"Tidy up: {task}", options=options):
        print(message)

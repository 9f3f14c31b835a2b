from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient

OPTIONS = ClaudeAgentOptions(
    model="claude-haiku-4-5", system_prompt="You sort photographs.", allowed_tools=["Read", "Bash"], max_turns=3
)


async def sort(folder: str):
    async with ClaudeSDKClient(options=OPTIONS) as client:
        # site: claude-agent-sdk chat model=claude-haiku-4-5 loop=max_turns:3 says=You_sort_photographs
        await client.query(f"Sort {folder}")
        async for message in client.receive_response():
            print(message)

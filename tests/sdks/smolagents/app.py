from smolagents import CodeAgent, LiteLLMModel, tool


# tool: tide
@tool
def tide(port: str) -> str:
    """The next high tide of a port.

    Args:
        port: the port
    """
    return port


model = LiteLLMModel(model_id="anthropic/claude-sonnet-4-5", max_tokens=800)
agent = CodeAgent(tools=[tide], model=model, max_steps=6)


def sail(question: str):
    # site: smolagents chat model=anthropic/claude-sonnet-4-5 tools=tide loop=max_turns:6
    return agent.run(question)

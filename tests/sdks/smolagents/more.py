from smolagents import CodeAgent, InferenceClientModel, OpenAIServerModel, Tool, ToolCallingAgent


class Depth(Tool):
    name = "depth"
    # tool: depth
    description = "The depth of a lake in metres"
    inputs = {"lake": {"type": "string", "description": "its name"}}
    output_type = "number"

    def forward(self, lake: str):
        return len(lake)


diver = ToolCallingAgent(tools=[Depth()], model=OpenAIServerModel(model_id="gpt-4.1-mini"), max_steps=7)
coder = CodeAgent(tools=[], model=InferenceClientModel(model_id="Qwen/Qwen2.5-Coder-32B-Instruct"))


def dive(lake: str):
    # site: smolagents chat model=gpt-4.1-mini tools=depth loop=max_turns:7
    return diver.run(f"How deep is {lake}?")


def count(lake: str):
    # site: smolagents chat model=Qwen/Qwen2.5-Coder-32B-Instruct
    return coder.run(f"How many fish are in {lake}?")

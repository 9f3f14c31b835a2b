from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import AzureChatCompletion, OpenAIChatCompletion
from semantic_kernel.functions import kernel_function


class Lights:
    # tool: set_light
    @kernel_function(description="Turn a lamp on or off")
    def set_light(self, lamp: str, on: bool) -> str:
        """Turn a lamp on or off."""
        return lamp


service = OpenAIChatCompletion(ai_model_id="gpt-4o-mini")
agent = ChatCompletionAgent(service=service, name="House", instructions="You look after the lamps of a house.", plugins=[Lights()])
azure = AzureChatCompletion(deployment_name="gpt-4o")


async def ask(text: str):
    # site: semantic-kernel chat model=gpt-4o-mini says=lamps_of_a_house
    return await agent.get_response(messages=text)


async def direct(history, settings):
    # site: semantic-kernel chat model=gpt-4o
    return await azure.get_chat_message_content(history, settings)

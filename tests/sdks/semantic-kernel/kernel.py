from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion, OpenAIChatPromptExecutionSettings, OpenAITextEmbedding
from semantic_kernel.functions import KernelArguments

kernel = Kernel()
kernel.add_service(OpenAIChatCompletion(service_id="chat", ai_model_id="gpt-4.1-mini"))
# site: semantic-kernel embed model=text-embedding-3-small
kernel.add_service(OpenAITextEmbedding(ai_model_id="text-embedding-3-small"))
settings = OpenAIChatPromptExecutionSettings(service_id="chat", max_tokens=200)


async def letter(topic: str):
    # site: semantic-kernel chat model=gpt-4.1-mini says=Write_a_polite_letter
    return await kernel.invoke_prompt("Write a polite letter about {{$topic}}.", KernelArguments(settings, topic=topic))

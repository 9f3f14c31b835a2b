"""A press office on one router: names of its own stand for models."""
import litellm
from litellm import Router, aembedding, atext_completion, batch_completion, image_generation, speech, transcription

router = Router(
    model_list=[
        {"model_name": "fast", "litellm_params": {"model": "groq/llama-3.3-70b-versatile", "max_tokens": 200}},
        {"model_name": "careful", "litellm_params": {"model": "anthropic/claude-sonnet-4-5"}},
        {"model_name": "careful", "litellm_params": {"model": "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0"}},
    ],
    fallbacks=[{"fast": ["careful"]}],
)
HOUSE = "You write for the press office of a railway. No adjectives."


async def release(facts: str):
    # site: litellm chat model=groq/llama-3.3-70b-versatile says=press_office_of_a_railway
    return await router.acompletion(
        model="fast", messages=[{"role": "system", "content": HOUSE}, {"role": "user", "content": facts}]
    )


def checked(facts: str):
    # site: litellm chat model=anthropic/claude-sonnet-4-5|bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0 how=range
    return router.completion(model="careful", messages=[{"role": "user", "content": f"Check this: {facts}"}])


def many(lines: list[str]):
    # site: litellm chat model=gpt-4o-mini cap=60
    return batch_completion(
        model="gpt-4o-mini",
        messages=[[{"role": "user", "content": f"Shorten this line: {line}"}] for line in lines],
        max_tokens=60,
    )


async def finish(line: str):
    # site: litellm chat model=gpt-3.5-turbo-instruct
    return await atext_completion(model="gpt-3.5-turbo-instruct", prompt=f"Finish this line: {line}")


def reply(letter: str):
    # site: litellm chat model=openai/gpt-4.1-mini says=Answer_the_passenger
    return litellm.responses(model="openai/gpt-4.1-mini", instructions="Answer the passenger.", input=letter)


async def vectors(texts: list[str]):
    # site: litellm embed model=cohere/embed-english-v3.0
    return await aembedding(model="cohere/embed-english-v3.0", input=texts)


def picture(idea: str):
    # site: litellm image model=dall-e-3
    return image_generation(model="dall-e-3", prompt=idea)


def heard(path: str):
    # site: litellm transcribe model=whisper-1
    return transcription(model="whisper-1", file=open(path, "rb"))


def said(text: str):
    # site: litellm speech model=openai/tts-1
    return speech(model="openai/tts-1", voice="alloy", input=text)

"""A broadcaster's archive: every kind of request of the OpenAI API."""
import os
from pathlib import Path

from openai import AsyncAzureOpenAI, AsyncOpenAI, OpenAI
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel

client = OpenAI()
aclient = AsyncOpenAI(timeout=30)
grok = OpenAI(base_url="https://api.x.ai/v1", api_key=os.environ["XAI_API_KEY"])
local = OpenAI(base_url="http://localhost:11434/v1", api_key="ollama")
azure = AsyncAzureOpenAI(azure_deployment="gpt-4o-mini", api_version="2024-10-21")


class Programme(BaseModel):
    title: str
    minutes: int


def finish(sentence: str) -> str:
    # site: openai chat model=gpt-3.5-turbo-instruct cap=60 says=Finish_the_announcement
    done = client.completions.create(model="gpt-3.5-turbo-instruct", prompt=f"Finish the announcement: {sentence}", max_tokens=60)
    return done.choices[0].text


def assistant():
    # site: openai chat model=gpt-4o says=You_find_recordings builtin=file_search,code_interpreter
    return client.beta.assistants.create(
        model="gpt-4o",
        name="Archivist",
        instructions="You find recordings in the archive and say when they were broadcast.",
        tools=[{"type": "file_search"}, {"type": "code_interpreter"}],
    )


def run_it(thread_id: str, assistant_id: str):
    # site: openai chat says=Name_the_reel cap=500
    return client.beta.threads.runs.create(
        thread_id=thread_id,
        assistant_id=assistant_id,
        additional_instructions="Name the reel.",
        max_completion_tokens=500,
    )


def wait_for(thread_id: str, assistant_id: str):
    # site: openai chat says=Name_the_shelf
    return client.beta.threads.runs.create_and_poll(
        thread_id=thread_id, assistant_id=assistant_id, instructions="Name the shelf."
    )


def transcript(path: Path) -> str:
    with path.open("rb") as sound:
        # site: openai transcribe model=whisper-1
        return client.audio.transcriptions.create(model="whisper-1", file=sound).text


def english(path: Path) -> str:
    # site: openai transcribe model=whisper-1
    return client.audio.translations.create(model="whisper-1", file=path.open("rb")).text


def say(text: str, target: Path) -> None:
    # site: openai speech model=tts-1
    with client.audio.speech.with_streaming_response.create(model="tts-1", voice="onyx", input=text) as sound:
        sound.stream_to_file(target)


def retouch(still: Path):
    # site: openai image model=gpt-image-1
    return client.images.edit(model="gpt-image-1", image=still.open("rb"), prompt="Take the scratches off this still.")


def variations(still: Path):
    # site: openai image model=dall-e-2 answers=3
    return client.images.create_variation(model="dall-e-2", image=still.open("rb"), n=3)


async def programme(page: str) -> Programme | None:
    # site: openai chat model=gpt-4.1-mini schema=yes says=Read_the_programme_off
    parsed = await aclient.responses.parse(
        model="gpt-4.1-mini", input=f"Read the programme off this page: {page}", text_format=Programme
    )
    return parsed.output_parsed


async def live(messages: list[ChatCompletionMessageParam]):
    # site: openai chat model=gpt-4o-mini
    async with aclient.chat.completions.stream(model="gpt-4o-mini", messages=messages) as stream:
        async for event in stream:
            yield event


async def live_response(question: str):
    # site: openai chat model=gpt-4.1 says=archive_of_a_broadcaster
    stream = await aclient.responses.create(
        model="gpt-4.1", instructions="You speak for the archive of a broadcaster.", input=question, stream=True
    )
    async for event in stream:
        yield event


def headers(question: str):
    # site: openai chat model=gpt-4.1-nano
    raw = client.with_raw_response.chat.completions.create(
        model="gpt-4.1-nano", messages=[{"role": "user", "content": question}]
    )
    return raw.headers


def on_grok(question: str):
    # site: openai chat model=grok-3-mini provider=xai
    return grok.chat.completions.create(model="grok-3-mini", messages=[{"role": "user", "content": question}])


def at_home(question: str):
    # site: openai chat model=llama3.2
    return local.chat.completions.create(model="llama3.2", messages=[{"role": "user", "content": question}])


async def at_azure(question: str):
    # site: openai chat model=gpt-4o-mini provider=azure
    return await azure.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": question}])


def narrow(texts: list[str]):
    # site: openai embed model=text-embedding-3-large retrieval=dimensions:256
    # retrieval: dimensions=256
    return client.embeddings.create(model="text-embedding-3-large", input=texts, dimensions=256)


async def named_by_the_client(question: str, history: list[dict[str, str]]):
    # retrieval: last_history=8
    # site: openai chat model=gpt-4o-mini provider=azure
    return await azure.chat.completions.create(model="", messages=[*history[-8:], {"role": "user", "content": question}])

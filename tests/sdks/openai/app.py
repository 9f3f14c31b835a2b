"""A support bot on the OpenAI API: chat, responses, embeddings, images, speech, batch."""
import os

from openai import AsyncOpenAI, AzureOpenAI, OpenAI
from pydantic import BaseModel

from settings import Settings

client = OpenAI()
async_client = AsyncOpenAI(base_url="https://api.deepseek.com", api_key=os.environ["DEEPSEEK_API_KEY"])
azure = AzureOpenAI(azure_endpoint=os.environ["AZURE_ENDPOINT"], api_version="2024-10-21")
settings = Settings()

SYSTEM = "You answer questions about parcels. Be brief and name the next step."
TOOLS = [
    {
        "type": "function",
        # tool: track_parcel
        "function": {
            "name": "track_parcel",
            "description": "Where a parcel is",
            "parameters": {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]},
        },
    }
]


class Verdict(BaseModel):
    refund: bool
    reason: str


def answer(question: str) -> str:
    # site: openai chat model=gpt-4o-mini how=literal provider=openai cap=400 tools=track_parcel holes=question says=name_the_next_step
    reply = client.chat.completions.create(
        model="gpt-4o-mini",
        max_tokens=400,
        tools=TOOLS,
        messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}],
    )
    return reply.choices[0].message.content


def judge(case: str) -> Verdict:
    # site: openai chat model=gpt-5-mini how=default schema=yes reasoning=low
    return client.beta.chat.completions.parse(
        model=settings.judge_model,
        reasoning_effort="low",
        response_format=Verdict,
        messages=[{"role": "user", "content": f"Decide whether this case is refunded: {case}"}],
    )


def draft(topic: str):
    # site: openai chat model=o4-mini how=constant cap=800 builtin=web_search_preview says=Draft_a_help_page
    return client.responses.create(
        model=DRAFT_MODEL,
        instructions="Draft a help page.",
        input=topic,
        max_output_tokens=800,
        tools=[{"type": "web_search_preview"}],
    )


DRAFT_MODEL = "o4-mini"


async def cheap(text: str):
    # site: openai chat model=deepseek-chat provider=deepseek
    return await async_client.chat.completions.create(
        model="deepseek-chat", messages=[{"role": "user", "content": "Translate to Dutch: " + text}]
    )


def on_azure(text: str):
    # site: openai chat model=? provider=azure
    return azure.chat.completions.create(
        model=os.environ["AZURE_DEPLOYMENT"], messages=[{"role": "user", "content": f"Summarise: {text}"}]
    )


def index(chunks: list[str]):
    # site: openai embed model=text-embedding-3-small provider=openai
    return client.embeddings.create(model="text-embedding-3-small", input=chunks)


def picture(idea: str):
    # site: openai image model=gpt-image-1
    return client.images.generate(model="gpt-image-1", prompt=idea)


def speak(text: str):
    # site: openai speech model=gpt-4o-mini-tts
    return client.audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input=text)


def overnight(file_id: str):
    # site: openai chat model=? batch=yes
    return client.batches.create(input_file_id=file_id, endpoint="/v1/chat/completions", completion_window="24h")


def raw(question: str):
    # site: openai chat model=gpt-4.1
    return client.with_options(timeout=5).chat.completions.with_raw_response.create(
        model="gpt-4.1", messages=[{"role": "user", "content": "Answer in one line: " + question}]
    )


def retell(sentences: list[str]) -> list[str]:
    out = []
    for sentence in sentences:
        out.append(
            # site: openai chat model=gpt-4o-mini loop=for:?
            client.chat.completions.create(
                model="gpt-4o-mini", messages=[{"role": "user", "content": f"Retell more simply: {sentence}"}]
            )
        )
    return out

"""Whether somebody waits for the answer, and which lane the request asks for."""

from fastapi import APIRouter, FastAPI
from openai import OpenAI

app = FastAPI()
router = APIRouter()
client = OpenAI()
TIER = "priority"


def nightly(text):
    # site: openai chat waits=- tier=flex
    return client.responses.create(model="gpt-5-mini", input=text, service_tier="flex", stream=False)


def streamed(text):
    # site: openai chat waits=yes tier=-
    return client.chat.completions.create(model="gpt-5-mini", messages=[{"role": "user", "content": text}], stream=True)


def by_method(text):
    # site: openai chat waits=yes
    with client.responses.stream(model="gpt-5-mini", input=text) as stream:
        return stream.get_final_response()


@router.post("/chat")
async def handler(text):
    # site: openai chat waits=yes tier=priority
    return client.responses.create(model="gpt-5-mini", input=text, service_tier=TIER)


@app.get("/old")
def other(text):
    def inner():
        # site: openai chat waits=yes
        return client.responses.create(model="gpt-5-mini", input=text)

    return inner()


class Cache:
    @property
    def get(self):
        # site: openai chat waits=-
        return client.responses.create(model="gpt-5-mini", input="one two three")


def upstream(text):
    # site: openai chat waits=-
    return client.responses.create(model="gpt-5-mini", input=text)

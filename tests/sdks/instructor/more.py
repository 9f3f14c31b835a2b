import anthropic
import instructor
from openai import AsyncOpenAI
from pydantic import BaseModel


class Bill(BaseModel):
    """A restaurant's bill."""

    total: float
    tip: float


aclient = instructor.from_openai(AsyncOpenAI(), mode=instructor.Mode.JSON)
claude = instructor.from_anthropic(anthropic.Anthropic())


async def read(text: str):
    # site: openai chat model=gpt-4.1-nano schema=yes says=Read_this_bill
    return await aclient.chat.completions.create(
        model="gpt-4.1-nano", response_model=Bill, max_retries=2, messages=[{"role": "user", "content": f"Read this bill: {text}"}]
    )


def careful(text: str):
    # site: anthropic chat model=claude-haiku-4-5 cap=300 schema=yes
    return claude.messages.create(
        model="claude-haiku-4-5", max_tokens=300, response_model=Bill, messages=[{"role": "user", "content": text}]
    )


def several(text: str):
    # site: openai chat model=gpt-4o-mini schema=yes
    return instructor.patch(AsyncOpenAI()).chat.completions.create_iterable(
        model="gpt-4o-mini", response_model=Bill, messages=[{"role": "user", "content": text}]
    )

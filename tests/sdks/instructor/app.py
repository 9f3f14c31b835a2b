import instructor
from openai import OpenAI
from pydantic import BaseModel


class Invoice(BaseModel):
    total: float


client = instructor.from_provider("openai/gpt-4o-mini")
patched = instructor.from_openai(OpenAI())


def read(text: str):
    # site: instructor chat model=openai/gpt-4o-mini schema=yes
    return client.create(response_model=Invoice, messages=[{"role": "user", "content": f"Read this invoice: {text}"}])


def read_well(text: str):
    # site: openai chat model=gpt-4o schema=yes
    return patched.chat.completions.create(
        model="gpt-4o", response_model=Invoice, messages=[{"role": "user", "content": f"Read this invoice: {text}"}]
    )


def read_as_openai_does(text: str):
    # site: instructor chat model=openai/gpt-4o-mini schema=yes
    return client.chat.completions.create(
        response_model=Invoice, max_retries=2, messages=[{"role": "user", "content": f"Read this: {text}"}]
    )

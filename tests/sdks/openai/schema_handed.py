"""A form for the answer that a wrapper of the program's own is handed."""

from openai import OpenAI
from pydantic import BaseModel

client = OpenAI()


class Verdict(BaseModel):
    good: bool


def ask(text, output_format=None):
    return client.responses.create(model="gpt-5-mini", input=text)


def judge(answer):
    # site: openai chat schema=yes
    return ask("Judge the answer and respond with JSON only: " + answer, output_format=Verdict)


def plain(answer):
    # site: openai chat schema=-
    return ask("Judge the answer and respond with JSON only: " + answer)


def none(answer):
    # site: openai chat schema=-
    return ask("Judge the answer and respond with JSON only, please: " + answer, output_format=None)

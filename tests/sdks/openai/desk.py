"""A prompt that is put together from several template files."""

from jinja2 import Environment, FileSystemLoader
from openai import OpenAI

env = Environment(loader=FileSystemLoader("prompts"))
HOUSE = "the Blue Lion"


def answer(question):
    # site: openai chat model=gpt-4.1-mini holes=question says=desk_of_the_Blue_Lion+about_opening_hours+Until_six+We_are+plain_words
    return OpenAI().chat.completions.create(
        model="gpt-4.1-mini",
        messages=[
            {"role": "system", "content": env.get_template("desk.j2").render(house=HOUSE)},
            {"role": "user", "content": question},
        ],
    )

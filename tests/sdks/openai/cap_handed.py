"""A cap for the answer that a wrapper of the program's own is handed."""

from openai import OpenAI

client = OpenAI()


def ask(text, **options):
    return client.responses.create(model="gpt-5-mini", input=text, **cleaned(options))


def cleaned(options):
    return {k: v for k, v in options.items() if v is not None}


def short(question):
    # site: openai chat cap=300
    return ask("Answer in a sentence or two: " + question, max_tokens=300)


def as_long_as_it_takes(question):
    # site: openai chat cap=-
    return ask("Answer at whatever length it takes: " + question)


def none(question):
    # site: openai chat cap=-
    return ask("Answer at any length that you like: " + question, max_tokens=None)


def ask_usually(text, max_tokens=4000, **options):
    return client.responses.create(model="gpt-5-mini", input=text, **cleaned({**options, "max_output_tokens": max_tokens}))


def usual(question):
    # site: openai chat cap=4000
    return ask_usually("Answer at the usual length: " + question)


def unbounded(question):
    # site: openai chat cap=-
    return ask_usually("Answer at whatever length you need: " + question, max_tokens=None)

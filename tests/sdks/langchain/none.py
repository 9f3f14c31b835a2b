"""Plumbing: pipes are invoked and streamed, and no model is in them."""
from plumbing import OpenAI as Valve, Pipe

pipe = Pipe() | Valve()


def open_all():
    # none
    return pipe.invoke("open")


def watch():
    # none
    return pipe.stream()

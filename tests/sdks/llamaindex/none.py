"""A library catalogue."""
from catalogue import OpenAI

index = OpenAI()


def find(title):
    # none
    return index.query(title)

"""Weather: a mistral is a wind, and `complete` ends a forecast."""
from winds import Mistral

wind = Mistral()


def close(day):
    # none
    return wind.chat.complete(day)

"""Shell completion: `completion` of words, not of prompts."""
from shellkit import completion


def suggest(prefix):
    # none
    return completion(prefix, words=["start", "stop"])

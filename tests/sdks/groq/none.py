"""Something else that is called Groq."""
from inventory import Groq

store = Groq()


def close(item):
    # none
    return store.chat.archive(item)

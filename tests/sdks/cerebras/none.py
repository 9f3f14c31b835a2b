"""Something else that is called Cerebras."""
from inventory import Cerebras

store = Cerebras()


def close(item):
    # none
    return store.chat.archive(item)

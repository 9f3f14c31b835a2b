"""Something else that is called Fireworks."""
from inventory import Fireworks

store = Fireworks()


def close(item):
    # none
    return store.chat.archive(item)

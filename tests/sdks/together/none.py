"""Something else that is called Together."""
from inventory import Together

store = Together()


def close(item):
    # none
    return store.chat.archive(item)

"""Something else that is called InferenceClient."""
from inventory import InferenceClient

store = InferenceClient()


def close(item):
    # none
    return store.chat.archive(item)

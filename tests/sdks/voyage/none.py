"""Travel: a voyage is embedded in a season."""
from travel import Client

client = Client()


def season(trip):
    # none
    return client.embed(trip)

"""Statistics: `rerank` sorts a league table."""
from league import Client

table = Client()


def monday(rows):
    # none
    return table.rerank(rows)

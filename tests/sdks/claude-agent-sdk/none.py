"""A database: `query` with options."""
from database import query


def rows():
    # none
    return query(prompt="select 1", options=None)

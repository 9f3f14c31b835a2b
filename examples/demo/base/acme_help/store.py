"""The help centre's passages in PostgreSQL with pgvector."""

from dataclasses import dataclass

import psycopg


@dataclass(frozen=True)
class Hit:
    text: str
    score: float


class HelpCentre:
    def __init__(self, collection: str, min_score: float) -> None:
        self.collection = collection
        self.min_score = min_score

    def search(self, vector: list[float], top_k: int) -> list[Hit]:
        query = """
            select body, 1 - (embedding <=> %s::vector) as score
            from passages where collection = %s order by embedding <=> %s::vector limit %s
        """
        with psycopg.connect() as connection:
            rows = connection.execute(query, (vector, self.collection, vector, top_k)).fetchall()
        return [Hit(body, score) for body, score in rows if score >= self.min_score]

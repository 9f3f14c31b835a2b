"""Finds the passages of the help centre that answer a question."""

from pathlib import Path

import yaml
from openai import OpenAI

from acme_help.settings import settings
from acme_help.store import HelpCentre

CONFIG = yaml.safe_load((Path(__file__).parent.parent / "config" / "retrieval.yaml").read_text())["retrieval"]

client = OpenAI()
help_centre = HelpCentre(collection=CONFIG["collection"], min_score=CONFIG["min_score"])


def find_passages(question: str, top_k: int = settings.top_k) -> list[str]:
    vector = client.embeddings.create(model=settings.embedding_model, input=question).data[0].embedding
    return [hit.text for hit in help_centre.search(vector, top_k=top_k)]

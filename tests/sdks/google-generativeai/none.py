"""A game: its generative model makes terrain."""
from terrain import GenerativeModel

model = GenerativeModel("hills")


def world(seed):
    # none
    return model.generate_content(seed)

"""A zoo: `chat` with the keepers."""
from zoo import Client

keepers = Client("http://zoo.local")


def ask(animal):
    # none
    return keepers.chat(animal)

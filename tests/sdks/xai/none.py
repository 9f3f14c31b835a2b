"""A chat server of a club: rooms are created."""
from club import Client

client = Client()


def open_room(name):
    # none
    return client.chat.create(name=name, members=12)

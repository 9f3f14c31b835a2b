"""A mail client: `messages.create` and `stream` of something else."""
from mailer import Client

mail = Client("smtp://localhost")


def send(to, body):
    # none
    return mail.messages.create(to=to, body=body)


def follow(queue):
    # none
    return mail.messages.stream(queue)

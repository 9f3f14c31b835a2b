"""An order service: it has `create`, `chat` and messages, and calls no model."""
import openai
from shop.orders import OrderClient

client = OrderClient(base_url="https://orders.internal")


def place(order):
    # none
    return client.messages.create(customer=order.customer, lines=order.lines)


def rooms(user):
    # none
    return client.chat.rooms.list(user=user)


def version() -> str:
    # none
    return openai.__version__.strip()

"""Sorts an incoming ticket into a queue."""

from openai import OpenAI

from acme_help.settings import settings

QUEUES = ("billing", "delivery", "returns", "account", "product", "other")

INSTRUCTIONS = """\
You sort support tickets of an online shop into queues.

Queues:
- billing: charges, invoices, payment methods, discounts that were not applied
- delivery: where a parcel is, late or damaged parcels, a wrong address
- returns: sending something back, refunds, exchanges
- account: signing in, personal data, newsletters, closing the account
- product: how something works, spare parts, safety, compatibility
- other: everything else, and tickets you are not sure about

Answer with the name of the queue and nothing else.
"""

client = OpenAI()


def triage(ticket: str) -> str:
    response = client.responses.create(
        model=settings.triage_model,
        instructions=INSTRUCTIONS,
        input=ticket,
        max_output_tokens=64,
    )
    queue = response.output_text.strip().lower()
    return queue if queue in QUEUES else "other"

"""A site generator: its models are tables, its content is pages."""
from site_tools import Client

client = Client()


def build(page):
    # none
    return client.models.list(page)


def render(page):
    # none
    return client.generate_content(page)

from xai_sdk import Client
from xai_sdk.chat import system

client = Client()


def ask(question: str):
    # site: xai chat model=grok-4 provider=xai says=You_explain_the_night_sky
    chat = client.chat.create(model="grok-4", messages=[system("You explain the night sky.")])
    return chat.sample()

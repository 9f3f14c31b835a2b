"""Whether nobody waits for the answer: tasks of a queue. What only looks like it is no sign."""

from celery import Celery, shared_task
from crewai.project import task
from openai import OpenAI

app = Celery()
client = OpenAI()


@shared_task
def enrich(text):
    # site: openai chat background=yes
    return client.responses.create(model="gpt-5-mini", input=text)


@app.task(bind=True)
def enrich_more(self, text):
    # site: openai chat background=yes
    return client.responses.create(model="gpt-5-mini", input=text)


@task
def of_a_crew(text):
    # site: openai chat background=-
    return client.responses.create(model="gpt-5-mini", input=text)


def loop(texts):
    for text in texts:
        # site: openai chat background=- loop=for:?
        client.responses.create(model="gpt-5-mini", input=text)

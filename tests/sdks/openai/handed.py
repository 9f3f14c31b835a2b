"""The client comes from outside: what the makers hand in tells what it is."""
from openai import OpenAI


class Writer:
    def __init__(self, llm, model):
        self.llm = llm
        self.model = model

    def write(self, topic):
        # site: openai chat model=gpt-4.1-mini provider=openai
        return self.llm.chat.completions.create(
            model=self.model,
            messages=[{"role": "user", "content": f"Write three short paragraphs about {topic} for a newsletter."}],
        )


writer = Writer(OpenAI(), model="gpt-4.1-mini")

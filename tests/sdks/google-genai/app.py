from google import genai
from google.genai import types

client = genai.Client()
RULES = "You are a museum guide. Never make up a date."


# no decorator: Gemini takes plain functions as tools
def opening_hours(day: str) -> str:
    """The opening hours of a day."""
    return day


def guide(question: str):
    # site: google-genai chat model=gemini-2.5-flash provider=google cap=512 reasoning=0 tools=opening_hours says=Never_make_up_a_date
    return client.models.generate_content(
        model="gemini-2.5-flash",
        contents=f"A visitor asks: {question}",
        config=types.GenerateContentConfig(
            system_instruction=RULES,
            max_output_tokens=512,
            tools=[opening_hours],
            thinking_config=types.ThinkingConfig(thinking_budget=0),
        ),
    )


async def stream(question: str):
    # site: google-genai chat model=gemini-2.5-pro
    return await client.aio.models.generate_content_stream(
        model="gemini-2.5-pro", contents=f"Tell at length: {question}"
    )


def embed(texts: list[str]):
    # site: google-genai embed model=gemini-embedding-001
    return client.models.embed_content(model="gemini-embedding-001", contents=texts)


def drafts(topic):
    # site: google-genai chat model=gemini-2.5-flash answers=3 says=A_limerick
    return client.models.generate_content(
        model="gemini-2.5-flash",
        contents=f"A limerick about {topic}",
        config=types.GenerateContentConfig(candidate_count=3, max_output_tokens=120),
    )

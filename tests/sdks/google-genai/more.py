"""A museum's guide on Gemini: chats, streams, async, images, embeddings."""
from google import genai
from google.genai import types
from google.genai.types import GenerateContentConfig, Tool

client = genai.Client()
vertex = genai.Client(vertexai=True, project="museum", location="europe-west1")
GUIDE = "You guide visitors of a maritime museum. Two sentences each."


def hall(name: str):
    # site: google-genai chat model=gemini-2.5-flash cap=200 says=maritime_museum holes=name
    for part in client.models.generate_content_stream(
        model="gemini-2.5-flash",
        contents=["What is to be seen in this hall?", name],
        config=GenerateContentConfig(system_instruction=GUIDE, max_output_tokens=200),
    ):
        yield part.text


async def room(name: str):
    # site: google-genai chat model=gemini-2.5-flash-lite reasoning=0
    return await client.aio.models.generate_content(
        model="gemini-2.5-flash-lite",
        contents=f"Describe the room {name}",
        config=types.GenerateContentConfig(thinking_config=types.ThinkingConfig(thinking_budget=0)),
    )


def talk(question: str):
    chat = client.chats.create(model="gemini-2.5-pro", config=GenerateContentConfig(system_instruction=GUIDE))
    # site: google-genai chat model=gemini-2.5-pro says=Two_sentences_each
    return chat.send_message(question)


def searched(question: str):
    # site: google-genai chat model=gemini-2.5-flash builtin=web_search
    return vertex.models.generate_content(
        model="gemini-2.5-flash",
        contents=question,
        config=GenerateContentConfig(tools=[Tool(google_search=types.GoogleSearch())]),
    )


def vectors(labels: list[str]):
    # site: google-genai embed model=gemini-embedding-001 retrieval=output_dimensionality:768
    return client.models.embed_content(
        model="gemini-embedding-001",
        contents=labels,
        # retrieval: output_dimensionality=768
        config=types.EmbedContentConfig(output_dimensionality=768),
    )


def picture(idea: str):
    # site: google-genai image model=imagen-4.0-generate-001 answers=2
    return client.models.generate_images(
        model="imagen-4.0-generate-001", prompt=idea, config=types.GenerateImagesConfig(number_of_images=2)
    )

import google.generativeai as genai
from vertexai.generative_models import GenerativeModel

model = genai.GenerativeModel("gemini-1.5-pro", system_instruction="You write captions for archive photographs.")
vertex = GenerativeModel(model_name="gemini-1.5-flash")


def caption(notes: str):
    # site: google-generativeai chat model=gemini-1.5-pro cap=80 says=captions_for_archive
    return model.generate_content(f"Notes: {notes}", generation_config={"max_output_tokens": 80})


async def sort(notes: str):
    # site: google-generativeai chat model=gemini-1.5-flash
    return await vertex.generate_content_async("Which decade are these notes from? " + notes)


def embed(text: str):
    # site: google-generativeai embed model=models/text-embedding-004
    return genai.embed_content(model="models/text-embedding-004", content=text)

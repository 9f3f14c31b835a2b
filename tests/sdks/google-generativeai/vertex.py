"""Letters read at Vertex AI with the older library."""
import vertexai
from vertexai.generative_models import GenerationConfig, GenerativeModel
from vertexai.language_models import TextEmbeddingModel, TextGenerationModel

vertexai.init(project="letters", location="europe-west1")
model = GenerativeModel(
    "gemini-1.5-pro-002",
    system_instruction="You read old letters aloud.",
    generation_config=GenerationConfig(max_output_tokens=400),
)


def read(letter: str) -> str:
    # site: google-generativeai chat model=gemini-1.5-pro-002 cap=400 says=You_read_old_letters
    return model.generate_content(letter).text


def talk(question: str) -> str:
    chat = model.start_chat()
    # site: google-generativeai chat model=gemini-1.5-pro-002 says=You_read_old_letters
    return chat.send_message(question).text


def vectors(texts: list[str]):
    encoder = TextEmbeddingModel.from_pretrained("text-embedding-005")
    # site: google-generativeai embed model=text-embedding-005
    return encoder.get_embeddings(texts)


def palm(letter: str):
    old = TextGenerationModel.from_pretrained("text-bison@002")
    # site: google-generativeai chat model=text-bison@002 cap=128
    return old.predict(f"Date this letter: {letter}", max_output_tokens=128)

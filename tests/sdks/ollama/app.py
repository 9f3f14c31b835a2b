import ollama
from ollama import Client

client = Client(host="http://localhost:11434")


def local(question: str):
    # site: ollama chat model=llama3.2 provider=ollama
    return ollama.chat(model="llama3.2", messages=[{"role": "user", "content": f"Answer in one sentence: {question}"}])


def finish(text: str):
    # site: ollama chat model=qwen2.5-coder:7b
    return client.generate(model="qwen2.5-coder:7b", prompt=f"Finish this function: {text}")


def vectors(text: str):
    # site: ollama embed model=nomic-embed-text
    return ollama.embed(model="nomic-embed-text", input=text)

import json
import os

import httpx
import requests

HEADERS = {"Authorization": f"Bearer {os.environ['KEY']}"}


def route(question: str) -> str:
    payload = {
        "model": "mistralai/mistral-small",
        "messages": [{"role": "user", "content": f"Which department answers this? {question}"}],
    }
    # site: http chat model=mistralai/mistral-small provider=openrouter says=Which_department
    response = requests.post("https://openrouter.ai/api/v1/chat/completions", headers=HEADERS, json=payload, timeout=30)
    return response.json()["choices"][0]["message"]["content"]


async def vector(text: str) -> list[float]:
    async with httpx.AsyncClient() as client:
        # site: http embed model=text-embedding-3-small provider=openai
        response = await client.post(
            "https://api.openai.com/v1/embeddings",
            headers=HEADERS,
            content=json.dumps({"model": "text-embedding-3-small", "input": text}),
        )
    return response.json()["data"][0]["embedding"]


def azure(question: str) -> dict:
    base = os.getenv("AZURE_ENDPOINT", "https://example.openai.azure.com")
    url = f"{base}/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
    # site: http chat model=gpt-4o provider=azure cap=90
    return requests.request("POST", url, json={"messages": [{"role": "user", "content": question}], "max_tokens": 90})

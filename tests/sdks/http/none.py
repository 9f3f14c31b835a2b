import requests

app = object()


# none
def save(prompt: str):
    return requests.post("https://example.com/v1/prompts", json={"prompt": prompt, "model": "form"})


# none
def listed():
    return requests.get("https://api.openai.com/v1/models")


# none
def usage(client):
    return client.post("https://api.openai.com/v1/organization/usage/completions", json={"limit": 5})

from huggingface_hub import InferenceClient

client = InferenceClient()


def explain(error: str):
    # site: huggingface chat model=meta-llama/Meta-Llama-3-8B-Instruct provider=huggingface cap=200 holes=error says=in_words_a_beginner_knows
    return client.chat.completions.create(
        model="meta-llama/Meta-Llama-3-8B-Instruct",
        max_tokens=200,
        messages=[{"role": "user", "content": f"Explain this error in words a beginner knows: {error}"}],
    )


def finish(line: str):
    # site: huggingface chat model=bigcode/starcoder2-15b cap=64
    return client.text_generation(f"Finish the verse: {line}", model="bigcode/starcoder2-15b", max_new_tokens=64)


def vectors(text: str):
    # site: huggingface embed model=BAAI/bge-m3
    return client.feature_extraction(text, model="BAAI/bge-m3")

import cohere

co = cohere.ClientV2()
old = cohere.Client("key")
aco = cohere.AsyncClientV2()


def live(question: str):
    # site: cohere chat model=command-a-03-2025 cap=300 says=harbour_master
    for event in co.chat_stream(
        model="command-a-03-2025",
        max_tokens=300,
        messages=[{"role": "system", "content": "You speak as the harbour master."}, {"role": "user", "content": question}],
    ):
        yield event


def grounded(question: str, docs: list[str]):
    # site: cohere chat model=command-r says=Answer_from_the_log
    return old.chat(model="command-r", preamble="Answer from the log.", message=question, documents=docs)


async def ranked(question: str, docs: list[str]):
    # site: cohere rerank model=rerank-english-v3.0 retrieval=top_n:5
    # retrieval: top_n=5
    return await aco.rerank(model="rerank-english-v3.0", query=question, documents=docs, top_n=5)


def vectors(texts: list[str]):
    # site: cohere embed model=embed-multilingual-v3.0
    return co.embed(
        model="embed-multilingual-v3.0", texts=texts, input_type="search_document", embedding_types=["float"]
    )


def written(topic: str):
    # site: cohere chat model=command answers=2 cap=90
    return old.generate(model="command", prompt=f"A notice about {topic}", max_tokens=90, num_generations=2)

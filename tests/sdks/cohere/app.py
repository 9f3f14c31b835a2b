import cohere

co = cohere.ClientV2()
old = cohere.Client()


def reply(mail: str):
    # site: cohere chat model=command-r-plus provider=cohere cap=250
    return co.chat(
        model="command-r-plus", max_tokens=250, messages=[{"role": "user", "content": f"Answer this mail kindly: {mail}"}]
    )


def legacy(mail: str):
    # site: cohere chat model=command-light says=You_sort_mail
    return old.chat(model="command-light", preamble="You sort mail into urgent and not urgent.", message=mail)


def best(query: str, docs: list[str]):
    # site: cohere rerank model=rerank-v3.5 retrieval=top_n:3
    # retrieval: top_n=3
    return co.rerank(model="rerank-v3.5", query=query, documents=docs, top_n=3)


def vectors(texts: list[str]):
    # site: cohere embed model=embed-v4.0
    return co.embed(model="embed-v4.0", texts=texts, input_type="search_document")

import voyageai

vo = voyageai.Client()


def vectors(texts: list[str]):
    # site: voyage embed model=voyage-3.5 provider=voyage
    return vo.embed(texts, model="voyage-3.5", input_type="document")


def best(query: str, docs: list[str]):
    # site: voyage rerank model=rerank-2.5 retrieval=top_k:5
    # retrieval: top_k=5
    return vo.rerank(query, docs, model="rerank-2.5", top_k=5)

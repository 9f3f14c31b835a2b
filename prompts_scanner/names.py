"""What names and texts tell: which are prompts, which are models, which are retrieval settings.

The lists are vocabularies of the field, not of any one repository.
"""

from __future__ import annotations

import re

PROMPT_NAME = re.compile(
    r"(prompt|instruction|system_?(message|msg|template|text|content)|few_?shot|persona|guideline|preamble|backstory|template)",
    re.IGNORECASE,
)
NOT_PROMPT_NAME = re.compile(
    r"(placeholder|label|title|tooltip|button|_path|_file|_dir|_url|_id$|_name$|_key$|_version|html|css|email|sql|regex|pattern|prompt_toolkit|error|warning|class_?name)",
    re.IGNORECASE,
)
PROMPT_TEXT = re.compile(
    r"(\bYou are (a|an|the|now|given|helping|tasked)\b|\bYour (task|job|role|goal) is\b|\bAct as\b|\bYou will be (given|provided)\b|"
    r"\bGiven the following\b|\bRespond (only|with|in)\b|\bAnswer the (question|following|user)\b|\bAs an AI\b|<instructions>|"
    r"\bYou (must|should|can|have access)\b|\bGenerate (a|an|the|\d)\b|\bSummari[sz]e the\b)"
)
MODEL_NAME = re.compile(r"(model|llm|engine|deployment)", re.IGNORECASE)
MODEL_VALUE = re.compile(
    r"(^|[/:.])(gpt-|chatgpt|o[134](-|$)|claude|gemini|gemma|mistral|mixtral|codestral|ministral|magistral|llama|command-|deepseek|grok|qwen|"
    r"text-embedding|embed-|sonar|nova-|titan|phi-?\d|kimi|glm-|voyage|rerank|davinci|text-davinci|palm|bison|jamba)",
    re.IGNORECASE,
)
# A retrieval setting's name ends in one of these (as snake case) and starts with nothing but words of the field.
_SETTINGS = frozenset(
    "top_k topk top_n topn chunk_size chunksize chunk_overlap chunkoverlap n_results num_results max_results number_of_results "
    "results search_kwargs similarity_top_k max_docs max_documents num_docs num_documents max_chunks num_chunks "
    "documents_to_retrieve split_length split_overlap history_length history_window max_history max_messages memory_window "
    "window_size max_context_tokens max_context_length embedding_model embedding_model_name embed_model embedder_model "
    "embedding_dim embedding_dims embedding_dimension embedding_dimensions reranker reranker_model rerank_model rerank "
    "rerank_top_n max_input_size fetch_k num_candidates chunk_length chunk_tokens".split()
)
_PREFIXES = frozenset(
    "default max num rag search retrieval retriever retrieve vector similarity rerank reranker reranking n kb doc docs document "
    "documents knowledge llm embed embedding embeddings text splitter chat my web semantic hybrid bm25 dense sparse nodes node".split()
)


def looks_like_model(name: str) -> bool:
    """Whether text is the name of a model of a family that everybody knows."""
    return len(name) < 100 and not re.search(r"\s", name) and bool(MODEL_VALUE.search(name))


def unit_of(name: str) -> str:
    """What a retrieval setting counts: chunks, tokens (chunk sizes; the splitter may mean characters), messages, a model."""
    lowered = name.lower()
    if "model" in lowered or lowered in ("reranker", "rerank"):
        return "model"
    if "dim" in lowered:
        return "dimensions"
    if (
        "chunk" in lowered
        or "split" in lowered
        or "token" in lowered
        or "input_size" in lowered
        or "context_length" in lowered
    ):
        return "chunks" if lowered.endswith("chunks") else "tokens"
    if "history" in lowered or "message" in lowered or "memory" in lowered or "window" in lowered:
        return "messages"
    return "chunks"


def is_setting(name: str) -> bool:
    """Whether a name is a retrieval setting's: `top_k`, `DEFAULT_CHUNK_SIZE`, `searchTopK`."""
    if len(name) > 60:
        return False
    words = snake(name).split("_")
    for i in range(len(words)):
        if "_".join(words[i:]) in _SETTINGS:
            return all(w in _PREFIXES for w in words[:i]) and name.lower() not in _ALONE
    return False


_ALONE = frozenset(("results", "reranker", "rerank", "search_kwargs", "search_results", "top"))


def snake(name: str) -> str:
    """`maxResults` and `MAX_RESULTS` as `max_results`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower().strip("_")

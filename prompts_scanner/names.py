"""What names and texts tell: which are prompts, which are models, which are retrieval settings.

The lists are vocabularies of the field, not of any one repository.
"""

from __future__ import annotations

import re
from functools import lru_cache

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
# A retrieval setting's name, in snake case, ends in one of these.
_SETTINGS = frozenset(
    "top_k topk top_n topn similarity_top_k chunk_size chunksize chunk_overlap chunkoverlap chunk_length chunk_tokens "
    "n_results num_results max_results number_of_results max_search_results search_results_per_query results_per_query "
    "max_docs max_documents num_docs num_documents max_chunks num_chunks documents_to_retrieve docs_to_retrieve "
    "split_length split_overlap history_length history_window max_history max_messages last_messages message_history_limit memory_window "
    "max_context_tokens max_context_length max_context_chars search_kwargs embedding_model embedding_model_name embed_model "
    "embed_model_name embeddings_model embedder_model embedding_deployment embed_deployment embedding_model_deployment "
    "embedding_model_deployment_name embedding_model_id embedding_dim embedding_dims embedding_dimension embedding_dimensions "
    "embed_dim embed_dimensions reranker_model rerank_model reranker_model_name rerank_top_n cross_encoder bi_encoder "
    "output_dimensionality fetch_k num_candidates retriever_k retrieval_k n_retrieve n_final rerank_k max_content_length".split()
)
# These alone could be anybody's: they count where the words around them speak of retrieval or of splitting text.
_WEAK = frozenset(
    "k n limit top size results count max_items num match_count n_docs max_k window_size dimensions".split()
)
_WEAK_SPLIT = frozenset("max_tokens max_length max_size size overlap max_chars chunk max_input_size length".split())
_ABOUT_RETRIEVAL = re.compile(
    r"(retriev|similarity|vector|rerank|knn|nearest|semantic_search|hybrid|embedding|(^|[^a-z])rag([^a-z]|$)|search|query_index|"
    r"collection|index_?search|documents?_?store)",
    re.IGNORECASE,
)
_WEAK_MEMORY = frozenset("k token_limit max_token_limit last_n max_len max_turns".split())
_ABOUT_MEMORY = re.compile(r"(memory|chat_?history|windowbuffer)", re.IGNORECASE)
_ABOUT_SPLITTING = re.compile(r"(split|chunk|segment|node_?parser)", re.IGNORECASE)
# Chunks of bytes and frames, and counts of other things than passages.
_BYTES = frozenset(
    "download upload read write stream streaming file io buffer http audio video batch byte bytes image log network socket "
    "transfer disk block db sql insert worker thread job commit page upsert".split()
)


def looks_like_model(name: str) -> bool:
    """Whether text is the name of a model of a family that everybody knows."""
    return len(name) < 100 and not re.search(r"\s", name) and bool(MODEL_VALUE.search(name))


def unit_of(name: str, around: str = "") -> str:
    """What a retrieval setting counts: chunks, tokens, chars, words, messages, dimensions, or nothing: a model."""
    lowered = snake(name)
    if re.search(r"model|deployment|encoder", lowered) or lowered in ("reranker", "embedding", "embeddings"):
        return "model"
    if "dim" in lowered:
        return "dimensions"
    if re.search(r"chars|content_length", lowered):
        return "chars"
    if lowered.endswith(("chunks", "docs", "documents", "results")):
        return "chunks"
    if lowered == "k" and _ABOUT_MEMORY.search(around):
        return "messages"
    if re.search(r"chunk|split|token|overlap|length|input_size|max_size", lowered) and "history" not in lowered:
        # https://python.langchain.com/docs/concepts/text_splitters/: characters unless made from a tokenizer
        if re.search(r"CharacterTextSplitter|CharacterSplitter|RecursiveCharacter", around):
            return "tokens" if re.search(r"tiktoken|tokenizer|huggingface", around, re.IGNORECASE) else "chars"
        return "words" if "DocumentSplitter" in around else "tokens"
    if re.search(r"history|message|memory|window", lowered):
        return "messages"
    return "chunks"


@lru_cache(65_536)
def is_setting(name: str) -> bool:
    """Whether a name is a retrieval setting's wherever it stands: `top_k`, `DEFAULT_CHUNK_SIZE`, `searchTopK`."""
    if len(name) > 60 or name == "MAX_CONTENT_LENGTH":
        return False
    words = snake(name).split("_")
    for i in range(len(words)):
        if "_".join(words[i:]) in _SETTINGS:
            return not _BYTES & frozenset(words[:i])
    return False


def is_setting_here(name: str, around: str) -> bool:
    """Whether a short name is a retrieval setting's because of the words around it: `k` of `similarity_search`."""
    short = snake(name)
    if short in _WEAK_SPLIT and _ABOUT_SPLITTING.search(around):
        return True
    if short in _WEAK_MEMORY and _ABOUT_MEMORY.search(around):
        return True
    return short in _WEAK and bool(_ABOUT_RETRIEVAL.search(around))


@lru_cache(65_536)
def snake(name: str) -> str:
    """`maxResults` and `MAX_RESULTS` as `max_results`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower().strip("_")

"""Settings files in YAML, TOML and JSON: models, retrieval settings, prompts and tool definitions, wherever they stand.

The most general format, so the last one: a file that a more special format claims is not read here.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

from prompts_scanner.context import classify
from prompts_scanner.documents import document_value, read_document
from prompts_scanner.formats.base import Files, InFile, ModelSetting, prompt_item, retrieval_item, role_of, tool_item
from prompts_scanner.formats.walk import Entry, entries, tool_of
from prompts_scanner.model import PromptItem, RetrievalItem, Span, ToolItem
from prompts_scanner.names import (
    MODEL_NAME,
    NOT_PROMPT_NAME,
    PROMPT_NAME,
    PROMPT_TEXT,
    is_setting,
    is_setting_here,
    looks_like_model,
    unit_of,
)
from prompts_scanner.unread import UnreadDocumentError
from prompts_scanner.values import Map, Num, Str, Value

_SUFFIX = re.compile(r"\.(ya?ml|json|jsonc|json5|toml)$", re.IGNORECASE)
_NOT = re.compile(
    r"(^|/)(package(-lock)?|composer|tsconfig[^/]*|jsconfig|\.eslintrc|\.prettierrc|biome|turbo|nx|lerna|renovate|vercel|netlify|"
    r"pnpm-(lock|workspace)|poetry|uv|pipfile|cargo|mkdocs|docusaurus[^/]*|components|manifest|dependabot|codecov|openapi[^/]*|"
    r"swagger[^/]*|messages|translation|angular|deno|babel|jest|\.pre-commit-config|codecov|\.readthedocs|angular)\."
    r"(ya?ml|jsonc?|json5|toml)$|"
    r"(^|/)(\.vscode|\.idea|\.husky|\.changeset|locales?|i18n|lang|translations?|migrations?|openapi|swagger)/|"
    r"\.(lock|schema|lottie|map|tsbuildinfo)\.json$|-lock\.(ya?ml|json)$",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"prompt|instruction|template|system_?m|persona|model|llm|engine|deployment|top_?k|top_?n|chunk|results|history|max_|"
    r"embed|rerank|split_|You are|toolSpec|input_?schema|parameters|window|candidates",
    re.IGNORECASE,
)
# Recorded answers, fixtures and pages: not what a program runs on.
_NOT_SETTINGS = ("test", "docs", "vendored")
_ENV = re.compile(r"^\$\{\w++:?-?([^}]*)\}$")
MAX_JSON_CHARS = 300_000


def claims(path: str, head: bytes) -> bool:
    return (
        bool(_SUFFIX.search(path))
        and not _NOT.search(path)
        and bool(head.strip())
        and classify(path) not in _NOT_SETTINGS
    )


def may_hold(path: str, text: str) -> bool:
    """Whether a file has a word of what is looked for in settings; most have none."""
    return bool(_WORDS.search(text)) and (not path.endswith(".json") or _worth_reading(text))


def read(path: str, text: str, files: Files) -> InFile:
    del files
    if not may_hold(path, text):
        return InFile()
    if path.endswith(".json") and len(text) > MAX_JSON_CHARS:
        raise UnreadDocumentError(f"a document of more than {MAX_JSON_CHARS:,} characters, not read", 60)
    document = read_document(path, text)
    return harvest(path, document) if document is not None else InFile()


def inner_document(text: str, span: Span) -> Value | None:
    """JSON or YAML text inside a value, all of it standing at `span`."""
    return document_value("inner.yaml", text, span)


def harvest(path: str, document: Value) -> InFile:
    """What a document holds that any settings file may hold; other formats add this to what is special to them."""
    prompts: list[PromptItem] = []
    tools: list[ToolItem] = []
    retrieval: list[RetrievalItem] = []
    models: list[ModelSetting] = []
    inside_tools: list[tuple[str, ...]] = []
    for entry in entries(document):
        if any(entry.keys[: len(k)] == k for k in inside_tools[-1:]):
            continue
        if isinstance(entry.value, Map):
            tool = tool_of(entry.value)
            if tool is not None:
                tools.append(tool_item(entry.value.span, tool, "schema"))
                inside_tools.append(entry.keys)
            continue
        model = model_in(path, entry)
        if model is not None:
            models.append(model)
        setting = retrieval_in(entry)
        if setting is not None:
            retrieval.append(setting)
        prompt = prompt_in(entry)
        if prompt is not None:
            prompts.append(prompt)
    return InFile(prompts=tuple(prompts), tools=tuple(tools), retrieval=tuple(retrieval), models=tuple(models))


def _worth_reading(text: str) -> bool:
    """Most JSON is data, not settings: the fast parser tells soon whether there is anything of ours in it."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return True  # with comments, perhaps: the other parser may read it
    stack = [document]
    while stack:
        thing = stack.pop()
        if isinstance(thing, dict):
            if any(_ours(k, v) for k, v in thing.items()):
                return True
            stack += thing.values()
        elif isinstance(thing, list):
            stack += thing
    return False


def _ours(key: str, value: object) -> bool:
    if isinstance(value, str):
        return (
            (looks_like_model(value) and bool(MODEL_NAME.search(key)))
            or (len(value) >= 40 and bool(PROMPT_NAME.search(key) or PROMPT_TEXT.search(value)))
            or is_setting(key)
        )
    if isinstance(value, dict):
        return key in ("toolSpec", "function", "parameters", "input_schema", "inputSchema")
    return isinstance(value, int) and is_setting(key)


@lru_cache(4096)
def _is_prompt_name(key: str) -> bool:
    return bool(PROMPT_NAME.search(key)) and not NOT_PROMPT_NAME.search(key)


def model_in(path: str, entry: Entry) -> ModelSetting | None:
    """`model: gpt-4o`, also as an item of a list `models:`."""
    value = entry.value
    if not isinstance(value, Str) or not looks_like_model(value.known):
        return None
    named = next((k for k in reversed(entry.keys) if not k.isdigit()), "")
    parents = "".join(entry.keys[-3:])
    if not (MODEL_NAME.search(named) or (named in ("name", "id", "default", "value") and MODEL_NAME.search(parents))):
        return None
    return ModelSetting(path=path, key_path=entry.path, value=value.known, span=entry.span)


def retrieval_in(entry: Entry) -> RetrievalItem | None:
    key = entry.key
    if key in ("default", "value") and len(entry.keys) > 1:  # an input that declares its default
        key = entry.keys[-2]
    if not is_setting(key) and not is_setting_here(key, " ".join(entry.keys[-3:-1])):
        return None
    unit = unit_of(key)
    value = entry.value.known if isinstance(entry.value, Str) else ""
    filled = _ENV.match(value)
    value = filled.group(1) if filled else value
    if unit == "model":
        found = value if value and " " not in value and not value.isdigit() and "{" not in value else None
    else:
        found = value if value.isdigit() else None
        if isinstance(entry.value, Num) and isinstance(entry.value.number, int) and entry.value.number >= 0:
            found = str(entry.value.number)
    return retrieval_item(entry.span, entry.path, key, found, unit) if found is not None else None


def prompt_in(entry: Entry) -> PromptItem | None:
    value = entry.value
    if not isinstance(value, Str):
        return None
    text = value.known
    if len(text) < 40 or " " not in text.strip():
        return None
    if any(_is_prompt_name(k) for k in entry.keys[-3:]) or (len(text) >= 80 and PROMPT_TEXT.search(text)):
        return prompt_item(entry.span, entry.path, text, "value", role=role_of(entry.path))
    return None

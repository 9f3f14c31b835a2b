"""Haystack pipelines in YAML: generators, embedders, rankers and agents are calls, prompt builders their prompts.

https://docs.haystack.deepset.ai/docs/serialization
"""

from __future__ import annotations

import re

from prompts_scanner.documents import read_document
from prompts_scanner.formats import settings
from prompts_scanner.formats.base import (
    Files,
    InFile,
    config_setting,
    file_site,
    model_setting,
    prompt_item,
    surface,
)
from prompts_scanner.formats.walk import at, fields, items, span_of, text_at
from prompts_scanner.model import CallSite, Operation, PromptItem, Retrieval, Span, Surface
from prompts_scanner.values import Map, Value

_TYPE = re.compile(rb"type:\s*[\"']?haystack")
_CHAT = re.compile(r"(Generator|Agent|PromptNode)$")
# run on the own machine: nobody bills them
_LOCAL = re.compile(r"^(SentenceTransformers|HuggingFaceLocal|LlamaCpp|Transformers|Fastembed|Optimum)")
_EMBED = re.compile(r"(Text|Document)Embedder$")
_RERANK = re.compile(r"^(Cohere|Jina|Nvidia|Voyage|Bedrock|AmazonBedrock)\w*Ranker$")
_MODEL_KEYS = ("model", "azure_deployment", "model_name", "model_name_or_path")
_VENDORS = (
    ("Azure", "azure"),
    ("OpenAI", "openai"),
    ("Anthropic", "anthropic"),
    ("Google", "google"),
    ("Cohere", "cohere"),
)


def claims(path: str, head: bytes) -> bool:
    if not path.endswith((".yaml", ".yml")):
        return False
    return re.search(rb"^components:", head, re.MULTILINE) is not None and bool(_TYPE.search(head))


def read(path: str, text: str, files: Files) -> InFile:
    del files
    document = read_document(path, text)
    if document is None:
        return InFile()
    general = settings.harvest(path, document)
    components = {name: c for name, c in fields(at(document, "components")) if isinstance(c, Map)}
    prompts = {n: s for n, c in components.items() if (s := _templates(c))}
    links = [(text_at(i, "sender") or "", text_at(i, "receiver") or "") for i in items(at(document, "connections"))]
    retrieval = tuple(r.retrieval for r in general.retrieval)
    sites = []
    for name, component in components.items():
        feeding = tuple(
            s
            for sender, receiver in links
            if receiver.startswith(name + ".")
            for s in prompts.get(sender.partition(".")[0], ())
        )
        site = _site(path, name, component, feeding, retrieval)
        if site is not None:
            sites.append(site)
    known = {p.surface.span for p in general.prompts}
    items_: list[PromptItem] = [
        prompt_item(s.span, f"{n}.template", s.text.literal, "template", style="jinja")
        for n, found in prompts.items()
        for s in found
        if s.span not in known
    ]
    return InFile(
        sites=tuple(sites), prompts=(*general.prompts, *items_), retrieval=general.retrieval, models=general.models
    )


def _templates(component: Map) -> tuple[Surface, ...]:
    """The text of a prompt builder: a template, or a list of messages."""
    out = []
    given = at(component, "init_parameters", "template")
    for value in items(given) or ((given,) if given is not None else ()):
        text = (
            text_at(value)
            or text_at(value, "content")
            or text_at(value, "_content", "0", "text")
            or text_at(value, "content", "0", "text")
        )
        span = span_of(value)
        if text and span is not None:
            role = text_at(value, "role") or text_at(value, "_role")
            out.append(surface("system" if role == "system" else "user", text, span, style="jinja"))
    return tuple(out)


def _site(
    path: str, name: str, component: Map, prompts: tuple[Surface, ...], retrieval: tuple[Retrieval, ...]
) -> CallSite | None:
    short = (text_at(component, "type") or "").rpartition(".")[2]
    operation: Operation | None = (
        "chat"
        if _CHAT.search(short)
        else "embed"
        if _EMBED.search(short)
        else "rerank"
        if _RERANK.search(short)
        else None
    )
    if operation is None or _LOCAL.search(short):
        return None
    given = at(component, "init_parameters")
    if short == "Agent":
        given = at(given, "chat_generator", "init_parameters") or given
    span = Span(path, max(1, component.span.first_line - 1), component.span.last_line)
    model = next((m for k in _MODEL_KEYS if (m := text_at(given, k))), None)
    cap = text_at(given, "generation_kwargs", "max_tokens") or text_at(
        given, "generation_kwargs", "max_completion_tokens"
    )
    system = text_at(at(component, "init_parameters"), "system_prompt")
    own = (surface("system", system, span),) if system else ()
    return file_site(
        span,
        name,
        sdk="haystack",
        operation=operation,
        model=model_setting(model, _model_span(given, span), "the library's default"),
        provider=next((v for fragment, v in _VENDORS if fragment in short), None),
        output_cap=config_setting(cap, span) if cap else None,
        surfaces=(*own, *prompts),
        retrieval=retrieval if operation == "chat" and prompts else (),
    )


def _model_span(given: Value | None, default: Span) -> Span:
    return next((s for k in _MODEL_KEYS if (s := span_of(at(given, k))) is not None), default)

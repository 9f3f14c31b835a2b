"""Whether somebody waits for a call's answer, as far as the code shows: it streams it, or answers a request of the web;
or nobody does: a task of a queue, a scheduled job, a script, a loop of a notebook.

A service function that is called from another file shows nothing of it, so an empty answer is no proof of the contrary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prompts_scanner import ir
from prompts_scanner.fold import source_name
from prompts_scanner.match import Hit, Matcher
from prompts_scanner.values import Const, options_of

_STREAMS = re.compile(r"^a?stream|_stream(ed|ing)?(_|$)|[a-z]Stream(ed)?([A-Z]|$)")
_STREAM_PLACES = ("stream", "streaming", "config.stream")
_VERBS = frozenset("get post put patch delete route api_route websocket on_message on_chat_start on_event".split())
# Objects on which such a decorator makes a handler: `@router.post("/chat")`, `@cl.on_message`.
_ROUTERS = re.compile(r"(app|router|api|bp|blueprint|server|web|cl|chainlit|controller|Post|Get)$", re.IGNORECASE)
_ROUTE_FILES = re.compile(
    r"^(?=(?:.*/)?app/).*route\.[jt]sx?$|^(?=(?:.*/)?pages/api/.).*\.[jt]sx?$|(?:^|/)routes/\+server\.[jt]sx?$|"
    r"^(?=(?:.*/)?api/[^+]).*/\+server\.[jt]sx?$"
)
_TASKS = frozenset("shared_task periodic_task scheduled_job actor on_schedule dag flow".split())
# `@app.task` is one of Celery's, and `task` alone one of several frameworks for agents.
_QUEUES = re.compile(
    r"(celery|queue|huey|worker|broker|dramatiq|rq|arq|scheduler|periodiq)\w{0,40}$|^app$", re.IGNORECASE
)
_SCRIPTS = re.compile(r"(^|/)(scripts?|jobs?|bin)/")
_HTTP = frozenset("GET POST PUT PATCH DELETE".split())
_PAGES = frozenset("streamlit gradio chainlit panel mesop nicegui".split())


def waited_for(hit: Hit, matcher: Matcher) -> str:
    """Why somebody waits, in words; empty where the code does not show it."""
    return next(_reasons(hit, matcher), "")


def _reasons(hit: Hit, matcher: Matcher) -> Iterator[str]:
    name = source_name(hit.use.call.func).rpartition(".")[2]
    if _STREAMS.search(name):
        yield f"`{name}` streams its answer"
    for source in hit.sources:
        value = matcher.place(source.call, source.frame, _STREAM_PLACES)
        if value is not None and any(isinstance(o, Const) and o.constant is True for o in options_of(value)):
            yield "the answer is streamed"
    yield from _handlers(hit.module, hit.use.scope)
    page = next((i.module.partition(".")[0] for i in hit.module.imports if i.module.partition(".")[0] in _PAGES), None)
    if page is not None:
        yield f"a page of {page}"


def _handlers(module: ir.Module, scope: int) -> Iterator[str]:
    """The functions around a call that answer a request of the web."""
    at = scope
    while at > 0:
        here = module.scopes[at]
        for decorator in here.decorators:
            expr = decorator.func if isinstance(decorator, ir.Call) else decorator
            if isinstance(expr, ir.Attr) and expr.name in _VERBS and _ROUTERS.search(source_name(expr.base)):
                yield f"`{here.name}` answers a request of the web (`@{source_name(expr)}`)"
        if here.name in _HTTP and _ROUTE_FILES.search(module.path):
            yield f"`{here.name}` answers a request of the web"
        at = here.parent
    if "/pages/api/" in f"/{module.path}":
        yield "a handler under pages/api"


def background(hit: Hit) -> str:
    """Why nobody waits, in words; empty where the code does not show it."""
    module, at = hit.module, hit.use.scope
    while at > 0:
        here = module.scopes[at]
        for decorator in here.decorators:
            expr = decorator.func if isinstance(decorator, ir.Call) else decorator
            name = source_name(expr)
            base, _, last = name.rpartition(".")
            if last in _TASKS or (last in ("task", "job") and _QUEUES.search(base)):
                return f"`{here.name}` is a task in the background (`@{name}`)"
        at = here.parent
    in_bulk = any(_over_data(loop) for loop in hit.use.loops)
    if module.path.endswith(".ipynb"):
        return "a loop of a notebook" if in_bulk else ""
    if module.has_main and in_bulk and _SCRIPTS.search(module.path):
        return "a loop of a script"
    return ""


def _over_data(loop: ir.LoopAt) -> bool:
    """Whether a loop goes over a stock of data, as far as the code tells: no counter, no list that is written out."""
    if loop.kind == "while" or loop.iterable is None or isinstance(loop.iterable, ir.Seq):
        return False
    return not (isinstance(loop.iterable, ir.Call) and source_name(loop.iterable.func) in ("range", "count"))

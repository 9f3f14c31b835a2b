"""A request that code sends by itself: which call of `fetch` or `requests.post` goes to a provider, and with what body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prompts_scanner import ir
from prompts_scanner.fold import Folder
from prompts_scanner.model import Operation, Piece
from prompts_scanner.sdks.http import ENDPOINTS, Endpoint
from prompts_scanner.shape import Roles
from prompts_scanner.values import Ext, Frame, Map, Obj, Str, Value, options_of

_HOSTS = {
    "api.openai.com": "openai",
    "api.deepseek.com": "deepseek",
    "api.x.ai": "xai",
    "api.groq.com": "groq",
    "api.together": "together",
    "api.fireworks.ai": "fireworks",
    "openrouter.ai": "openrouter",
    "api.mistral.ai": "mistral",
    "generativelanguage.googleapis.com": "google",
    "api.anthropic.com": "anthropic",
    "dashscope": "qwen",
    "api.moonshot": "moonshot",
    "api.perplexity.ai": "perplexity",
    "api.cerebras.ai": "cerebras",
    "api.cohere": "cohere",
    "api.voyageai.com": "voyage",
    "api.jina.ai": "jina",
    "localhost:11434": "ollama",
    "127.0.0.1:11434": "ollama",
    "models.inference.ai.azure.com": "github",
    "azure.com": "azure",
    "integrate.api.nvidia.com": "nvidia",
}
_DUMPS = ("JSON.stringify", "json.dumps", "orjson.dumps", "ujson.dumps", "simplejson.dumps")
_BODY_KEYS = ("json", "body", "data", "content")
_FIELDS = ("model", "messages", "prompt", "contents", "input", "inputs", "message")
_HOLE = "\ue000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """`call` carries the fields of the body as arguments, for the roles to be read from."""

    operation: Operation
    roles: Roles
    provider: str | None
    call: ir.Call
    frame: Frame


def provider_of_url(url: str) -> str | None:
    """Which vendor answers at an address."""
    return next((vendor for host, vendor in _HOSTS.items() if host in url), None)


def sent(folder: Folder, call: ir.Call, callee: Value, frame: Frame) -> Sent | None:
    """What a call of an outside function sends to a provider, or None where it sends nothing there."""
    if not any(isinstance(o, Ext) for o in options_of(callee)):
        return None
    for url in _addresses(folder, call, frame):
        endpoint = next((e for e in ENDPOINTS if e.url.search(url)), None)
        if endpoint is None:
            continue
        bodies = list(_bodies(folder, call, frame))
        if not bodies:
            return None
        body, where = bodies[0]
        found = endpoint.url.search(url)
        args = [ir.Arg(body, "**", True)]
        model = found.groupdict().get("model") if found is not None else None
        if model and _HOLE not in model:
            args.insert(0, ir.Arg(ir.Lit(model, call.line, call.line), "model"))
        made = ir.Call(call.func, tuple(args), call.line, call.end_line, call.name_line)
        return Sent(
            operation=endpoint.operation,
            roles=endpoint.roles,
            provider=_provider(endpoint, url),
            call=made,
            frame=where,
        )
    return None


def posted(folder: Folder, call: ir.Call, frame: Frame) -> tuple[list[str], ir.Expr, Frame] | None:
    """The addresses that a call may post to, with the body and where its names mean something."""
    body = next(_bodies(folder, call, frame), None)
    addresses = list(_addresses(folder, call, frame)) if body is not None else []
    return (addresses, *body) if body is not None and addresses else None


def _provider(endpoint: Endpoint, url: str) -> str | None:
    return endpoint.provider or provider_of_url(url)


def _addresses(folder: Folder, call: ir.Call, frame: Frame) -> Iterator[str]:
    """The texts among the first two arguments (`request("POST", url)`) and an options object's `url`."""
    places = [a.value for a in call.args[:2] if not a.spread and a.name in (None, "url")]
    places += [a.value for a in call.args if a.name == "url"]
    for expr in places:
        for option in options_of(folder.eval(expr, frame)):
            address = option.get("url") if isinstance(option, Map) else option
            if isinstance(address, Str):
                yield "".join(p.text if isinstance(p, Piece) else _HOLE for p in address.pieces)


def _bodies(folder: Folder, call: ir.Call, frame: Frame) -> Iterator[tuple[ir.Expr, Frame]]:
    """The expressions that may be the body, without the function that writes it as JSON."""
    for arg in call.args:
        if arg.name in _BODY_KEYS:
            yield _plain(folder, arg.value, frame)
    positional = [a.value for a in call.args if a.name is None and not a.spread]
    for expr in positional:
        if isinstance(expr, ir.Dict):
            for key, value in expr.items:
                if isinstance(key, ir.Lit) and key.value in _BODY_KEYS:
                    yield _plain(folder, value, frame)
    for expr in positional[1:]:
        body, where = _plain(folder, expr, frame)
        given = folder.eval(body, where)
        if isinstance(given, Map) and any(k in _FIELDS for k, _ in given.items):
            yield body, where
        elif isinstance(given, Map):
            inner = given.get("body")
            if isinstance(inner, Obj) and inner.name.endswith(_DUMPS) and inner.call.args:
                yield inner.call.args[0].value, inner.frame


def _plain(folder: Folder, expr: ir.Expr, frame: Frame) -> tuple[ir.Expr, Frame]:
    value = folder.eval(expr, frame)
    for option in options_of(value):
        if isinstance(option, Obj) and option.name.endswith(_DUMPS) and option.call.args:
            return option.call.args[0].value, option.frame
    return expr, frame

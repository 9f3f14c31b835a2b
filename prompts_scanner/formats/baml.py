"""BAML: functions that are calls, clients that name their models, classes that become output schemas.

https://docs.boundaryml.com/ref/baml/function, https://docs.boundaryml.com/ref/baml/client-llm
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from prompts_scanner.formats.base import (
    Files,
    InFile,
    ModelSetting,
    config_setting,
    file_site,
    prompt_item,
    template_text,
)
from prompts_scanner.model import (
    CallSite,
    Piece,
    PromptItem,
    Related,
    Resolution,
    Setting,
    Span,
    Surface,
    SurfaceRole,
    Text,
)

# Strings and comments, so that braces and words inside them are not read as structure. One that has no end goes on to the
# end of the file, or of the line.
_OPAQUE = re.compile(r'(#{1,5})"(.*?)(?:"\1|\Z)|"((?:\\.|[^"\\\n])*+)"?|//[^\n]*', re.DOTALL)
_HEAD = re.compile(r"^(client|function|class|enum|template_string)(?:<\w+>)?\s+(\w+)", re.MULTILINE)
_ROLE = re.compile(r"\{\{\s*_\.(?:role|chat)\(\s*[\"'](\w+)[\"'][^)]*\)\s*\}\}")
_OUTPUT = re.compile(r"\{\{\s*ctx\.output_format[^}]*\}\}")
_ROLES: dict[str, SurfaceRole] = {"system": "system", "assistant": "assistant"}
_TYPE_WORD = re.compile(r"[A-Z]\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One top-level declaration: `body` as written, `mask` with strings and comments blanked out."""

    path: str
    kind: str
    name: str
    body: str
    mask: str
    span: Span
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    models: tuple[str, ...]
    provider: str | None
    cap: str | None
    span: Span


def claims(path: str, head: bytes) -> bool:
    return path.endswith(".baml") and bool(head.strip())


def read(path: str, text: str, files: Files) -> InFile:
    blocks = list(_blocks(path, text))
    around = _project(path, files)
    clients = {b.name: _client(b) for b in around.values() if b.kind == "client"}
    sites: list[CallSite] = []
    prompts: list[PromptItem] = []
    for block in blocks:
        if block.kind == "function":
            site = _site(block, clients, around)
            sites.append(site)
        prompt = _string(block, "prompt") if block.kind == "function" else _first_string(block)
        if block.kind in ("function", "template_string") and prompt is not None:
            prompts.append(prompt_item(prompt[1], block.name, prompt[0], "baml", style="jinja"))
    used = {n for b in around.values() if b.kind in ("function", "client") for n in _clients_of(b)}
    for block in blocks:
        if block.kind == "client" and block.name not in used:
            sites.append(_unused(block, clients))
    models = tuple(
        ModelSetting(path=path, key_path=b.name, value=m, span=b.span)
        for b in blocks
        if b.kind == "client"
        for m in _client(b).models
    )
    return InFile(sites=tuple(sites), prompts=tuple(prompts), models=models)


def _project(path: str, files: Files) -> dict[str, Block]:
    """Every declaration of the `baml_src` folder that the file is of."""
    folder = posixpath.dirname(path)
    head, mark, _ = f"{folder}/".partition("baml_src/")
    root = (head + mark).rstrip("/") if mark else folder
    known = files.once(("baml", root), lambda beside: _blocks_under(root, beside))
    return known if isinstance(known, dict) else {}


def _blocks_under(root: str, files: Files) -> dict[str, Block]:
    found: dict[str, Block] = {}
    for path in files.under(root, ".baml"):
        found |= {b.name: b for b in _blocks(path, files.text(path) or "")}
    return found


def _blocks(path: str, text: str) -> Iterator[Block]:
    mask = _OPAQUE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    heads = list(_HEAD.finditer(mask))
    for i, head in enumerate(heads):
        end = heads[i + 1].start() if i + 1 < len(heads) else len(text)
        end = head.start() + len(mask[head.start() : end].rstrip()) if head.group(1) != "template_string" else end
        first = mask.count("\n", 0, head.start()) + 1
        last = first + text.count("\n", head.start(), max(head.start(), end))
        body = text[head.start() : end]
        yield Block(
            path=path,
            kind=head.group(1),
            name=head.group(2),
            body=body,
            mask=mask[head.start() : end],
            span=Span(
                path,
                first,
                max(first, last if body.rstrip() == body else last - body[len(body.rstrip()) :].count("\n")),
            ),
            start=first,
        )


def _string(block: Block, key: str) -> tuple[str, Span] | None:
    """The string after a word: `prompt #"..."#`, `model "gpt-4o"`, `model gpt-4o`."""
    for found in re.finditer(rf"\b{key}\b(?!\s*[:?(])", block.mask):
        start = len(block.body) - len(block.body[found.end() :].lstrip())
        text = _OPAQUE.match(block.body, start)
        bare = re.match(r"[\w./:-]+", block.body[start : start + 200]) if text is None else None
        first = block.start + block.body.count("\n", 0, found.start())
        if text is not None and not text.group().startswith("//"):
            shown = text.group(2) if text.group(1) else text.group(3) or ""
            return shown, Span(block.path, first, block.start + block.body.count("\n", 0, text.end()))
        if bare is not None:
            return bare.group(), Span(block.path, first, first)
    return None


def _first_string(block: Block) -> tuple[str, Span] | None:
    found = re.search(r'(#{1,5})"(.*?)(?:"\1|\Z)', block.body, re.DOTALL)
    if found is None or not found.group().endswith(f'"{found.group(1)}'):
        return None
    first = block.start + block.body.count("\n", 0, found.start())
    return found.group(2), Span(block.path, first, block.start + block.body.count("\n", 0, found.end()))


def _client(block: Block) -> Client:
    provider = _string(block, "provider")
    model = _string(block, "model")
    cap = _string(block, "max_tokens")
    listed = re.search(r"strategy\s*\[([^\[\]]*)\]", block.mask)
    names = tuple(re.findall(r"\w+", listed.group(1))) if listed else ()
    models = (model[0],) if model is not None and not model[0].startswith("env.") else tuple(f"@{n}" for n in names)
    vendor = provider[0] if provider is not None else None
    return Client(
        models=models,
        provider={"openai-generic": None, "google-ai": "google", "vertex-ai": "google", "aws-bedrock": "bedrock"}.get(
            vendor or "", vendor
        ),
        cap=cap[0] if cap is not None and cap[0].isdigit() else None,
        span=block.span,
    )


def _clients_of(block: Block) -> tuple[str, ...]:
    """The clients that a function names, or that a fallback or round-robin client chooses among."""
    if block.kind == "client":
        return tuple(m[1:] for m in _client(block).models if m.startswith("@"))
    given = _string(block, "client")
    return (given[0],) if given is not None else ()


def _unused(block: Block, clients: dict[str, Client]) -> CallSite:
    """A client that no function of the files uses: code may choose it at run time, and is made to."""
    found = _named(block.name, clients)
    models = tuple(dict.fromkeys(f[0] for f in found))
    reason = "" if models else f"client {block.name} names no model"
    how: Resolution = "config" if len(models) == 1 else "range" if models else "unresolved"
    setting = Setting(values=models, resolution=how, span=block.span, reason=reason)
    return file_site(block.span, block.name, sdk="baml", model=setting, provider=found[0][1] if found else None)


def _named(name: str, clients: dict[str, Client], depth: int = 0) -> list[tuple[str, str | None, str | None, Span]]:
    """The models a client stands for; a fallback or round-robin client stands for several."""
    client = clients.get(name)
    if client is None or depth > 4:
        return []
    out = []
    for model in client.models:
        if model.startswith("@"):
            out += _named(model[1:], clients, depth + 1)
        else:
            out.append((model, client.provider, client.cap, client.span))
    return out


def _site(block: Block, clients: dict[str, Client], around: dict[str, Block]) -> CallSite:
    given = _string(block, "client")
    model, provider, cap, bound = _model(block, given, clients)
    surfaces = _surfaces(block, around)
    site = file_site(
        block.span,
        block.name,
        sdk="baml",
        model=model,
        provider=provider,
        output_cap=cap,
        surfaces=surfaces,
        structured=any(s.role == "schema" for s in surfaces),
    )
    named = {c.span: c.models[0] for c in clients.values() if c.models and not c.models[0].startswith("@")}
    related = tuple(Related(role="binding", span=s, model=named.get(s, model.value)) for s in bound)
    return replace(site, related=(*related, *site.related))


def _model(
    block: Block, given: tuple[str, Span] | None, clients: dict[str, Client]
) -> tuple[Setting, str | None, Setting | None, tuple[Span, ...]]:
    if given is None:
        return config_setting(None, block.span, "the function names no client"), None, None, ()
    name, span = given
    if name in clients:
        found = _named(name, clients)
        bound = tuple(dict.fromkeys((clients[name].span, *(f[3] for f in found))))
        caps = [config_setting(f[2], f[3]) for f in found if f[2]]
        if not found:
            reason = f"client {name} names no model"
            return Setting(values=(), resolution="unresolved", span=span, reason=reason), None, None, bound
        setting = Setting(
            values=tuple(dict.fromkeys(f[0] for f in found)),
            resolution="config" if len(found) == 1 else "range",
            span=span,
            sources=bound,
        )
        return setting, found[0][1], caps[0] if caps else None, bound
    if "/" in name:  # shorthand: "openai/gpt-4o"
        vendor, _, model = name.partition("/")
        return Setting(values=(model,), resolution="literal", span=span), vendor, None, ()
    return (
        Setting(values=(), resolution="unresolved", span=span, reason=f"client {name} is not in the tree"),
        None,
        None,
        (),
    )


def _surfaces(block: Block, around: dict[str, Block]) -> tuple[Surface, ...]:
    prompt = _string(block, "prompt")
    if prompt is None:
        return ()
    text, span = prompt
    schema = _schema(block, around) if "output_format" in text else None
    if schema is not None:
        text = _OUTPUT.sub("", text)
    out: list[Surface] = []
    at, role = 0, "user"
    line = span.first_line
    for found in [*_ROLE.finditer(text), None]:
        part = text[at : found.start() if found else len(text)]
        if part.strip():
            where = Span(span.path, line, line + part.count("\n"))
            out.append(Surface(role=_ROLES.get(role, "user"), text=template_text(part, where, "jinja"), span=where))
        line += part.count("\n")
        if found:
            line += found.group().count("\n")
            at, role = found.end(), found.group(1)
    return (*out, schema) if schema is not None else tuple(out)


def _schema(block: Block, around: dict[str, Block]) -> Surface | None:
    """`ctx.output_format` prints the answer's type: the classes that the return type reaches, as they are written."""
    answer = re.search(r"->\s*([^{]+)", block.mask)
    todo = _TYPE_WORD.findall(answer.group(1)) if answer else []
    seen: dict[str, Block] = {}
    while todo:
        name = todo.pop(0)
        found = around.get(name)
        if found is None or found.kind not in ("class", "enum") or name in seen:
            continue
        seen[name] = found
        todo += _TYPE_WORD.findall(found.mask.partition("{")[2])
    if not seen:
        return None
    pieces = tuple(Piece(text=re.sub(r"@@?\w+|//[^\n]*", "", b.body), span=b.span) for b in seen.values())
    return Surface(role="schema", text=Text(pieces=pieces), span=next(iter(seen.values())).span)

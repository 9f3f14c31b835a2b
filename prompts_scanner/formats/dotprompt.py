"""Dotprompt: one call as a file, front matter and a Handlebars body.  https://google.github.io/dotprompt/reference/frontmatter/"""

from __future__ import annotations

import json
import re

from prompts_scanner.documents import read_document
from prompts_scanner.formats.base import (
    Files,
    InFile,
    config_setting,
    file_site,
    front_matter,
    model_setting,
    prompt_item,
    role_blocks,
    surface,
    whole,
)
from prompts_scanner.formats.walk import at, items, plain, span_of, text_at
from prompts_scanner.model import Piece, Surface, SurfaceRole, Text, Tool

_ROLE = re.compile(r"""^\s*\{\{\s*role\s+["'](\w+)["']\s*\}\}""")
_ROLES: dict[str, SurfaceRole] = {"system": "system", "model": "assistant"}


def claims(path: str, head: bytes) -> bool:
    return path.endswith(".prompt") and head.lstrip().startswith(b"---")


def read(path: str, text: str, files: Files) -> InFile:
    name, span = path.rpartition("/")[2], whole(path, text)
    cut = front_matter(text)
    if cut is None:
        return InFile(prompts=(prompt_item(span, name, text, "file"),))
    header, body, line = cut
    document = read_document(path, header)
    surfaces = [
        surface(_ROLES.get(r, "user"), t, s, name=name, style="jinja", files=files)
        for r, t, s in role_blocks(body, line, path, _ROLE)
    ]
    schema = at(document, "output", "schema")
    if schema is not None:
        body_text = json.dumps(plain(schema), separators=(",", ":"))
        where = span_of(schema) or span
        surfaces.append(Surface(role="schema", text=Text(pieces=(Piece(text=body_text, span=where),)), span=where))
    cap = text_at(document, "config", "maxOutputTokens")
    listed = [t for i in items(at(document, "tools")) if (t := text_at(i)) is not None]
    site = file_site(
        span,
        name.removesuffix(".prompt"),
        sdk="dotprompt",
        model=model_setting(text_at(document, "model"), span, "the default model of the application"),
        output_cap=config_setting(cap, span_of(at(document, "config", "maxOutputTokens")) or span) if cap else None,
        surfaces=tuple(surfaces),
        tools=tuple(Tool(name=t, schema="", span=span, complete=False) for t in listed),
        structured=schema is not None,
    )
    prompt = prompt_item(span, name, body, "dotprompt", role="system", style="jinja")
    return InFile(sites=(site,), prompts=(prompt,))

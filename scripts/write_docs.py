"""Writes the generated reference pages: python scripts/write_docs.py

`docs/reference/commands.md` is every command's own help, `docs/reference/configuration.md` the keys of the schema of
`.aicost.yml`. A test holds both equal to the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from bot.cli import COMMANDS, cli
from bot.config_schema import json_schema

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"
NAME = "aicost-review"
WIDTH = 110


def commands() -> str:
    """Every command and subcommand with its help, as it prints it."""
    out = [
        "# Commands",
        "",
        "Generated from the commands' own help. Exit codes and documents: [JSON](json.md).",
        "",
    ]
    with click.Context(cli, info_name=NAME) as top:
        for name in COMMANDS:
            command = cli.get_command(top, name)
            if command is not None:
                out += _help(command, f"{NAME} {name}", "##")
    return "\n".join(out)


def _help(command: click.Command, name: str, heading: str) -> Iterator[str]:
    context = click.Context(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    yield f"{heading} {name.removeprefix(NAME + ' ')}"
    yield ""
    yield "```text"
    yield command.get_help(context).rstrip()
    yield "```"
    yield ""
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _help(found, f"{name} {inner}", heading + "#")


def configuration() -> str:
    """Every key of the policy: its path, what it may be, its default, what it says."""
    schema = json_schema()
    out = [
        "# Configuration",
        "",
        "All keys of `.aicost.yml`, generated from its schema. Every key is optional; a wrong one is an error that names the",
        "line and the nearest right key. `NAME` stands for a name of yours, `[]` for each entry of a list. An example with",
        "comments: `.aicost.example.yml`.",
        "",
    ]
    for name, part in schema["properties"].items():
        out += [f"## {name}", ""]
        rows = list(_rows(name, part, schema, ()))
        said = _described(part, schema)
        out += [said, ""] if said else []
        out += ["| key | type | default | |", "|---|---|---|---|", *rows, ""]
    return "\n".join(out)


def _rows(path: str, part: dict[str, Any], schema: dict[str, Any], above: tuple[str, ...]) -> Iterator[str]:
    default = part.get("default")
    shown = "" if default in (None, [], {}) else f"`{_plain(default)}`"
    yield f"| `{path}` | {_type(part, schema)} | {shown} | {_cell(_described(part, schema))} |"
    for step, inner, names in _inside(part, schema):
        if names & set(above):
            continue  # a part within itself
        yield from _rows(f"{path}{step}", inner, schema, (*above, *names))


def _inside(part: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], frozenset[str]]]:
    """The keys of a part, of its entries, and of its forms; each key once."""
    seen: set[str] = set()
    for form, name in _forms(part, schema):
        names = frozenset((name,)) if name else frozenset()
        for key, inner in form.get("properties", {}).items():
            if key not in seen:
                seen.add(key)
                yield f".{key}", inner, names
        more = form.get("additionalProperties")
        if isinstance(more, dict) and "NAME" not in seen:
            seen.add("NAME")
            yield ".NAME", more, names
        items = form.get("items")
        if isinstance(items, dict) and "[]" not in seen and any(f.get("properties") for f, _ in _forms(items, schema)):
            seen.add("[]")
            for entry, entry_name in _forms(items, schema):
                inner_names = names | ({entry_name} if entry_name else frozenset())
                for key, inner in entry.get("properties", {}).items():
                    yield f"[].{key}", inner, frozenset(inner_names)


def _forms(part: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        yield from ((form, inner or name) for form, inner in _forms(schema["$defs"][name], schema))
        return
    options = part.get("anyOf") or part.get("oneOf")
    if options:
        for option in options:
            yield from _forms(option, schema)
        return
    yield part, ""


def _type(part: dict[str, Any], schema: dict[str, Any]) -> str:
    found: dict[str, None] = {}
    for form, _ in _forms(part, schema):
        kind = form.get("type")
        if "enum" in form:
            found[" ".join(f"`{v}`" for v in form["enum"])] = None
        elif "const" in form:
            found[f"`{form['const']}`"] = None
        elif kind == "array":
            found[f"list of {_type(form.get('items', {}), schema)}"] = None
        elif kind == "object":
            found["keys" if form.get("properties") else "mapping"] = None
        elif isinstance(kind, str) and kind != "null":
            found[{"integer": "whole number", "string": "text", "boolean": "true or false"}.get(kind, kind)] = None
    return " or ".join(found) or "any"


def _described(part: dict[str, Any], schema: dict[str, Any]) -> str:
    if part.get("description"):
        return str(part["description"])
    return next((str(f["description"]) for f, _ in _forms(part, schema) if f.get("description")), "")


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


PAGES = {"commands.md": commands, "configuration.md": configuration}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make().rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

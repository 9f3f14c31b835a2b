"""GitHub's own description of its REST interface as a judge: every request and every answer is held against it.

The description allows unknown fields; this one does not, so that a misspelt field cannot pass.
"""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs

SPEC_FILE = Path(__file__).with_name("github-openapi.json.gz")
BASE = "json-schema:///github"


@cache
def spec() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress(SPEC_FILE.read_bytes()))
    return loaded


@cache
def registry() -> Any:
    return jsonschema_rs.Registry([(BASE, _quoted({"components": spec()["components"]}))])


def _quoted(node: Any) -> Any:
    """References made absolute, with the braces that some names have percent-encoded."""
    if isinstance(node, dict):
        return {
            key: f"{BASE}#{quote(value[1:], safe='/~-_.')}"
            if key == "$ref" and isinstance(value, str)
            else _quoted(value)
            for key, value in node.items()
        }
    return [_quoted(value) for value in node] if isinstance(node, list) else node


def resolve(node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        found: Any = spec()
        for part in node["$ref"][2:].split("/"):
            found = found[part]
        node = found
    return node


def example(name: str) -> Any:
    """A fresh copy of one of GitHub's examples."""
    return json.loads(json.dumps(spec()["components"]["examples"][name]["value"]))


@cache
def routes() -> tuple[tuple[re.Pattern[str], str], ...]:
    def pattern(template: str) -> re.Pattern[str]:
        return re.compile("".join(f"(?P<{p[1:-1]}>[^/]+)" if p[0] == "{" else re.escape(p) for p in _parts(template)))

    return tuple((pattern(t), t) for t in spec()["paths"])


def _parts(template: str) -> list[str]:
    return [part for part in re.split(r"(\{[^}]+\})", template) if part]


def route(path: str) -> tuple[str, dict[str, str]] | None:
    for pattern, template in routes():
        match = pattern.fullmatch(path)
        if match:
            return template, match.groupdict()
    return None


@cache
def _validator(method: str, template: str, status: str) -> Any:
    """The check of a body: of the request for status "", else of the answer. None where there is none to be."""
    operation = spec()["paths"][template][method]
    holder = operation.get("requestBody") if status == "" else operation["responses"].get(status)
    content = resolve(holder).get("content", {}) if holder else {}
    if "application/json" not in content:
        return None
    schema = _quoted(content["application/json"]["schema"])
    return jsonschema_rs.Draft202012Validator(schema, registry=registry(), validate_formats=True)


def _errors(validator: Any, body: Any) -> list[str]:
    return [f"{'/'.join(map(str, e.instance_path))}: {e.message[:300]}" for e in validator.iter_errors(body)]


def request_errors(method: str, template: str, query: dict[str, str], body: Any) -> list[str]:
    operation = spec()["paths"][template][method]
    parameters = [resolve(p) for p in operation.get("parameters", [])]
    known = {p["name"]: p for p in parameters if p["in"] == "query"}
    errors = [f"query parameter {name} is not declared" for name in query if name not in known]
    for name, text in query.items():
        schema = known.get(name, {}).get("schema", {})
        if schema.get("type") == "integer" and not text.isdigit():
            errors.append(f"query parameter {name}={text} is not a number")
        if "enum" in schema and text not in schema["enum"]:
            errors.append(f"query parameter {name}={text} is not one of {schema['enum']}")
    validator = _validator(method, template, "")
    if body is None:
        required = operation.get("requestBody", {}).get("required", False)
        return [*errors, "a body is required"] if required else errors
    if validator is None:
        return [*errors, "no body is expected"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return errors + _errors(validator, body) + unknown_fields(schema, body)


def unknown_fields(schema: Any, body: Any, at: str = "") -> list[str]:
    """Fields that no branch of the schema names."""
    schema = resolve(schema)
    if isinstance(body, list):
        items = schema.get("items")
        return [e for i, value in enumerate(body) for e in unknown_fields(items, value, f"{at}[{i}]")] if items else []
    if not isinstance(body, dict):
        return []
    fields = _fields(schema)
    if not fields:
        return []
    errors = [f"{at}.{name} is not a field" for name in body if name not in fields]
    return errors + [e for n, v in body.items() if n in fields for e in unknown_fields(fields[n], v, f"{at}.{n}")]


def _fields(schema: Any) -> dict[str, Any]:
    schema = resolve(schema)
    fields = dict(schema.get("properties", {}))
    for word in ("oneOf", "anyOf", "allOf"):
        for branch in schema.get(word, []):
            fields = {**_fields(branch), **fields}
    return fields


def answer_errors(method: str, template: str, status: int, body: Any) -> list[str]:
    responses = spec()["paths"][template][method]["responses"]
    if str(status) not in responses:
        # The description names few errors; GitHub's own have a message everywhere.
        fine = status >= 400 and isinstance(body, dict) and isinstance(body.get("message"), str)
        return [] if fine else [f"status {status} is not declared"]
    validator = _validator(method, template, str(status))
    if validator is None:
        return [] if body is None else ["no body is declared"]
    return _errors(validator, body)

"""Zod schemas become the JSON schema that the provider receives (https://zod.dev/json-schema)."""

from __future__ import annotations

import json

import pytest

from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree

HEAD = (
    "import { tool } from 'ai';\nimport { z } from 'zod';\nconst days = ['mon', 'tue'] as const;\n"
    "enum Unit { C = 'celsius', F = 'fahrenheit' }\nconst Base = z.object({ id: z.string(), note: z.string().optional() });\n"
)


def parameters(schema: str) -> dict[str, object]:
    source = (
        f"{HEAD}export const t = tool({{ description: 'Finds it', inputSchema: {schema}, execute: async () => 1 }});\n"
    )
    (item,) = scan(MemoryTree({"a.ts": source})).tools
    assert item.tool.complete, item.tool.schema
    return json.loads(item.tool.schema)["parameters"]  # type: ignore[no-any-return]


FIELDS = [
    ("z.string()", {"type": "string"}),
    (
        "z.string().min(1).max(80).describe('a city')",
        {"type": "string", "minLength": 1, "maxLength": 80, "description": "a city"},
    ),
    ("z.number().int().min(1).max(5)", {"type": "integer", "minimum": 1, "maximum": 5}),
    ("z.coerce.number()", {"type": "number"}),
    ("z.boolean().default(true)", {"type": "boolean", "default": True}),
    ("z.string().email()", {"type": "string", "format": "email"}),
    ("z.url()", {"type": "string", "format": "uri"}),
    ("z.enum(['a', 'b'])", {"type": "string", "enum": ["a", "b"]}),
    ("z.enum(days)", {"type": "string", "enum": ["mon", "tue"]}),
    ("z.nativeEnum(Unit)", {"type": "string", "enum": ["celsius", "fahrenheit"]}),
    ("z.literal('x')", {"const": "x"}),
    ("z.array(z.string()).min(2)", {"type": "array", "items": {"type": "string"}, "minItems": 2}),
    ("z.string().array()", {"type": "array", "items": {"type": "string"}}),
    ("z.string().nullable()", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ("z.union([z.string(), z.number()])", {"anyOf": [{"type": "string"}, {"type": "number"}]}),
    ("z.string().or(z.null())", {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ("z.record(z.string(), z.number())", {"type": "object", "additionalProperties": {"type": "number"}}),
    ("z.any()", {}),
]


@pytest.mark.parametrize(("field", "expected"), FIELDS)
def test_field(field: str, expected: dict[str, object]) -> None:
    found = parameters(f"z.object({{ f: {field} }})")
    assert found == {"type": "object", "properties": {"f": expected}, "required": ["f"], "additionalProperties": False}


OBJECTS = [
    ("Base", {"id", "note"}, ["id"]),
    ("Base.extend({ more: z.number() })", {"id", "note", "more"}, ["id", "more"]),
    ("Base.pick({ id: true })", {"id"}, ["id"]),
    ("Base.omit({ id: true })", {"note"}, []),
    ("Base.partial()", {"id", "note"}, []),
    ("Base.merge(z.object({ x: z.string() }))", {"id", "note", "x"}, ["id", "x"]),
]


@pytest.mark.parametrize(("schema", "names", "required"), OBJECTS)
def test_objects_made_of_others(schema: str, names: set[str], required: list[str]) -> None:
    found = parameters(schema)
    properties = found["properties"]
    assert isinstance(properties, dict)
    assert set(properties) == names
    assert found.get("required", []) == required


def test_what_only_a_run_can_tell_is_incomplete() -> None:
    source = f"{HEAD}export const make = (extra: any) => tool({{ description: 'd', inputSchema: z.object({{ f: extra }}) }});\n"
    (item,) = scan(MemoryTree({"a.ts": source})).tools
    assert not item.tool.complete

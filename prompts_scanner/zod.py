"""Zod schemas as the JSON schema that SDKs make of them.  https://zod.dev/json-schema

Also the small wrappers around a schema: `zodSchema(x)`, `jsonSchema({...})`, `zodResponseFormat(x, "name")`, `Output.object({schema})`.
"""

from __future__ import annotations

from collections.abc import Callable

from prompts_scanner import ir
from prompts_scanner.fold import Folder
from prompts_scanner.values import Cls, Lst, Map, Num, Obj, Str, Value

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
Read = Callable[[Value, int], tuple[Json, bool]]

MAX_DEPTH = 12
_PLAIN = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "bigint": "integer",
    "int": "integer",
    "int32": "integer",
    "float32": "number",
    "date": "string",
    "null": "null",
}
_ANYTHING = frozenset(("any", "unknown", "custom", "instanceof", "json", "record", "map", "function", "promise"))
_FORMATS = {
    "email": "email",
    "url": "uri",
    "uuid": "uuid",
    "guid": "uuid",
    "cuid": "cuid",
    "nanoid": "nanoid",
    "ipv4": "ipv4",
    "datetime": "date-time",
    "isodate": "date",
    "emoji": "emoji",
    "base64": "base64",
}
_OPTIONAL = frozenset(("optional", "nullish", "exactOptional"))
_WRAPPERS = frozenset(
    "zodSchema jsonSchema zodResponseFormat zodTextFormat zodToJsonSchema toJSONSchema object lazy valibotSchema "
    "asSchema zodFunction".split()
)


class ZodReader:
    """`read` gives the JSON of any other value, schemas inside it included."""

    def __init__(self, folder: Folder, read: Read) -> None:
        self.folder = folder
        self.read = read

    def schema(self, value: Obj, depth: int) -> tuple[Json, bool]:
        """`z.object({...}).describe("...")` and its like; a call that is no schema is unknown."""
        if depth > MAX_DEPTH:
            return {}, False
        short = value.name.rpartition(".")[2]
        first = self._argument(value, 0)
        if isinstance(value.recv, Obj):
            return self._refined(value.recv, short, first, depth)
        if (
            short in ("object", "strictObject", "looseObject", "interface")
            and isinstance(first, Map)
            and _is_fields(first)
        ):
            return self._object(first, depth, closed=short != "looseObject")
        if short in _PLAIN:
            return {"type": _PLAIN[short]}, True
        if short in _FORMATS:
            return {"type": "string", "format": _FORMATS[short]}, True
        if short in ("enum", "nativeEnum") and first is not None:
            return self._enum(first, depth)
        if short == "literal" and first is not None:
            body, ok = self.read(first, depth + 1)
            return {"const": body}, ok
        if short in ("array", "set") and first is not None:
            body, ok = self.read(first, depth + 1)
            return {"type": "array", "items": body}, ok
        if short == "tuple" and isinstance(first, Lst):
            body, ok = self.read(first, depth + 1)
            return {"type": "array", "prefixItems": body}, ok
        if short in ("optional", "nullable", "nullish", "preprocess", "coerce") and first is not None:
            return self.read(self._argument(value, 1) or first if short == "preprocess" else first, depth + 1)
        if short in ("union", "discriminatedUnion", "xor"):
            last = self._argument(value, -1)
            body, ok = self.read(last, depth + 1) if last is not None else ([], False)
            return {"anyOf": body}, ok
        if short == "intersection":
            parts = [self.read(p, depth + 1) for p in (first, self._argument(value, 1)) if p is not None]
            return {"allOf": [p for p, _ in parts]}, all(ok for _, ok in parts)
        if short == "record":
            last = self._argument(value, -1)
            body, ok = self.read(last, depth + 1) if last is not None else ({}, True)
            return {"type": "object", "additionalProperties": body}, ok
        if short in _WRAPPERS and first is not None:
            inner = first.get("schema") if isinstance(first, Map) else None
            return self.read(inner if inner is not None else first, depth + 1)
        return {}, short in _ANYTHING

    # -- what is said of a schema after it is made ------------------------------------------------------------------

    def _refined(self, inner: Obj, method: str, first: Value | None, depth: int) -> tuple[Json, bool]:
        base, ok = self.schema(inner, depth + 1)
        if not isinstance(base, dict):
            return base, ok
        if method in ("describe", "meta"):
            text = first.get("description") if isinstance(first, Map) else first
            if isinstance(text, Str):
                return {**base, "description": text.known}, ok and text.literal is not None
            return base, ok and first is not None
        if method == "array":
            return {"type": "array", "items": base}, ok
        if method == "or" and first is not None:
            other, good = self.read(first, depth + 1)
            return {"anyOf": [base, other]}, ok and good
        if method in ("nullable", "nullish"):
            return {"anyOf": [base, {"type": "null"}]}, ok
        if method == "int":
            return {**base, "type": "integer"}, ok
        if method in _FORMATS:
            return {**base, "format": _FORMATS[method]}, ok
        if method in ("extend", "safeExtend", "merge", "and"):
            return self._extended(base, ok, first, depth)
        if method in ("pick", "omit") and isinstance(first, Map):
            return self._chosen(base, {k for k, _ in first.items}, keep=method == "pick"), ok
        if method in ("partial", "deepPartial"):
            return {k: v for k, v in base.items() if k != "required"}, ok
        if method in ("default", "prefault") and first is not None:
            given, good = self.read(first, depth + 1)
            return {**base, "default": given}, ok and good
        return {**base, **_bounds(base.get("type"), method, first)}, ok

    def _extended(self, base: dict[str, Json], ok: bool, first: Value | None, depth: int) -> tuple[Json, bool]:
        more: Json
        if isinstance(first, Map):
            more, good = self._object(first, depth, closed=True)
        elif isinstance(first, Obj):
            more, good = self.schema(first, depth + 1)
        else:
            return base, False
        own, added = base.get("properties"), more.get("properties") if isinstance(more, dict) else None
        if not isinstance(own, dict) or not isinstance(added, dict) or not isinstance(more, dict):
            return base, False
        needed = [n for part in (base, more) for n in _names(part.get("required"))]
        return {**base, "properties": {**own, **added}, "required": list(dict.fromkeys(needed))}, ok and good

    def _chosen(self, base: dict[str, Json], names: set[str], *, keep: bool) -> Json:
        properties = base.get("properties")
        if not isinstance(properties, dict):
            return base
        chosen = {k: v for k, v in properties.items() if (k in names) == keep}
        return {**base, "properties": chosen, "required": [n for n in _names(base.get("required")) if n in chosen]}

    # -- parts ------------------------------------------------------------------------------------------------------

    def _object(self, fields: Map, depth: int, *, closed: bool) -> tuple[dict[str, Json], bool]:
        properties: dict[str, Json] = {}
        required: list[Json] = []
        ok = fields.complete
        for key, item in fields.items:
            properties[key], good = self.read(item, depth + 1)
            ok = ok and good
            if not (isinstance(item, Obj) and _is_optional(item)):
                required.append(key)
        out: dict[str, Json] = {"type": "object", "properties": properties}
        if required:
            out["required"] = required
        if closed:
            out["additionalProperties"] = False
        return out, ok

    def _enum(self, first: Value, depth: int) -> tuple[Json, bool]:
        if isinstance(first, Lst):
            body, ok = self.read(first, depth + 1)
            return {"type": "string", "enum": body}, ok
        if isinstance(first, Map):
            body, ok = self.read(Lst(items=tuple(v for _, v in first.items), span=first.span), depth + 1)
            return {"type": "string", "enum": body}, ok and first.complete
        if isinstance(first, Cls):
            values = [b.value for b in first.module.scopes[first.scope].bindings]
            return {"type": "string", "enum": [v.value for v in values if isinstance(v, ir.Lit)]}, True
        return {"type": "string"}, False

    def _argument(self, value: Obj, index: int) -> Value | None:
        given = [a for a in value.call.args if a.name is None and not a.spread]
        return self.folder.eval(given[index].value, value.frame) if -len(given) <= index < len(given) else None


def _names(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _is_fields(value: Map) -> bool:
    """The fields of `z.object`, not the options of `Output.object({schema})`."""
    return not (value.get("schema") is not None and len(value.items) <= 3 and isinstance(value.get("schema"), Obj))


def _is_optional(value: Obj) -> bool:
    at: Value | None = value
    while isinstance(at, Obj):
        if at.name.rpartition(".")[2] in _OPTIONAL:
            return True
        at = at.recv
    return False


def _bounds(kind: Json, method: str, first: Value | None) -> dict[str, Json]:
    """`.min(1)` and its like, by the type that it bounds."""
    if not isinstance(first, Num):
        return {"exclusiveMinimum": 0} if method == "positive" else {"minimum": 0} if method == "nonnegative" else {}
    low, high = {
        "string": ("minLength", "maxLength"),
        "array": ("minItems", "maxItems"),
        "number": ("minimum", "maximum"),
        "integer": ("minimum", "maximum"),
    }.get(str(kind), ("", ""))
    names = {"min": (low,), "gte": (low,), "max": (high,), "lte": (high,), "length": (low, high)}.get(method, ())
    return {name: first.number for name in names if name}

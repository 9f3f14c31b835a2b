"""How tools are shown to OpenAI's models."""

from __future__ import annotations

from bot.tokens.request import ToolSpec
from bot.tokens.typescript import render

PARAMETERS = {
    "type": "object",
    "title": "Args",
    "$defs": {"Unit": {"enum": ["c", "f"], "type": "string"}},
    "properties": {
        "city": {"type": "string", "description": "The city.\n\nIn full."},
        "unit": {"$ref": "#/$defs/Unit", "default": "c"},
        "days": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer", "title": "N"}}}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "kind": {"type": ["string", "null"]},
        "any": {},
        "free": {"type": "object"},
    },
    "required": ["city"],
}
SHOWN = """namespace functions {

// Weather.
type weather = (_: // Args
{
// The city.
//
// In full.
city: string,
unit?: "c" | "f", // default: "c"
days?: {
// N
n?: integer,
}[],
note?: 
 | string
 | null
,
kind?: string | null,
any?: any,
free?: object,
}) => any;

type now = () => any;

} // namespace functions"""


def test_a_namespace() -> None:
    tools = [ToolSpec(name="weather", description="Weather.", parameters=PARAMETERS), ToolSpec(name="now")]
    assert render(tools) == SHOWN


def test_each_of_several_types_carries_the_description_again() -> None:
    parameters = {"properties": {"kind": {"type": ["string", "null"], "description": "Tool, or null"}}}
    shown = "// Tool, or null\nkind?: \n | string // Tool, or null\n | null // Tool, or null\n,"
    assert shown in render([ToolSpec(name="plan", parameters=parameters)])


def test_a_schema_that_holds_itself_ends() -> None:
    node = {
        "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}},
        "type": "object",
        "properties": {"root": {"$ref": "#/$defs/Node"}},
    }
    text = render([ToolSpec(name="walk", parameters=node)])
    assert text.count("next?") < 20


def test_what_is_no_schema_is_shown_as_nothing() -> None:
    odd = {"properties": {"a": 3, "b": None, "c": {"$ref": "#/nowhere"}, "d": {"type": 7}}}
    assert "a?: any,\nb?: any,\nc?: any,\nd?: any," in render([ToolSpec(name="odd", parameters=odd)])

"""How many input tokens a request has, and between what bounds: one estimator, one table of constants.

Nothing here reads the clock, the environment or the network. Vocabularies are loaded when the first text is counted.
"""

from __future__ import annotations

from datetime import date

from bot.model import NO_TOKENS, Method, RequestCount, RequestShape, TokenCount, Tokens
from bot.tokens.estimate import Estimate, estimate, loose_text, loose_tool
from bot.tokens.request import Request, from_shape, parse_tool
from bot.tokens.table import Table, bundled
from prompts_scanner.model import Tool

__all__ = ["count", "count_prompt", "count_request", "count_text", "count_tool"]


def count_request(request: Request, on: date, table: Table | None = None) -> Estimate:
    """A request body that was read."""
    return estimate(request, table or bundled(), on)


def count(shape: RequestShape, today: date, table: Table | None = None) -> RequestCount:
    """A static request; its holes are not counted. Hosted tools have no known tokens and count as none."""
    found = count_request(from_shape(shape), today, table)
    pieces = {(p.kind if p.kind != "system" else "messages", p.index): tokens for p, tokens in found.pieces}
    functions = iter(range(len(shape.tools)))
    return RequestCount(
        messages=tuple(_answer(found, pieces["messages", i]) for i in range(len(shape.messages))),
        tools=tuple(
            _hosted(found) if tool.builtin else _answer(found, pieces["tools", next(functions)]) for tool in shape.tools
        ),
        schema=_answer(found, pieces["schema", 0]) if shape.schema is not None else None,
        overhead=_answer(found, pieces["overhead", 0]),
        tokenizer=found.family.tokenizer if found.known else "",
    )


def count_prompt(text: str, model: str, on: date, table: Table | None = None) -> Estimate:
    """A text by itself, with its pieces."""
    return loose_text(text, Request(model=model), table or bundled(), on)


def count_text(text: str, model: str | None, table: Table | None = None) -> TokenCount:
    """A text by itself, without what a message or a request adds."""
    found = loose_text(text, Request(model=model or ""), table or bundled(), date.max)
    return _answer(found, found.total)


def count_tool(tool: Tool, model: str | None, table: Table | None = None) -> TokenCount:
    """A tool definition by itself, beside others: without the prompt that a provider adds for the first tool."""
    request = Request(model=model or "")
    if tool.builtin:
        return _hosted(loose_text("", request, table or bundled(), date.max))
    found = loose_tool(parse_tool(tool.name, tool.schema), request, table or bundled(), date.max)
    return _answer(found, found.total)


def _hosted(found: Estimate) -> TokenCount:
    """What a hosted tool puts into a request is not known; it has no tokens of its own here."""
    return TokenCount(tokens=NO_TOKENS, method="ratio", source=found.source)


def _answer(found: Estimate, tokens: Tokens) -> TokenCount:
    """A text without a range is exact also where the whole request, with its tools, is not."""
    exact = found.known and found.family.counts_texts_exactly and tokens.is_exact
    method: Method = "exact" if exact else "calibrated" if found.method == "exact" else found.method
    return TokenCount(tokens=tokens, method=method, source=found.source)

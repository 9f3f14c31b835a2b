"""From a request and the table to tokens: a sum of pieces, each with its range, rounded so that pieces and total agree."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from bot.model import Method, Range, Tokens
from bot.tokens.images import image_tokens
from bot.tokens.request import Message, Request, ToolSpec
from bot.tokens.table import Constant, Family, Table, plain_name
from bot.tokens.things import Things, message_things, request_things, schema_things, shown_tools, tool_things

# What an unknown model may cost beside its nearest family: vocabularies differ by -6 .. +45 % of o200k per text, and
# the tool prompt of a request is between nothing and about 1,400 tokens (recorded usage, 2026-11).
UNKNOWN_LOW, UNKNOWN_HIGH = Decimal("0.8"), Decimal("1.5")
UNKNOWN_TOOL_PROMPT_TOKENS = 1_400
# What a hosted tool (web search and the like) put into a recorded request: 870 to 14,100 tokens, its results included.
HOSTED_TOOL_TOKENS = 15_000
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of the answer before rounding. `kind` is system, messages, tools, schema, images or overhead; `sources`
    are those of the constants that occur in it."""

    kind: str
    index: int
    low: Decimal
    value: Decimal
    high: Decimal
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """`pieces` with whole tokens that add up to `total`."""

    family: Family
    known: bool
    pieces: tuple[tuple[Piece, Tokens], ...]
    total: Tokens
    method: Method
    source: str
    notes: tuple[str, ...]


def estimate(request: Request, table: Table, on: date) -> Estimate:
    """The input tokens of a request sent on a day."""
    family, known = table.family(request)
    constants = tuple(c for c in family.constants if c.holds(request, on))
    pieces = [*_message_pieces(request, family, constants), *_tool_pieces(request, family, constants)]
    if request.schema is not None:
        pieces.append(_piece("schema", 0, schema_things(request, family), constants))
    overhead = _piece("overhead", 0, request_things(request, family), constants, slack=family.slack_tokens)
    pieces += [*_image_pieces(request, family), overhead]
    if request.hosted_tools:
        zero, most = ZERO, Decimal(HOSTED_TOOL_TOKENS)
        pieces.append(Piece(kind="hosted tools", index=0, low=zero, value=zero, high=most))
    if not known and family.method != "ratio":
        pieces = [_widened(p, bool(request.tools)) for p in _settled(pieces)]
    notes = tuple(_notes(request, family, known))
    return _rounded(request, family, known, pieces, notes)


def loose_text(text: str, request: Request, table: Table, on: date) -> Estimate:
    """A text by itself, without what a message or a request adds."""
    return _loose(
        request, table, on, lambda family: ("messages", message_things(Message(role="", texts=(text,)), family))
    )


def loose_tool(tool: ToolSpec, request: Request, table: Table, on: date) -> Estimate:
    """A tool by itself, without the prompt that a provider adds for the first tool."""
    return _loose(request, table, on, lambda family: ("tools", tool_things(tool, family)))


def _loose(request: Request, table: Table, on: date, things: Callable[[Family], tuple[str, Things]]) -> Estimate:
    family, known = table.family(request)
    constants = tuple(c for c in family.constants if c.holds(request, on))
    kind, found = things(family)
    pieces = _settled([_piece(kind, 0, found, constants)])
    if not known and family.method != "ratio":
        pieces = [_widened(piece, False) for piece in pieces]
    return _rounded(request, family, known, pieces, ())


def _message_pieces(request: Request, family: Family, constants: Sequence[Constant]) -> Iterable[Piece]:
    for i, message in enumerate(request.messages):
        kind = "system" if message.role == "system" else "messages"
        yield _piece(kind, i, message_things(message, family), constants)


def _tool_pieces(request: Request, family: Family, constants: Sequence[Constant]) -> Iterable[Piece]:
    shown = shown_tools(request, family)
    for i, tool in enumerate(request.tools):
        yield _piece("tools", i, tool_things(tool, family) if shown else {}, constants)


def _image_pieces(request: Request, family: Family) -> Iterable[Piece]:
    for i, image in enumerate(image for message in request.messages for image in message.images):
        tokens = image_tokens(image, family.name, plain_name(request.model))
        if tokens is not None:
            yield Piece(
                kind="images", index=i, low=Decimal(tokens.low), value=Decimal(tokens.likely), high=Decimal(tokens.high)
            )


def _piece(kind: str, index: int, things: Things, constants: Sequence[Constant], *, slack: int = 0) -> Piece:
    """Constants times things. Below zero where a correction subtracts more than there is: see `_settled`."""
    low = value = high = ZERO
    sources = set()
    for constant in constants:
        if n := things.get(constant.of, 0):
            sources.add(constant.source)
            low, value, high = low + n * constant.low, value + n * constant.value, high + n * constant.high
    return Piece(
        kind=kind,
        index=index,
        low=low - slack,
        value=value,
        high=high + slack,
        sources=frozenset(sources),
    )


def _settled(pieces: Sequence[Piece]) -> list[Piece]:
    """No piece below zero, and the same sums as far as that goes: what a correction subtracts from nothing is taken from
    the tools where there are some, which it is a correction of, else from the texts."""
    ends = [_taken(pieces, [getattr(p, end) for p in pieces]) for end in ("low", "value", "high")]
    return [
        replace(piece, low=low, value=value, high=high) for piece, low, value, high in zip(pieces, *ends, strict=True)
    ]


def _taken(pieces: Sequence[Piece], tokens: Sequence[Decimal]) -> list[Decimal]:
    """What some pieces lack is taken from others in proportion to what they have; so that what was in the order low,
    likely, high is still."""
    lacking = -sum((n for n in tokens if n < 0), ZERO)
    left = [max(ZERO, n) for n in tokens]
    kinds = ("tools",) if any(piece.kind == "tools" for piece in pieces) else ("system", "messages")
    payers = [i for i, piece in enumerate(pieces) if piece.kind in kinds]
    there = sum((left[i] for i in payers), ZERO)
    if lacking and there:
        for i in payers:
            left[i] *= max(ZERO, there - lacking) / there
    return left


def _widened(piece: Piece, tools: bool) -> Piece:
    extra = UNKNOWN_TOOL_PROMPT_TOKENS if tools and piece.kind == "overhead" else 0
    low = ZERO if extra else piece.low * UNKNOWN_LOW
    return replace(piece, low=low, high=piece.high * UNKNOWN_HIGH + extra)


def _rounded(
    request: Request,
    family: Family,
    known: bool,
    pieces: Sequence[Piece],
    notes: tuple[str, ...],
) -> Estimate:
    pieces = _settled(pieces)
    likely = apportion([p.value for p in pieces])
    parts = [
        Range(min(math.floor(p.low), n), n, max(math.ceil(p.high), n)) for p, n in zip(pieces, likely, strict=True)
    ]
    # Rounded once, not once a part: the ranges of the parts together may be a token a part wider.
    lowest, highest = (sum((getattr(p, end) for p in pieces), ZERO) for end in ("low", "high"))
    total = Range(min(math.floor(lowest), sum(likely)), sum(likely), max(math.ceil(highest), sum(likely)))
    whole = not (request.hosted_tools or _unread(request) or _uncounted_pictures(request, family))
    method: Method = family.method if known and whole else "ratio"
    if method == "exact" and not total.is_exact:
        method = "calibrated"
    sources = sorted(frozenset[str]().union(*(p.sources for p in pieces)))
    source = f"{family.label}: {'; '.join(sources)}" if sources else family.label
    return Estimate(
        family=family,
        known=known,
        pieces=tuple(zip(pieces, parts, strict=True)),
        total=total,
        method=method,
        source=source if known else f"{_named(request)}: nearest family, {source}",
        notes=notes,
    )


def with_total(found: Estimate, total: int, source: str) -> Estimate:
    """The same request with a total that its provider counted; the parts stay what they were estimated at."""
    notes = ("the total is the provider's own count; the parts are estimates",)
    return replace(found, total=Range.exactly(total), method="exact", source=source, notes=notes)


def apportion(values: Sequence[Decimal]) -> list[int]:
    """Whole numbers that add up to the rounded sum: the largest remainders are rounded up."""
    floors = [math.floor(v) for v in values]
    missing = math.floor(sum(values, ZERO) + Decimal("0.5")) - sum(floors)
    by_remainder = sorted(range(len(values)), key=lambda i: (floors[i] - values[i], i))
    for i in by_remainder[:missing]:
        floors[i] += 1
    return floors


def _unread(request: Request) -> int:
    return sum(m.unread for m in request.messages)


def _uncounted_pictures(request: Request, family: Family) -> int:
    pictures = [i for m in request.messages for i in m.images]
    return len(pictures) if pictures and image_tokens(pictures[0], family.name, "") is None else 0


def _notes(request: Request, family: Family, known: bool) -> Iterable[str]:
    if not known:
        yield f"{_named(request)}: counted as {family.label}, with a wide range"
    if request.hosted_tools:
        yield f"hosted tools are not counted: {', '.join(dict.fromkeys(request.hosted_tools))}"
    if unread := _unread(request):
        yield f"{unread} block(s) that are neither text nor a picture are not counted"
    if pictures := _uncounted_pictures(request, family):
        yield f"{pictures} picture(s) are not counted: {family.label} has no published formula"


def _named(request: Request) -> str:
    return f"no constants for model {request.model!r}" if request.model else "model not known"


def parts_of(found: Estimate) -> Mapping[str, int]:
    """Likely tokens by kind; kinds that do not occur are left out."""
    out: dict[str, int] = {}
    for piece, tokens in found.pieces:
        out[piece.kind] = out.get(piece.kind, 0) + tokens.likely
    return out

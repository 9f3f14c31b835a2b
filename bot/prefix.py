"""What of a request a provider can cache: the stable prefix, in the order the provider reads the request.

A prompt cache matches from the first token on and ends at the first difference. Claude hashes tools, then system, then
messages (https://platform.claude.com/docs/en/build-with-claude/prompt-caching); OpenAI puts the response schema before
the system message and counts tools too (https://developers.openai.com/api/docs/guides/prompt-caching). Other providers
are taken to read in Claude's order. A prefix below the model's minimum is not cached at all, without an error.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.model import NO_TOKENS, Prefix, Range, Rates, Tokens, Traffic
from bot.turns import CONVERSATION, hits_within_a_task, read_again_share
from prompts_scanner.model import DAYS_DATE, SHUFFLED, CallSite, Hole, Piece, Surface, Tool

SECONDS_PER_MONTH = 730 * 3600
_ORDER = {"openai": ("schema", "tools", "system", "messages"), "azure": ("schema", "tools", "system", "messages")}
_CLAUDE_ORDER = ("tools", "schema", "system", "messages")
ONE = Decimal(1)
# What `CallSite.cache` says of a cache of the text that a site shows, which the program makes, names and pays to keep.
OWN_CACHE = "own"
NO_ORDER = "in no fixed order"
NOT_CACHED_YET = "the request does not ask for caching"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of the request: its literal `tokens`, and its text with holes. `key` finds its cost line again."""

    key: int
    part: str
    tokens: Tokens
    pieces: tuple[Piece | Hole, ...]
    marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the stable prefix ends: `pieces` of each block, by key, stand in front of it.

    `stable` and `vain`: tokens by block key that are cached, or written for nothing. `history_share`: of the run-time
    input, what a cache of the conversation reads; None where it holds none of it. `stored`: tokens of a cache that the
    program made itself and pays to keep.
    """

    prefix: Prefix
    pieces: dict[int, int]
    stable: dict[int, int]
    vain: dict[int, int]
    history_share: Decimal | None = None
    stored: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A request priced as if its parts stood in another order: `tokens` more (or fewer) are stable, `vain` are lost."""

    tokens: int = 0
    vain: int = 0


def block_of_tool(key: int, tool: Tool, tokens: Tokens | None) -> Block:
    """A tool whose definition is known only at run time is a hole."""
    whole = tokens is not None and (tool.complete or tool.builtin is not None)
    piece: Piece | Hole = (
        Piece(text=tool.schema or tool.name, span=tool.span, disorder=tool.disorder)
        if whole
        else Hole(name=tool.name, reason="tool defined at run time", span=tool.span)
    )
    return Block(
        key=key,
        part="tools",
        tokens=tokens if tokens is not None else NO_TOKENS,
        pieces=tuple(_in_its_place((piece,), "tools")),
        marked='"cache_control"' in tool.schema,
    )


def block_of_surface(key: int, surface: Surface, tokens: Tokens) -> Block:
    part = surface.role if surface.role in ("system", "schema") else "messages"
    pieces = tuple(_in_its_place(surface.text.pieces, "text"))
    return Block(key=key, part=part, tokens=tokens, pieces=pieces, marked=surface.cache_mark)


def _in_its_place(pieces: Iterable[Piece | Hole], what: str) -> Iterator[Piece | Hole]:
    """In front of text whose place is not fixed stands a hole: whatever follows it may be otherwise on the next call."""
    for piece in pieces:
        if isinstance(piece, Piece) and piece.disorder:
            why = "shuffled at random" if piece.disorder == SHUFFLED else f"in the order of {piece.disorder}"
            volatile = piece.disorder == SHUFFLED
            yield Hole(name=f"{what} {why}", reason=NO_ORDER, span=piece.span, volatile=volatile)
        yield piece


def in_order(blocks: list[Block], provider: str | None) -> list[Block]:
    """As the provider reads them."""
    order = _ORDER.get(provider or "", _CLAUDE_ORDER)
    return sorted(blocks, key=lambda b: order.index(b.part))


def lay_out(
    blocks: list[Block],
    site: CallSite,
    rates: Rates,
    traffic: Traffic | None,
    *,
    observed: CallSite | None = None,
    shift: Shift | None = None,
) -> Layout:
    """The prefix of a request whose blocks stand in the provider's order.

    `observed`: the site as it was when the traffic was measured. `shift`: as if the parts stood in another order.
    """
    mark = _last_mark(blocks) if rates.cache_mode == "explicit" else None
    end, hole = _end(blocks, mark)
    if mark is not None and hole is not None and hole.volatile:
        end = []  # what stands in front of the clock has no mark of its own, so nothing of it is ever written
    stable_tokens = _sum(_upto(b, pieces) for b, pieces in end)
    tokens = stable_tokens if shift is None else stable_tokens.map(lambda t: max(0, t + shift.tokens))
    own = _is_own_cache(site, rates)
    hits, why_hits = (ONE, "a cache that the program made") if own else _hits(site, rates, traffic)
    enabled, reason = _enabled(site, observed or site, rates, traffic)
    cacheable = _cacheable(tokens, rates)
    if not reason and cacheable is not None and cacheable.likely == 0 and rates.min_cacheable_tokens:
        reason = f"{tokens.likely:,} stable tokens are below the minimum of {rates.min_cacheable_tokens:,}"
    counted = cacheable.likely if enabled and cacheable is not None else 0
    stable = _spend(blocks, counted)
    vain: dict[int, int] = {}
    if enabled and shift is not None:
        vain = _spend(blocks, shift.vain, already=stable)
    elif enabled and mark is not None:
        vain = _vain(blocks, stable, hole)
    prefix = Prefix(
        tokens=tokens,
        cacheable_tokens=cacheable,
        minimum_tokens=rates.min_cacheable_tokens,
        enabled=enabled,
        mode=rates.cache_mode,
        ends_at=hole,
        behind_tokens=sum(b.tokens.likely for b in blocks if b.part != "messages")
        - sum(_upto(b, n).likely for b, n in end if b.part != "messages"),
        written_in_vain_tokens=sum(vain.values()),
        hit_share=hits if enabled else None,
        hit_source=why_hits if enabled else "",
        reason=reason,
    )
    return Layout(
        prefix=prefix,
        pieces={b.key: n for b, n in end},
        stable=stable,
        vain=vain,
        history_share=_history_share(blocks, site, observed or site, rates, traffic) if enabled else None,
        stored=counted if own else 0,
    )


def _hits(site: CallSite, rates: Rates, traffic: Traffic | None) -> tuple[Decimal | None, str]:
    """Measured or configured; else the better of what the volume gives and what the turns of an agent give."""
    hits, why = hit_share(traffic, rates.cache_ttl_seconds)
    within, why_within = hits_within_a_task(site, traffic)
    told = traffic is not None and traffic.cache_hit_share is not None
    if told or within is None or (hits is not None and hits >= within):
        return hits, why
    return within, why_within


def _is_own_cache(site: CallSite, rates: Rates) -> bool:
    """A cache that the program makes and names, as Gemini's explicit one, of the text that the site shows."""
    return (
        site.cache is not None and site.cache.value == OWN_CACHE and rates.cache_storage_usd_per_mtok_hour is not None
    )


def _history_share(
    blocks: list[Block], site: CallSite, observed: CallSite, rates: Rates, traffic: Traffic | None
) -> Decimal | None:
    """What of the run-time input is read from the cache: as measured, else by the turns of an agent.

    A provider that caches by itself holds the conversation too; one that is asked to needs the mark on the last message.
    Nothing behind a value that differs on every call is ever read.
    """
    asked, before = (s.cache.value if s.cache is not None else None for s in (site, observed))
    if traffic is not None and traffic.history_read_share is not None and asked == before:
        return traffic.history_read_share
    if rates.cache_mode != "automatic" and asked != CONVERSATION:
        return None
    if any(isinstance(p, Hole) and p.volatile for b in blocks for p in b.pieces):
        return None
    tokens = traffic.dynamic_input_tokens if traffic is not None else None
    sent = _sum(b.tokens for b in blocks).likely + (tokens.likely if tokens is not None else 0)
    return read_again_share(site, traffic) if sent >= (rates.min_cacheable_tokens or 0) else None


def cacheable_tokens(tokens: int, minimum: int, increment: int | None) -> int:
    """What of a prefix is cached: nothing below the minimum, then in steps, such as 1024 + 128·⌊(S - 1024)/128⌋."""
    if tokens < minimum:
        return 0
    if not increment or increment <= 1:
        return tokens
    return minimum + increment * ((tokens - minimum) // increment)


def hit_share(traffic: Traffic | None, ttl_seconds: int | None, *, observed: bool = True) -> tuple[Decimal | None, str]:
    """The share of calls that find the prefix cached, and where that is from.

    Measured or configured; else measured gaps between calls; else, where the volume is known, calls spread evenly and
    independently: h = 1 - e^(-λ·TTL). `observed=False` asks what it would be with caching switched on.
    """
    if traffic is None:
        return None, ""
    if observed and traffic.cache_hit_share is not None:
        return traffic.cache_hit_share, source_of(traffic)
    if ttl_seconds is None:
        return None, ""
    within = [s for s in traffic.gap_shares if s <= ttl_seconds]
    if within:
        longest = max(within)
        return traffic.gap_shares[longest], f"{source_of(traffic)}: calls within {longest // 60} minutes of another"
    if traffic.calls_per_month is None:
        return None, ""
    calls = traffic.calls_per_month.likely
    return poisson_hits(calls, ttl_seconds), (
        f"assumed: {calls:,.0f} calls a month, spread evenly, kept for {ttl_seconds // 60} minutes"
    )


def source_of(traffic: Traffic) -> str:
    """Where the numbers are from, without the notes on how they were made."""
    return traffic.source.partition(";")[0]


def poisson_hits(calls_per_month: Decimal, ttl_seconds: int) -> Decimal:
    """1 - e^(-λ·TTL): the chance that another call came within the lifetime, which each hit starts anew."""
    per_second = float(calls_per_month) / SECONDS_PER_MONTH
    return Decimal(f"{-math.expm1(-per_second * ttl_seconds):.6f}")


def break_even_hits(rates: Rates) -> Decimal | None:
    """The hit share above which caching pays: (w - 1)/(w - r), with write and read as multiples of the input rate."""
    read, write, base = rates.cache_read_usd_per_mtok, rates.cache_write_usd_per_mtok, rates.input_usd_per_mtok
    if read is None or write is None or base is None or write <= read:
        return None
    return max(Decimal(0), (write - base) / (write - read))


def displaced_tokens(before: tuple[list[Block], Layout], after: tuple[list[Block], Layout]) -> tuple[int, int]:
    """Stable text of `before` that `after` still sends, but behind the end of its own prefix: (tokens then, now).

    Now it is the whole block in which that text has come to stand, with what was added to it meanwhile.
    """
    (old, old_layout), (new, new_layout) = before, after
    inside_old = Counter(line for b in old for line in _lines(b, 0, old_layout.pieces.get(b.key, 0)))
    inside_new = Counter(line for b in new for line in _lines(b, 0, new_layout.pieces.get(b.key, 0)))
    gone = inside_old - inside_new
    chars_old, chars_gone, now = _chars(inside_old), 0, 0
    for block in new:
        kept = new_layout.pieces.get(block.key, 0)
        behind = Counter(_lines(block, kept, len(block.pieces)))
        found = gone & behind
        if not found:
            continue
        gone -= found
        chars_gone += _chars(found)
        tokens = block.tokens.likely - _upto(block, kept).likely
        mostly = 2 * _chars(found) >= _chars(behind)
        now += tokens if mostly else tokens * _chars(found) // _chars(behind)
    then = sum(_upto(b, old_layout.pieces.get(b.key, 0)).likely for b in old)
    return (then * chars_gone // chars_old if chars_old else 0), now


# -- parts ------------------------------------------------------------------------------------------------------------


def _end(blocks: list[Block], mark: int | None) -> tuple[list[tuple[Block, int]], Hole | None]:
    """(block, number of its pieces that are stable) up to the end of the prefix, and the hole that ends it.

    A mark of the request says that all before it is meant to be stable: then only a value that differs on every call
    (a clock, a random id) refutes it.
    """
    out: list[tuple[Block, int]] = []
    for i, block in enumerate(blocks):
        meant = mark is not None and i <= mark
        for j, piece in enumerate(block.pieces):
            if isinstance(piece, Hole) and (piece.volatile or not (meant or _is_stable(piece))):
                return [*out, (block, j)], piece
        out.append((block, len(block.pieces)))
        if mark is not None and i == mark:
            return out, None
    return out, None


def _is_stable(hole: Hole) -> bool:
    """A date without a time changes once a day, which no cache lives to see; a CONSTANT of a library never does."""
    return hole.reason == DAYS_DATE or (hole.name.isupper() and not hole.volatile)


def _last_mark(blocks: list[Block]) -> int | None:
    """The last mark in front of the first value that differs on every call; the last of all where none is in front."""
    marks = [i for i, b in enumerate(blocks) if b.marked]
    clock = next(
        (i for i, b in enumerate(blocks) if any(isinstance(p, Hole) and p.volatile for p in b.pieces)), len(blocks)
    )
    return max([i for i in marks if i < clock] or marks, default=None)


def _upto(block: Block, pieces: int) -> Tokens:
    """Tokens of a block's first pieces, by their share of its characters."""
    if pieces >= len(block.pieces):
        return block.tokens
    chars = [len(p.text) if isinstance(p, Piece) else 0 for p in block.pieces]
    total = sum(chars)
    if not total:
        return Range(0, 0, 0)
    part = sum(chars[:pieces])
    return block.tokens.map(lambda t: t * part // total)


def _sum(ranges: Iterable[Tokens]) -> Tokens:
    return sum(ranges, start=NO_TOKENS)


def _cacheable(tokens: Tokens, rates: Rates) -> Tokens | None:
    if rates.cache_read_usd_per_mtok is None:
        return None
    minimum = rates.min_cacheable_tokens or 0
    return tokens.map(lambda t: cacheable_tokens(t, minimum, rates.cache_increment_tokens))


def _enabled(site: CallSite, observed: CallSite, rates: Rates, traffic: Traffic | None) -> tuple[bool, str]:
    if rates.cache_read_usd_per_mtok is None:
        return False, "no price for cached input is known"
    if rates.cache_mode == "automatic" or site.cache is not None:
        return True, ""
    told = traffic is not None and bool(traffic.cache_hit_share)
    if told and observed.cache is None:
        return True, ""  # measured hits, though the code shows no mark: a library or a proxy sets it
    return False, NOT_CACHED_YET if rates.cache_mode == "explicit" else "whether the provider caches is not known"


def _spend(blocks: list[Block], budget: int, already: Mapping[int, int] | None = None) -> dict[int, int]:
    """The first `budget` literal tokens, by block, behind those that are taken already."""
    out: dict[int, int] = {}
    for block in blocks:
        taken = min(budget, block.tokens.likely - (already or {}).get(block.key, 0))
        if taken > 0:
            out[block.key] = taken
            budget -= taken
    return out


def _vain(blocks: list[Block], stable: dict[int, int], hole: Hole | None) -> dict[int, int]:
    """Tokens in front of a mark, behind a value that differs on every call: written each time, read never."""
    if hole is None or not hole.volatile:
        return {}
    upto = max(i for i, b in enumerate(blocks) if b.marked)
    lost = {b.key: b.tokens.likely - stable.get(b.key, 0) for b in blocks[: upto + 1]}
    return {k: n for k, n in lost.items() if n > 0}


def _lines(block: Block, first: int, last: int) -> list[str]:
    """The lines of some of a block's pieces that have text."""
    text = "".join(p.text if isinstance(p, Piece) else "\n" for p in block.pieces[first:last])
    return [line.strip() for line in text.splitlines() if line.strip()]


def _chars(lines: Counter[str]) -> int:
    return sum(len(line) * n for line, n in lines.items())

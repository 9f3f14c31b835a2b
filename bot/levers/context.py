"""Context discipline: text that is sent twice, white space, tools that are rarely needed, more chunks than before.

Each with its tokens; the saving is the price of the same call without them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from bot.levers.case import Case, Proposal, advised, cost_of, saves, with_saving
from bot.levers.context_parts import DOC, added_tools, great_share_of_chunks
from bot.lines import chunk_count
from bot.model import CostLine, Usd
from prompts_scanner.model import CallSite, Piece, Retrieval, Setting, Span, Surface, Text

NAME = "context"
# A line shorter than this repeats by chance (a heading, a closing bracket).
LONG_LINE_CHARS = 60
MIN_SAVED_TOKENS = 40
MIN_SAVED_BLANKS = 100
# Tool definitions are worth a look from here on.
MANY_TOOL_TOKENS = 2_000
MANY_TOOLS = 8
GREAT_SHARE = Decimal("0.3")
MANY_EXAMPLE_TOKENS = 800
_BLANKS = re.compile(r"[ \t]{2,}")
_ITEM = re.compile(r"[-*•]|\d+[.)]")
_EMPTY_LINES = re.compile(r"\n[ \t]*(\n[ \t]*)+\n")


def propose(case: Case) -> tuple[Proposal, ...]:
    if case.site.operation != "chat":
        return ()
    tools = _tools(case) or added_tools(case, NAME)
    chunks = _more_chunks(case) or great_share_of_chunks(case, NAME)
    found = (_twice(case), _white_space(case), chunks, tools, _examples(case))
    return tuple(p for p in found if p is not None)


# -- the same text twice ----------------------------------------------------------------------------------------------


def _twice(case: Case) -> Proposal | None:
    lines = list(repeated_lines(case.site))
    if not lines:
        return None
    first, again, text = lines[0]
    remove = _without_repeats(frozenset(t for _, _, t in lines))
    saved = _tokens(case, remove)
    if saved < MIN_SAVED_TOKENS:
        return None
    advice = advised(
        case,
        NAME,
        "Say it once: the same text is sent twice",
        span=again,
        confidence="high",
        effort="low",
        why=f"{saved:,} tokens: {len(lines)} line{'s' if len(lines) > 1 else ''} of {first.path}:{first.first_line} "
        f"stand{'' if len(lines) > 1 else 's'} in {again.path}:{again.first_line} too, such as “{_quote(text)}”",
        edit=f"Leave the repeated lines out of {again.path}:{again.first_line}.",
        caution="Not where the repetition is meant, such as a reminder at the end of a long prompt.",
        doc_url=DOC,
    )
    return _in_dollars(case, Proposal(advice=advice, site=remove))


def repeated_lines(site: CallSite) -> Iterator[tuple[Span, Span, str]]:
    """(first place, next place, line) of every long line that the request holds more than once.

    One literal that is read into the request twice is as likely two ways through the code as a repetition, and an item
    that comes back in another list of the same text belongs to what stands over that list.
    """
    seen: dict[str, Piece] = {}
    for piece, line in _all_lines(site):
        if len(line) < LONG_LINE_CHARS:
            continue
        first = seen.setdefault(line, piece)
        inside = first is piece and piece.text.count(line) > 1 and not _ITEM.match(line)
        if first.span != piece.span or inside:
            yield first.span, piece.span, line


def _all_lines(site: CallSite) -> Iterator[tuple[Piece, str]]:
    for surface in site.surfaces:
        if surface.role == "schema":
            continue
        for piece in surface.text.pieces:
            if isinstance(piece, Piece):
                yield from ((piece, line) for line in dict.fromkeys(x.strip() for x in piece.text.splitlines()))


def _without_repeats(lines: frozenset[str]) -> Callable[[CallSite], CallSite]:
    def change(site: CallSite) -> CallSite:
        seen: set[str] = set()

        def once(text: str) -> str:
            kept = []
            for line in text.splitlines(keepends=True):
                plain = line.strip()
                if plain in lines and plain in seen:
                    continue
                seen.add(plain)
                kept.append(line)
            return "".join(kept)

        return _rewritten(site, once)

    return change


# -- white space ------------------------------------------------------------------------------------------------------


def _white_space(case: Case) -> Proposal | None:
    def tightened(site: CallSite) -> CallSite:
        return _rewritten(site, tight)

    saved = _tokens(case, tightened)
    total = case.priced.cost.input_tokens.likely
    if saved < MIN_SAVED_BLANKS or saved * 10 < total:
        return None  # below a tenth nobody should touch a prompt for it
    where = max(case.site.surfaces, key=lambda s: len(s.text.literal) - len(tight(s.text.literal)))
    advice = advised(
        case,
        NAME,
        "Send less white space",
        span=where.span,
        confidence="medium",
        effort="low",
        why=f"{saved:,} of {total:,} known input tokens are indentation and empty lines",
        edit=f"Send the text without indentation{_dedent(where)}, and JSON in one line.",
        caution="Not where blanks carry meaning (code, tables, YAML), or where the program takes them out before it sends.",
        doc_url=DOC,
    )
    return _in_dollars(case, Proposal(advice=advice, site=tightened))


def _dedent(where: Surface) -> str:
    return " (`textwrap.dedent`)" if where.span.path.endswith((".py", ".ipynb")) else ""


def tight(text: str) -> str:
    """Without runs of blanks and of empty lines. Text that looks like code keeps its indentation."""
    if "```" in text or re.search(r"^[ \t]*(def |class |function |const |import |- \w+:)", text, re.MULTILINE):
        return text
    return _EMPTY_LINES.sub("\n\n", _BLANKS.sub(" ", re.sub(r"^[ \t]+", "", text, flags=re.MULTILINE)))


# -- retrieval --------------------------------------------------------------------------------------------------------


def _more_chunks(case: Case) -> Proposal | None:
    """More chunks than the base had: what the added ones cost."""
    before = chunk_count(case.before) if case.before is not None else None
    now = chunk_count(case.site)
    if before is None or now is None or now <= before:
        return None

    def fewer(site: CallSite) -> CallSite:
        return replace(site, retrieval=tuple(_set(r, before) if r.unit == "chunks" else r for r in site.retrieval))

    where = next(r.span for r in case.site.retrieval if r.unit == "chunks")
    advice = advised(
        case,
        NAME,
        f"Keep {before.normalize():f} chunks instead of {now.normalize():f}, or rerank and send the best",
        span=where,
        confidence="low",
        effort="medium",
        why=f"{(now - before).normalize():f} more chunks are sent on every call",
        edit="Take the old number back, or retrieve many, rerank, and send few.",
        caution="Measure recall and answers with your retrieval evaluation before and after.",
        doc_url=DOC,
    )
    proposal = with_saving(case, Proposal(advice=advice, site=fewer))
    return proposal if saves(proposal) else Proposal(advice=advice)


def _set(item: Retrieval, value: Decimal) -> Retrieval:
    return replace(item, setting=Setting(values=(f"{value:f}",), resolution="literal", span=item.span))


# -- tools and examples -----------------------------------------------------------------------------------------------


def _tools(case: Case) -> Proposal | None:
    """Many tool definitions on every call. What can go only the team knows, so no saving is claimed."""
    lines = [x for x in case.priced.cost.lines if x.part == "tools" and x.tokens_per_call is not None]
    tokens = sum(_likely(x) for x in lines)
    total = case.priced.cost.input_tokens.likely
    if len(lines) < MANY_TOOLS or tokens < MANY_TOOL_TOKENS or tokens < GREAT_SHARE * total:
        return None
    largest = sorted(lines, key=_likely, reverse=True)[:3]
    named = ", ".join(f"{x.label.removeprefix('tool ')} ({_likely(x):,})" for x in largest)
    return Proposal(
        advice=advised(
            case,
            NAME,
            f"Send the tools that a call can need: {len(lines)} definitions are {tokens:,} tokens",
            span=largest[0].span or case.site.span,
            confidence="low",
            effort="medium",
            why=(
                f"together they cost {_per_1k(cost_of(case.priced.cost, 'tools'))} per 1,000 calls, used or not; "
                if case.rates is not None
                else ""
            )
            + f"the largest: {named}",
            edit="Choose tools by step or intent, merge those that differ in one argument, shorten descriptions.",
            caution="Tools that change from call to call break the cached prefix, which begins with them.",
            doc_url=DOC,
        )
    )


def _examples(case: Case) -> Proposal | None:
    """A large block of few-shot examples."""
    chosen = [x for x in case.priced.cost.lines if x.part == "examples" and x.tokens_per_call is not None]
    tokens = sum(_likely(x) for x in chosen)
    if not chosen or tokens < MANY_EXAMPLE_TOKENS:
        return None
    price = sum((x.usd_per_call.likely for x in chosen if x.usd_per_call is not None), start=Decimal(0))
    return Proposal(
        advice=advised(
            case,
            NAME,
            f"Try fewer examples: they are {tokens:,} tokens on every call",
            span=chosen[0].span or case.site.span,
            confidence="low",
            effort="medium",
            why=f"they cost {_usd(price * 1000)} per 1,000 calls"
            if case.rates is not None
            else "the model is not known",
            edit="Leave out half of them and compare with your evaluation; keep those of the hard cases.",
            caution="Not where the examples stand in a cached prefix and are read at a tenth of the price.",
            doc_url=DOC,
        )
    )


def _in_dollars(case: Case, proposal: Proposal) -> Proposal | None:
    """With its saving; fewer tokens are fewer dollars at whatever price where the model is not known."""
    if case.rates is None:
        return proposal
    priced = with_saving(case, proposal)
    return priced if saves(priced) else None


# -- parts ------------------------------------------------------------------------------------------------------------


def _rewritten(site: CallSite, change: Callable[[str], str]) -> CallSite:
    """The site with every literal of its texts changed; schemas stay."""

    def surface(one: Surface) -> Surface:
        if one.role == "schema":
            return one
        pieces = tuple(replace(p, text=change(p.text)) if isinstance(p, Piece) else p for p in one.text.pieces)
        return replace(one, text=Text(pieces=pieces))

    return replace(site, surfaces=tuple(surface(s) for s in site.surfaces))


def _tokens(case: Case, change: Callable[[CallSite], CallSite]) -> int:
    """Input tokens that the change takes away."""
    after = case.pricer.price(change(case.site)).cost.input_tokens.likely
    return case.priced.cost.input_tokens.likely - after


def _likely(line: CostLine) -> int:
    return line.tokens_per_call.likely if line.tokens_per_call is not None else 0


def _quote(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def _per_1k(usd: Usd) -> str:
    return _usd(usd.likely * 1000)


def _usd(usd: Decimal) -> str:
    return f"{usd.quantize(Decimal('0.01')):f} USD"

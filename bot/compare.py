"""Priced pairs become changes, each split into causes that sum exactly to its delta.

A site is a bundle of facets (prompt, tools, retrieval, model, ...). Going from base to head one facet at a time gives a
cost after each step; a cause is the average of its step in that order and in the reverse order, so that swapping base
and head negates every cause (a Shapley value over two orders; Shapley 1953, "A value for n-person games").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from bot.cost import Pricer
from bot.fees import hosted_causes
from bot.lines import answers, setting_int
from bot.model import Cause, Change, CostLine, NoPrice, PricedSite, Range, Rates, Tokens, UnitCost, Usd, What
from bot.pair import Pair
from bot.prefix import Shift, displaced_tokens
from bot.turns import CONVERSATION
from bot.unsorted import unsorted_cause
from prompts_scanner.model import (
    THINKING_KEPT,
    UNSORTED_JSON,
    CallSite,
    Hole,
    Loop,
    Piece,
    Retrieval,
    Setting,
    Span,
    Surface,
    Tool,
)

FACETS: tuple[tuple[What, tuple[str, ...]], ...] = (
    ("model", ("model", "provider", "service_tier")),
    ("prompt", ("surfaces", "structured")),
    ("tools", ("tools", "forced_tool", "endpoint")),
    ("retrieval", ("retrieval",)),
    ("output_cap", ("output_cap",)),
    ("reasoning", ("reasoning",)),
    ("cache", ("cache", "batch")),
    ("loop", ("loops", "answers", "edits")),
)
_EFFORT = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
# The step in which the order of a request's parts changes, and with it the cached prefix; no facet of a site by itself.
LAYOUT = "layout"
Step = tuple[str, tuple[str, ...]]
# Output for every 1,000 tokens, input for every 1,000: the unit in which unknown amounts are told.
UNIT_TOKENS = 1_000


def compare(pairs: Iterable[Pair], pricer: Pricer, noise_floor_tokens: int) -> tuple[Change, ...]:
    """What changed, dearest first in the order of the pairs; pairs without a difference give nothing."""
    both = tuple(pairs)
    pricer = pricer.against(both)
    out = []
    for base, head in both:
        change = _change(base, head, pricer, noise_floor_tokens)
        if change is not None:
            out.append(change)
    return tuple(out)


def _change(base: CallSite | None, head: CallSite | None, pricer: Pricer, noise_floor_tokens: int) -> Change | None:
    if base is not None and head is not None:
        if base is head or all(_facet(base, fields) == _facet(head, fields) for _, fields in FACETS):
            return None
        before, after = pricer.price(base), pricer.price(head)
        causes = Steps(pricer, base, head).causes()
        if not causes:
            return None
        kind: Literal["added", "removed", "changed"] = "changed"
    elif head is not None:
        before, after = None, pricer.price(head)
        causes = (_whole(after, 1),)
        kind = "added"
    elif base is not None:
        before, after = pricer.price(base), None
        causes = (_whole(before, -1),)
        kind = "removed"
    else:
        return None
    side = head or base
    priced = after or before
    if side is None or priced is None:
        return None
    return Change(
        id=side.id,
        kind=kind,
        feature=priced.feature,
        label=f"{side.span.path}::{side.symbol}",
        span=side.span,
        before=before,
        after=after,
        causes=causes,
        below_noise=_is_noise(causes, noise_floor_tokens),
    )


def _is_noise(causes: tuple[Cause, ...], floor_tokens: int) -> bool:
    """Nothing but a few tokens of text: a full stop, a typo; or another model that costs the same."""
    return all(is_small_text(c, floor_tokens) or (c.what == "model" and c.sign == 0) for c in causes)


def is_small_text(cause: Cause, floor_tokens: int) -> bool:
    """A text change of at most so many tokens, as likely counted: a wide range of the count makes it no larger."""
    tokens = cause.delta_tokens
    return cause.what in ("prompt", "tools") and tokens is not None and abs(tokens.likely) <= floor_tokens


def _whole(site: PricedSite, sign: int) -> Cause:
    """A site that is new or gone: all that it costs."""
    tokens, usd = site.cost.input_tokens, site.cost.usd_per_call
    # without one priced line the amount is not 0, it is unknown
    priced = isinstance(site.rates, Rates) and any(line.usd_per_call is not None for line in site.cost.lines)
    names = ", ".join(dict.fromkeys(line.label for line in site.cost.unknown))
    detail = f"call {'added' if sign > 0 else 'removed'}" + (f"; not counted: {names}" if names else "")
    return Cause(
        what="site",
        detail=detail,
        span=site.site.span,
        delta_tokens=tokens if sign > 0 else -tokens,
        usd_per_call=(usd if sign > 0 else -usd) if priced else None,
        sign=0 if isinstance(site.rates, Rates) and site.rates.free else sign,
        per_unit=_output_unit(site.rates, sign)
        if site.site.operation == "chat" and _unknown(site.cost, "output")
        else None,
    )


def _output_unit(rates: Rates | NoPrice, sign: int) -> tuple[str, Decimal] | None:
    if not isinstance(rates, Rates) or rates.output_usd_per_mtok is None:
        return None
    return (f"{UNIT_TOKENS:,} output tokens", sign * rates.output_usd_per_mtok * UNIT_TOKENS / 1_000_000)


def _unknown(cost: UnitCost, part: str) -> CostLine | None:
    return next((line for line in cost.unknown if line.part == part), None)


def _facet(site: CallSite, fields: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(_content(getattr(site, f)) for f in fields)


def _content(value: object) -> object:
    """A facet without the lines it stands on: moving code changes nothing."""
    if isinstance(value, Setting):
        return (value.values, "" if value.values else "unresolved")
    if isinstance(value, tuple):
        return tuple(_content(v) for v in value)
    match value:
        case Surface(role=role, text=text, cache_mark=mark):
            holes = tuple((h.bounded_chars, h.volatile, h.reason == UNSORTED_JSON) for h in text.holes)
            texts = tuple(None if isinstance(p, Hole) else (p.text, p.disorder) for p in text.pieces)
            return (role, texts, holes, mark)
        case Tool(name=name, schema=schema, builtin=builtin, disorder=disorder):
            return (name, schema, builtin, disorder)
        case Retrieval(parameter=parameter, unit=unit, setting=setting):
            return (parameter, unit, setting.values)
        case Loop(kind=kind, limit=limit):
            return (kind, limit)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Stable tokens that the head has behind its first run-time value and the base before it (`lost`), or reversed.

    Both as they are in (base, head), like `vain`: what each call writes to the cache and none reads. `cached`: the
    provider caches the prefix of either side, so that it matters. `hole`: what now ends the prefix.
    """

    lost: tuple[int, int] = (0, 0)
    won: tuple[int, int] = (0, 0)
    vain: tuple[int, int] = (0, 0)
    cached: bool = False
    hole: Hole | None = None

    @classmethod
    def between(cls, pricer: Pricer, base: CallSite, head: CallSite, carrier: str) -> Moved:
        if _content(getattr(base, carrier)) == _content(getattr(head, carrier)):
            return cls()
        old, new = pricer.layout(base), pricer.layout(head)
        if old is None or new is None:
            return cls()
        sides = (old[1].prefix, new[1].prefix)
        return cls(
            lost=displaced_tokens(old, new),
            won=displaced_tokens(new, old)[::-1],
            vain=(sides[0].written_in_vain_tokens, sides[1].written_in_vain_tokens),
            cached=any(p.enabled and p.cacheable_tokens is not None and p.cacheable_tokens.likely > 0 for p in sides),
            hole=new[1].prefix.ends_at,
        )

    @property
    def any(self) -> bool:
        return any((*self.lost, *self.won))

    @property
    def head_as_base(self) -> Shift:
        """The head's text in the base's order."""
        vain = self.vain[0] - self.won[0] + self.won[1] if self.vain[0] else 0
        return Shift(tokens=self.lost[1] - self.won[1], vain=max(0, vain))

    @property
    def base_as_head(self) -> Shift:
        """The base's text in the head's order."""
        vain = self.vain[1] - self.lost[1] + self.lost[0] if self.vain[1] else 0
        return Shift(tokens=self.won[0] - self.lost[0], vain=max(0, vain))

    @property
    def net(self) -> int:
        """Tokens that are lost to the cache, as they are in the head; negative where more is won."""
        return self.lost[1] - self.won[1]


@dataclass(slots=True)
class Steps:
    """The way from base to head, one facet at a time, forwards and backwards."""

    pricer: Pricer
    base: CallSite
    head: CallSite

    def causes(self) -> tuple[Cause, ...]:
        changed = [(what, fields) for what, fields in FACETS if _facet(self.base, fields) != _facet(self.head, fields)]
        moved = Moved.between(self.pricer, self.base, self.head, self._carrier())
        order: list[Step] = [*changed, (LAYOUT, ())] if moved.any else [*changed]
        forwards = self._walk(order, moved)
        backwards = self._walk(list(reversed(order)), moved)
        out: list[Cause] = []
        for what, _ in changed:
            found = self._cause(what, *forwards[what], *backwards[what])
            if what == "prompt" and self._only_marks_moved():
                found = [
                    replace(c, what="cache", detail="end of the cached part moved", delta_tokens=None) for c in found
                ]
            out += found
        if len(order) > len(changed):
            out = _absorbed(out, self._layout_cause(moved, *forwards[LAYOUT], *backwards[LAYOUT]))
        unsorted = unsorted_cause(self.pricer, self.base, self.head)
        return tuple(out) if unsorted is None else (*out, unsorted)

    def _walk(self, order: list[Step], moved: Moved) -> dict[str, tuple[PricedSite, PricedSite]]:
        """The site before and after each step. The order of the request's parts is a step of its own."""
        state, layout_of = self.base, self.base
        steps: dict[str, tuple[PricedSite, PricedSite]] = {}
        for what, fields in order:
            before = self._priced(state, layout_of, moved)
            if what == LAYOUT:
                layout_of = self.head
            else:
                state = replace(state, **{f: getattr(self.head, f) for f in fields})
            steps[what] = (before, self._priced(state, layout_of, moved))
        return steps

    def _only_marks_moved(self) -> bool:
        base, head = (tuple(replace(x, cache_mark=False) for x in side.surfaces) for side in (self.base, self.head))
        return _content(base) == _content(head) and self.base.structured == self.head.structured

    def _carrier(self) -> str:
        """The facet whose holes decide where the stable prefix ends."""
        return "surfaces" if _content(self.base.surfaces) != _content(self.head.surfaces) else "tools"

    def _priced(self, state: CallSite, layout_of: CallSite, moved: Moved) -> PricedSite:
        """A state with the prefix that it would have if its parts stood as in `layout_of`."""
        carrier = self._carrier()
        own = self.head if getattr(state, carrier) == getattr(self.head, carrier) else self.base
        if own is layout_of or not moved.any:
            return self.pricer.price(state)
        return self.pricer.price(state, moved.head_as_base if own is self.head else moved.base_as_head)

    def _layout_cause(
        self, moved: Moved, f0: PricedSite, f1: PricedSite, b0: PricedSite, b1: PricedSite
    ) -> list[Cause]:
        """Stable text that came to stand behind a run-time value, or in front of it: the same tokens, cached or not."""
        usd = _mean_usd(_usd_delta(f0, f1), _usd_delta(b0, b1))
        net = moved.net
        name = moved.hole.name if moved.hole is not None else "a run-time value"
        detail = (
            f"{net:,} tokens of the cached prefix now stand behind `{name}`"
            if net > 0
            else f"{-net:,} tokens no longer stand behind a run-time value and can be cached"
        )
        span = moved.hole.span if moved.hole is not None else self.head.span
        if usd is not None and usd != _NOTHING:
            sign = _sign_of(usd)
            return [Cause(what="cache", detail=detail, span=span, delta_tokens=None, usd_per_call=usd, sign=sign)]
        if not moved.cached or not net:
            return []
        per_unit = None
        rates = f1.rates
        if (
            isinstance(rates, Rates)
            and rates.input_usd_per_mtok is not None
            and rates.cache_read_usd_per_mtok is not None
        ):
            saved = rates.input_usd_per_mtok - rates.cache_read_usd_per_mtok
            per_unit = (f"{UNIT_TOKENS:,} calls that find it cached", net * saved * UNIT_TOKENS / 1_000_000)
        return [
            Cause(
                what="cache",
                detail=detail,
                span=span,
                delta_tokens=None,
                usd_per_call=None,
                sign=1 if net > 0 else -1,
                per_unit=per_unit,
            )
        ]

    def _cause(self, what: What, f0: PricedSite, f1: PricedSite, b0: PricedSite, b1: PricedSite) -> list[Cause]:
        tokens = _mean_tokens(_token_delta(f0.cost, f1.cost), _token_delta(b0.cost, b1.cost))
        usd = None
        ends = (self.pricer.price(self.base).rates, self.pricer.price(self.head).rates)
        if all(isinstance(r, Rates) for r in ends):
            usd = _mean_usd(_usd_delta(f0, f1), _usd_delta(b0, b1))
        span = self._span(what)
        detail = self._detail(what)
        out = []
        moved = tokens != Range(0, 0, 0) or (usd is not None and usd != _NOTHING)
        if moved and what not in ("output_cap", "reasoning", "loop"):
            sign = _sign_of(usd) if usd is not None else _sign_of(tokens) if what != "model" else None
            if what == "model" and self._only_the_estimate_moved(f0, f1, tokens):
                sign, detail = 0, f"{detail}: same rates, tokens differ by less than the estimate can tell"
            out.append(Cause(what=what, detail=detail, span=span, delta_tokens=tokens, usd_per_call=usd, sign=sign))
        elif moved:
            out.append(
                Cause(
                    what=what,
                    detail=detail,
                    span=span,
                    delta_tokens=None,
                    usd_per_call=usd,
                    sign=_sign_of(usd) if usd else None,
                )
            )
        unknown = self._unknown_part(what, f0, f1, detail, span, bool(out))
        return out + unknown

    def _only_the_estimate_moved(self, f0: PricedSite, f1: PricedSite, tokens: Tokens) -> bool:
        """Another model at the same rates, whose tokens are counted by other constants that may as well be equal.

        Models of one tokenizer have the same tokens of text; what differs are constants that were fitted to each apart,
        and their ranges are no steps of one walk: where they overlap, nothing is known to differ. Of two tokenizers the
        ends of the ranges are compared each with its like, as the same text stands behind both.
        """
        if not _same_rates(f0.rates, f1.rates):
            return False
        if tokens.low <= 0 <= tokens.high:
            return True
        names = (self.pricer.tokenizer(self.base), self.pricer.tokenizer(self.head))
        return names[0] == names[1] != "" and _overlap(f0.cost.input_tokens, f1.cost.input_tokens)

    def _unknown_part(
        self, what: What, f0: PricedSite, f1: PricedSite, detail: str, span: Span, told: bool
    ) -> list[Cause]:
        """What moves without an amount: an unknown number of tokens at another rate, more chunks, a raised cap."""
        sign: int | None = 0
        per_unit: tuple[str, Decimal] | None = None
        match what:
            case "model":
                return self._model_unknowns(f0, f1, detail, span, told)
            case "output_cap":
                if told:
                    return []
                sign = _compare(setting_int(self.base.output_cap), setting_int(self.head.output_cap), missing_is="high")
            case "reasoning":
                sign = _compare(_effort(self.base.reasoning), _effort(self.head.reasoning), missing_is="low")
            case "cache":
                if told or (self.base.batch == self.head.batch and _hits_known(f0, f1)):
                    return []
                sign = (
                    -1
                    if self.head.cache and not self.base.cache
                    else 1
                    if self.base.cache and not self.head.cache
                    else 0
                )
                sign = sign or _holds_more(self.base) - _holds_more(self.head)
                if self.head.batch != self.base.batch:
                    sign = -1 if self.head.batch else 1
            case "loop":
                sign = _compare(_loop_limit(self.base), _loop_limit(self.head), missing_is="high")
                sign = sign or (len(self.head.loops) > len(self.base.loops)) - (
                    len(self.head.loops) < len(self.base.loops)
                )
                if sign == 0 and not told:
                    sign = _compare(answers(self.base), answers(self.head), missing_is="low")
                    if any(s.answers is not None and not s.answers.values for s in (self.base, self.head)):
                        sign = None if _content(self.base.answers) != _content(self.head.answers) else sign
                if sign == 0 and not told and _content(self.base.edits) != _content(self.head.edits):
                    sign = _edits_sign(self.base.edits, self.head.edits)
            case "retrieval":
                if told:
                    return []
                sign = _retrieval_sign(self.base, self.head)
                before, after = _unknown(f0.cost, "retrieval"), _unknown(f1.cost, "retrieval")
                units = (after.units if after else Decimal(0)) - (before.units if before else Decimal(0))
                rate = next(
                    (x.usd_per_mtok for x in (after, before) if x is not None and x.usd_per_mtok is not None), None
                )
                if units and rate is not None:
                    per_unit = (f"{UNIT_TOKENS:,} tokens of a chunk", units * rate * UNIT_TOKENS / 1_000_000)
            case "tools":
                hosted = hosted_causes(self.pricer.price(self.base), self.pricer.price(self.head))
                before_n = sum(not t.complete and not t.schema and not t.builtin for t in self.base.tools)
                after_n = sum(not t.complete and not t.schema and not t.builtin for t in self.head.tools)
                if before_n == after_n or hosted:
                    return hosted
                sign = 1 if after_n > before_n else -1
                detail = "tools defined at run time"
            case "prompt":
                sign, detail = _holes_sign(self.base, self.head)
                if sign == 0:
                    return []
                per_unit = self._input_unit(sign)
        if sign == 0 and what not in ("reasoning", "retrieval"):
            return []
        return [
            Cause(
                what=what, detail=detail, span=span, delta_tokens=None, usd_per_call=None, sign=sign, per_unit=per_unit
            )
        ]

    def _input_unit(self, sign: int) -> tuple[str, Decimal] | None:
        """What more or less run-time input costs, at the rate of the side that has less of it.

        A changed rate is told in full beside it, so that both add up: a part of T tokens that came with the change from
        rate r to R costs R·T = r·T + (R - r)·T, and the same with the sides swapped.
        """
        rates = self.pricer.price(self.base if sign > 0 else self.head).rates
        if not isinstance(rates, Rates) or rates.input_usd_per_mtok is None:
            return None
        return (f"{UNIT_TOKENS:,} input tokens", sign * rates.input_usd_per_mtok * UNIT_TOKENS / 1_000_000)

    def _model_unknowns(self, f0: PricedSite, f1: PricedSite, detail: str, span: Span, told: bool) -> list[Cause]:
        old, new = f0.rates, f1.rates
        if not isinstance(old, Rates) or not isinstance(new, Rates):
            known = {c[0] for c in f0.candidates} & {c[0] for c in f1.candidates}
            same = bool(known) and known == {c[0] for c in f0.candidates} == {c[0] for c in f1.candidates}
            return (
                []
                if same or told
                else [Cause(what="model", detail=detail, span=span, delta_tokens=None, usd_per_call=None, sign=None)]
            )
        out = []
        parts = (
            ("run-time input", old.input_usd_per_mtok, new.input_usd_per_mtok, "input"),
            ("output", old.output_usd_per_mtok, new.output_usd_per_mtok, "output"),
        )
        for part, was, now, noun in parts:
            # asked of both ends, not of this step: a part that the head alone has is priced at the head's rate as well
            if all(_unknown(self.pricer.price(side).cost, part) is None for side in (self.base, self.head)):
                continue
            if was is None or now is None:
                out.append(
                    Cause(
                        what="model",
                        detail=f"{detail}: no {noun} rate",
                        span=span,
                        delta_tokens=None,
                        usd_per_call=None,
                        sign=None,
                    )
                )
            elif was != now:
                unit = (f"{UNIT_TOKENS:,} {noun} tokens", (now - was) * UNIT_TOKENS / 1_000_000)
                shown = f"{detail}: {noun} rate"
                out.append(
                    Cause(
                        what="model",
                        detail=shown,
                        span=span,
                        delta_tokens=None,
                        usd_per_call=None,
                        sign=1 if now > was else -1,
                        per_unit=unit,
                    )
                )
        names = {n for n, _ in f0.candidates}, {n for n, _ in f1.candidates}
        unpriced = (names[0] ^ names[1]) - {*_priced_candidates(f0), *_priced_candidates(f1)}
        if unpriced:
            shown = f"{detail}: no price for {', '.join(sorted(unpriced))}"
            out.append(Cause(what="model", detail=shown, span=span, delta_tokens=None, usd_per_call=None, sign=None))
        if not out and not told and (old.model != new.model or names[0] != names[1]):
            # another model at the same rates: said, and it costs nothing
            out.append(
                Cause(
                    what="model",
                    detail=f"{detail}: same rates",
                    span=span,
                    delta_tokens=None,
                    usd_per_call=None,
                    sign=0,
                )
            )
        return out

    def _span(self, what: What) -> Span:
        match what:
            case "model":
                tier = self.head.service_tier
                if tier is not None and _content(self.base.model) == _content(self.head.model):
                    return tier.sources[0] if tier.sources else tier.span
                own = self.head.model
                return own.sources[0] if own.sources else own.span
            case "prompt":
                return _first_difference(self.base, self.head) or self.head.span
            case "tools":
                old = {t.schema for t in self.base.tools}
                return next((t.span for t in self.head.tools if t.schema not in old), self.head.span)
            case "retrieval":
                return next((r.span for r in self.head.retrieval), self.head.span)
            case "output_cap":
                return _setting_span(self.head.output_cap) or self.head.span
            case "reasoning":
                return _setting_span(self.head.reasoning) or self.head.span
            case "loop":
                if _content(self.base.loops) == _content(self.head.loops):
                    set_here = self.head.answers or self.head.edits
                    return (_setting_span(set_here) if set_here is not None else None) or self.head.span
                return next((x.span for x in self.head.loops), self.head.span)
        return self.head.span

    def _detail(self, what: What) -> str:
        base, head = self.base, self.head
        match what:
            case "model":
                tiers = (_shown(base.service_tier), _shown(head.service_tier))
                tier = f"service tier {tiers[0]} → {tiers[1]}" if tiers[0] != tiers[1] else ""
                if _content(base.model) == _content(head.model):
                    return tier or _moved_models(base.model, head.model)
                return _moved_models(base.model, head.model) + (f", {tier}" if tier else "")
            case "tools":
                old, new = {t.name for t in base.tools}, {t.name for t in head.tools}
                added, removed = sorted(new - old), sorted(old - new)
                parts = [f"+{n}" for n in added] + [f"−{n}" for n in removed]
                changed = [
                    t.name for t in head.tools if t.name in old and t.schema not in {o.schema for o in base.tools}
                ]
                parts += [f"{n} changed" for n in changed]
                if base.forced_tool != head.forced_tool:
                    parts.append("a call is now forced" if head.forced_tool else "a call is no longer forced")
                if base.endpoint != head.endpoint and not parts:
                    return f"endpoint {base.endpoint or 'not known'} → {head.endpoint or 'not known'}"
                return "tools: " + ", ".join(parts[:6]) + (" …" if len(parts) > 6 else "") if parts else "tools"
            case "retrieval":
                was = {r.parameter: r.setting.value for r in base.retrieval}
                now = {r.parameter: r.setting.value for r in head.retrieval}
                moved = [
                    f"{k} {was.get(k, '–')} → {now.get(k, '–')}"
                    for k in dict.fromkeys([*was, *now])
                    if was.get(k) != now.get(k)
                ]
                return ", ".join(moved)
            case "output_cap":
                return f"output cap {_shown(base.output_cap)} → {_shown(head.output_cap)}"
            case "reasoning":
                return f"reasoning {_shown(base.reasoning)} → {_shown(head.reasoning)}"
            case "cache":
                if base.batch != head.batch:
                    return "now sent as a batch" if head.batch else "no longer sent as a batch"
                if base.cache and head.cache:
                    return (
                        "the conversation is cached too"
                        if _holds_more(head)
                        else "the conversation is no longer cached"
                    )
                return "prompt caching switched on" if head.cache else "prompt caching switched off"
            case "loop":
                if _content(base.loops) != _content(head.loops):
                    return f"calls per task: {_loops(base)} → {_loops(head)}"
                if _content(base.answers) != _content(head.answers):
                    return f"answers per request: {_shown(base.answers)} → {_shown(head.answers)}"
                return f"old parts of the conversation cut: {_shown(base.edits)} → {_shown(head.edits)}"
        return "prompt text"


_NOTHING: Usd = Range(Decimal(0), Decimal(0), Decimal(0))


def _absorbed(causes: list[Cause], layout: list[Cause]) -> list[Cause]:
    """The causes with the layout's. A step of text that moved nothing but the ends of ranges is part of the layout's."""
    rest = []
    for cause in causes:
        usd, tokens = cause.usd_per_call, cause.delta_tokens
        is_text = cause.what in ("prompt", "tools")
        still = is_text and usd is not None and usd.likely == 0 and tokens is not None and tokens == Range(0, 0, 0)
        first = layout[0].usd_per_call if layout else None
        if still and usd is not None and first is not None:
            layout = [replace(layout[0], usd_per_call=first + usd), *layout[1:]]
        else:
            rest.append(cause)
    return [*rest, *layout]


def _hits_known(a: PricedSite, b: PricedSite) -> bool:
    """Whether the effect of caching is in the dollars already, be it nothing."""
    return any(x.prefix is not None and x.prefix.hit_share is not None for x in (a, b))


def _edits_sign(base: Setting | None, head: Setting | None) -> int | None:
    """Cutting costs less than not cutting; thinking that is kept is sent again, but may be read from the cache."""
    if any(s is not None and s.value == THINKING_KEPT for s in (base, head)):
        return None
    return 0 if bool(base) == bool(head) else -1 if head else 1


def _holds_more(site: CallSite) -> int:
    """1 where the cache holds what was said in the conversation too."""
    return int(site.cache is not None and site.cache.value == CONVERSATION)


def _token_delta(a: UnitCost, b: UnitCost) -> Tokens:
    return _ordered_int(tuple(y - x for x, y in zip(_ends(a.input_tokens), _ends(b.input_tokens), strict=True)))


def _ends(r: Tokens) -> tuple[int, int, int]:
    return (r.low, r.likely, r.high)


def _ordered_int(v: tuple[int, ...]) -> Tokens:
    return Range(min(v), v[1], max(v))


def _usd_delta(a: PricedSite, b: PricedSite) -> Usd | None:
    """The difference of the likeliest models, and over all candidates; one that a side lacks meets its likeliest."""
    if not isinstance(a.rates, Rates) or not isinstance(b.rates, Rates):
        return None
    deltas = []
    ours, theirs = _priced_candidates(a), _priced_candidates(b)
    both = [(a.cost, b.cost)]
    both += [(ours.get(n, a.cost), theirs.get(n, b.cost)) for n in dict.fromkeys((*ours, *theirs))]
    for x, y in both:
        p, q = x.usd_per_call, y.usd_per_call
        deltas.append((q.low - p.low, q.likely - p.likely, q.high - p.high))
    likely = deltas[0][1]
    flat = [v for d in deltas for v in d]
    return Range(min(flat), likely, max(flat))


def _same_rates(old: Rates | NoPrice, new: Rates | NoPrice) -> bool:
    if not isinstance(old, Rates) or not isinstance(new, Rates) or old.model == new.model:
        return False
    was, now = ((r.input_usd_per_mtok, r.output_usd_per_mtok, r.tiers) for r in (old, new))
    return was == now


def _overlap(a: Tokens, b: Tokens) -> bool:
    return a.low <= b.high and b.low <= a.high


def _priced_candidates(site: PricedSite) -> dict[str, UnitCost]:
    """Candidates without a price are no cheap ones: they are left to be told as unknown."""
    return {n: cost for n, cost in site.candidates if any(line.usd_per_mtok is not None for line in cost.lines)}


def _mean_usd(a: Usd | None, b: Usd | None) -> Usd | None:
    if a is None or b is None:
        return None
    return Range((a.low + b.low) / 2, (a.likely + b.likely) / 2, (a.high + b.high) / 2)


def _mean_tokens(a: Tokens, b: Tokens) -> Tokens:
    """Tokens differ between the orders only where the tokenizer changed too; then the forward order speaks."""
    del b
    return a


def _sign_of(r: Usd | Tokens | None) -> int | None:
    if r is None:
        return None
    if r.low == r.high == 0:
        return 0
    if r.low >= 0:
        return 1
    if r.high <= 0:
        return -1
    return 1 if r.likely > 0 else -1 if r.likely < 0 else None


def _compare(old: int | None, new: int | None, *, missing_is: Literal["low", "high"]) -> int | None:
    infinite = 1 << 40
    empty = infinite if missing_is == "high" else -1
    a = empty if old is None else old
    b = empty if new is None else new
    return (b > a) - (b < a)


def _effort(setting: Setting | None) -> int | None:
    if setting is None:
        return None
    number = setting_int(setting)
    if number is not None:
        return number
    return _EFFORT.index(setting.value) if setting.value in _EFFORT else None


def _loop_limit(site: CallSite) -> int | None:
    limits = [x.limit for x in site.loops if x.limit is not None]
    if limits:
        return max(limits)
    return None if any(x.kind in ("while", "for", "map", "comprehension") for x in site.loops) else 0


def _loops(site: CallSite) -> str:
    return ", ".join(f"{x.kind} {x.limit}" if x.limit is not None else x.kind for x in site.loops) or "once"


def _retrieval_sign(base: CallSite, head: CallSite) -> int | None:
    was = {r.parameter: setting_int(r.setting) for r in base.retrieval if r.unit != "model"}
    now = {r.parameter: setting_int(r.setting) for r in head.retrieval if r.unit != "model"}
    signs = set()
    for key in dict.fromkeys([*was, *now]):
        a, b = was.get(key), now.get(key)
        if a is None or b is None:
            signs.add(None if a != b else 0)
        elif a != b:
            signs.add(1 if b > a else -1)
    signs.discard(0)
    return signs.pop() if len(signs) == 1 else None if signs else 0


def _holes_sign(base: CallSite, head: CallSite) -> tuple[int, str]:
    """Run-time parts that came, went, or are now cut to a length."""
    old = [h for s in base.surfaces for h in s.text.holes]
    new = [h for s in head.surfaces for h in s.text.holes]
    free_old, free_new = sum(h.bounded_chars is None for h in old), sum(h.bounded_chars is None for h in new)
    if len(new) == len(old):
        if free_new < free_old:
            return -1, "run-time input is now cut to a length"
        if free_new > free_old:
            return 1, "run-time input is no longer cut to a length"
        return 0, ""
    if len(new) > len(old):
        return 1, f"{_parts(len(new) - len(old), 'more')} in the prompt"
    return -1, f"{_parts(len(old) - len(new), 'fewer')} in the prompt"


def _parts(n: int, which: str) -> str:
    return f"{n} {which} run-time {'part' if n == 1 else 'parts'}"


def _first_difference(base: CallSite, head: CallSite) -> Span | None:
    old = {p.text for s in base.surfaces for p in s.text.pieces if isinstance(p, Piece)}
    for surface in head.surfaces:
        for piece in surface.text.pieces:
            if isinstance(piece, Piece) and piece.text not in old:
                return piece.span
    return next((s.span for s in head.surfaces), None)


def _setting_span(setting: Setting | None) -> Span | None:
    if setting is None:
        return None
    return setting.sources[0] if setting.sources else setting.span


def _shown(setting: Setting | None) -> str:
    if setting is None:
        return "none"
    if not setting.values:
        return "set at run time"
    return " | ".join(setting.values[:3]) + (" | …" if len(setting.values) > 3 else "")


def _moved_models(base: Setting | None, head: Setting | None) -> str:
    """The two models; of two long lists to choose from that share names, only the names that differ."""
    old, new = (setting.values if setting is not None else () for setting in (base, head))
    gone, more = [v for v in old if v not in new], [v for v in new if v not in old]
    if min(len(old), len(new)) < 3 or not (gone or more) or len(gone) == len(old):
        return f"{_shown(base)} → {_shown(head)}"
    if gone and more:
        return f"models to choose from: {_listed(gone)} → {_listed(more)}"
    return f"models to choose from: {'+' if more else '−'}{_listed(more or gone)}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

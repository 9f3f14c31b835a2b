"""The fit behind `bot/tokens/constants.toml`: constants and ranges of one family from recorded requests.

Constants: the least absolute relative error over all requests (bot/tokens/fit.py), pulled weakly towards a prior that
is the same for all families, so that a thing which few requests tell apart keeps a plain value. What a provider or a
template publishes is not fitted.

Ranges: from requests of repositories that were left out of the fit. Group by group (text, tools, calls, schema,
thinking) the constants that are not published get one factor down and one up: of all pairs that hold a share of the
left-out requests, the one with the least between them. Few requests, few longer texts, or those of one repository only,
get a wider range; a bill that no such factor explains (a recording made up by hand, a prompt that the host hides) widens nothing.

A range is checked by making it once more without each repository. Of all shares and tokens added to both ends the
narrowest is taken that holds so 90 % (93 where it can) of the bills without tools, with tools, and of longer texts, and
96 % of all bills at most: what holds everything says nothing. Where no share does, the range is made at least as wide as what repositories
left out of other families needed: the narrowest that holds 90 %, or what holds the most.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from bot.tokens.fit import Row, fit
from bot.tokens.table import Family

# Sources of the table whose constants are fitted.
FITTED = ("recorded", "few")
GROUPS: dict[str, tuple[str, ...]] = {
    "text": (
        "request",
        "system",
        "message",
        "turn",
        "assistant",
        "leading_assistant",
        "text_token",
        "reasoning_token",
    ),
    "tools": (
        "tools",
        "tools_and_system",
        "late_tools",
        "forced",
        "forced_by_name",
        "tool",
        "tool_token",
        "unrolled_token",
    ),
    "calls": ("call", "parallel_calls", "call_token", "call_name_token", "result", "result_token"),
    "schema": ("schema", "schema_token"),
    "thinking": ("thinking", "adaptive_thinking", "task_budget"),
}
GROUP_OF = {thing: group for group, things in GROUPS.items() for thing in things}


class Prior(NamedTuple):
    """Where a constant is pulled to, how far is far, and its bounds."""

    value: float
    scale: float
    low: float
    high: float


PRIORS = {
    "request": Prior(4, 200, -10, 700),
    "system": Prior(0, 10, -30, 60),
    "message": Prior(3, 5, -5, 40),
    "turn": Prior(3, 5, -5, 40),
    "assistant": Prior(0, 5, -10, 40),
    "leading_assistant": Prior(12, 10, 0, 40),
    "text_token": Prior(1, 0.3, 0.6, 2.5),
    "reasoning_token": Prior(0, 0.3, 0, 2.5),
    "tools": Prior(100, 300, -120, 1500),
    "tools_and_system": Prior(0, 10, -30, 60),
    "late_tools": Prior(90, 50, 0, 300),
    "forced": Prior(50, 100, -120, 300),
    "forced_by_name": Prior(5, 20, -120, 300),
    "tool": Prior(5, 20, -20, 100),
    "tool_token": Prior(1, 0.3, 0.3, 2.5),
    "unrolled_token": Prior(0.8, 0.3, 0, 2.5),
    "call": Prior(15, 20, -10, 120),
    "parallel_calls": Prior(10, 20, -10, 120),
    "call_token": Prior(1, 0.3, 0.3, 2.5),
    "call_name_token": Prior(1, 0.3, 0, 2),
    "result": Prior(10, 20, -10, 120),
    "result_token": Prior(1, 0.3, 0.3, 2.5),
    "schema": Prior(10, 50, -20, 400),
    "schema_token": Prior(1, 0.5, 0, 2.5),
    "thinking": Prior(28, 15, -10, 100),
    "adaptive_thinking": Prior(17, 15, -10, 100),
    "task_budget": Prior(36, 15, 0, 100),
}
# In units of one request's whole error, for a constant one scale away from its prior.
PULL = 0.02
# One of this and all later tokens of text follow the text's own factor where requests do not tell them apart.
LIKE_TEXT = ("call_token", "result_token", "tool_token")
# The share of requests that a group's range holds: of these the one that makes the narrowest ranges of those that hold so
# many bills whose repository neither the constants nor the ranges have seen, and at most so many of all.
SHARES = (0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99, 1.0)
HELD_SHARE = 0.90
# And of those that do, one that holds so many where there is one: a sample's 90 % is another sample's 87.
WANTED_SHARE = 0.93
MOST_SHARE = 0.96
# Below this the shares say nothing.
ENOUGH_ROWS = 20
# Fewer may tell that a range is to be widened by other families.
LEAST_ROWS = 5
# Requests are also looked at apart from this on: what is a token or two for a short one is a factor for a long one.
LONG_TOKENS = 200
# The share of repositories of other families whose bills the range of a family of few repositories would have held.
LIKE_SHARES = (0.0, 0.7, 0.8, 0.9, 0.95, 1.0)
OF_TOOLS = ("tools", "calls")
WIDENED: dict[bool, tuple[str, ...]] = {False: ("text", "schema"), True: ("tools", "calls", "schema")}
# A range of fewer requests is their whole spread, and this wide at least.
FEW_ROWS = 12
FEW_LOW, FEW_HIGH = 0.85, 1.2
# No range of a fitted constant is narrower than this: what was recorded is a sample.
NARROWEST_LOW, NARROWEST_HIGH = 0.95, 1.05
# Groups whose range is a number of tokens and no factor: a factor of a constant near zero says nothing.
ADDITIVE = ("thinking",)
MOST_TOKENS = 60
# Added to both ends instead of a wider factor, where that makes the range of longer requests narrower.
SLACKS_TOKENS = (0, 1, 2, 4, 8, 16)
# The same where other families widen a range; more would be the whole of a short text.
FEW_SLACKS_TOKENS = (2, 4)
# Errors beyond these are of what the request does not show; a range is not stretched to them.
LOWEST_FACTOR, HIGHEST_FACTOR = 0.2, 2.2
FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One request with its bill; `repository` and `recording` say which others it is like.

    Not `own`: a text that was sent to a model of another family with the same tokenizer.
    """

    row: Row
    tools: bool
    model: str
    repository: str
    recording: str
    own: bool = True


# By group, for each repository of some families the factors that would have held all its bills.
Spread = Mapping[str, Sequence[tuple[float, float]]]


class Rule(NamedTuple):
    """How ranges are made: the shares that those of requests without tools and of tools hold, tokens added to both ends (the best of these), and how wide the
    factors of a group are at least."""

    shares: tuple[float, float]
    slacks: tuple[int, ...]
    floors: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """Constants in the order of the family, with their ranges."""

    values: list[float]
    low: list[float]
    high: list[float]
    slack_tokens: int
    rule: Rule

    def range(self, row: Row) -> tuple[float, float]:
        return math.floor(row.estimate(self.low)) - self.slack_tokens, math.ceil(
            row.estimate(self.high)
        ) + self.slack_tokens


def fitted_values(family: Family, free: Sequence[bool], rows: Sequence[Row]) -> list[float]:
    """The constants that agree best with the bills; those that are not free stay."""
    if not any(free):
        return [float(c.value) for c in family.constants]
    fixed = {j: float(c.value) for j, c in enumerate(family.constants) if not free[j]}
    if family.own_tokenizer:
        # Texts alone decide what a text has in tokens, so that families of one tokenizer agree on it to the digit.
        texts = [row for row in rows if _of_text_only(family, row)]
        found = _once(family, fixed, texts, None)
        fixed |= {j: found[j] for j, c in enumerate(family.constants) if GROUP_OF[c.of] == "text"}
    values = _once(family, fixed, rows, None)
    factors = [v for c, v in zip(family.constants, values, strict=True) if c.of == "text_token"]
    return _once(family, fixed, rows, factors[0] if factors else None)


def _of_text_only(family: Family, row: Row) -> bool:
    return all(GROUP_OF[c.of] == "text" for c, amount in zip(family.constants, row.amounts, strict=True) if amount)


def _once(family: Family, fixed: Mapping[int, float], rows: Sequence[Row], factor: float | None) -> list[float]:
    start, low, high, pull = [], [], [], []
    for j, constant in enumerate(family.constants):
        prior = PRIORS[constant.of]
        if j in fixed:
            start.append(fixed[j])
            low.append(fixed[j])
            high.append(fixed[j])
            pull.append(0.0)
            continue
        # Rows that hold for some endpoint, provider or day only are differences to the others.
        special = constant.special and any(c.of == constant.of for c in family.constants if not c.special)
        value = 0.0 if special else factor if factor and constant.of in LIKE_TEXT else prior.value
        start.append(value)
        low.append(-prior.high if special else prior.low)
        high.append(prior.high)
        pull.append(PULL / prior.scale**2)
    return fit(rows, start, low, high, pull)


def folds(recorded: Sequence[Recorded]) -> list[list[int]]:
    """Indices of the requests of each repository; of one in FOLDS recordings where there are too few repositories."""
    repositories = sorted({r.repository for r in recorded})
    if len(repositories) >= 3:
        return [[i for i, r in enumerate(recorded) if r.repository == name] for name in repositories]
    recordings = sorted({r.recording for r in recorded})
    return [
        [i for i, r in enumerate(recorded) if recordings.index(r.recording) % FOLDS == fold] for fold in range(FOLDS)
    ]


def left_out(family: Family, free: Sequence[bool], recorded: Sequence[Recorded]) -> list[list[float]]:
    """For each request the constants that were fitted without its repository."""
    found: list[list[float]] = [[] for _ in recorded]
    for fold in folds(recorded):
        inside = set(fold)
        values = fitted_values(family, free, [r.row for i, r in enumerate(recorded) if i not in inside])
        for i in fold:
            found[i] = values
    return found


def fitted(family: Family, free: Sequence[bool], recorded: Sequence[Recorded]) -> Fitted:
    """Constants of all requests, ranges of requests left out."""
    values = fitted_values(family, free, [r.row for r in recorded])
    return ranged(family, free, recorded, left_out(family, free, recorded), values)


def ranged(
    family: Family,
    free: Sequence[bool],
    recorded: Sequence[Recorded],
    constants: Sequence[Sequence[float]],
    values: Sequence[float],
    like: Spread | None = None,
) -> Fitted:
    """`values` with the narrowest ranges that hold HELD_SHARE of the bills of repositories that were left out of fit and
    ranges both, and no more than MOST_SHARE of all bills as far as that goes together; each request is estimated by its
    own `constants`. `like`: the spread of other families."""
    slacks = (0,) if family.method == "exact" else SLACKS_TOKENS
    if _few_long(recorded):  # tokens at both ends would hold the short ones and leave the factor to nobody
        slacks = tuple(slack for slack in slacks if slack <= max(FEW_SLACKS_TOKENS))

    def tried(rule: Rule, tools: bool) -> tuple[int, int, int, float, Rule]:
        inside = held(family, free, recorded, constants, rule)
        found = _ranged(family, free, recorded, constants, values, rule)
        kinds = [kind for kind in _enough(recorded) if kind[0] == tools]
        least, wanted = (sum(_missing(recorded, inside, k, s) for k in kinds) for s in (HELD_SHARE, WANTED_SHARE))
        return least, _too_many(recorded, found, tools), wanted, _width(found, recorded), rule

    rule = min(tried(Rule((share, share), (slack,), {}), False) for slack in slacks for share in SHARES)[4]
    if any(r.tools and r.own for r in recorded):
        rule = min(tried(rule._replace(shares=(rule.shares[0], share)), True) for share in SHARES)[4]
    weak = _weak(recorded, held(family, free, recorded, constants, rule))
    found = _ranged(family, free, recorded, constants, values, rule)
    return _widened(family, free, recorded, constants, found, weak, like) if weak and like else found


def _few_long(recorded: Sequence[Recorded]) -> bool:
    """Whether too few longer texts were recorded to say how far a factor may be off for those."""
    return sum(not r.tools and r.row.billed >= LONG_TOKENS for r in recorded) < ENOUGH_ROWS


def _too_many(recorded: Sequence[Recorded], found: Fitted, tools: bool) -> int:
    """How many more bills than MOST_SHARE the ranges hold, where there are enough to say so."""
    rows = [(r, low <= r.row.billed <= high) for r in recorded for low, high in [found.range(r.row)]]
    more = 0
    for kind in ((tools, False), (tools, True)):
        inside = [held for r, held in rows if kind in _kind(r)]
        if len(inside) >= ENOUGH_ROWS:
            more += max(0, sum(inside) - math.floor(MOST_SHARE * len(inside)))
    return more


def _widened(
    family: Family,
    free: Sequence[bool],
    recorded: Sequence[Recorded],
    constants: Sequence[Sequence[float]],
    found: Fitted,
    weak: Sequence[tuple[bool, bool]],
    like: Spread,
) -> Fitted:
    """Of all ranges as wide as those of other families the narrowest that hold enough; if none does, those that hold
    most."""
    groups = {group for tools, _ in weak for group in WIDENED[tools]}
    least = found.slack_tokens
    slacks = (least,) if family.method == "exact" else sorted({least, *(n for n in FEW_SLACKS_TOKENS if least < n)})
    tried: list[tuple[int, float, int, Fitted]] = []
    for share in LIKE_SHARES:
        floors = {g: _shortest(like[g], LOWEST_FACTOR, HIGHEST_FACTOR, share) for g in groups if share and like.get(g)}
        for slack in slacks:
            rule = Rule(found.rule.shares, (slack,), floors)
            inside = held(family, free, recorded, constants, rule)
            missing = sum(_missing(recorded, inside, kind) for kind in weak)
            wide = _ranged(family, free, recorded, constants, found.values, rule)
            tried.append((missing, _width(wide, recorded), len(tried), wide))
    return min(tried)[3]


def _kind(recorded: Recorded) -> Iterator[tuple[bool, bool]]:
    """With or without tools; and if it is a long text, that as well."""
    if recorded.own:
        yield recorded.tools, False
        if recorded.row.billed >= LONG_TOKENS:
            yield recorded.tools, True


def _missing(
    recorded: Sequence[Recorded], inside: Sequence[bool], kind: tuple[bool, bool], share: float = HELD_SHARE
) -> int:
    """How many more bills of a kind should be held."""
    of_kind = [held for held, r in zip(inside, recorded, strict=True) if kind in _kind(r)]
    return max(0, math.ceil(share * len(of_kind)) - sum(of_kind))


def _enough(recorded: Sequence[Recorded]) -> list[tuple[bool, bool]]:
    """The kinds of which there are requests enough to ask how many are held."""
    numbers = Counter(kind for r in recorded for kind in _kind(r))
    return [kind for kind, n in numbers.items() if n >= (ENOUGH_ROWS if kind[1] else LEAST_ROWS)]


def _weak(recorded: Sequence[Recorded], inside: Sequence[bool]) -> list[tuple[bool, bool]]:
    """The kinds of which too few are held."""
    return [kind for kind in _enough(recorded) if _missing(recorded, inside, kind)]


def spread(
    family: Family, free: Sequence[bool], recorded: Sequence[Recorded], constants: Sequence[Sequence[float]]
) -> dict[str, list[tuple[float, float]]]:
    """By group, for each repository the factors that would have held all its bills, by constants fitted without it."""
    own = [i for i, r in enumerate(recorded) if r.own]
    rows, apart = [recorded[i] for i in own], [constants[i] for i in own]
    found = {}
    for group in GROUPS:
        if group in ADDITIVE:
            continue
        by_repository: dict[str, list[tuple[float, float]]] = {}
        for name, low, high in _needed(group, family, free, rows, apart, {}, 0):
            if low >= LOWEST_FACTOR and high <= HIGHEST_FACTOR:
                by_repository.setdefault(name, []).append((low, high))
        found[group] = [(min(lo for lo, _ in ends), max(hi for _, hi in ends)) for ends in by_repository.values()]
    return found


def _ranged(
    family: Family,
    free: Sequence[bool],
    recorded: Sequence[Recorded],
    constants: Sequence[Sequence[float]],
    values: Sequence[float],
    rule: Rule,
) -> Fitted:
    best: Fitted | None = None
    for slack in rule.slacks:
        low, high = _ranges(family, free, recorded, constants, values, slack, rule)
        found = Fitted(values=list(values), low=low, high=high, slack_tokens=slack, rule=rule)
        if best is None or _width(found, recorded) < 0.95 * _width(best, recorded):
            best = found
    assert best is not None
    return best


def held(
    family: Family,
    free: Sequence[bool],
    recorded: Sequence[Recorded],
    constants: Sequence[Sequence[float]],
    rule: Rule,
) -> list[bool]:
    """Whether each bill lies in a range that was made without its repository: constants and spread of the others."""
    inside = [False] * len(recorded)
    for fold in folds(recorded):
        others = [i for i in range(len(recorded)) if i not in set(fold)]
        if not fold or not others:
            continue
        seen, apart = [recorded[i] for i in others], [constants[i] for i in others]
        found = _ranged(family, free, seen, apart, constants[fold[0]], rule)
        for i in fold:
            low, high = found.range(recorded[i].row)
            inside[i] = low <= recorded[i].row.billed <= high
    return inside


def _width(found: Fitted, recorded: Sequence[Recorded]) -> float:
    """The width of all ranges together as a share of all bills: what it is worth in money, so that a few tokens for a
    request of ten weigh less than a factor for one of a thousand."""
    own = [r.row for r in recorded if r.own] or [r.row for r in recorded]
    ranges = [found.range(row) for row in own]
    return sum(high - low for low, high in ranges) / sum(row.billed for row in own)


def _ranges(
    family: Family,
    free: Sequence[bool],
    recorded: Sequence[Recorded],
    constants: Sequence[Sequence[float]],
    values: Sequence[float],
    slack: int,
    rule: Rule,
) -> tuple[list[float], list[float]]:
    groups = [GROUP_OF[c.of] for c in family.constants]
    low, high = list(values), list(values)
    few_long = _few_long(recorded)
    factors: dict[str, tuple[float, float]] = {}
    for group in GROUPS:
        needed = list(_needed(group, family, free, recorded, constants, factors, slack))
        floor, share = rule.floors.get(group, (1.0, 1.0)), rule.shares[group in OF_TOOLS]
        if not needed:
            if group in rule.floors:
                factors[group] = floor
            continue
        if group in ADDITIVE:
            factors[group] = _shortest([(lo, hi) for _, lo, hi in needed], -MOST_TOKENS, MOST_TOKENS, share)
            continue
        few = len(needed) < FEW_ROWS or len({name for name, _, _ in needed}) < 2
        wide = few or (group == "text" and few_long)
        narrowest = (FEW_LOW, FEW_HIGH) if wide else (NARROWEST_LOW, NARROWEST_HIGH)
        ends = [(lo, hi) for _, lo, hi in needed]
        if few:  # too few to call one of them odd
            ends = [(max(lo, LOWEST_FACTOR), min(hi, HIGHEST_FACTOR)) for lo, hi in ends]
        lowest, highest = _shortest(ends, LOWEST_FACTOR, HIGHEST_FACTOR, 1.0 if few else share)
        factors[group] = min(narrowest[0], lowest, floor[0]), max(narrowest[1], highest, floor[1])
    for j, (group, is_free) in enumerate(zip(groups, free, strict=True)):
        if not is_free:
            low[j], high[j] = float(family.constants[j].low), float(family.constants[j].high)
        elif group in factors:
            low[j], high[j] = _ends(values[j], group, factors[group])
    return low, high


def _ends(value: float, group: str, spread: tuple[float, float]) -> tuple[float, float]:
    down, up = spread
    if group in ADDITIVE:
        return min(value, value + down), max(value, value + up)
    # What is subtracted is as uncertain as the rest of the group, the other way round.
    return (value * down, value * up) if value >= 0 else (value * up, value * down)


def _needed(
    group: str,
    family: Family,
    free: Sequence[bool],
    recorded: Sequence[Recorded],
    constants: Sequence[Sequence[float]],
    factors: dict[str, tuple[float, float]],
    slack: int,
) -> Iterator[tuple[str, float, float]]:
    """For each request of the group and of none that comes after it: the factors that would just hold its bill; for a
    group of ADDITIVE the tokens to add to its estimate."""
    order = list(GROUPS)
    groups = [GROUP_OF[c.of] for c in family.constants]
    published = [(float(c.low), float(c.high)) for c in family.constants]
    for r, own in zip(recorded, constants, strict=True):
        parts = [a * v for a, v in zip(r.row.amounts, own, strict=True)]
        present = {g for g, a in zip(groups, r.row.amounts, strict=True) if a}
        if group not in present or any(order.index(g) > order.index(group) for g in present):
            continue
        x = below = above = 0.0
        for part, amount, g, is_free, ends in zip(parts, r.row.amounts, groups, free, published, strict=True):
            if g == group and is_free:
                x += part
                continue
            if not is_free:
                below, above = below + amount * ends[0], above + amount * ends[1]
                continue
            down, up = factors.get(g, (1.0, 1.0)) if g not in ADDITIVE else (1.0, 1.0)
            below, above = below + part * down, above + part * up
        if group in ADDITIVE:
            yield r.repository, r.row.billed + slack + 0.5 - below - x, r.row.billed - slack - 0.5 - above - x
        elif x > 0:
            yield r.repository, (r.row.billed + slack + 0.5 - below) / x, (r.row.billed - slack - 0.5 - above) / x


def _shortest(
    needed: Sequence[tuple[float, float]], lowest: float, highest: float, share: float
) -> tuple[float, float]:
    """The two ends with the least between them that hold the share of the requests; each request is held by a low end of
    at most its first number and a high end of at least its second. Ends beyond the bounds are not asked for."""
    within = sorted((lo, hi) for lo, hi in needed if lo >= lowest and hi <= highest)
    n = min(math.ceil(share * len(needed)), len(within))
    if not n:
        return 1.0, 1.0
    pairs = []
    for left in range(len(within) - n + 1):
        high = sorted(hi for _, hi in within[left:])[n - 1]
        pairs.append((high - within[left][0], within[left][0], high))
    _, low, high = min(pairs)
    return low, high


def digits(value: float, of: str) -> Decimal:
    """As many digits as the table shows."""
    step = "0.01" if of.endswith("_token") or abs(value) < 1 else "0.1" if abs(value) < 20 else "1"
    return Decimal(value).quantize(Decimal(step)) + 0  # no minus before a zero

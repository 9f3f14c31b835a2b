"""What a change of the policy file changes: budgets, traffic, prices and the rest, key by key, in plain words.

The change is judged by the old ones; this is what a reviewer must see before the new ones govern. A limit that is raised
or taken away is `looser`, one that is lowered or added `stricter`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from bot.config import Config
from bot.model import Budgets, Guardrails, Limit, QualityRule, Range
from bot.prices import PINNED_PATH
from bot.tokens.table import OWN_PATH

Effect = Literal["looser", "stricter", "other"]
ABSENT = "not stated"
MAX_VALUE_CHARS = 120
_RANK = {"pass": 0, "off": 0, "warn": 1, "fail": 2}
# Rules of a quality gate: which way is looser.
_LOOSER_IF_HIGHER = ("max_cost_increase_percent", "max_loss_points")
_LOOSER_IF_LOWER = ("min_gain_points", "min_samples")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """One key: what it was and what it would be. `section` is the first part of the key."""

    key: str
    before: str
    after: str
    effect: Effect = "other"

    @property
    def section(self) -> str:
        return self.key.partition(".")[0].partition("[")[0]

    def __str__(self) -> str:
        mark = f" ({self.effect})" if self.effect != "other" else ""
        return f"{self.key}: {self.before} → {self.after}{mark}"


def policy_changes(before: Config, after: Config) -> tuple[PolicyChange, ...]:
    """What differs, budgets and quality first; nothing for a file that only moved its lines and comments."""
    changes = [*_limits(before.budgets, after.budgets), *_quality(before, after)]
    old, new = dict(_flat(before)), dict(_flat(after))
    for key in dict.fromkeys([*old, *new]):
        a, b = old.get(key, ABSENT), new.get(key, ABSENT)
        if a != b:
            changes.append(PolicyChange(key=key, before=_short(a), after=_short(b)))
    return tuple(changes)


def _short(text: str) -> str:
    return text if len(text) <= MAX_VALUE_CHARS else text[: MAX_VALUE_CHARS - 1] + "…"


# -- budgets and rules ------------------------------------------------------------------------------------------------


def _limits(before: Budgets, after: Budgets) -> Iterator[PolicyChange]:
    old, new = _by_key(before), _by_key(after)
    for key in dict.fromkeys([*old, *new]):
        a, b = old.get(key), new.get(key)
        if a != b:
            yield PolicyChange(key=key, before=_limit(a), after=_limit(b), effect=_effect(a, b))
    yield from _guardrails(before.guardrails, after.guardrails)
    if before.unknown != after.unknown:
        yield PolicyChange(
            key="budgets.unknown",
            before=before.unknown,
            after=after.unknown,
            effect=_levels(before.unknown, after.unknown),
        )


def _by_key(budgets: Budgets) -> dict[str, Limit]:
    own = (limit for limits in budgets.features.values() for limit in limits)
    return {limit.key: limit for limit in (*budgets.total, *budgets.every_feature, *own)}


def _limit(limit: Limit | None) -> str:
    return ABSENT if limit is None else f"{_plain(limit.amount)} ({limit.level})"


def _effect(before: Limit | None, after: Limit | None) -> Effect:
    if before is None or after is None:
        return "stricter" if before is None else "looser"
    if before.amount != after.amount and before.level != after.level:
        up = after.amount > before.amount
        weaker = _RANK[after.level] < _RANK[before.level]
        return ("looser" if up else "stricter") if up == weaker else "other"
    if before.amount != after.amount:
        return "looser" if after.amount > before.amount else "stricter"
    return _levels(before.level, after.level)


def _levels(before: str | None, after: str | None) -> Effect:
    a, b = _RANK[before or "off"], _RANK[after or "off"]
    return "looser" if b < a else "stricter" if b > a else "other"


def _guardrails(before: Guardrails, after: Guardrails) -> Iterator[PolicyChange]:
    for field in fields(Guardrails):
        a, b = getattr(before, field.name), getattr(after, field.name)
        if a == b:
            continue
        effect: Effect = "other"
        if field.name.endswith("_level") or field.name in ("output_cap_on_new_sites", "cache_breaking_change"):
            effect = _levels(a, b)
        elif a is None or b is None:
            effect = "stricter" if a is None else "looser"
        elif field.name == "max_unknown_sites":
            effect = "looser" if b > a else "stricter"
        elif set(a) < set(b) or set(b) < set(a):
            effect = "looser" if set(a) < set(b) else "stricter"
        key = f"budgets.guardrails.{field.name}"
        yield PolicyChange(key=key, before=_short(_plain(a)), after=_short(_plain(b)), effect=effect)


def _quality(before: Config, after: Config) -> Iterator[PolicyChange]:
    old = {(r.feature, r.metric): r for r in before.quality}
    new = {(r.feature, r.metric): r for r in after.quality}
    for name in dict.fromkeys([*old, *new]):
        a, b = old.get(name), new.get(name)
        key = "quality." + ".".join(part or "all" for part in name)
        if a is None or b is None:
            present = "a rule"
            yield PolicyChange(
                key=key,
                before=present if a else ABSENT,
                after=present if b else ABSENT,
                effect="looser" if a else "stricter",
            )
            continue
        yield from _rule(key, a, b)


def _rule(key: str, before: QualityRule, after: QualityRule) -> Iterator[PolicyChange]:
    for field in fields(QualityRule):
        a, b = getattr(before, field.name), getattr(after, field.name)
        if a == b or field.name == "key":
            continue
        effect: Effect = "other"
        if field.name == "level":
            effect = _levels(a, b)
        elif a is None or b is None:
            effect = "stricter" if a is None else "looser"
        elif field.name in _LOOSER_IF_HIGHER:
            effect = "looser" if b > a else "stricter"
        elif field.name in _LOOSER_IF_LOWER:
            effect = "looser" if b < a else "stricter"
        yield PolicyChange(key=f"{key}.{field.name}", before=_plain(a), after=_plain(b), effect=effect)


# -- all the rest -----------------------------------------------------------------------------------------------------


def _flat(config: Config) -> Iterator[tuple[str, str]]:
    """(key, value) of everything but budgets and quality; what is not stated gives nothing."""
    for feature in config.features:
        for key, value in _values(feature, f"features.{feature.name}", skip=("name", "key", "matches")):
            yield key.replace(".use.", "."), value
        for i, match in enumerate(feature.matches):
            for key, value in _values(match, f"features.{feature.name}.match[{i}]", skip=("key",)):
                yield key.replace(".use.", "."), value
    for glob, names in config.models.items():
        yield f"models.{glob}", ", ".join(names)
    for name, target in config.aliases.items():
        yield f"aliases.{name}", _plain(target)
    seen: Counter[str] = Counter()
    for price in config.prices:
        where = f"prices.{price.provider}/{price.model}" + (f" since {price.since}" if price.since else "")
        seen[where] += 1
        where += f" #{seen[where]}" if seen[where] > 1 else ""
        yield from _values(price, where, skip=("model", "provider", "since"))
    if config.pinned_prices is not None:
        yield "prices.snapshot", f"{PINNED_PATH} {hashlib.sha256(config.pinned_prices).hexdigest()[:12]}"
    if config.own_tokens is not None:
        yield "tokens.constants", f"{OWN_PATH} {hashlib.sha256(config.own_tokens.encode()).hexdigest()[:12]}"
    for sdk in config.sdks:
        yield f"sdks.{sdk.name}", _plain((sdk.packages, sdk.functions, sdk.shapes))
    for name, profile in config.profiles.items():
        window = profile.window
        yield f"profiles.{name}", f"{profile.calls.n:,} calls, {window.from_} to {window.to}"
        yield f"profiles.{name}.content", hashlib.sha256(profile.model_dump_json().encode()).hexdigest()[:12]
    for part in ("ignore", "include_contexts"):
        if getattr(config, part):
            yield part, ", ".join(getattr(config, part))
    yield "noise_floor_tokens", str(config.noise_floor_tokens)
    for part in ("assumptions", "currency", "advice", "comment", "waive"):
        yield from _values(getattr(config, part), part)


def _values(value: Any, prefix: str, skip: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    for field in fields(value):
        inner = getattr(value, field.name)
        if inner is None or field.name in skip:
            continue
        if is_dataclass(inner) and not isinstance(inner, Range):
            yield from _values(inner, f"{prefix}.{field.name}")
        else:
            yield f"{prefix}.{field.name}", _plain(inner)


def _plain(value: Any) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, Range):
        text = (
            _plain(value.likely)
            if value.is_exact
            else f"{_plain(value.likely)} ({_plain(value.low)} to {_plain(value.high)})"
        )
    elif isinstance(value, Decimal):
        text = f"{value.normalize():f}"
    elif isinstance(value, tuple | list):
        text = ", ".join(_plain(v) for v in value)
    elif isinstance(value, Mapping):
        text = ", ".join(f"{k}={_plain(v)}" for k, v in value.items())
    else:
        text = value.isoformat() if isinstance(value, date) else str(value)
    return text

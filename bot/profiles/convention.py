"""Does `input_tokens` include cached tokens? Decided from the log itself, else from documentation, else asked.

The same cached call of the same model is 1,012 input tokens with one instrumentation package and 12 with another
(openllmetry#4449), and one SDK changed its mind between two versions (logfire#1812). So rows are decided by writer, and by
day where a writer contradicts itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from bot.errors import ReviewError

Setting = Literal["auto", "inclusive", "exclusive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Counts of the rows with cached tokens of one writer (`group`) on one day (days since 1970 UTC).

    `more_cached`: read + write > input, possible only when input excludes them. `total_with`: the logged total is
    input + cached + output; `total_without`: it is input + output; `naive_total`: it is input + output although
    read + write > input, so that this writer's totals prove nothing.
    """

    group: str
    documented: str | None
    day: int
    rows: int
    cached: int
    more_cached: int
    total_with: int
    total_without: int
    naive_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Which rows exclude: all of `exclusive_groups`, and of a split writer the (group, day) pairs. All others include."""

    exclusive_groups: tuple[str, ...] = ()
    exclusive_days: tuple[tuple[str, int], ...] = ()
    decided: dict[str, int] = field(default_factory=dict)

    def excludes(self, group: str, day: int | None) -> bool:
        """Whether the input of a writer's rows of a day excludes their cached tokens."""
        return group in self.exclusive_groups or (group, day) in self.exclusive_days

    @property
    def convention(self) -> Literal["inclusive", "exclusive", "mixed", "not_needed"]:
        kinds = {key.partition("_by_")[0] for key, n in self.decided.items() if n} - {"no_cached_tokens"}
        if not kinds:
            return "not_needed"
        if len(kinds) > 1:
            return "mixed"
        return "inclusive" if "inclusive" in kinds else "exclusive"


def decide(evidence: Iterable[Evidence], setting: Setting) -> Decision:
    """The decision for every writer. Raises `ReviewError`, with the counts, when the log does not tell."""
    by_group: dict[str, list[Evidence]] = defaultdict(list)
    for e in evidence:
        by_group[e.group].append(e)
    groups: list[str] = []
    days: list[tuple[str, int]] = []
    decided: dict[str, int] = defaultdict(int)
    undecided: list[str] = []
    for group, parts in sorted(by_group.items()):
        cached = sum(e.cached for e in parts)
        decided["no_cached_tokens"] += sum(e.rows for e in parts) - cached
        if not cached:
            continue
        if setting != "auto":
            decided[f"{setting}_by_setting"] += cached
            groups += [group] if setting == "exclusive" else []
            continue
        proof = _proof(parts)
        if proof == "mixed":
            mixed_days = _by_day(group, parts)
            if mixed_days is None:
                undecided.append(
                    f"{group}: {cached:,} rows with cached tokens, contradicting each other on the same day"
                )
                continue
            days += mixed_days
            excluded = {day for _, day in mixed_days}
            decided["exclusive_by_data"] += sum(e.cached for e in parts if e.day in excluded)
            decided["inclusive_by_data"] += sum(e.cached for e in parts if e.day not in excluded)
            continue
        how = "data"
        if proof is None:
            proof, how = parts[0].documented, "documentation"
        if proof is None:
            undecided.append(f"{group}: {cached:,} rows with cached tokens, nothing tells")
            continue
        decided[f"{proof}_by_{how}"] += cached
        groups += [group] if proof == "exclusive" else []
    if undecided:
        raise ReviewError(
            "the log does not tell whether input tokens include cached tokens: " + "; ".join(undecided[:5]),
            "Say it: --usage-convention inclusive (OpenAI, Gemini, OTel) or exclusive (Anthropic, Bedrock).",
        )
    return Decision(
        exclusive_groups=tuple(groups), exclusive_days=tuple(days), decided={k: n for k, n in decided.items() if n}
    )


def _proof(parts: list[Evidence]) -> str | None:
    """`exclusive`, `inclusive`, `mixed`, or None when nothing is proved either way."""
    totals_count = not any(e.naive_total for e in parts)
    exclusive = any(e.more_cached for e in parts) or any(e.total_with for e in parts)
    inclusive = totals_count and any(e.total_without for e in parts)
    if exclusive and inclusive:
        return "mixed"
    if exclusive:
        return "exclusive"
    return "inclusive" if inclusive else None


def _by_day(group: str, parts: list[Evidence]) -> list[tuple[str, int]] | None:
    """The exclusive days of a writer that changed; None when a day with cached tokens stays open or contradicts itself."""
    days: list[tuple[str, int]] = []
    for e in parts:
        proof = _proof([e])
        if e.cached and proof not in ("exclusive", "inclusive"):
            return None
        if proof == "exclusive":
            days.append((group, e.day))
    return days

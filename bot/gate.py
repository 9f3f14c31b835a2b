"""Whether a change is within its budgets: the question is the change, not debt that the base already has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.model import Budgets, Change, PricedSite, Verdict
from prompts_scanner.model import Gap


def judge(changes: Sequence[Change], sites: Sequence[PricedSite], new_gaps: Iterable[Gap], budgets: Budgets) -> Verdict:
    """pass, warn or fail by the budgets; unknown where a budget cannot be answered."""
    raise NotImplementedError

"""The part of a profile that is of tasks: how many calls they take, the sums for clustered intervals, success."""

from __future__ import annotations

from bot.profiles.aggregates import Row
from bot.profiles.codec import TASK_BASE, bounds
from bot.profiles.merging import merge_counts
from bot.profiles.rows import count
from bot.profiles.schema import Success, Tasks, TaskSums

EXACT_CALLS = 8  # calls per task that are counted one by one
# The names of the sums in a profile, and in the answer.
_SUMS = {
    "k": "k",
    "kk": "kk",
    "in": "input",
    "in2": "input2",
    "out": "output",
    "out2": "output2",
    "in_k": "input_k",
    "out_k": "output_k",
    "in_out": "input_output",
}


def task_part(rows: list[Row], min_cell: int, key: str) -> tuple[Tasks | None, int | None, str]:
    """The tasks, their retried attempts, and what is to be noted."""
    n = count(rows)
    if not n:
        return None, None, "no task key in the log: calls per task are unknown"
    if n < min_cell:
        return None, None, f"fewer than {min_cell} tasks: calls per task are not stored"
    sizes = merge_counts([(r["size"], r["n"]) for r in rows], min_cell)
    known = sum(r["success_known"] for r in rows)
    basis = "column success" if known == n else f"column success of {known:,} of {n:,} tasks"
    return (
        Tasks(
            n=n,
            key=key,
            success=Success(rate=sum(r["success"] for r in rows) / known, basis=basis) if known >= min_cell else None,
            calls_hist={_calls_of(run.last): run.n for run in sizes},
            sums=TaskSums(**{ours: float(sum(r[theirs] for r in rows)) for ours, theirs in _SUMS.items()}),
        ),
        int(sum(r["retried"] for r in rows)),
        "",
    )


def _calls_of(size: int) -> int:
    return size if size <= EXACT_CALLS else bounds(size - EXACT_CALLS, TASK_BASE)[1]

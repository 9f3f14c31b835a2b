"""Fits `bot/tokens/constants.toml` to recorded requests and says how far off it is on requests it did not see.

    python scripts/fit_tokens.py USAGE.jsonl[.gz] [--write] [--only FAMILY]

USAGE: JSON lines, one recorded request each: {"provider", "endpoint", "model", "request", "usage": {"input_tokens"}}, and
where known "source_repo", "source_path", "recorded" (the day), "flags", "has_media". Prints, by family, the error of the
new constants on the requests they were fitted to and on requests of repositories left out of the fit, and how often
the bill lies in the range. `--write` puts constants, ranges and numbers of requests into the table; what is published
(`source = "vendor"`, "template", "definition") and what nothing was recorded of ("assumed") stays as it is.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from token_fit import (  # noqa: E402
    FEW_ROWS,
    FITTED,
    GROUP_OF,
    GROUPS,
    Fitted,
    Recorded,
    digits,
    fitted_values,
    folds,
    held,
    left_out,
    ranged,
    spread,
)

from bot.tokens.bodies import read_body  # noqa: E402
from bot.tokens.calibrate import Bill, row_of  # noqa: E402
from bot.tokens.table import FILE, Family, bundled, read_table  # noqa: E402
from bot.tokens.things import all_things  # noqa: E402

# What makes a bill depend on more than the body: server tools, state kept by the provider, contradicting recordings.
NOT_COUNTABLE = {"server_tools", "stateful", "reasoning_in", "modalities", "usage_conflict", "model_mismatch"}


def read(path: Path) -> Iterator[Mapping[str, Any]]:
    """The requests whose bill is a function of their body."""
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode().splitlines()
    for row in map(json.loads, lines):
        odd = NOT_COUNTABLE & set(row.get("flags") or ()) or row.get("has_media")
        embeds = row["endpoint"] == "embeddings" or "embed" in str(row["model"]).lower()
        if (row["usage"]["input_tokens"] or 0) > 0 and not odd and not embeds:
            yield row


def by_family(rows: Iterator[Mapping[str, Any]]) -> dict[str, list[Recorded]]:
    """Requests of known models, as rows of their family; texts without tools also as rows of the other families whose
    models have the same tokenizer."""
    found: dict[str, list[Recorded]] = defaultdict(list)
    for raw in rows:
        request = read_body(
            raw["request"], provider=raw["provider"], endpoint=raw["endpoint"], model=raw["model"] or ""
        )
        family, known = bundled().family(request)
        if known and not request.hosted_tools and not any(m.images or m.unread for m in request.messages):
            on = date.fromisoformat(raw["recorded"]) if raw.get("recorded") else date.max
            bill = Bill(request=request, billed_tokens=raw["usage"]["input_tokens"], on=on)
            only_text = all(GROUP_OF[thing] == "text" for thing, n in all_things(request, family).items() if n)
            shared = family.own_tokenizer if only_text else ""
            for other in bundled().families:
                if other is family or (shared and other.own_tokenizer == shared):
                    found[other.name].append(
                        Recorded(
                            row=row_of(bill, other),
                            tools=bool(request.tools),
                            model=f"{raw['provider']} {raw['model']}",
                            repository=str(raw.get("source_repo")),
                            recording=str(raw.get("source_path")).partition("#")[0],
                            own=other is family,
                        )
                    )
    return found


def free_of(family: Family, rows: Sequence[Recorded]) -> list[bool]:
    """Which constants are fitted: those that are not published and of which something was recorded."""
    keys = {text: key for key, text in bundled().sources.items()}
    return [keys[c.source] in FITTED and any(r.row.amounts[j] for r in rows) for j, c in enumerate(family.constants)]


HEAD = (
    "| family | requests | n | left out in | fitted to: median / p90 % | left out: median / p90 % "
    "| bill in range % | left out % | range width % | differences left out: direction %, median % |"
)
# Pairs of requests of one repository to one model whose bills differ by this much: what a review shows.
SMALLEST_DIFFERENCE_TOKENS = 20
PAIRS_PER_GROUP = 150


def percent(errors: Sequence[float]) -> str:
    ordered = sorted(errors)
    return f"{100 * statistics.median(ordered):.1f} / {100 * ordered[math.ceil(0.9 * len(ordered)) - 1]:.1f}"


def report(
    family: Family, rows: Sequence[Recorded], free: Sequence[bool], found: Fitted, apart: Sequence[Sequence[float]]
) -> Iterator[str]:
    """A line for requests without tools, and one for those with tools."""
    inside = held(family, free, rows, apart, found.rule)
    for tools in (False, True):
        chosen = [i for i, r in enumerate(rows) if r.own and r.tools == tools]
        if not chosen:
            continue
        bills = {i: rows[i].row.billed for i in chosen}
        ranges = {i: found.range(rows[i].row) for i in chosen}
        seen = percent([abs(rows[i].row.estimate(found.values) / bills[i] - 1) for i in chosen])
        unseen = percent([abs(rows[i].row.estimate(apart[i]) / bills[i] - 1) for i in chosen])
        covered = sum(low <= bills[i] <= high for i, (low, high) in ranges.items()) / len(chosen)
        width = statistics.median((high - low) / bills[i] for i, (low, high) in ranges.items())
        yield (
            f"| {family.label} | {'tools' if tools else 'text'} | {len(chosen)} | {len(folds(rows))} parts | {seen} | {unseen} "
            f"| {100 * covered:.0f} | {100 * sum(inside[i] for i in chosen) / len(chosen):.0f} | {100 * width:.0f} "
            f"| {differences([rows[i] for i in chosen], [apart[i] for i in chosen])} |"
        )


def differences(rows: Sequence[Recorded], apart: Sequence[Sequence[float]]) -> str:
    """How often the direction is right and how far off the difference is, with constants of other repositories."""
    groups: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for row, constants in zip(rows, apart, strict=True):
        groups[row.repository, row.model].append((row.row.billed, row.row.estimate(constants)))
    errors, right = [], 0
    for found in groups.values():
        pairs = [(a, b) for a, b in combinations(found, 2) if abs(a[0] - b[0]) >= SMALLEST_DIFFERENCE_TOKENS]
        for a, b in random.Random(7).sample(pairs, min(len(pairs), PAIRS_PER_GROUP)):
            true, guessed = a[0] - b[0], a[1] - b[1]
            right += true * guessed > 0
            errors.append(abs(guessed - true) / abs(true))
    return f"{100 * right / len(errors):.0f}, {100 * statistics.median(errors):.1f} ({len(errors)})" if errors else "–"


_LINE = re.compile(r"^  \{ of = .*\},$")


def written(text: str, family: Family, rows: Sequence[Recorded], free: Sequence[bool], found: Fitted) -> str:
    """The table's text with the new numbers of one family; comments, order and conditions stay."""
    start = text.index(f'[[family]]\nname = "{family.name}"\n')
    end = text.find("\n[[family]]", start + 1)
    block = text[start : end if end > 0 else len(text)]
    lines, j = [], 0
    for line in block.split("\n"):
        if _LINE.match(line):
            line, j = _constant(line, family, rows, free, found, j), j + 1
        lines.append(line)
    assert j == len(family.constants), f"{family.name}: {j} constants on lines of their own"
    block = re.sub(
        r"^slack_tokens = \d+$", f"slack_tokens = {found.slack_tokens}", "\n".join(lines), flags=re.MULTILINE
    )
    return text[:start] + block + (text[end:] if end > 0 else "")


def _constant(line: str, family: Family, rows: Sequence[Recorded], free: Sequence[bool], found: Fitted, j: int) -> str:
    constant = family.constants[j]
    seen = [r for r in rows if r.row.amounts[j]]
    values = {"rows": str(len(seen))}
    if free[j]:
        value, low, high = (digits(v[j], constant.of) for v in (found.values, found.low, found.high))
        few = len(seen) < FEW_ROWS or len({r.repository for r in seen}) < 2
        values |= {"value": str(value), "low": str(min(low, value)), "high": str(max(high, value))}
        values |= {"source": '"few"' if few else '"recorded"'}
    elif not seen and re.search(r'source = "(few|recorded)"', line):
        values |= {"source": '"assumed"'}
    for key, new in values.items():
        line = re.sub(rf'(?<= ){key} = ("[a-z]+"|[-\d.]+)', f"{key} = {new}", line, count=1)
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("usage", type=Path)
    parser.add_argument("--write", action="store_true", help=f"put the result into {FILE.name}")
    parser.add_argument("--only", default="", help="families whose names begin so")
    args = parser.parse_args()
    recorded = by_family(read(args.usage))
    text = FILE.read_text(encoding="utf-8")
    print(HEAD)
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    families = [f for f in bundled().families if f.name in recorded and f.name.startswith(args.only)]
    free = {f.name: free_of(f, recorded[f.name]) for f in families}
    apart = {f.name: left_out(f, free[f.name], recorded[f.name]) for f in families}
    spreads = {f.name: spread(f, free[f.name], recorded[f.name], apart[f.name]) for f in families}
    for family in families:
        rows = recorded[family.name]
        values = fitted_values(family, free[family.name], [r.row for r in rows])
        others = [s for name, s in spreads.items() if name != family.name]
        like = {group: [ends for s in others for ends in s.get(group, ())] for group in GROUPS}
        found = ranged(family, free[family.name], rows, apart[family.name], values, like)
        for line in report(family, rows, free[family.name], found, apart[family.name]):
            print(line, flush=True)
        text = written(text, family, rows, free[family.name], found)
    if args.write:
        read_table(text, FILE.name)
        FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Token counts beside what providers billed: python benchmarks/tokens.py USAGE.jsonl[.gz] [--min-tokens N] [--speed]

USAGE: JSON lines, one recorded request each: {"provider", "endpoint", "model", "request", "usage": {"input_tokens"}},
and where known "source_repo", "flags", "has_media". Prints two tables, for this project, for tiktoken with the
cookbook's formula (https://developers.openai.com/cookbook/examples/how_to_count_tokens_with_tiktoken), and for litellm
where it is installed:

1. counts: median / p90 of the absolute error in percent, and for this project how often the bill lay in the range
2. differences between two requests of one repository to one model, of at least 20 tokens: how often the direction is
   right, and median / p90 error of the difference. This is what a review shows.

`--speed` times counting 1 MB of this repository's text against tiktoken alone, in turn, and prints the ratio.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import random
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot import tokens  # noqa: E402
from bot.model import Tokens  # noqa: E402
from bot.tokens.bodies import read_body  # noqa: E402
from bot.tokens.request import Request  # noqa: E402
from bot.tokens.table import bundled  # noqa: E402
from bot.tokens.vocabulary import count, encoding  # noqa: E402

# What makes a bill depend on more than the body: server tools, state kept by the provider, contradicting recordings.
NOT_COUNTABLE = {"server_tools", "stateful", "reasoning_in", "modalities", "usage_conflict", "model_mismatch"}
PAIRS_PER_GROUP = 150
SMALLEST_DIFFERENCE_TOKENS = 20
Counter = Callable[[Mapping[str, Any], Request], int | None]


@dataclass(frozen=True)
class Row:
    family: str
    tools: bool
    group: tuple[str, str, str]
    billed: int
    range: Tokens
    estimates: dict[str, int | None]


def read(path: Path, min_tokens: int) -> Iterator[Mapping[str, Any]]:
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode().splitlines()
    for row in map(json.loads, lines):
        billed = row["usage"]["input_tokens"] or 0
        odd = NOT_COUNTABLE & set(row.get("flags") or ()) or row.get("has_media")
        embeds = row["endpoint"] == "embeddings" or "embed" in str(row["model"]).lower()
        if billed >= max(1, min_tokens) and not odd and not embeds:
            yield row


def cookbook(row: Mapping[str, Any], request: Request) -> int:
    """The published formula, with the published tool formula for GPT-4o."""
    del row
    old = re.match(r"gpt-(3|4(?!o|\.))", request.model)
    vocabulary = "cl100k_base" if old else "o200k_base"
    total = 3
    for message in request.messages:
        parts = (*message.texts, *message.results, *(c.name + c.arguments for c in message.calls))
        total += 3 + count(message.role, vocabulary) + sum(count(p, vocabulary) for p in parts)
    for tool in request.tools:
        total += 7 + count(f"{tool.name}:{tool.description.rstrip('.')}", vocabulary)
        properties = tool.parameters.get("properties")
        for i, (name, value) in enumerate(properties.items() if isinstance(properties, Mapping) else ()):
            value = value if isinstance(value, Mapping) else {}
            total += 3 * (i == 0) + 3
            total += count(f"{name}:{value.get('type')}:{str(value.get('description', '')).rstrip('.')}", vocabulary)
            if isinstance(enum := value.get("enum"), list):
                total += -3 + sum(3 + count(str(item), vocabulary) for item in enum)
    return total + 12 * bool(request.tools)


def litellm_counter() -> Counter | None:
    """litellm's own count, from its bundled files; None where it is not installed."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    try:
        from litellm import token_counter
    except ImportError:
        return None

    def counted(row: Mapping[str, Any], request: Request) -> int | None:
        messages = [
            {
                "role": m.role if m.role in ("system", "user", "assistant", "tool") else "user",
                "content": "\n".join((*m.texts, *m.results)),
                **(
                    {"tool_calls": [{"function": {"name": c.name, "arguments": c.arguments}} for c in m.calls]}
                    if m.calls
                    else {}
                ),
            }
            for m in request.messages
        ]
        specs = [
            {"name": t.name, "description": t.description, "parameters": dict(t.parameters)} for t in request.tools
        ]
        listed = [{"type": "function", "function": spec} for spec in specs]
        try:
            return int(token_counter(model=row["model"], messages=messages, tools=listed or None))
        except Exception as error:  # noqa: BLE001 another project's code: whatever it raises is a row without an answer
            print(f"litellm: {row['model']}: {type(error).__name__}", file=sys.stderr)
            return None

    return counted


def counted_rows(path: Path, min_tokens: int, others: Mapping[str, Counter]) -> list[Row]:
    rows = []
    for raw in read(path, min_tokens):
        request = read_body(
            raw["request"], provider=raw["provider"], endpoint=raw["endpoint"], model=raw["model"] or ""
        )
        family, known = bundled().family(request)
        found = tokens.count_request(request, date.max)
        estimates: dict[str, int | None] = {"aicost-review": found.total.likely}
        estimates |= {name: counter(raw, request) for name, counter in others.items()}
        rows.append(
            Row(
                family=family_name(family.name) if known else "unknown model",
                tools=bool(request.tools),
                group=(str(raw.get("source_repo")), raw["provider"], str(raw["model"])),
                billed=raw["usage"]["input_tokens"],
                range=found.total,
                estimates=estimates,
            )
        )
    return rows


def family_name(name: str) -> str:
    """The vendor, for a table that fits a screen."""
    vendors = {"openai": "OpenAI", "claude": "Claude", "gemini": "Gemini", "nova": "Nova", "llama": "Llama"}
    vendors |= {"cohere": "Cohere", "grok": "Grok", "qwen": "Qwen"}
    return next((shown for start, shown in vendors.items() if name.startswith(start)), name)


def percent(errors: list[float]) -> str:
    if not errors:
        return "-"
    ordered = sorted(errors)
    return f"{100 * statistics.median(ordered):.1f} / {100 * ordered[math.ceil(0.9 * len(ordered)) - 1]:.1f}"


def print_counts(rows: list[Row], names: list[str]) -> None:
    print(
        "| family | tools | n | "
        + " | ".join(f"{n}: median / p90 %" for n in names)
        + " | bill in range | range width % |"
    )
    print("|---" * (5 + len(names)) + "|")
    groups: dict[tuple[str, bool], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.family, row.tools].append(row)
    for (family, tools), found in sorted(groups.items()):
        cells = []
        for name in names:
            cells.append(percent([abs(e / r.billed - 1) for r in found if (e := r.estimates[name]) is not None]))
        inside = sum(r.range.low <= r.billed <= r.range.high for r in found) / len(found)
        width = statistics.median((r.range.high - r.range.low) / r.billed for r in found)
        shown = " | ".join(cells)
        print(f"| {family} | {'yes' if tools else 'no'} | {len(found)} | {shown} | {inside:.1%} | {100 * width:.0f} |")


def print_differences(rows: list[Row], names: list[str]) -> None:
    print("| family | pairs | " + " | ".join(f"{n}: direction, median / p90 %" for n in names) + " |")
    print("|---" * (2 + len(names)) + "|")
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.family, *row.group].append(row)
    pairs: dict[str, list[tuple[Row, Row]]] = defaultdict(list)
    for (family, *_), found in sorted(groups.items()):
        apart = [(a, b) for a, b in combinations(found, 2) if abs(a.billed - b.billed) >= SMALLEST_DIFFERENCE_TOKENS]
        chosen = random.Random(7).sample(apart, min(len(apart), PAIRS_PER_GROUP))
        pairs[family] += chosen
    for family, found_pairs in sorted(pairs.items()):
        cells = []
        for name in names:
            right, errors = 0, []
            for a, b in found_pairs:
                x, y = a.estimates[name], b.estimates[name]
                if x is None or y is None:
                    continue
                true, guessed = a.billed - b.billed, x - y
                right += (true > 0) == (guessed > 0) and guessed != 0
                errors.append(abs(guessed - true) / abs(true))
            cells.append(f"{right / len(errors):.1%}, {percent(errors)}" if errors else "-")
        if found_pairs:
            print(f"| {family} | {len(found_pairs)} | {' | '.join(cells)} |")


def print_speed(rounds: int = 7) -> None:
    """A B A B in one process, after both are loaded; the vocabulary is the same."""
    sources = "".join(p.read_text(encoding="utf-8") for p in sorted(ROOT.glob("bot/**/*.py")))
    text = (sources * (1 + 1_000_000 // len(sources)))[:1_000_000]
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}
    plain = encoding("o200k_base")

    def ours() -> object:
        return tokens.count_request(read_body(body), date.max)

    def theirs() -> object:
        return plain.encode_ordinary(text)

    times: dict[str, list[float]] = {"aicost-review": [], "tiktoken": []}
    for _ in range(rounds):
        for name, work in (("tiktoken", theirs), ("aicost-review", ours)):
            start = time.process_time()
            work()
            times[name].append(time.process_time() - start)
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, found in times.items():
        print(
            f"{name}: median {1000 * medians[name]:.0f} ms for 1 MB ({1000 * min(found):.0f}..{1000 * max(found):.0f})"
        )
    print(f"ratio {medians['aicost-review'] / medians['tiktoken']:.2f} (target: at most 1.3)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("usage", type=Path, nargs="?")
    parser.add_argument("--min-tokens", type=int, default=0, help="leave out requests billed below this")
    parser.add_argument("--speed", action="store_true")
    args = parser.parse_args()
    if args.usage is None and not args.speed:
        parser.error("give a usage file, or --speed")
    if args.usage is not None:
        others: dict[str, Counter] = {"tiktoken + cookbook": cookbook}
        if (other := litellm_counter()) is not None:
            others["litellm"] = other
        rows = counted_rows(args.usage, args.min_tokens, others)
        names = ["aicost-review", *others]
        print(f"{len(rows)} requests\n")
        print_counts(rows, names)
        print()
        print_differences(rows, names)
    if args.speed:
        print_speed()


if __name__ == "__main__":
    main()

"""Writes `mutation/RESULTS.md` out of what `mutation/run.py` found, and lists what survived with the reason where there is one.

.mutants/venv/bin/python mutation/table.py [--known FOLDER] [--survivors]
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tomllib
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

from mutants import GROUPS, SEED, Mutant, group_of, in_order, lines_of  # noqa: E402

DEAD = ("killed", "too long")
HEAD = f"""# Do the tests notice a small change?

Mutation testing of the modules that decide about money and verdicts, with the changes of
[cosmic-ray](https://cosmic-ray.readthedocs.io) as `mutation/mutants.py` chooses them; written by `mutation/table.py`. To
repeat it: `make mutants`.

The mutants of a module are tried in an order drawn with seed {SEED}, so that what was tried is a sample of all (how fair, see below). *Noticed*:
a test failed, or the change never came to an end. *Equivalent*: no input tells the change from the original; each is listed in
`mutation/equivalent.toml` with the reason. Score: noticed / (tried - equivalent), with Wilson's interval at 95 % where not all were tried.

"""
_GUARD = ("core/ReplaceOrWithAnd", "core/ReplaceAndWithOr", "core/AddNot")


def meaning(mutant: Mutant) -> str:
    """What a change that nothing noticed would do, as far as its place tells."""
    line, name = lines_of(mutant.path)[mutant.line - 1].strip(), mutant.operator
    if name in _GUARD and (" is None" in line or " is not None" in line):
        return "a guard of several conditions, of which no test has this one alone"
    if name == "core/NumberReplacer" and "[0]" in line:
        return "which of several places is shown"
    if name == "core/NumberReplacer" and any(end in line for end in ("else 0", "or 0", "Decimal(0)", "!= 0", "> 0")):
        return "what stands in for a number that is missing, or a sign's edge"
    if name.startswith("core/ReplaceComparisonOperator") and any(
        o in name for o in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt")
    ):
        return "exactly at a limit"
    if line.startswith(('f"', '+ f"', '+ (f"')) or 'f"' in line:
        return "a figure or a choice of words in a sentence"
    return "a case that no test has"


def state(known: dict[str, list[str]]) -> dict[str, list[tuple[Mutant, str]]]:
    """By module, each mutant that was tried and what became of it."""
    reasons = tomllib.loads((HERE / "equivalent.toml").read_text(encoding="utf-8")).get("equivalent", [])
    same = {(r["path"], r["operator"], r["line"].strip()) for r in reasons}
    out: dict[str, list[tuple[Mutant, str]]] = {name: [] for name in GROUPS}
    for mutant in in_order():
        if mutant.key not in known:
            continue
        what = known[mutant.key][0]
        place = (mutant.path, mutant.operator.removeprefix("core/"), lines_of(mutant.path)[mutant.line - 1].strip())
        if what not in DEAD and place in same:
            what = "equivalent"
        out[group_of(mutant.path)].append((mutant, what))
    return out


def interval(hits: int, tried: int) -> tuple[float, float]:
    """Wilson's, 95 %."""
    if not tried:
        return 0.0, 1.0
    z, share = 1.96, hits / tried
    middle = (share + z * z / (2 * tried)) / (1 + z * z / tried)
    half = z / (1 + z * z / tried) * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried))
    return middle - half, middle + half


def row(name: str, found: list[tuple[Mutant, str]], every: int) -> str:
    count = Counter(what for _, what in found)
    hits, tried = sum(count[d] for d in DEAD), len(found) - count["equivalent"]
    low, high = interval(hits, tried)
    told = f"{100 * hits / tried:.1f} %" if tried else "-"
    spread = "all tried" if len(found) == every else f"{100 * low:.0f} to {100 * high:.0f} %"
    figures = (every, len(found), hits, count["equivalent"], count["survived"] + count["no test"])
    return f"| {name} | {' | '.join(f'{n:,}' for n in figures)} | {told} | {spread} |"


def listed(mutant: Mutant, what: str) -> str:
    line = lines_of(mutant.path)[mutant.line - 1].strip()[:90].replace("|", "\\|")
    told = what if what == "equivalent" else meaning(mutant)
    return f"| `{mutant.path}:{mutant.line}` | {mutant.operator.removeprefix('core/')} | `{line}` | {told} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--known", type=Path, default=HERE.parent / ".mutants")
    parser.add_argument("--survivors", action="store_true", help="print them with their lines, write nothing")
    given = parser.parse_args()
    known: dict[str, list[str]] = {}
    for file in sorted(given.known.glob("known-*.json")):
        known |= json.loads(file.read_text(encoding="utf-8"))
    found = state(known)
    if given.survivors:
        for name, each in found.items():
            for mutant, what in sorted(each, key=lambda pair: (pair[0].path, pair[0].line)):
                if what in ("survived", "no test"):
                    text = lines_of(mutant.path)[mutant.line - 1].strip()
                    print(name, what, mutant.key.split("/")[-1], "|", text[:110])
        for name, each in found.items():
            print(row(name, each, sum(group_of(m.path) == name for m in in_order())))
        return
    rows = [row(name, each, sum(group_of(m.path) == name for m in in_order())) for name, each in found.items()]
    lines = [
        listed(m, what)
        for each in found.values()
        for m, what in sorted(each, key=lambda pair: (pair[0].path, pair[0].line))
        if what not in DEAD
    ]
    notes = HERE / "NOTES.md"
    table = [
        "| module | mutants | tried | noticed | equivalent | not noticed | score | |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    below = ["", "## What was not noticed", "", "| place | change | line | |", "|---|---|---|---|", *lines, ""]
    text = HEAD + "\n".join([*table, *rows]) + "\n"
    text += f"\n{notes.read_text(encoding='utf-8')}" if notes.is_file() else ""
    (HERE / "RESULTS.md").write_text(text + "\n".join(below), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Every regular expression of the program takes time in proportion to its input, whatever a stranger writes (attack 26).

Each is found in the source or in the modules' values, and fed with inputs made from its own parts: what comes before a
repetition, the repeated thing many times, and an end that does not fit. Four times the input may take about four times as
long; a backtracking pattern takes sixteen times as long or more. Compared are two sizes of the same input, side by side.
What is repeated at most so many times takes the square up to its bound and grows in proportion after it: a step that is
too steep counts where the next one is too.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from re import _constants as sc  # type: ignore[attr-defined]
from re import _parser as sp  # type: ignore[attr-defined]
from typing import Any

import pytest

from bot.tokens.table import bundled
from prompts_scanner.questions import _word
from prompts_scanner.words import CALL_WORDS, SURFACE_WORDS

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "prompts_scanner")
FILES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
METHODS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
# From the beginning of the text, or from every place of it.
ANCHORED = ("match", "fullmatch")
FLAGS = {
    name: getattr(re, name)
    for name in ("S", "DOTALL", "M", "MULTILINE", "I", "IGNORECASE", "X", "VERBOSE", "A", "ASCII")
}
# Patterns that a file makes while it runs, with what they are made of.
MADE = {
    "bot/tokens/calibrate.py": "escaped names of models from the command line",
    "bot/tokens/table.py": "constants of the bundled table, tested here by their values",
    "bot/tokens/vocabulary.py": "a constant, tested here by its value",
    "bot/touched.py": "escaped names",
    "bot/worktree.py": "the patterns handed to `matching`, below",
    "prompts_scanner/early.py": "the words of calls and of surfaces, as handed to `matching`",
    "prompts_scanner/formats/baml.py": "four fixed words",
    "prompts_scanner/sdks/http.py": "constants, tested here by their values",
    "prompts_scanner/sieve.py": "the patterns handed to `matching`, below",
}
# From one size to the next; growth in proportion is 4, with the square 16. Small ones first: what doubles with each
# character is caught before it takes for ever.
SIZES = (12, 16, 20, 24, 28, 34, 44, 64, 256, 1024, 4096)
TOO_MUCH = 9.0
MEASURABLE_SECONDS = 0.002
TRIES = 3
AGAIN = 4
Call = tuple[str, int, bytes | str]
Pump = tuple[str, str, str]


def _calls(file: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in (*METHODS, "compile")
        ):
            yield node


def _literal(node: ast.Call) -> re.Pattern[Any] | None:
    try:
        pattern = ast.literal_eval(node.args[0])
    except ValueError:
        return None
    given = [*node.args[1:], *(k.value for k in node.keywords if k.arg == "flags")]
    names = [n.attr for a in given for n in ast.walk(a) if isinstance(n, ast.Attribute)]
    flags = 0
    for name in names:
        flags |= FLAGS.get(name, 0)
    return re.compile(pattern, flags)


def _values(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    """The patterns in a module's value: also those in tuples, mappings and rows."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 5 and isinstance(value, dict):
        for one in (*value, *value.values()):
            yield from _values(one, depth + 1)
    elif depth < 5 and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _values(one, depth + 1)
    elif depth < 5 and dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _values(getattr(value, field.name, None), depth + 1)


def _modules() -> Iterator[Any]:
    for package in PACKAGES:
        for info in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not info.name.startswith("bot.profiles.engine"):  # an extra; it has no pattern, as its source shows
                yield importlib.import_module(info.name)


def _uses() -> dict[str, set[str]]:
    """By a name's last part: the methods that are called on it; all of them where it is also handed on."""
    found: dict[str, set[str]] = {}
    for file in FILES:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        called = {id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            read = isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
            if read:
                name = node.id if isinstance(node, ast.Name) else node.attr
                method = called.get(id(node), "")
                found.setdefault(name, set()).update((method,) if method in METHODS else METHODS)
    return found


@cache
def _patterns() -> dict[tuple[bytes | str, int], tuple[re.Pattern[Any], set[str], str]]:
    """Each pattern with the methods that it is used with and a place where it stands."""
    uses = _uses()
    found: dict[tuple[bytes | str, int], tuple[re.Pattern[Any], set[str], str]] = {}

    def add(pattern: re.Pattern[Any], methods: set[str], where: str) -> None:
        known = found.setdefault((pattern.pattern, pattern.flags), (pattern, set(), where))
        known[1].update(methods)

    for file in FILES:
        for node in _calls(file):
            pattern = _literal(node)
            assert isinstance(node.func, ast.Attribute)
            if pattern is not None and node.func.attr != "compile":
                add(pattern, {node.func.attr}, f"{file.relative_to(ROOT)}:{node.lineno}")
            elif pattern is not None:
                add(pattern, set(), f"{file.relative_to(ROOT)}:{node.lineno}")
    for module in _modules():
        for name, value in vars(module).items():
            for pattern in _values(value):
                add(pattern, uses.get(name, set(METHODS)), f"{module.__name__}.{name}")
    for pattern in _values(bundled()):
        add(pattern, {"search"}, "bot/tokens/constants.toml")
    # What `matching` looks for in files.
    for words in (SURFACE_WORDS, CALL_WORDS, _word("some|names")):
        add(re.compile(words), {"search"}, "prompts_scanner/scan.py")
    return found


# -- inputs out of a pattern's own parts ------------------------------------------------------------------------------

REPEATS = (sc.MAX_REPEAT, sc.MIN_REPEAT, sc.POSSESSIVE_REPEAT)
CATEGORY = {"CATEGORY_SPACE": " ", "CATEGORY_DIGIT": "1", "CATEGORY_WORD": "a", "CATEGORY_NOT_WORD": " "}
USUAL = ("a", " ", "\n", "\t", "1", "-", "<", "{", '"', "`", "a ", " \n", "a.", "ab", '\\"')


def _members(items: Sequence[Any]) -> list[str]:
    """Some characters of a set."""
    inside, negated = [], False
    for op, value in items:
        if op is sc.NEGATE:
            negated = True
        elif op is sc.LITERAL:
            inside.append(chr(value))
        elif op is sc.RANGE:
            inside.append(chr(value[0]))
        elif op is sc.CATEGORY:
            inside.append(CATEGORY.get(str(value), "a"))
    if negated:
        return [c for c in 'aA0 _-.\t;<"é\n/*{' if c not in inside][:5]
    return list(dict.fromkeys(inside))[:6]


def _example(items: Any) -> str:
    """A text that fits, as short as can be."""
    text = ""
    for op, value in items:
        if op is sc.LITERAL:
            text += chr(value)
        elif op is sc.NOT_LITERAL:
            text += "b" if value == ord("a") else "a"
        elif op is sc.ANY:
            text += "a"
        elif op is sc.IN:
            text += (_members(value) or ["a"])[0]
        elif op is sc.BRANCH:
            text += _example(value[1][0])
        elif op is sc.SUBPATTERN:
            text += _example(value[3])
        elif op in REPEATS:
            text += _example(value[2]) * value[0]
        elif op is sc.ATOMIC_GROUP:
            text += _example(value)
    return text


def _inner(op: Any, value: Any) -> list[Any]:
    if op is sc.SUBPATTERN:
        return [value[3]]
    if op is sc.BRANCH:
        return list(value[1])
    if op in (sc.ASSERT, sc.ASSERT_NOT):
        return [value[1]]
    return [value] if op is sc.ATOMIC_GROUP else [value[2]] if op in REPEATS else []


def _bodies(items: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """(what leads to it, one turn) of each repetition that has no near end."""
    for i, (op, value) in enumerate(items):
        lead = before + _example(items[:i])
        if op in REPEATS and value[1] >= 50:
            for turn in _turns(value[2]):
                yield lead, turn
        for part in _inner(op, value):
            yield from _bodies(part, lead)


def _turns(body: Any) -> list[str]:
    if len(body) == 1:
        op, value = body[0]
        if op is sc.IN:
            return _members(value)
        if op is sc.ANY:
            return ["a", " ", '"', "\\"]
        if op in (sc.SUBPATTERN, sc.BRANCH):
            return [turn for part in _inner(op, value) for turn in _turns(part)]
    return [_example(body), _example(body) + '"']


def _letters(items: Any) -> set[str]:
    found: set[str] = set()
    for op, value in items:
        if op is sc.LITERAL:
            found.add(chr(value))
        elif op is sc.IN:
            found.update(_members(value))
        for part in _inner(op, value):
            found |= _letters(part)
    return found


def pumps(pattern: re.Pattern[Any]) -> list[Pump]:
    """(before, repeated, after): inputs that may make it look again and again."""
    tree = sp.parse(
        pattern.pattern, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    )
    made: list[Pump] = [("", usual, "!") for usual in USUAL]
    made += [("", letter, "\0") for letter in sorted(_letters(tree))]
    for lead, turn in _bodies(tree):
        made += [(lead, turn, end) for end in ("\0", "", "\n\0")]
        made += [("", lead + turn, "\0"), ("", lead + turn * 3, ""), ("", lead, "\0"), (lead, turn + "\\" + turn, "\0")]
        made += [("", f"{lead}{turn}\n", "\0"), (lead, '\\"', "\0"), (lead, turn + '"', "\0")]
    return list(dict.fromkeys(pump for pump in made if pump[1]))


def _text(pattern: re.Pattern[Any], pump: Pump, size: int) -> Any:
    before, repeated, after = pump
    text = before + repeated * max(1, size // len(repeated)) + after
    return text.encode("utf-8", "replace") if isinstance(pattern.pattern, bytes) else text


def _seconds(run: Callable[[Any], object], text: Any) -> float:
    start = time.process_time()
    run(text)
    return time.process_time() - start


def grows_too_fast(pattern: re.Pattern[Any], anchored: str | None, pump: Pump) -> float | None:
    """By how much four times the input takes longer, where that is too much."""

    def run(text: Any) -> object:
        return sum(1 for _ in pattern.finditer(text)) if anchored is None else getattr(pattern, anchored)(text)

    for place, (small, large) in enumerate(pairwise(SIZES), 2):
        texts = _text(pattern, pump, small), _text(pattern, pump, large)
        if _seconds(run, texts[1]) < MEASURABLE_SECONDS:
            continue
        limit = TOO_MUCH / 4 * len(texts[1]) / len(texts[0])  # in proportion to the sizes, whatever these are
        growth = 0.0
        for _ in range(AGAIN):  # a machine that was busy once is none that is busy each time
            least = [min(_seconds(run, text) for _ in range(TRIES)) for text in texts]
            growth = least[1] / max(least[0], 1e-9)
            if least[1] < MEASURABLE_SECONDS or growth <= limit:
                break
        else:
            longer = SIZES[place] if place < len(SIZES) else 4 * large
            if not _levels_off(run, texts[1], _text(pattern, pump, longer)):
                return growth
    return None


def _levels_off(run: Callable[[Any], object], text: Any, longer: Any) -> bool:
    """Whether the next step is in proportion: the one before it reached a bound."""
    limit = TOO_MUCH / 4 * len(longer) / len(text)
    for _ in range(AGAIN):
        least = [min(_seconds(run, one) for _ in range(TRIES)) for one in (text, longer)]
        if least[1] <= limit * least[0]:
            return True
    return False


def ways(methods: set[str]) -> list[str | None]:
    """How the pattern is applied: anchored ways by name, None: from every place."""
    named: list[str | None] = [one for one in ANCHORED if one in methods]
    return [*named, *([None] if methods - set(ANCHORED) else [])]


def test_attack_26_the_measure_finds_a_pattern_that_backtracks() -> None:
    for bad, way in ((r"(a|aa)+$", "match"), (r"\s+$", None), (r"\{\{\s*([^}]*?)\s*\}\}", None), (r"<!--.*?-->", None)):
        pattern = re.compile(bad)
        assert any(grows_too_fast(pattern, way, pump) for pump in pumps(pattern)), bad
    for good, way in ((r"(?:ab)+c", "match"), (r"\w+", None), (r"\{\{([^{}]*)\}\}", None)):
        pattern = re.compile(good)
        assert not any(grows_too_fast(pattern, way, pump) for pump in pumps(pattern)), good


def test_attack_26_every_pattern_is_looked_at() -> None:
    made = {str(f.relative_to(ROOT)) for f in FILES if any(_literal(node) is None for node in _calls(f))}
    assert made <= set(MADE), "a pattern made at run time: say of what, and see that it cannot backtrack"


@pytest.mark.parametrize("package", PACKAGES)
def test_attack_26_no_pattern_backtracks(package: str) -> None:
    found = []
    mine = [one for one in _patterns().values() if one[2].startswith(package)]
    assert len(mine) > 20
    for pattern, methods, where in mine:
        for way in ways(methods or set(METHODS)):
            for pump in pumps(pattern):
                growth = grows_too_fast(pattern, way, pump)
                if growth is not None:
                    found.append(f"{where} {pattern.pattern!r} {way or 'search'} {pump!r}: {growth:.0f} times")
                    break
    assert not found, "\n".join(found)

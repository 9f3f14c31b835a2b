"""Which changes are tried: the operators of cosmic-ray, less those whose mutants prove nothing.

Left out, as they would only raise the score: arithmetic replaced by what a Decimal cannot do (shifts, bits), more than one
replacement of an arithmetic sign or of a comparison's limit (`*` becomes `/`, `<` becomes `<=`; that a condition is turned
round is an operator of its own), and `==` replaced by `is`. Left out as nothing runs them: annotations, which are never
evaluated in these modules, assertions of types, and the `*` of a signature, which is no arithmetic.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

import parso
from cosmic_ray.ast import ast_nodes
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

SEED = 11
ROOT = Path(__file__).resolve().parents[1]
GROUPS = {
    "cost": ("bot/cost*.py",),
    "compare": ("bot/compare*.py",),
    "gate": ("bot/gate*.py",),
    "levers": ("bot/levers/*.py",),
}
_BINARY = "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Mul Pow_Mul BitOr_BitAnd BitAnd_BitOr BitXor_BitOr".split()
_COMPARE = "Eq_NotEq NotEq_Eq Lt_LtE LtE_Lt Gt_GtE GtE_Gt Is_IsNot IsNot_Is".split()
OPERATORS = (
    *(f"core/ReplaceBinaryOperator_{name}" for name in _BINARY),
    *(f"core/ReplaceComparisonOperator_{name}" for name in _COMPARE),
    "core/NumberReplacer",
    "core/AddNot",
    "core/ReplaceOrWithAnd",
    "core/ReplaceAndWithOr",
    "core/ReplaceUnaryOperator_Delete_Not",
    "core/ReplaceUnaryOperator_Delete_USub",
    "core/ReplaceTrueWithFalse",
    "core/ReplaceFalseWithTrue",
    "core/ReplaceContinueWithBreak",
    "core/ReplaceBreakWithContinue",
    "core/ZeroIterationForLoop",
    "core/ExceptionReplacer",
    "core/RemoveDecorator",
)


def files() -> list[str]:
    return [p.relative_to(ROOT).as_posix() for globs in GROUPS.values() for g in globs for p in sorted(ROOT.glob(g))]


def group_of(path: str) -> str:
    return next(name for name, globs in GROUPS.items() if any(Path(path).match(g) for g in globs))


@dataclass(frozen=True, slots=True)
class Mutant:
    """The `occurrence`th place in the file that the operator can change, from line `line` to `last`."""

    path: str
    operator: str
    occurrence: int
    line: int
    last: int
    column: int

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    @property
    def key(self) -> str:
        """Names the mutant as long as the file stays as it is."""
        return f"{self.path}:{self.line}:{self.column} {self.operator.removeprefix('core/')} {self.occurrence}"

    def source(self) -> str:
        changed = mutate_code(text_of(self.path), get_operator(self.operator)(), self.occurrence)
        if changed is None:
            raise ValueError(self.key)
        return changed

    def in_function(self) -> bool:
        return any(a <= self.line <= b for a, b in _bodies(self.path))

    def reached_by(self) -> Iterator[tuple[str, range]]:
        """(file, lines): a test that runs one of them meets the change."""
        first, last = statement(self.path, self.line)
        if self.in_function():
            yield self.path, range(first, last + 1)
            return
        names = set(
            re.findall(r"^\s*(?:class\s+)?(\w+)\s*(?=[:=(])", "\n".join(lines_of(self.path)[first - 1 : first]))
        )
        cls = next(((a, b, n) for a, b, n in _classes(self.path) if a <= self.line <= b), None)
        if cls is not None and re.match(r"\s*@", lines_of(self.path)[self.line - 1]):
            yield self.path, range(cls[0], cls[1] + 1)
        for path in files():
            for number, text in enumerate(lines_of(path), 1):
                if any(re.search(rf"\b{n}\b", text) for n in names) and any(a <= number <= b for a, b in _bodies(path)):
                    begin, end = statement(path, number)
                    yield path, range(begin, end + 1)
        for a, b in _bodies(self.path):  # a decorator, or a default of the function below it
            if first <= a <= last + 3 or first - 12 <= a <= first:
                yield self.path, range(a, b + 1)


@cache
def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def lines_of(path: str) -> list[str]:
    return text_of(path).split("\n")


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse(text_of(path))


@cache
def _bodies(path: str) -> list[tuple[int, int]]:
    found = [n for n in ast.walk(_tree(path)) if isinstance(n, ast.FunctionDef)]
    return [(n.body[0].lineno, n.end_lineno or 0) for n in found]


@cache
def _classes(path: str) -> list[tuple[int, int, str]]:
    found = [n for n in ast.walk(_tree(path)) if isinstance(n, ast.ClassDef)]
    return [(min((d.lineno for d in n.decorator_list), default=n.lineno), n.end_lineno or 0, n.name) for n in found]


@cache
def statement(path: str, line: int) -> tuple[int, int]:
    """The lines of the innermost statement, of one with a body those of its head."""
    best = (line, line)
    size = 10**9
    for node in ast.walk(_tree(path)):
        if not isinstance(node, ast.stmt):
            continue
        first, last = node.lineno, node.end_lineno or node.lineno
        body = getattr(node, "body", None)
        if body:
            last = max(first, body[0].lineno - 1)
        if first <= line <= last and last - first < size:
            best, size = (first, last), last - first
    return best


@cache
def _annotations(path: str) -> list[tuple[int, int, int, int]]:
    """(line, column, end line, end column) of what is never evaluated."""
    out = []
    for node in ast.walk(_tree(path)):
        for name in ("annotation", "returns"):
            found = getattr(node, name, None)
            if isinstance(found, ast.expr):
                out.append((found.lineno, found.col_offset, found.end_lineno or 0, found.end_col_offset or 0))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            out.append((node.lineno, 0, node.end_lineno or 0, 10**6))
    return out


def _in_signature(node: object) -> bool:
    """Whether it is the `*` behind which arguments are given by name."""
    parent = getattr(node, "parent", None)
    return getattr(parent, "type", "") in ("operator", "param", "parameters")


def mutants_of(path: str) -> list[Mutant]:
    """All of one file, in the order of their places."""
    tree = parso.parse(text_of(path))
    nodes = list(ast_nodes(tree))
    out = []
    for name in OPERATORS:
        operator = get_operator(name)()
        occurrence = 0
        for node in nodes:
            for (line, column), (last, _) in operator.mutation_positions(node):
                told = any((a, b) <= (line, column) < (c, d) for a, b, c, d in _annotations(path))
                if not told and not (name.endswith("Mul_Div") and _in_signature(node)):
                    out.append(Mutant(path, name, occurrence, line, last, column))
                occurrence += 1
    return sorted(out, key=lambda m: (m.line, m.column, m.operator, m.occurrence))


def in_order() -> list[Mutant]:
    """All, the modules in turn and each in an order drawn by a fixed seed: however far a run gets, it is a fair sample."""
    groups: dict[str, list[Mutant]] = {name: [] for name in GROUPS}
    for path in files():
        groups[group_of(path)] += mutants_of(path)
    for found in groups.values():
        found.sort(key=lambda m: sha256(f"{SEED} {m.key}".encode()).digest())
    return [m for turn in zip_longest(*groups.values()) for m in turn if m is not None]

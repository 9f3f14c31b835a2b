"""No input crashes the TypeScript front end, hangs it, or makes it cost more than its bytes."""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts_scanner import ir, languages
from prompts_scanner.languages import typescript_expr
from prompts_scanner.languages.scopes import MAX_CONDITIONS
from tests.languages.reading import read, shown

PIECES = (
    *"(){}[]<>`'\",;:.?!=+-*/&|^%~#@$\\\n ",
    "${",
    "=>",
    "?.",
    "??",
    "...",
    "/*",
    "*/",
    "//",
    "<a>",
    "</a>",
    "a",
    "b1",
    "await ",
    "async ",
    "function ",
    "class ",
    "return ",
    "const ",
    "export ",
    "default ",
    "import ",
    "from ",
    "enum ",
    "interface ",
    "type ",
    "new ",
    "for ",
    "of ",
    "if",
    "else ",
    "switch",
    "case ",
    "try",
    "catch",
    "namespace ",
    "satisfies ",
    "as const",
    "'use'",
    "`t${x}`",
    "1_0n",
    "\u2028",
    "\ud7ff",
    "é",
    "😀",
)
SUFFIXES = st.sampled_from([".ts", ".tsx", ".js", ".vue", ".svelte"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), SUFFIXES)
def test_any_words_in_any_order(source: str, suffix: str) -> None:
    found = languages.parse(f"a{suffix}", source.encode())
    assert isinstance(found, ir.Module | ir.Broken)
    if isinstance(found, ir.Module):
        lines = source.count("\n") + 1
        assert all(1 <= u.call.line <= u.call.end_line <= lines for u in found.calls)
        assert all(s.parent < i for i, s in enumerate(found.scopes))
        assert pickle.loads(pickle.dumps(found)) == found


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), SUFFIXES)
def test_any_bytes(data: bytes, suffix: str) -> None:
    assert isinstance(languages.parse(f"a{suffix}", data), ir.Module | ir.Broken)


DEEP = 4_000
NESTED = {
    "parentheses": "(" * DEEP + "1" + ")" * DEEP,
    "arrays": "[" * DEEP + "f()" + "]" * DEEP,
    "objects": "x=" + "{a:" * DEEP + "f()" + "}" * DEEP,
    "calls": "f(" * DEEP + ")" * DEEP,
    "chain": "x" + ".a(1)" * DEEP,
    "members": "x" + ".a" * DEEP,
    "sum": "x = " + "a + " * DEEP + "f()",
    "choice": "x = " + "a || " * DEEP + "f()",
    "ternary": "x = " + "a ? b : " * DEEP + "f()",
    "and": "x = " + "a && " * DEEP + "f()",
    "arithmetic": "x = " + "a * " * DEEP + "f()",
    "not": "x = " + "!" * DEEP + "f()",
    "await": "x = " + "await " * DEEP + "f()",
    "blocks": "{" * DEEP + "f()" + "}" * DEEP,
    "if": "if (a) " * DEEP + "f()",
    "else": "if (a) {} else " * DEEP + "f()",
    "functions": "function g() {" * DEEP + "f()" + "}" * DEEP,
    "arrows": "() => " * DEEP + "f()",
    "classes": "class A { m() { " * DEEP + "f()" + "} }" * DEEP,
    "templates": "`${" * DEEP + "f()" + "}`" * DEEP,
    "jsx": "<a>" * DEEP + "{f()}" + "</a>" * DEEP,
    "patterns": "const " + "{a:" * DEEP + "b" + "}" * DEEP + " = f()",
    "sequence": "x = (" + "a, " * DEEP + "f())",
    "types": "let x: " + "A<" * DEEP + "B" + ">" * DEEP + "; f()",
    "unions": "type T = " + "| 'a' " * DEEP + "; f()",
    "assignments": "a = " * DEEP + "f()",
    "open": "f(" * DEEP,
    "generics": "a<b" * DEEP,
    "scripts": "<script>" * DEEP,
}


@pytest.mark.parametrize("name", NESTED)
def test_deep_nesting_ends_and_what_it_gives_is_shallow(name: str) -> None:
    found = languages.parse("a.vue" if name == "scripts" else "a.tsx", NESTED[name].encode())
    assert isinstance(found, ir.Module | ir.Broken)
    assert pickle.loads(pickle.dumps(found)) is not None
    if isinstance(found, ir.Module):
        for expr in (e for s in found.scopes for e in (*s.returns, *(b.value for b in s.bindings))):
            shown(expr)


def test_ambiguous_code_is_given_up() -> None:
    """A label followed by `A<A<A<...` has the parser try ever more readings."""
    tangled = re.sub(r"([<:> ])", r"\1\n", "let x: " + "A<" * 3_000 + "B" + ">" * 3_000 + "; f()")
    found = languages.parse("a.tsx", tangled.encode())
    assert isinstance(found, ir.Broken) and "entangled" in found.reason
    assert shown(read("let x: A<B> = f()").calls[0].call) == "f()"


def test_nothing_deep_is_lost() -> None:
    """Parts too deep to hold in one expression are read on their own: their calls, scopes and loops stay."""
    levels = typescript_expr.MAX_DEPTH * 3
    source = "for (const x of xs) {" + "[" * levels + "ask(x)" + "]" * levels + "}"
    calls = [u for u in read(source).calls if shown(u.call.func) == "ask"]
    assert [[loop.kind for loop in u.loops] for u in calls] == [["for"]]
    inside = "function run() {" + "if (a) {" * levels + "const p = 'x';" + "}" * levels + "}"
    scope = next(s for s in read(inside).scopes if s.name == "run")
    assert [(b.target, b.branch) for b in scope.bindings] == [("p", MAX_CONDITIONS)]


@pytest.mark.parametrize("unit", ["f(a.b`x${c}`);\n", "const {a = 1, ...r} = o;\n", "<a>{x}</a>;\n", "a<b, c>(d);\n"])
def test_work_grows_with_bytes(unit: str) -> None:
    """Twice the source gives twice the picture, no more: counted in what is built, since a clock would be flaky."""

    def size(times: int) -> int:
        module = languages.parse("a.tsx", (unit * times).encode())
        assert isinstance(module, ir.Module)
        return len(pickle.dumps(module))

    small, large = size(200), size(400)
    assert large < 2.2 * small

"""The Python front end, form by form."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts_scanner import ir, languages
from tests.languages.reading import read, scope, shown, use, value

EXPRESSIONS = [
    ("'a' 'b'", "'ab'"),
    ("f'a {b} c'", "<'a ' + b + ' c'>"),
    ("'a' + b + 'c'", "<'a' + b + 'c'>"),
    ("a or b or 'c'", "(a or b or 'c')"),
    ("'x' if a else 'y'", "('x' if 'y')"),
    ("os.environ['M']", "os.environ['M']"),
    ("f(x, *xs, k=1, **kw)", "f(x, ...xs, 1, ...kw)"),
    ("{'a': 1, **more}", "{'a': 1, ...more}"),
    ("[1, *xs]", "[1, spread?(xs)]"),
    ("(1, 2)", "[1, 2]"),
    ("prompt | model", "(prompt | model)"),
    ("Agent[Ctx](name='a')", "Agent[Ctx]('a')"),
    ("-5", "-5"),
    ("8 * 1024", "(8 * 1024)"),
    ("lambda q: q", "function"),
    ("[g(x) for x in xs]", "comprehension?(g(x), xs)"),
    ("None", "None"),
]


@pytest.mark.parametrize(("source", "expected"), EXPRESSIONS)
def test_expression(source: str, expected: str) -> None:
    assert shown(value(read(f"x = {source}\n", "a.py"), "x")) == expected


BINDINGS = [
    ("a, b = 1, 2", "b", "2"),
    ("a, b = f()", "b", "f()[1]"),
    ("self.model = m", "self.model", "m"),
    ("opts['k'] = m", "opts[k]", "m"),
    ("with open(p) as f: pass", "f", "open(p)"),
    ("for x in xs: pass", "x", "xs"),
    ("if (n := f()): pass", "n", "f()"),
]


@pytest.mark.parametrize(("source", "target", "expected"), BINDINGS)
def test_binding(source: str, target: str, expected: str) -> None:
    assert shown(value(read(source + "\n", "a.py"), target)) == expected


def test_scopes_parameters_and_docs() -> None:
    module = read(
        '@tool("t")\nasync def f(a: str, b=1, *args, c: int = 2, **kw) -> Out:\n    """Finds it."""\n    return a\n',
        "a.py",
    )
    found = scope(module, "f")
    assert [(p.name, p.kind, p.position, shown(p.default), shown(p.annotation)) for p in found.params] == [
        ("a", "positional", 0, "-", "str"),
        ("b", "positional", 1, "1", "-"),
        ("args", "args", 2, "-", "-"),
        ("c", "keyword", 3, "2", "int"),
        ("kw", "kwargs", 4, "-", "-"),
    ]
    assert (found.doc, found.doc_line, found.first_line, found.is_async) == ("Finds it.", 3, 1, True)
    assert ([shown(d) for d in found.decorators], shown(found.returns_annotation)) == (["tool('t')"], "Out")


def test_classes() -> None:
    module = read("class A(Base, metaclass=M):\n    model: str = 'x'\n    def run(self):\n        self.k = 3\n", "a.py")
    found = scope(module, "A")
    assert [shown(b) for b in found.bases] == ["Base"]
    assert [(b.target, b.kind, shown(b.value)) for b in found.bindings] == [("model", "field", "'x'")]
    assert shown(value(module, "self.k", "A.run")) == "3"


def test_imports() -> None:
    module = read("import a.b\nimport c.d as e\nfrom .f import g as h\nfrom i import *\n", "a.py")
    assert [(i.local, i.module, i.symbol) for i in module.imports] == [
        ("a", "a", None),
        ("e", "c.d", None),
        ("h", ".f", "g"),
        ("*", "i", "*"),
    ]


LOOPS = [
    ("for x in xs:\n    f(x)\n", ["for"]),
    ("while True:\n    f(1)\n", ["while"]),
    ("y = [f(x) for x in xs]\n", ["comprehension"]),
    ("for x in xs:\n    def g():\n        f(x)\n", []),
]


@pytest.mark.parametrize(("source", "expected"), LOOPS)
def test_loops_around_a_call(source: str, expected: list[str]) -> None:
    assert [loop.kind for loop in use(read(source, "a.py"), "f").loops] == expected


def test_calls_span_their_chain() -> None:
    call = use(read("r = (client\n  .chat\n  .create(\n    a=1,\n  )\n)\n", "a.py"), "client.chat.create").call
    assert (call.line, call.end_line, call.name_line) == (1, 5, 3)


def test_comments_that_speak_to_this_program() -> None:
    module = read("f()  # aicost: ignore\n# nothing\n", "a.py")
    assert [(c.line, c.text) for c in module.comments] == [(1, "ignore")]


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "(" * 500,
        "x = " + "-" * 3_000 + "1",
        "x = " + "+".join(["a"] * 20_000),
        "x = " + "[" * 150 + "]" * 150,
        "x = a" + ".b()" * 900,
        "if a:\n" + "".join("  " * i + "if a:\n" for i in range(1, 95)) + "  " * 95 + "f()\n",
        "\0",
        "def f(:\n",
        "\ufeffx = 1\n",
    ],
)
def test_hostile_sources_end(source: str) -> None:
    assert isinstance(languages.parse("a.py", source.encode()), ir.Module | ir.Broken)


WORDS = st.sampled_from(
    "a b ( ) [ ] { } : , = . + - | if else for in def class return lambda await ' \" f' # \n \t *".split(" ")
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=40).map(" ".join))
def test_any_words_in_any_order(source: str) -> None:
    found = languages.parse("a.py", source.encode())
    assert isinstance(found, ir.Module | ir.Broken)
    if isinstance(found, ir.Module):
        assert pickle.loads(pickle.dumps(found)) == found

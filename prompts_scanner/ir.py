"""The language-neutral picture of one source file: what a front end draws and `fold`, `shape` and `join` read.

A front end (`languages/python.py`, `languages/typescript.py`) turns bytes into a `Module` and nothing more: it does not
know any SDK. All values are frozen, hashable where cheap, and picklable (a module is cached by its blob id and crosses
process borders).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as TypingLiteral


@dataclass(frozen=True, slots=True)
class Lit:
    """A literal: text, number, boolean or null. `line`..`end_line` is where it is written."""

    value: str | int | float | bool | None
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Name:
    id: str
    line: int


@dataclass(frozen=True, slots=True)
class Attr:
    """`base.name`; `self`/`this` is Name("self")."""

    base: Expr
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Index:
    """`base[key]`; also a generic subscript such as Python's `Agent[Ctx]`."""

    base: Expr
    key: Expr
    line: int


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument. Python `f(x)`: name None; `f(a=x)`: name "a"; `f(*x)`/`f(...x)`: spread, name None; `f(**x)`: spread, name "**".

    TypeScript passes options as one object: that stays a positional `Dict` argument; `shape` looks inside it.
    """

    value: Expr
    name: str | None = None
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """`func(args)`; `new X(args)` and `await f()` are the same as `X(args)` and `f()`. A tagged template `tag`...`` is a
    call with one `Concat` argument. A method chain over several lines spans `line` (start of the whole expression) to
    `end_line`; `name_line` is the line of the last name before the bracket."""

    func: Expr
    args: tuple[Arg, ...]
    line: int
    end_line: int
    name_line: int


@dataclass(frozen=True, slots=True)
class Dict:
    """`{key: value}`; a key of None is a spread (`**x`, `...x`). TypeScript shorthand `{a}` is (Lit "a", Name "a");
    a method `{execute() {}}` is (Lit "execute", Func)."""

    items: tuple[tuple[Expr | None, Expr], ...]
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Seq:
    """A list, tuple, set (`unordered`) or array; a spread element is Opaque("spread", (x,))."""

    items: tuple[Expr, ...]
    line: int
    end_line: int
    unordered: bool = False


@dataclass(frozen=True, slots=True)
class Concat:
    """Text building: f-string, template literal, `a + b`, adjacent strings. Also numeric `+` (fold decides by value)."""

    parts: tuple[Expr, ...]
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several: `a if c else b`, `c ? a : b` (kind "ternary"); `a or b`, `a || b`, `a ?? b` (kind "or": the last
    is the default). `tests`: what is asked for each option of a ternary but the last, in order."""

    options: tuple[Expr, ...]
    kind: TypingLiteral["ternary", "or"]
    line: int
    tests: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class BinOp:
    """Any other operator: `a | b` (LCEL), `a * b`, `a % b`, `a - b`, `a / b`, `a // b`."""

    op: str
    left: Expr
    right: Expr
    line: int


@dataclass(frozen=True, slots=True)
class Func:
    """A function used as a value (lambda, arrow, function expression): `scope` is the index in `Module.scopes`."""

    scope: int
    line: int
    end_line: int


@dataclass(frozen=True, slots=True)
class Opaque:
    """Anything else; `children` are the expressions inside, so that nothing hides in it."""

    reason: str
    children: tuple[Expr, ...]
    line: int
    end_line: int


Expr = Lit | Name | Attr | Index | Call | Dict | Seq | Concat | Choice | BinOp | Func | Opaque


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter. A destructured options object (`function f({model = "x", k})`) gives one Param a field with kind
    "field" and the position of the object in `position`."""

    name: str
    default: Expr | None
    annotation: Expr | None
    kind: TypingLiteral["positional", "keyword", "args", "kwargs", "field"]
    position: int
    line: int


@dataclass(frozen=True, slots=True)
class Binding:
    """A name given a value in a scope. `target` is "x", "self.x" (also `this.x`, and attributes set on other names as
    "obj.attr"), or "x[key]" for an item set on a dict with a literal key.

    kind: assign; field (class attribute, dataclass/pydantic field, TS class property or interface default); aug (`+=`:
    value is what is added); loop (loop variable: value is the iterable); with; import-like `const {a} = b` becomes
    assign with value Attr(b, "a"), its default wrapped in a Choice "or". `branch` is the number of enclosing
    if/try/for/while/match bodies within the scope (those beyond a dozen count as one); `when` is the condition of each, outermost first (an `else` has
    Opaque("not"); the body of an `except` or `catch` Opaque("handler"); a body whose running no condition tells has
    Opaque("unknown"))."""

    target: str
    value: Expr | None
    annotation: Expr | None
    kind: TypingLiteral["assign", "field", "aug", "loop", "with"]
    line: int
    end_line: int
    branch: int = 0
    when: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The module (index 0), a class or a function, lambda, arrow or method. `qualname` is dotted without `<locals>`
    (an anonymous function is named after what it is bound to, else `<lambda>`); `doc` is the docstring (JSDoc text
    directly above for TypeScript). `returns_when` has the conditions of each of `returns`, as in `Binding.when`."""

    kind: TypingLiteral["module", "class", "function"]
    name: str
    qualname: str
    parent: int
    first_line: int
    last_line: int
    params: tuple[Param, ...] = ()
    returns_annotation: Expr | None = None
    decorators: tuple[Expr, ...] = ()
    bases: tuple[Expr, ...] = ()
    class_kwargs: tuple[Arg, ...] = ()
    doc: str | None = None
    doc_line: int = 0
    bindings: tuple[Binding, ...] = ()
    returns: tuple[Expr, ...] = ()
    is_async: bool = False
    returns_when: tuple[tuple[Expr, ...], ...] = ()


# Functions of Python's that call what they are handed for each item.
MAPS = frozenset(("map", "imap", "imap_unordered", "starmap", "amap"))


@dataclass(frozen=True, slots=True)
class LoopAt:
    kind: TypingLiteral["for", "while", "comprehension", "map"]
    iterable: Expr | None
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class CallUse:
    """Every call of the file, in source order, with the scope it stands in and the loops around it (outermost first)."""

    call: Call
    scope: int
    loops: tuple[LoopAt, ...] = ()


@dataclass(frozen=True, slots=True)
class Import:
    """`import a.b as c`: local "c", module "a.b", symbol None. `from .a import b as c`: local "c", module ".a", symbol "b".
    `import a.b` (no alias): local "a", module "a", symbol None. Star: local "*", symbol "*". TypeScript default import:
    symbol "default"; namespace import: symbol None; `require("x")` likewise; relative specifiers stay as written
    ("./x", "@/lib/x"). A re-export (`export {a as b} from "./x"`, `export * from`) has `reexport` set."""

    local: str
    module: str
    symbol: str | None
    line: int
    reexport: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that speaks to this program (`aicost:` in it), its text without the marker."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Module:
    """`unread`: lines where a repairing parser had to skip something."""

    path: str
    language: TypingLiteral["python", "typescript"]
    scopes: tuple[Scope, ...]
    calls: tuple[CallUse, ...]
    imports: tuple[Import, ...]
    exports: tuple[tuple[str, str], ...] = ()
    comments: tuple[Comment, ...] = ()
    has_main: bool = False
    unread: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that could not be parsed."""

    path: str
    line: int
    reason: str

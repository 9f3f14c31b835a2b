"""What an expression can turn out to be when code is read and not run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from prompts_scanner.model import Hole, Piece, Resolution, Span

if TYPE_CHECKING:
    from prompts_scanner import ir

# How far a value was carried before it was used; the farthest wins when values combine.
RANK: tuple[Resolution, ...] = (
    "literal",
    "constant",
    "import",
    "default",
    "config",
    "env_default",
    "range",
    "unresolved",
)


def farther(a: Resolution, b: Resolution) -> Resolution:
    return a if RANK.index(a) >= RANK.index(b) else b


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Value:
    """`how` tells by which way the value was reached, `via` the places it came through (definition lines)."""

    how: Resolution = "literal"
    via: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Str(Value):
    pieces: tuple[Piece | Hole, ...]

    @property
    def literal(self) -> str | None:
        """The whole text where it has no hole."""
        if any(isinstance(p, Hole) for p in self.pieces):
            return None
        return "".join(p.text for p in self.pieces if isinstance(p, Piece))

    @property
    def known(self) -> str:
        return "".join(p.text for p in self.pieces if isinstance(p, Piece))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Num(Value):
    number: int | float
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Const(Value):
    """True, False or None/null/undefined."""

    constant: bool | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lst(Value):
    """`disorder`: why its items come in no fixed order, as of a Piece."""

    items: tuple[Value, ...]
    span: Span
    complete: bool = True
    disorder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Map(Value):
    items: tuple[tuple[str, Value], ...]
    span: Span
    complete: bool = True

    def get(self, key: str) -> Value | None:
        for name, value in reversed(self.items):
            if name == key:
                return value
        return None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ext(Value):
    """A name from outside the tree, dotted from its package: `openai.OpenAI`, `ai.generateText`; or a member of a value
    that such a name gave (`recv`): `openai.OpenAI.chat.completions.create`. `partial`: arguments given before the call."""

    name: str
    recv: Value | None = None
    partial: tuple[tuple[ir.Call, Frame], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Obj(Value):
    """What calling an outside name gives: a client, a chat model, a template. `recv` is the object the method was of."""

    name: str
    call: ir.Call
    frame: Frame
    recv: Value | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cls(Value):
    module: ir.Module
    scope: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inst(Value):
    """An instance of a class of the tree; `frame` holds the constructor's arguments where the code shows them."""

    cls: Cls
    frame: Frame | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fn(Value):
    module: ir.Module
    scope: int
    closure: Frame | None = None
    self_value: Value | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mod(Value):
    path: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pipe(Value):
    """`a | b | c`: a LangChain chain."""

    parts: tuple[Value, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Many(Value):
    """One of several, the likeliest first."""

    options: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Unk(Value):
    """Known only at run time. `param` is (module path, scope index, name) where it is a parameter that no caller bound;
    `shape` is the interface of the tree that it promises to have."""

    name: str
    reason: str
    span: Span
    param: tuple[str, int, str] | None = None
    shape: Cls | None = None
    volatile: bool = False
    bounded_chars: int | None = None

    def hole(self) -> Hole:
        return Hole(
            name=self.name,
            reason=self.reason,
            span=self.span,
            volatile=self.volatile,
            bounded_chars=self.bounded_chars,
        )


@dataclass(slots=True, eq=False)
class Thunk:
    """An expression and where to evaluate it."""

    expr: ir.Expr
    frame: Frame


@dataclass(slots=True, eq=False)
class Frame:
    """Where names are looked up: a scope of a module, with bound arguments."""

    module: ir.Module
    scope: int
    args: dict[str, Thunk | Value] = field(default_factory=dict)
    self_value: Value | None = None
    parent: Frame | None = None
    depth: int = 0


V = TypeVar("V", bound=Value)


def carried(value: V, how: Resolution, *via: Span) -> V:
    """The same value, come one step farther."""
    new_via = tuple(s for s in via if s not in value.via)
    if not new_via and farther(value.how, how) == value.how:
        return value
    return replace(value, how=farther(value.how, how), via=(*value.via, *new_via))


def many(options: Iterable[Value]) -> Value | None:
    """One value out of several; options that say the same are folded together."""
    flat: list[Value] = []
    seen: set[object] = set()
    for option in options:
        for one in option.options if isinstance(option, Many) else (option,):
            key = _identity(one)
            if key not in seen:
                seen.add(key)
                flat.append(one)
    if not flat:
        return None
    if len(flat) == 1:
        return flat[0]
    return Many(options=tuple(flat[:12]), how="range")


def _identity(value: Value) -> object:
    match value:
        case Str():
            return ("s", tuple(p.text if isinstance(p, Piece) else f"\0{p.name}" for p in value.pieces))
        case Num(number=number):
            return ("n", number)
        case Const(constant=constant):
            return ("c", constant)
        case Ext(name=name):
            return ("e", name)
        case Cls(module=module, scope=scope) | Fn(module=module, scope=scope):
            return ("f", module.path, scope)
        case Unk(name=name, reason=reason):
            return ("u", name, reason)
        case _:
            return id(value)


def options_of(value: Value) -> tuple[Value, ...]:
    return value.options if isinstance(value, Many) else (value,)


def is_runtime(value: Value) -> bool:
    """Whether nothing but a run can tell this value."""
    return isinstance(value, Unk) or (isinstance(value, Ext) and value.name.startswith("?"))


def params_of(value: Value) -> tuple[tuple[str, int, str], ...]:
    """The unbound parameters that a value hangs on: (module path, scope index, name)."""
    match value:
        case Unk(param=param):
            return (param,) if param is not None else ()
        case Ext(recv=recv) | Obj(recv=recv) if recv is not None:
            return params_of(recv)
        case Many(options=options):
            return tuple(p for o in options for p in params_of(o))
        case Lst(items=items):
            return tuple(p for i in items for p in params_of(i))
    return ()

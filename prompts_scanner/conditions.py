"""Which way a condition goes, as far as the code and its declared settings tell: what orders the candidates of a value.

A condition on what the text itself says (an argument that a call gives) decides; one on a default (a setting, a variable of
the environment that an env file declares) only says which way is the likeliest, for a deployment may set it otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from prompts_scanner import ir
from prompts_scanner.callers import callee_name
from prompts_scanner.values import Const, Ext, Fn, Frame, Inst, Lst, Map, Num, Obj, Str, Value, is_runtime, options_of

if TYPE_CHECKING:
    from prompts_scanner.fold import Folder

T = TypeVar("T")
_MAX_DEPTH = 6
_AVAILABLE = re.compile(r"available|accessible|reachable|has_?access|is_?supported|supports_?model", re.IGNORECASE)
_EQUAL = ("==", "===")
_UNEQUAL = ("!=", "!==")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`holds` None: only a run can tell. `certain`: no deployment can make it otherwise."""

    holds: bool | None
    certain: bool = False


UNKNOWN = Outcome(None)


def ordered(folder: Folder, options: list[T], when: Callable[[T], tuple[ir.Expr, ...]], frame: Frame) -> list[T]:
    """The options, the likeliest first; those that surely cannot be are left out, unless none is left."""
    told = [(o, all_hold(folder, when(o), frame)) for o in options]
    kept = [(o, t) for o, t in told if not (t.certain and t.holds is False)] or told
    return [o for o, _ in sorted(kept, key=lambda pair: _RANK[pair[1].holds])]


def reached(folder: Folder, options: list[T], when: Callable[[T], tuple[ir.Expr, ...]], frame: Frame) -> list[T]:
    """The options up to the first that is surely taken: what comes after it never is."""
    for count, option in enumerate(options, 1):
        told = all_hold(folder, when(option), frame)
        if told.holds and told.certain:
            return options[:count]
    return options


_RANK = {True: 0, None: 1, False: 2}


def all_hold(folder: Folder, conditions: Iterable[ir.Expr], frame: Frame) -> Outcome:
    """Whether all hold; with none given nothing is said."""
    outcomes = [outcome(folder, c, frame, 0) for c in conditions]
    return _all(outcomes) if outcomes else UNKNOWN


def outcome(folder: Folder, test: ir.Expr, frame: Frame, depth: int) -> Outcome:
    if depth > _MAX_DEPTH:
        return UNKNOWN
    match test:
        case ir.Opaque(reason="handler"):
            return Outcome(False)  # what is done when something fails is not what is usually done
        case ir.Opaque(reason="not" | "!", children=(inner,)):
            found = outcome(folder, inner, frame, depth + 1)
            return UNKNOWN if found.holds is None else Outcome(not found.holds, found.certain)
        case ir.Opaque(reason="and", children=children):
            return _all([outcome(folder, c, frame, depth + 1) for c in children])
        case ir.Opaque(reason="or", children=children):
            return _any([outcome(folder, c, frame, depth + 1) for c in children])
        case ir.Choice(kind="or", options=options):
            return _any([outcome(folder, o, frame, depth + 1) for o in options])
        case ir.Opaque(reason=reason, children=(left, right)) if reason in (*_EQUAL, *_UNEQUAL):
            found = _equal(folder.eval(left, frame), folder.eval(right, frame))
            if found.holds is None or reason in _EQUAL:
                return found
            return Outcome(not found.holds, found.certain)
        case ir.Opaque(reason="in" | "not in" as reason, children=(left, right)):
            found = _among(folder.eval(left, frame), folder.eval(right, frame))
            if found.holds is None or reason == "in":
                return found
            return Outcome(not found.holds, found.certain)
        case ir.Opaque() | ir.Choice():
            return UNKNOWN
    told = _truth(folder.eval(test, frame))
    if told.holds is None and isinstance(test, ir.Call) and _AVAILABLE.search(callee_name(test.func) or ""):
        return Outcome(True)  # what a program asks to be there usually is
    return told


def _all(outcomes: list[Outcome]) -> Outcome:
    no = [o for o in outcomes if o.holds is False]
    if no:
        return Outcome(False, any(o.certain for o in no))
    if any(o.holds is None for o in outcomes):
        return UNKNOWN
    return Outcome(True, all(o.certain for o in outcomes))


def _any(outcomes: list[Outcome]) -> Outcome:
    yes = [o for o in outcomes if o.holds]
    if yes:
        return Outcome(True, any(o.certain for o in yes))
    if any(o.holds is None for o in outcomes):
        return UNKNOWN
    return Outcome(False, all(o.certain for o in outcomes))


def _truth(value: Value) -> Outcome:
    match value:
        case Const(constant=constant):
            return Outcome(bool(constant), value.how == "literal")
        case Num(number=number):
            return Outcome(bool(number), value.how == "literal")
        case Str() if value.literal is not None:
            return Outcome(bool(value.literal), value.how == "literal")
        case Lst(items=items, complete=True) | Map(items=items, complete=True):
            return Outcome(bool(items))
        case Inst() | Fn():
            return Outcome(True)
    return UNKNOWN


def _equal(left: Value, right: Value) -> Outcome:
    """Whether two values are the same thing; the likeliest of several stands for them, uncertainly."""
    one, other = options_of(left)[0], options_of(right)[0]
    certain = left.how == "literal" and right.how == "literal" and one is left and other is right
    a, b = _plain(one), _plain(other)
    if a is None or b is None or a[0] == b[0] == "o":
        return UNKNOWN
    return Outcome(a == b, certain)


def _among(left: Value, right: Value) -> Outcome:
    one, whole = options_of(left)[0], options_of(right)[0]
    sought = _plain(one)
    certain = left.how == "literal" and right.how == "literal" and one is left and whole is right
    if sought is None:
        return UNKNOWN
    if isinstance(whole, Lst | Map):
        there = [_plain(i) for i in whole.items] if isinstance(whole, Lst) else [("s", k) for k, _ in whole.items]
        if sought in there:
            return Outcome(True, certain)
        return Outcome(False, certain) if whole.complete and None not in there else UNKNOWN
    if isinstance(whole, Str) and whole.literal is not None and sought[0] == "s":
        return Outcome(str(sought[1]) in whole.literal, certain)
    return UNKNOWN


def _plain(value: Value) -> tuple[str, object] | None:
    """What can be compared: text, a number, a constant, or that it is an object and so no constant."""
    match value:
        case Str() if value.literal is not None:
            return ("s", value.literal)
        case Num(number=number):
            return ("n", number)
        case Const(constant=constant):
            return ("c", constant)
        case Inst() | Fn() | Lst() | Map():
            return ("o", id(value))
        case Obj() | Ext() if not is_runtime(value):
            return None
    return None

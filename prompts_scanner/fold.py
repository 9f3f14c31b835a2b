"""Partial evaluation: an expression becomes the value it will have, as far as the code alone tells.

Language-neutral; reads, never runs. It gives up early: what it cannot follow becomes an `Unk` with a reason, and a
budget of steps bounds what any one question may cost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from prompts_scanner import ir, known
from prompts_scanner.conditions import all_hold, ordered, reached
from prompts_scanner.documents import document_value
from prompts_scanner.indexes import ModuleIndex
from prompts_scanner.model import A_SET, SHUFFLED, Piece, Resolution, Span
from prompts_scanner.values import (
    Cls,
    Const,
    Ext,
    Fn,
    Frame,
    Inst,
    Lst,
    Many,
    Map,
    Mod,
    Num,
    Obj,
    Pipe,
    Str,
    Thunk,
    Unk,
    Value,
    carried,
    is_runtime,
    many,
    options_of,
)
from prompts_scanner.view import View

MAX_DEPTH = 36
MAX_STEPS = 8_000
MAX_SELF_CALLS = 2
_SELF = ("self", "cls", "this")
# Members of a run's context that hold what the context is generic in.
_HELD = ("deps", "context", "state")
_REGISTRY = re.compile(
    r"(node:|npm:/?|jsr:/?|https://(esm\.sh|cdn\.skypack\.dev|esm\.run|cdn\.jsdelivr\.net/npm|unpkg\.com)/)"
)
_VERSION = re.compile(r"(?<=[\w-])@[\w.^~-]+")
# Modules of Node that are the same object under their default import.
_NODE = frozenset("fs path os url util process crypto fs/promises path/posix child_process".split())


# What cut an evaluation short: `steps`, `depth`, an expression that is being evaluated, a name that is being exported, a
# function that calls itself.
Cut = str | tuple[int, int] | tuple[str, str, str] | tuple[str, str, int]


class Folder:
    """Evaluates expressions of one program. Answers for unbound frames are remembered."""

    def __init__(self, program: View) -> None:
        self.program = program
        self.steps = 0
        self._frames: dict[tuple[str, int], Frame] = {}
        self._lineage: dict[tuple[str, int], tuple[Cls, ...]] = {}
        self._memo: dict[tuple[int, int], Value] = {}
        self._active: set[tuple[int, int]] = set()
        # what was cut short: its value, what cut it, and how deep; good only as long as it would be cut again
        self._partial: dict[tuple[int, int], tuple[Value, frozenset[Cut], int]] = {}
        self._cuts: set[Cut] = set()
        self._exporting: set[tuple[str, str]] = set()
        self._invoking: Counter[tuple[str, int]] = Counter()
        self._depth = 0
        self._pinned: list[object] = []
        # what the places that make an object of a class hand to a field that has no default
        self.made_with: Callable[[Cls, str], Value | None] | None = None
        # the objects that callers hand to a parameter, and all that they hand to it
        self.handed: Callable[[tuple[str, int, str]], tuple[Value, ...]] | None = None
        self.passed: Callable[[tuple[str, int, str]], tuple[Value, ...]] | None = None
        self._handing: set[Cut] = set()

    # -- entry points -----------------------------------------------------------------------------------------------

    def frame(self, module: ir.Module, scope: int) -> Frame:
        """The frame of a scope with nothing bound."""
        key = (module.path, scope)
        found = self._frames.get(key)
        if found is None:
            parent_index = module.scopes[scope].parent
            parent = self.frame(module, parent_index) if parent_index >= 0 else None
            found = Frame(module=module, scope=scope, parent=parent)
            if parent is not None and module.scopes[parent_index].kind == "class":
                line = module.scopes[parent_index].first_line
                cls = Cls(module=module, scope=parent_index)
                found.self_value = Inst(cls=cls, span=Span(module.path, line, line))
            elif parent is not None:
                found.self_value = parent.self_value
            self._frames[key] = found
        return found

    def names_in(self, module: ir.Module) -> ModuleIndex:
        return self.program.names_in(module)

    def restart(self) -> None:
        """A new question: the budget of steps starts again."""
        self.steps = 0
        self._partial.clear()

    def eval(self, expr: ir.Expr, frame: Frame) -> Value:
        key = (id(expr), id(frame))
        known_value = self._memo.get(key)
        if known_value is not None:
            return known_value
        if key in self._active:
            self._cuts.add(key)
            return self.unknown(expr, frame, "defined by itself")
        part = self._partial.get(key)
        if part is not None and self._cut_again(part[1], part[2]):
            self._cuts |= part[1]
            return part[0]
        self.steps += 1
        if self.steps > MAX_STEPS or self._depth > MAX_DEPTH:
            self._cuts.add("steps" if self.steps > MAX_STEPS else "depth")
            return self.unknown(expr, frame, "too deep to follow")
        self._active.add(key)
        self._depth += 1
        outer, self._cuts = self._cuts, set()
        try:
            value = self._eval(expr, frame)
        finally:
            self._depth -= 1
            self._active.discard(key)
            cuts, self._cuts = self._cuts, outer
        cuts.discard(key)  # a circle that begins and ends here is the same wherever it is looked at from
        if cuts:
            outer |= cuts
            self._partial[key] = (value, frozenset(cuts), self._depth)
        else:
            self._memo[key] = value
        # ids are only unique among the living: keep what a memo key names alive
        self._pinned.append((expr, frame))
        return value

    def _cut_again(self, cuts: frozenset[Cut], depth: int) -> bool:
        """Whether what was cut short would be so now: the same way leads there, no shallower than before."""
        for cut in cuts:
            match cut:
                case "depth":
                    if self._depth < depth:
                        return False
                case ("export", path, name):
                    if (path, name) not in self._exporting:
                        return False
                case ("handed", _, _):
                    if cut not in self._handing:
                        return False
                case ("calls", path, scope):
                    if self._invoking[str(path), int(scope)] < MAX_SELF_CALLS:
                        return False
                case (_, _):
                    if cut not in self._active:
                        return False
        return True

    def force(self, thing: Thunk | Value) -> Value:
        return self.eval(thing.expr, thing.frame) if isinstance(thing, Thunk) else thing

    def span(self, expr: ir.Expr, frame: Frame) -> Span:
        end = getattr(expr, "end_line", expr.line)
        return Span(frame.module.path, expr.line, max(expr.line, end))

    def unknown(self, expr: ir.Expr, frame: Frame, reason: str) -> Unk:
        return Unk(name=source_name(expr), reason=reason, span=self.span(expr, frame), how="unresolved")

    # -- expressions ------------------------------------------------------------------------------------------------

    def _eval(self, expr: ir.Expr, frame: Frame) -> Value:
        match expr:
            case ir.Lit(value=str() as text):
                return Str(pieces=(Piece(text=text, span=self.span(expr, frame)),))
            case ir.Lit(value=bool() | None as constant):
                return Const(constant=constant, span=self.span(expr, frame))
            case ir.Lit(value=int() | float() as number):
                return Num(number=number, span=self.span(expr, frame))
            case ir.Name():
                return self.name(expr, frame)
            case ir.Attr():
                return self.attr(expr, frame)
            case ir.Index():
                return self.index(expr, frame)
            case ir.Call():
                return self.call(expr, frame)
            case ir.Dict():
                return self.mapping(expr, frame)
            case ir.Seq():
                return self.seq(expr, frame)
            case ir.Concat():
                return self.concat(expr, frame)
            case ir.Choice():
                return self.choice(expr, frame)
            case ir.BinOp():
                return self.binop(expr, frame)
            case ir.Func(scope=scope):
                return Fn(module=frame.module, scope=scope, closure=frame, self_value=frame.self_value)
            case ir.Opaque(reason="comprehension", children=(element, *_)):
                value = self.eval(element, frame)
                return Lst(items=(value,), span=self.span(expr, frame), complete=False)
            case ir.Opaque(reason=reason, children=children):
                if reason in ("cast", "nonnull", "paren") and children:
                    return self.eval(children[0], frame)
                return self.unknown(expr, frame, f"{reason} expression")
        return self.unknown(expr, frame, "expression")

    def name(self, expr: ir.Name, frame: Frame) -> Value:
        found = self.lookup(expr.id, frame, expr.line)
        if found is not None:
            return found
        if expr.id in ("undefined", "None"):
            return Const(constant=None, span=self.span(expr, frame))
        if expr.id == "__file__" or expr.id == "__filename":
            return Str(pieces=(Piece(text=frame.module.path, span=self.span(expr, frame)),))
        if expr.id == "__dirname":
            folder = frame.module.path.rpartition("/")[0] or "."
            return Str(pieces=(Piece(text=folder, span=self.span(expr, frame)),))
        if expr.id in known.GLOBALS:
            return Ext(name=expr.id)
        return self.unknown(expr, frame, "a name that this code does not define")

    def lookup(self, name: str, frame: Frame, line: int | None) -> Value | None:
        """What a name means in a frame, used at `line` (None: any time)."""
        at: Frame | None = frame
        first = True
        while at is not None:
            scope = at.module.scopes[at.scope]
            if scope.kind != "class" or first:
                found = self.local(name, at, line if first else None)
                if found is not None:
                    return found
            at, first = at.parent, False
        return None

    def local(self, name: str, frame: Frame, line: int | None) -> Value | None:
        scope = frame.module.scopes[frame.scope]
        if name in _SELF and frame.self_value is not None and scope.kind == "function":
            is_self = (
                name == "this" or (scope.params and scope.params[0].name == name) or (frame.scope and not scope.params)
            )
            if is_self or name == "self":
                if name == "cls" and isinstance(frame.self_value, Inst):
                    return frame.self_value.cls
                return frame.self_value
        mapped = name in frame.args and all(
            b.kind == "loop" for b in self.names_in(frame.module).bindings(frame.scope, name)
        )
        value = self.bound(name, frame, line) if not mapped else None
        if value is not None:
            how: Resolution = "constant"
            return carried(value, how)
        handed_in = self.handed_in(name, frame)
        if handed_in is not None:
            return handed_in
        for index in self.names_in(frame.module).inner(frame.scope, name):
            inner = frame.module.scopes[index]
            if declared_in(inner, scope):
                if inner.kind == "class":
                    return Cls(module=frame.module, scope=index)
                if inner.kind == "function":
                    return Fn(module=frame.module, scope=index, closure=frame, self_value=frame.self_value)
        if frame.scope == 0:
            return self.imported(name, frame.module)
        return None

    def bound(self, name: str, frame: Frame, line: int | None) -> Value | None:
        """The value of the assignments to a name: the last one that surely ran, and those in branches after it."""
        scope = frame.module.scopes[frame.scope]
        bindings = [
            b
            for b in self.names_in(frame.module).bindings(frame.scope, name)
            if b.value is not None or b.annotation is not None
        ]
        if not bindings:
            return None
        # deep inside of calls the ways that a parameter took would multiply
        parameter = frame.depth <= 1 and (name in frame.args or any(p.name == name for p in scope.params))
        if line is not None and scope.kind == "function":
            before = [
                b for b in bindings if b.line < line or (b.line <= line <= b.end_line and b.kind in ("loop", "with"))
            ]
            # until it is set, a parameter is what was handed in: `model = model or "x"`
            if parameter and not before and not _is_list(self.handed_in(name, frame)):
                before = [b for b in bindings if b.line == line and (id(b.value), id(frame)) not in self._active]
                if not before:
                    return None
            bindings = before or bindings
        last: list[ir.Binding] = []
        added: list[Value] = []
        for binding in reversed(bindings):
            if binding.kind == "aug" and binding.value is not None:
                told = all_hold(self, binding.when, frame)
                if not (told.certain and told.holds is False):
                    added.append(self.eval(binding.value, frame))
                continue
            last.append(binding)
            if binding.branch == 0:
                break
        # a parameter that is set in branches only is else what was handed in
        handed_in = self.handed_in(name, frame) if parameter and not (last and last[-1].branch == 0) else None
        # a conversation that is handed in and worked over is what the function makes of it: its callers say the rest
        handed_in = None if _is_list(handed_in) else handed_in
        if handed_in is None and not last:
            return None
        if last and handed_in is not None and is_runtime(handed_in) and self.may_be_left_out(name, frame):
            handed_in = None  # `def ask(model=None): if model is None: model = "x"`
        ways: list[ir.Binding | None] = [*last, *([None] if handed_in is not None else [])]
        if len(ways) > 1:
            ways = ordered(self, reached(self, ways, _conditions, frame), _conditions, frame)
        options = [self.binding(b, frame) if b is not None else handed_in for b in ways]
        value = many(o for o in options if o is not None) or self.binding(last[0], frame)
        if added and last == [] and not any(isinstance(a, Str | Lst) for a in added):
            added = []  # what is counted up from a start that only a run knows
        if added:
            value = self.joined(
                [value, *reversed(added)], Span(frame.module.path, bindings[0].line, bindings[-1].end_line)
            )
        return self.grown(name, value, frame, line)

    def handed_in(self, name: str, frame: Frame) -> Value | None:
        """What a parameter of this scope is when it is entered."""
        if name in frame.args:
            return self.force(frame.args[name])
        found = (p for p in frame.module.scopes[frame.scope].params if p.name == name)
        return next((self.param(p, frame) for p in found), None)

    def may_be_left_out(self, name: str, frame: Frame) -> bool:
        """Whether nobody is known to hand in a parameter that has an empty default."""
        params = frame.module.scopes[frame.scope].params
        return name not in frame.args and any(p.name == name and p.default is not None for p in params)

    def binding(self, binding: ir.Binding, frame: Frame) -> Value:
        span = Span(frame.module.path, binding.line, binding.end_line)
        if binding.value is None:
            unset = Unk(name=binding.target, reason="declared without a value", span=span, how="unresolved")
            return self.promised(binding.annotation, frame, unset)
        if binding.kind == "loop":
            iterable = self.eval(binding.value, frame)
            if isinstance(iterable, Lst) and iterable.items:
                return carried(many(iterable.items) or iterable.items[0], "range", span)
            return Unk(name=binding.target, reason="loop variable", span=span, how="unresolved")
        value = self.eval(binding.value, frame)
        if isinstance(value, Unk) and binding.annotation is not None:
            value = self.promised(binding.annotation, frame, value)
            if not isinstance(value, Unk):
                return value
        return carried(value, "literal", span)

    def grown(self, name: str, value: Value, frame: Frame, line: int | None) -> Value:
        """A list with what `append`/`extend`/`push` add to it, a dict with the items set on it, in the same scope."""
        if isinstance(value, Lst):
            value = self.shuffled(name, value, frame, line)
            items = list(value.items)
            for use in self.names_in(frame.module).calls_on(frame.scope, name):
                func = use.call.func
                if not isinstance(func, ir.Attr) or not use.call.args:
                    continue
                if line is not None and use.call.line >= line:
                    continue
                if func.name in ("append", "push", "add"):
                    items += [self.eval(a.value, frame) for a in use.call.args]
                elif func.name == "insert" and len(use.call.args) == 2:
                    items.insert(0, self.eval(use.call.args[1].value, frame))
                elif func.name == "extend":
                    more = self.eval(use.call.args[0].value, frame)
                    items += more.items if isinstance(more, Lst) else [more]
            if len(items) != len(value.items):
                return replace(value, items=tuple(items))
        if isinstance(value, Map):
            scope = frame.module.scopes[frame.scope]
            extra = [
                (key, self.eval(b.value, frame))
                for b in scope.bindings
                if (key := item_of(name, b.target)) and b.value is not None and (line is None or b.line < line)
            ]
            if extra:
                return Map(
                    items=(*value.items, *extra),
                    span=value.span,
                    complete=value.complete,
                    how=value.how,
                    via=value.via,
                )
        return value

    def shuffled(self, name: str, value: Lst, frame: Frame, line: int | None) -> Lst:
        """A list that `random.shuffle(name)` mixes or `name.sort()` puts in order, in the same scope before its use."""
        index = self.names_in(frame.module)
        mixed = [
            use.call.line
            for use in index.calls_on(frame.scope, "random")
            if isinstance(use.call.func, ir.Attr)
            and use.call.func.name == "shuffle"
            and any(isinstance(a.value, ir.Name) and a.value.id == name for a in use.call.args[:1])
        ]
        sorted_at = [
            use.call.line
            for use in index.calls_on(frame.scope, name)
            if isinstance(use.call.func, ir.Attr) and use.call.func.name == "sort"
        ]
        last = {
            why: max((n for n in lines if line is None or n < line), default=0)
            for why, lines in ((SHUFFLED, mixed), ("", sorted_at))
        }
        if not any(last.values()) or len(value.items) < 2:
            return value
        return replace(value, disorder=SHUFFLED if last[SHUFFLED] > last[""] else "")

    def param(self, param: ir.Param, frame: Frame) -> Value:
        span = Span(frame.module.path, param.line, param.line)
        runtime = Unk(
            name=param.name,
            reason="parameter",
            span=span,
            param=(frame.module.path, frame.scope, param.name),
            how="unresolved",
        )
        if param.default is not None:
            outer = frame.parent or frame
            value = self.eval(param.default, outer)
            handed = self.handed_over(param, value, frame)
            if handed is not None:
                return handed
            if not (isinstance(value, Const) and value.constant is None):
                if isinstance(value, Obj) and value.name.rpartition(".")[2] in known.DECLARED_DEFAULTS:
                    typed = self.typed(param.annotation, frame)
                    if isinstance(typed, Inst | Obj):
                        return typed
                    inner = known.field_default(self, value)
                    return carried(inner, "default", span) if inner is not None else runtime
                return carried(value, "default", span)
            if frame.depth > 0 and param.default is not None and param.annotation is None:
                return value  # a call that leaves it out
        return self.promised(param.annotation or self.named_alike(param, frame), frame, runtime)

    def named_alike(self, param: ir.Param, frame: Frame) -> ir.Expr | None:
        """The annotation of a parameter that has none: what the file's other parameters of that name have, if it is one."""
        if param.default is not None or param.name in _SELF:
            return None
        return self.names_in(frame.module).annotation(param.name)

    def handed_over(self, param: ir.Param, default: Value, frame: Frame) -> Value | None:
        """What callers hand to a parameter that has a default, which speaks where nobody does.

        Asked where the code shows no one call: for what is handed to constructors, and for names and numbers, which
        choose a model or how much is sent.
        """
        scope = frame.module.scopes[frame.scope]
        if self.passed is None or frame is not self._frames.get((frame.module.path, frame.scope)):
            return None
        if scope.name not in ("__init__", "constructor") and not _is_choice(default):
            return None
        given = (frame.module.path, frame.scope, param.name)
        key: Cut = ("handed", given[0], f"{given[1]}.{given[2]}")
        if key in self._handing:
            self._cuts.add(key)
            return None
        self._handing.add(key)
        try:
            return many(self.passed(given))
        finally:
            self._handing.discard(key)
            self._cuts.discard(key)

    def watched(self, work: Callable[[], tuple[Value, ...]]) -> tuple[tuple[Value, ...], bool]:
        """What `work` gives with a budget of steps of its own, and whether it will be so wherever it is asked for."""
        (outer, self._cuts), (steps, self.steps) = (self._cuts, set()), (self.steps, 0)
        try:
            answer = work()
        finally:
            cuts, self._cuts, self.steps = self._cuts, outer, steps
        outer |= cuts
        return answer, cuts <= {"steps"}

    def promised(self, annotation: ir.Expr | None, frame: Frame, runtime: Unk) -> Value:
        """A run-time value, with what its annotation promises of it."""
        typed = self.typed(annotation, frame)
        if isinstance(typed, Inst):
            return replace(runtime, shape=typed.cls) if self.is_data(typed.cls) else typed
        # an outside type may be a client or only a shape of data: it stays known that a parameter gave it
        return (
            replace(typed, recv=runtime) if isinstance(typed, Obj) and runtime.param is not None else typed or runtime
        )

    def is_data(self, cls: Cls) -> bool:
        """An interface that has fields only: what has it is as good as unknown, but for its fields."""
        scopes = cls.module.scopes
        marks = scopes[cls.scope].decorators
        if not any(isinstance(m, ir.Name) and m.id == "interface" for m in marks):
            return False
        return not any(s.parent == cls.scope and s.kind == "function" for s in scopes[cls.scope :])

    def field_of(self, base: Unk, name: str) -> Value | None:
        """A field of a run-time value whose interface says what it is."""
        field = self.field_type(base.shape, name) if base.shape is not None else None
        if field is None:
            return None
        found = self.promised(field[0], field[1], replace(base, name=f"{base.name}.{name}", shape=None))
        return None if isinstance(found, Unk) and found.shape is None else found

    def field_type(self, cls: Cls, name: str) -> tuple[ir.Expr, Frame] | None:
        """The annotation of a field of a class or interface, and where its names mean something."""
        for at in self.lineage(cls):
            for binding in at.module.scopes[at.scope].bindings:
                if binding.target == name and binding.annotation is not None:
                    return binding.annotation, self.frame(at.module, at.scope)
        return None

    def parameter_type(self, annotation: ir.Attr, frame: Frame) -> Value | None:
        """`Tool.execute.#0`: what an interface says of a parameter of a function that it asks for."""
        of, index = annotation.base, int(annotation.name[1:])
        owner = self.typed(of.base, frame) if isinstance(of, ir.Attr) else None
        if not isinstance(of, ir.Attr) or not isinstance(owner, Inst):
            return None
        field = self.field_type(owner.cls, of.name)
        if field is not None and isinstance(field[0], ir.Call) and index < len(field[0].args):
            return self.typed(field[0].args[index].value, field[1])
        found = self.inst_member(owner, of.name)
        for param in found.module.scopes[found.scope].params if isinstance(found, Fn) else ():
            if isinstance(found, Fn) and param.position == index and param.kind == "positional":
                return self.typed(param.annotation, self.frame(found.module, found.scope))
        return None

    def typed(self, annotation: ir.Expr | None, frame: Frame) -> Value | None:
        """The kind of object that an annotation promises: an instance of a class of the tree, or an outside type."""
        if annotation is None:
            return None
        if isinstance(annotation, ir.BinOp) and annotation.op == "|":
            return self.typed(annotation.left, frame)
        if isinstance(annotation, ir.Call):
            return self.stands_for(annotation, frame)
        if isinstance(annotation, ir.Index):
            base = annotation.base
            wrapper = base.id if isinstance(base, ir.Name) else base.name if isinstance(base, ir.Attr) else ""
            if wrapper in (
                "Optional",
                "Annotated",
                "ClassVar",
                "Final",
                "Promise",
                "Required",
                "NotRequired",
                "Mapped",
            ):
                key = annotation.key
                return self.typed(key.items[0] if isinstance(key, ir.Seq) and key.items else key, frame)
            found = self.typed(base, frame)
            # `RunContext[Deps]` is remembered whole: its `deps` is what stands in the brackets
            return replace(found, call=replace(found.call, func=annotation)) if isinstance(found, Obj) else found
        if isinstance(annotation, ir.Lit) and isinstance(annotation.value, str):
            parts = annotation.value.split("[")[0].split(".")
            annotation = ir.Name(parts[0], annotation.line)
            for part in parts[1:]:
                annotation = ir.Attr(annotation, part, annotation.line)
        if not isinstance(annotation, ir.Name | ir.Attr):
            return None
        outer = frame
        while outer.parent is not None and outer.module.scopes[outer.scope].kind == "function":
            outer = outer.parent
        alias = self.type_alias(annotation.id, outer.module) if isinstance(annotation, ir.Name) else None
        if alias is not None:
            return self.typed(alias[0], self.frame(alias[1], 0))
        span = self.span(annotation, frame)
        if isinstance(annotation, ir.Attr) and annotation.name.startswith("#"):
            return self.parameter_type(annotation, outer)
        value = self.eval(annotation, outer)
        if isinstance(value, Cls):
            return Inst(cls=value, span=span)
        if isinstance(annotation, ir.Attr) and frame.module.language == "typescript" and not _is_outside(value):
            owner = self.typed(annotation.base, frame)  # `Options.llm`: the type of a field
            field = self.field_type(owner.cls, annotation.name) if isinstance(owner, Inst) else None
            return self.typed(field[0], field[1]) if field is not None else None
        if isinstance(value, Ext) and value.recv is None and _is_class_name(value.name, annotation):
            return Obj(
                name=value.name,
                call=ir.Call(annotation, (), span.first_line, span.last_line, span.first_line),
                frame=frame,
                span=span,
            )
        return None

    def type_alias(self, name: str, module: ir.Module, hops: int = 0) -> tuple[ir.Index, ir.Module] | None:
        """`CommonDeps = Annotated[Settings, Depends(...)]`, also where it is imported."""
        for binding in self.names_in(module).bindings(0, name):
            if isinstance(binding.value, ir.Index):
                return binding.value, module
        for item in module.imports if hops < 3 else ():
            if item.local == name and item.symbol is not None:
                path = self.program.find_module(module, item.module)
                target = self.program.module(path) if path else None
                return self.type_alias(item.symbol, target, hops + 1) if target is not None else None
        return None

    def stands_for(self, annotation: ir.Expr | None, frame: Frame) -> Ext | None:
        """`typeof generateText`: a function of the tree that is promised to be called like a library's."""
        match annotation:
            case ir.Call(func=ir.Name(id="typeof"), args=(ir.Arg(value=of),)):
                value = self.eval(of, self.frame(frame.module, 0))
                return value if isinstance(value, Ext) and value.recv is None else None
        return None

    def imported(self, name: str, module: ir.Module) -> Value | None:
        star: list[ir.Import] = []
        for item in module.imports:
            if item.reexport and module.language == "typescript":
                continue
            if item.local == name:
                return self.import_value(item, module)
            if item.symbol == "*":
                star.append(item)
        for item in star:
            path = self.program.find_module(module, item.module)
            target = self.program.module(path) if path else None
            if target is not None:
                found = self.export(target, name)
                if found is not None:
                    return carried(found, "import")
        return None

    def import_value(self, item: ir.Import, module: ir.Module) -> Value:
        span = Span(module.path, item.line, item.line)
        if item.symbol is not None and item.symbol != "*":
            if module.language == "python":
                submodule = self.program.find_module(
                    module,
                    f"{item.module.rstrip('.')}.{item.symbol}" if item.module.strip(".") else item.module + item.symbol,
                )
            else:
                submodule = None
            path = self.program.find_module(module, item.module)
            target = self.program.module(path) if path else None
            if target is not None:
                found = self.export(target, item.symbol)
                if found is not None:
                    return carried(found, "import")
            if submodule is not None:
                return Mod(path=submodule)
            if path is not None and item.symbol == "default" and target is not None:
                return Mod(path=path)  # CommonJS: the module is what it exports
            if path is not None:
                return Unk(name=item.symbol, reason=f"not found in {path}", span=span, how="unresolved")
            asset = self.asset(item, module) if item.symbol == "default" else None
            if asset is not None:
                return asset
            package = package_of(item.module)
            return Ext(name=package if item.symbol == "default" and package in _NODE else f"{package}.{item.symbol}")
        path = self.program.find_module(module, item.module)
        if path is not None:
            return Mod(path=path)
        asset = self.asset(item, module)
        if asset is not None:
            return asset
        if module.language == "python" and self._in_tree_package(module, item.module):
            return Mod(path=self.program.package_folder(module, item.module))
        return Ext(name=package_of(item.module))

    def asset(self, item: ir.Import, module: ir.Module) -> Value | None:
        """A file that an import takes as data."""
        path = self.program.find_asset(module, item.module)
        text = self.program.text(path) if path is not None else None
        if path is None or text is None:
            return None
        where = Span(path, 1, text.count("\n") + 1)
        whole = Str(pieces=(Piece(text=text, span=where),), how="import", via=(where,))
        if "?raw" in item.module or not path.endswith((".json", ".jsonc", ".yaml", ".yml", ".toml")):
            return whole
        return document_value(path, text) or whole

    def _in_tree_package(self, module: ir.Module, spec: str) -> bool:
        return self.program.package_folder(module, spec) in self.program.folders

    def export(self, module: ir.Module, name: str) -> Value | None:
        """What a module gives under a name: its own definitions, its imports, what it re-exports."""
        key = (module.path, name)
        if key in self._exporting:
            self._cuts.add(("export", *key))
            return None  # modules that give each other's names
        self._exporting.add(key)
        try:
            return self._export(module, name)
        finally:
            self._exporting.discard(key)
            self._cuts.discard(("export", *key))

    def _export(self, module: ir.Module, name: str) -> Value | None:
        frame = self.frame(module, 0)
        if module.language == "python":
            return self.local(name, frame, None)
        for exported, local in module.exports:
            if exported == name:
                found = self.local(local, frame, None)
                if found is not None:
                    return found
        for item in module.imports:
            if item.reexport and item.local == name and item.symbol != "*":
                return self.import_value(item, module)
        found = self.local(name, frame, None)
        if found is not None:
            return found
        for item in module.imports:
            if item.reexport and item.symbol == "*":
                path = self.program.find_module(module, item.module)
                target = self.program.module(path) if path else None
                if target is not None and target is not module:
                    found = self.export(target, name)
                    if found is not None:
                        return found
        return None

    # -- members ----------------------------------------------------------------------------------------------------

    def attr(self, expr: ir.Attr, frame: Frame) -> Value:
        if isinstance(expr.base, ir.Name) and expr.base.id not in _SELF:
            # `obj.attr = x` in the same scope is what this code last said of it
            set_here = self.bound(f"{expr.base.id}.{expr.name}", frame, expr.line)
            if set_here is not None:
                return set_here
        base = self.eval(expr.base, frame)
        if isinstance(expr.base, ir.Name) and expr.base.id in _SELF:
            # what this method itself has set before
            before = [
                b
                for b in self.names_in(frame.module).bindings(frame.scope, f"self.{expr.name}")
                if b.line < expr.line and b.value is not None
            ]
            own = self.bound(f"self.{expr.name}", frame, expr.line) if before else None
            if own is not None and any(b.branch == 0 for b in before):
                return own
            if own is not None:
                earlier = [self.member(b, expr.name, expr, frame) for b in options_of(base)]
                return many([own, *(e for e in earlier if not is_runtime(e))]) or own
        value = many([self.member(b, expr.name, expr, frame) for b in options_of(base)])
        return value if value is not None else self.unknown(expr, frame, "no such member")

    def member(self, base: Value, name: str, expr: ir.Expr, frame: Frame) -> Value:
        match base:
            case Inst():
                found = self.inst_member(base, name)
                if found is not None:
                    return found
                return self.missing(name, base, expr, frame)
            case Cls():
                found = self.cls_member(base, name)
                if isinstance(found, Fn):
                    # a class method that a base class defines is still called on this class
                    return replace(found, self_value=Inst(cls=base, span=self.span(expr, frame)))
                if found is not None:
                    return found
                if name in ("value", "name"):
                    return base
                return self.missing(name, base, expr, frame)
            case Mod(path=path):
                return self.mod_member(path, name, expr, frame)
            case Ext(name=known.REQUEST, recv=Value() as posted) if name == "body":
                return posted
            case Ext(name=root):
                return known.environment(self, f"{root}.{name}", expr, frame) or Ext(
                    name=f"{root}.{name}", recv=base.recv
                )
            case Obj():
                given = self.argument(base, name)
                if given is not None and not name.startswith("with"):
                    return given
                if name in _HELD and isinstance(base.call.func, ir.Index):
                    key = base.call.func.key
                    held = self.typed(key.items[0] if isinstance(key, ir.Seq) and key.items else key, base.frame)
                    if held is not None:
                        return held
                return Ext(name=f"{base.name}.{name}", recv=base)
            case Pipe():
                return Ext(name=f"|.{name}", recv=base)
            case Map():
                item = base.get(name)
                if item is not None:
                    return item
                return Ext(name=f"dict.{name}", recv=base)
            case Str() | Lst():
                if name == "value" and isinstance(base, Str):
                    return base
                if name in ("parent", "dirname") and isinstance(base, Str):
                    return known.parent_folder(base)
                return Ext(name=f"{'str' if isinstance(base, Str) else 'list'}.{name}", recv=base)
            case Fn():
                return Ext(name=f"function.{name}", recv=base)
            case Unk():
                return self.field_of(base, name) or self.of_handed(base, name) or Ext(name=f"?.{name}", recv=base)
            case Num() | Const() if name == "value":
                return base
        return self.unknown(expr, frame, "member of a run-time value")

    def of_handed(self, base: Unk, name: str) -> Value | None:
        """A member of the objects that callers hand to a parameter."""
        if base.param is None or self.handed is None:
            return None
        found = [self.inst_member(v, name) for v in self.handed(base.param) if isinstance(v, Inst)]
        return many(f for f in found if f is not None)

    def mod_member(self, path: str, name: str, expr: ir.Expr, frame: Frame) -> Value:
        module = self.program.module(path)
        if module is not None:
            found = self.export(module, name)
            if found is not None:
                return carried(found, "import")
        folder = path.removesuffix("/__init__.py").removesuffix(".py") if path.endswith(".py") else path
        for candidate in (f"{folder}/{name}.py", f"{folder}/{name}/__init__.py"):
            if candidate in self.program.paths:
                return Mod(path=candidate)
        if f"{folder}/{name}" in self.program.folders:
            return Mod(path=f"{folder}/{name}")
        reason = self.unknown(expr, frame, f"not found in {path}")
        return Ext(name=f"?.{name}", recv=reason, how="unresolved")

    def missing(self, name: str, base: Value, expr: ir.Expr, frame: Frame) -> Value:
        """A member that the code does not set; its name stays, so that a call on it can still be known by its path."""
        outside = self.lazily(base.cls) if isinstance(base, Inst) else None
        if outside is not None:
            return Ext(name=f"{outside}.{name}")
        reason = self.unknown(expr, frame, f"attribute {name} is not set in the code")
        return Ext(name=f"?.{name}", recv=reason, how="unresolved")

    def lazily(self, cls: Cls) -> str | None:
        """The library that a class stands for: its `__getattr__` imports a module by name when first asked."""
        if self.method(cls, ("__getattr__",)) is None:
            return None
        inside = {i for i, s in enumerate(cls.module.scopes) if s.parent == cls.scope}
        for use in cls.module.calls:
            func = use.call.func
            if use.scope in inside and isinstance(func, ir.Attr) and func.name == "import_module" and use.call.args:
                given = use.call.args[0].value
                if isinstance(given, ir.Lit) and isinstance(given.value, str):
                    return given.value
        return None

    def cls_member(self, cls: Cls, name: str, seen: tuple[tuple[str, int], ...] = ()) -> Value | None:
        key = (cls.module.path, cls.scope)
        if key in seen or len(seen) > 8:
            return None
        frame = self.frame(cls.module, cls.scope)
        scope = cls.module.scopes[cls.scope]
        for binding in reversed(self.names_in(cls.module).bindings(cls.scope, name)):
            value = self.binding(binding, frame)
            if isinstance(value, Obj):
                inner = known.field_default(self, value)
                if inner is not None:
                    value = inner
            return carried(value, "default", Span(cls.module.path, binding.line, binding.end_line))
        for index in self.names_in(cls.module).inner(cls.scope, name):
            inner_scope = cls.module.scopes[index]
            if declared_in(inner_scope, scope):
                if inner_scope.kind == "class":
                    return Cls(module=cls.module, scope=index)
                return Fn(
                    module=cls.module,
                    scope=index,
                    closure=frame,
                    self_value=Inst(
                        cls=cls, span=Span(cls.module.path, inner_scope.first_line, inner_scope.first_line)
                    ),
                )
        for base in scope.bases:
            for parent in options_of(self.eval(base, self.frame(cls.module, scope.parent))):
                if isinstance(parent, Cls):
                    found = self.cls_member(parent, name, (*seen, key))
                    if found is not None:
                        return found
        return None

    def inst_member(self, inst: Inst, name: str) -> Value | None:
        chain = list(self.lineage(inst.cls))
        constructor = next(
            (s for c in chain for s in [self.method(c, ("__init__", "constructor"))] if s is not None), None
        )
        if inst.frame is not None and constructor is None and name in inst.frame.args:
            return carried(self.force(inst.frame.args[name]), "constant")
        for cls in chain:
            for index in self.names_in(cls.module).setters(cls.scope, name):
                frame = self.frame(cls.module, index)
                if inst.frame is not None and constructor == (cls.module.path, index):
                    frame = Frame(
                        module=cls.module, scope=index, args=inst.frame.args, self_value=inst, parent=frame.parent
                    )
                value = self.bound(f"self.{name}", frame, None)
                if value is not None:
                    field = self.cls_member(cls, name) if isinstance(value, Unk) else None
                    return field if field is not None and not isinstance(field, Unk) else value
        for cls in chain:
            found = self.cls_member(cls, name)
            if found is None:
                continue
            if isinstance(found, Unk) and inst.frame is None and self.made_with is not None:
                found = self.made_with(inst.cls, name) or found
            if isinstance(found, Fn):
                bound = Fn(module=found.module, scope=found.scope, closure=found.closure, self_value=inst)
                scope = found.module.scopes[found.scope]
                if any(
                    isinstance(d, ir.Name | ir.Attr)
                    and source_name(d).rpartition(".")[2] in ("property", "cached_property", "computed_field")
                    for d in scope.decorators
                ):
                    return self.invoke(bound, (), self.frame(found.module, found.scope), None)
                return bound
            return found
        return None

    def lineage(self, cls: Cls) -> Iterable[Cls]:
        """The class and its bases of the tree, nearest first."""
        key = (cls.module.path, cls.scope)
        known_line = self._lineage.get(key)
        if known_line is not None:
            return known_line
        line = tuple(self._ancestors(cls))
        if len(line) > 1 or not cls.module.scopes[cls.scope].bases:
            self._lineage[key] = line
        return line

    def _ancestors(self, cls: Cls) -> Iterable[Cls]:
        seen: set[tuple[str, int]] = set()
        queue = [cls]
        while queue and len(seen) < 12:
            at = queue.pop(0)
            key = (at.module.path, at.scope)
            if key in seen:
                continue
            seen.add(key)
            yield at
            scope = at.module.scopes[at.scope]
            for base in scope.bases:
                queue += [
                    b for b in options_of(self.eval(base, self.frame(at.module, scope.parent))) if isinstance(b, Cls)
                ]

    def method(self, cls: Cls, names: tuple[str, ...]) -> tuple[str, int] | None:
        for name in names:
            for index in self.names_in(cls.module).inner(cls.scope, name):
                if cls.module.scopes[index].kind == "function":
                    return (cls.module.path, index)
        return None

    def argument(self, obj: Obj, name: str) -> Value | None:
        """A constructor argument of an outside object, by name (Python keyword or a key of the options object)."""
        for arg in obj.call.args:
            if arg.name == name:
                return self.eval(arg.value, obj.frame)
            if arg.name is None and isinstance(arg.value, ir.Dict):
                for key, value in arg.value.items:
                    if isinstance(key, ir.Lit) and key.value == name:
                        return self.eval(value, obj.frame)
        return None

    # -- containers -------------------------------------------------------------------------------------------------

    def index(self, expr: ir.Index, frame: Frame) -> Value:
        base = self.eval(expr.base, frame)
        if isinstance(base, Ext | Cls):
            found = known.environment_item(self, base, expr.key, expr, frame) if isinstance(base, Ext) else None
            return found or base  # a generic such as Agent[Ctx]
        if isinstance(expr.key, ir.Opaque) and expr.key.reason == "slice":
            return known.sliced(self, base, expr.key, expr, frame)
        key = self.eval(expr.key, frame)
        return many([self.item(b, key, expr, frame) for b in options_of(base)]) or self.unknown(expr, frame, "item")

    def item(self, base: Value, key: Value, expr: ir.Expr, frame: Frame) -> Value:
        if isinstance(key, Str) and key.literal is not None and isinstance(base, Str | Unk | Ext):
            base = known.named_document(self, base, frame) or base
        if isinstance(base, Map):
            answers = []
            for one in options_of(key):
                text = one.literal if isinstance(one, Str) else None
                found = base.get(text) if text is not None else None
                if found is not None:
                    answers.append(found)
            if answers:
                return many(answers) or answers[0]
            if not (isinstance(key, Str) and key.literal is not None) and base.items:
                choice = many([v for _, v in base.items])
                return carried(choice, "range", base.span) if choice is not None else base
        if isinstance(base, Lst) and isinstance(key, Num) and isinstance(key.number, int):
            if -len(base.items) <= key.number < len(base.items):
                return base.items[key.number]
        elif isinstance(base, Lst) and base.items and not isinstance(key, Str):
            return carried(many(base.items) or base.items[0], "range", base.span)
        if isinstance(base, Inst) and isinstance(key, Str) and key.literal is not None:
            found = self.inst_member(base, key.literal)
            if found is not None:
                return found
        return self.unknown(expr, frame, "item chosen at run time")

    def mapping(self, expr: ir.Dict, frame: Frame) -> Value:
        items: list[tuple[str, Value]] = []
        complete = True
        for key, value in expr.items:
            if key is None:
                spread = self.eval(value, frame)
                for one in options_of(spread):
                    if isinstance(one, Map):
                        items += one.items
                        complete = complete and one.complete
                    elif not (isinstance(one, Const)):
                        complete = False
                continue
            name = self.eval(key, frame)
            if isinstance(name, Str) and name.literal is not None:
                items.append((name.literal, self.eval(value, frame)))
            elif isinstance(name, Num):
                items.append((str(name.number), self.eval(value, frame)))
            elif isinstance(key, ir.Attr):
                # an enum member without a value we know: its own name serves as the key
                items.append((key.name, self.eval(value, frame)))
            else:
                items.append((f"<{source_name(key)}>", self.eval(value, frame)))
                complete = False
        return Map(items=tuple(items), span=self.span(expr, frame), complete=complete)

    def seq(self, expr: ir.Seq, frame: Frame) -> Value:
        items: list[Value] = []
        complete = True
        for element in expr.items:
            if isinstance(element, ir.Opaque) and element.reason == "spread" and element.children:
                inner = self.eval(element.children[0], frame)
                lists = [o for o in options_of(inner) if isinstance(o, Lst)]
                if lists:
                    best = max(lists, key=lambda one: len(one.items))
                    items += best.items
                    complete = complete and best.complete
                else:
                    items.append(self.unknown(element.children[0], frame, "items added at run time"))
                    complete = False
            else:
                items.append(self.eval(element, frame))
        disorder = A_SET if expr.unordered and len(items) > 1 else ""
        return Lst(items=tuple(items), span=self.span(expr, frame), complete=complete, disorder=disorder)

    def concat(self, expr: ir.Concat, frame: Frame) -> Value:
        return self.joined([self.eval(p, frame) for p in expr.parts], self.span(expr, frame))

    def joined(self, values: list[Value], span: Span) -> Value:
        """`a + b`: text, lists or numbers, whatever the parts are."""
        flat = [v.options[0] if isinstance(v, Many) else v for v in values]
        lists = [v for v in flat if isinstance(v, Lst)]
        if lists and not any(isinstance(v, Str) for v in flat):
            items = [i for v in flat for i in (v.items if isinstance(v, Lst) else (v,))]
            return Lst(items=tuple(items), span=span, complete=all(isinstance(v, Lst) and v.complete for v in flat))
        if flat and all(isinstance(v, Num) for v in flat):
            return Num(number=sum(v.number for v in flat if isinstance(v, Num)), span=span)
        return known.text_of_parts(values, span)

    def choice(self, expr: ir.Choice, frame: Frame) -> Value:
        values = [self.eval(o, frame) for o in expr.options]
        if expr.kind == "ternary":
            return many(self.asked(expr, values, frame)) or values[0]
        kept: list[Value] = []
        runtime = False
        for value in values:
            if isinstance(value, Const) and not value.constant:
                continue
            if isinstance(value, Unk | Ext) and not (isinstance(value, Ext) and value.recv is None):
                runtime = True
                kept.append(value)
                continue
            if runtime:
                env = any(isinstance(k, Unk) and k.reason.startswith("environment") for k in kept)
                value = carried(value, "env_default" if env else "default")
            kept.append(value)
            if not isinstance(value, Many):
                break
        solid = [k for k in kept if not isinstance(k, Unk)]
        if solid:
            return many(solid) or solid[0]
        return kept[0] if kept else values[-1]

    def asked(self, expr: ir.Choice, values: list[Value], frame: Frame) -> list[Value]:
        """The options of a ternary, the likeliest first."""
        if not expr.tests:
            return values
        declined = [ir.Opaque("not", (t,), t.line, t.line) for t in expr.tests]
        when = [(*declined[:i], *expr.tests[i : i + 1]) for i in range(len(values))]
        return [values[i] for i in ordered(self, list(range(len(values))), lambda i: when[i], frame)]

    def binop(self, expr: ir.BinOp, frame: Frame) -> Value:
        left, right = self.eval(expr.left, frame), self.eval(expr.right, frame)
        if expr.op == "|":
            maps = [v for v in (left, right) if isinstance(v, Map)]
            if len(maps) == 2:
                return Map(items=(*maps[0].items, *maps[1].items), span=self.span(expr, frame))
            parts = [p for side in (left, right) for p in (side.parts if isinstance(side, Pipe) else (side,))]
            return Pipe(parts=tuple(parts), span=self.span(expr, frame))
        return known.operator(self, expr, left, right, frame)

    # -- calls ------------------------------------------------------------------------------------------------------

    def call(self, expr: ir.Call, frame: Frame) -> Value:
        special = known.special_call(self, expr, frame)
        if special is not None:
            return special
        callee = self.eval(expr.func, frame)
        answers = [self.called(c, expr, frame) for c in options_of(callee)]
        return many(answers) or self.unknown(expr, frame, "call")

    def called(self, callee: Value, expr: ir.Call, frame: Frame) -> Value:
        match callee:
            case Fn():
                return self.invoke(callee, expr.args, frame, expr)
            case Cls():
                return Inst(cls=callee, frame=self.constructed(callee, expr, frame), span=self.span(expr, frame))
            case Ext(name=name, recv=recv):
                answer = known.call(self, name, recv, expr, frame)
                if answer is not None:
                    return answer
                return Obj(name=name, call=expr, frame=frame, recv=recv, span=self.span(expr, frame))
            case Inst() | Obj():
                if isinstance(callee, Obj):
                    return Obj(
                        name=f"{callee.name}.__call__", call=expr, frame=frame, recv=callee, span=self.span(expr, frame)
                    )
                method = self.inst_member(callee, "__call__")
                if isinstance(method, Fn):
                    return self.invoke(method, expr.args, frame, expr)
        reason = callee.reason if isinstance(callee, Unk) else "call"
        return self.unknown(expr, frame, f"result of a call: {reason}")

    def constructed(self, cls: Cls, expr: ir.Call, frame: Frame) -> Frame:
        for at in self.lineage(cls):
            found = self.method(at, ("__init__", "constructor"))
            if found is not None:
                scope = at.module.scopes[found[1]]
                skip = 1 if at.module.language == "python" else 0
                return Frame(
                    module=at.module, scope=found[1], args=self.bind_args(scope.params, expr.args, frame, skip)
                )
        fields = [
            b.target
            for at in reversed(list(self.lineage(cls)))
            for b in at.module.scopes[at.scope].bindings
            if b.kind == "field"
        ]
        args: dict[str, Thunk | Value] = {}
        positional = [a for a in expr.args if a.name is None and not a.spread]
        for name, arg in zip(dict.fromkeys(fields), positional, strict=False):
            args[name] = Thunk(arg.value, frame)
        args |= {a.name: Thunk(a.value, frame) for a in expr.args if a.name and not a.spread}
        args |= self.spread_args(expr.args, frame)
        return Frame(module=cls.module, scope=cls.scope, args=args)

    def spread_args(self, args: tuple[ir.Arg, ...], frame: Frame) -> dict[str, Thunk | Value]:
        out: dict[str, Thunk | Value] = {}
        for arg in args:
            if arg.name == "**":
                spread = self.eval(arg.value, frame)
                if isinstance(spread, Map):
                    out |= dict(spread.items)
        return out

    def bind_args(
        self, params: tuple[ir.Param, ...], args: tuple[ir.Arg, ...], frame: Frame, skip: int = 0
    ) -> dict[str, Thunk | Value]:
        """Arguments by parameter name; what is not given stays out (its default speaks)."""
        bound: dict[str, Thunk | Value] = {}
        positional = [a for a in args if a.name is None and not a.spread]
        for param in params:
            if param.kind == "positional" and skip <= param.position < len(positional) + skip:
                bound[param.name] = Thunk(positional[param.position - skip].value, frame)
        fields = [p for p in params if p.kind == "field"]
        for param in fields:
            place = param.position
            if place < len(positional):
                given = positional[place].value
                bound[param.name] = Thunk(ir.Attr(given, param.name, given.line), frame)
                if isinstance(given, ir.Dict) and not any(k is None for k, _ in given.items):
                    given_names = [k.value for k, _ in given.items if isinstance(k, ir.Lit)]
                    if param.name not in given_names:
                        del bound[param.name]
        names = {p.name for p in params}
        extra: list[tuple[str, Value]] = []
        for arg in args:
            if arg.name and not arg.spread:
                if arg.name in names:
                    bound[arg.name] = Thunk(arg.value, frame)
                else:
                    extra.append((arg.name, self.eval(arg.value, frame)))
        for name, value in self.spread_args(args, frame).items():
            if name in names:
                bound.setdefault(name, value)
            else:
                extra.append((name, self.force(value)))
        rest = next((p for p in params if p.kind == "kwargs"), None)
        if rest is not None:
            bound[rest.name] = Map(items=tuple(extra), span=Span(frame.module.path, 1, 1))
        return bound

    def invoke(self, fn: Fn, args: tuple[ir.Arg, ...], frame: Frame, expr: ir.Call | None) -> Value:
        """What a function of the tree returns for these arguments."""
        scope = fn.module.scopes[fn.scope]
        span = Span(fn.module.path, scope.first_line, scope.last_line)
        if frame.depth > 8:
            return Unk(name=scope.name, reason="calls nested too deep", span=span, how="unresolved")
        return self.answered(fn, self.entered(fn, args, frame))

    def applied(self, fn: Fn, values: tuple[Value, ...], depth: int) -> Value:
        """What a function of the tree returns for these values: a callback that a library calls."""
        scope = fn.module.scopes[fn.scope]
        if depth > 8:
            span = Span(fn.module.path, scope.first_line, scope.last_line)
            return Unk(name=scope.name, reason="calls nested too deep", span=span, how="unresolved")
        given: dict[str, Thunk | Value] = {}
        for param in scope.params:
            value = values[param.position] if param.position < len(values) else None
            if param.kind == "field" and isinstance(value, Map):
                value = value.get(param.name)
            if value is not None and param.kind in ("positional", "field"):
                given[param.name] = value
        parent = fn.closure or self.frame(fn.module, max(scope.parent, 0))
        frame = Frame(
            module=fn.module, scope=fn.scope, args=given, self_value=fn.self_value, parent=parent, depth=depth + 1
        )
        return self.answered(fn, frame)

    def answered(self, fn: Fn, inner: Frame) -> Value:
        """What a function returns in a frame."""
        scope = fn.module.scopes[fn.scope]
        span = Span(fn.module.path, scope.first_line, scope.last_line)
        if not scope.returns:
            typed = self.typed(scope.returns_annotation, inner)
            return typed or Unk(
                name=f"{scope.name}()", reason="returns nothing that the code shows", span=span, how="unresolved"
            )
        key = (fn.module.path, fn.scope)
        if self._invoking[key] >= MAX_SELF_CALLS:
            self._cuts.add(("calls", *key))
            return Unk(name=f"{scope.name}()", reason="calls itself", span=span, how="unresolved")
        self._invoking[key] += 1
        try:
            answers = [self.eval(r, inner) for r in self.returned(scope, inner)]
        finally:
            self._invoking[key] -= 1
            if not self._invoking[key]:
                self._cuts.discard(("calls", *key))
        solid = [a for a in answers if not (isinstance(a, Const) and a.constant is None)]
        value = many(solid or answers) or answers[0]
        if isinstance(value, Fn) and (named := self.stands_for(scope.returns_annotation, inner)) is not None:
            return named
        if isinstance(value, Unk):
            value = self.promised(scope.returns_annotation, inner, value)
            if not isinstance(value, Unk):
                return value
        return carried(value, "literal", span)

    def returned(self, scope: ir.Scope, inner: Frame) -> list[ir.Expr]:
        """What a function may return, the likeliest first: else the way that no special case took."""
        if len(scope.returns) == 1:
            return list(scope.returns)
        when = dict(zip(map(id, scope.returns), scope.returns_when, strict=True))
        kept = reached(self, [*scope.returns[:7], *scope.returns[7:][-1:]], lambda r: when[id(r)], inner)
        return ordered(self, [*kept[-1:], *kept[:-1]], lambda r: when[id(r)], inner)

    def entered(self, fn: Fn, args: tuple[ir.Arg, ...], frame: Frame) -> Frame:
        """The frame of a function with these arguments bound."""
        scope = fn.module.scopes[fn.scope]
        parent_scope = fn.module.scopes[scope.parent] if scope.parent >= 0 else None
        static = any(
            source_name(d).endswith("staticmethod") for d in scope.decorators if isinstance(d, ir.Name | ir.Attr)
        )
        is_method = (
            fn.module.language == "python" and parent_scope is not None and parent_scope.kind == "class" and not static
        )
        parent = fn.closure or self.frame(fn.module, scope.parent)
        return Frame(
            module=fn.module,
            scope=fn.scope,
            args=self.bind_args(scope.params, args, frame, 1 if is_method else 0),
            self_value=fn.self_value,
            parent=parent,
            depth=frame.depth + 1,
        )


def package_of(specifier: str) -> str:
    """`openai` of `npm:openai@4`, `https://esm.sh/openai@4.1`; `fs` of `node:fs`."""
    found = _REGISTRY.match(specifier)
    return specifier if found is None else _VERSION.sub("", specifier[found.end() :]).partition("?")[0]


def _is_list(value: Value | None) -> bool:
    return value is not None and any(isinstance(o, Lst) for o in options_of(value))


def _conditions(binding: ir.Binding | None) -> tuple[ir.Expr, ...]:
    return binding.when if binding is not None else ()


def _is_choice(value: Value) -> bool:
    """A number, or a text that may be the name of a model."""
    if isinstance(value, Str):
        return value.literal is not None and 2 < len(value.literal) < 120 and not re.search(r"\s", value.literal)
    return isinstance(value, Num)


def _is_outside(value: Value) -> bool:
    return isinstance(value, Ext) and value.recv is None


def _is_class_name(name: str, written: ir.Expr) -> bool:
    """`openai.OpenAI`; a default import has the name that the file gives it."""
    last = name.rpartition(".")[2]
    if last == "default":
        last = written.id if isinstance(written, ir.Name) else ""
    return last[:1].isupper()


def declared_in(inner: ir.Scope, outer: ir.Scope) -> bool:
    """Whether a scope declares a name of `outer`; a method inside an object (`obj.run`) does not."""
    return inner.qualname == (f"{outer.qualname}.{inner.name}" if outer.qualname else inner.name)


def item_of(name: str, target: str) -> str | None:
    """The key that `target` sets on the object `name`: `name[key]`, `name.key`."""
    if not target.startswith(name):
        return None
    rest = target[len(name) :]
    if rest.startswith("[") and rest.endswith("]"):
        return rest[1:-1]
    return rest[1:] if rest.startswith(".") and rest.count(".") == 1 and "[" not in rest else None


def source_name(expr: ir.Expr) -> str:
    """A short name for an expression, for holes and reasons: `user.name`, `f()`, `x[...]`."""
    match expr:
        case ir.Name(id=name):
            return name
        case ir.Attr(base=base, name=name):
            return f"{source_name(base)}.{name}"
        case ir.Call(func=func):
            return f"{source_name(func)}()"
        case ir.Index(base=base):
            return f"{source_name(base)}[]"
        case ir.Lit(value=value):
            return repr(value)[:20] if not isinstance(value, str) else "text"
        case _:
            return "value"

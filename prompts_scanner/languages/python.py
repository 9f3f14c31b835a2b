"""Python source (and notebook cells) to the language-neutral picture, with the standard library's `ast`.

Nothing is imported or executed; a file that does not parse is a `Broken`. Grammar: the running Python's.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import replace
from typing import Literal

from prompts_scanner import ir
from prompts_scanner.flow import walk
from prompts_scanner.languages import notebook
from prompts_scanner.languages.scopes import OpenScope, deeper

SUFFIXES = (".py", ".pyi", ".ipynb")
MAX_BYTES = 2_000_000
MAX_REPAIRS = 24
MAX_REPAIR_BYTES = 3_000_000
_AICOST = re.compile(r"#\s*aicost:\s*(\S.*)")
_OPERATORS: dict[type[ast.operator], str] = {
    ast.BitOr: "|",
    ast.Mult: "*",
    ast.Mod: "%",
    ast.Sub: "-",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Pow: "**",
    ast.RShift: ">>",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "==",
    ast.IsNot: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
}


def parse(path: str, data: bytes) -> ir.Module | ir.Broken:
    """The picture of one file; never raises on bad input."""
    if len(data) > MAX_BYTES:
        return ir.Broken(path, 1, f"larger than {MAX_BYTES} bytes")
    source: bytes | str = data
    unread: tuple[int, ...] = ()
    if path.endswith(".ipynb"):
        cells = notebook.source_of(data)
        if cells is None:
            return ir.Broken(path, 1, "not a readable notebook")
        source, unread = cells
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return replace(_Reader(path, ast.parse(source), source).module(), unread=unread)
            except SyntaxError as error:
                repaired = _repaired(source, error)
                if repaired is None:
                    return ir.Broken(path, error.lineno or 1, f"not valid Python: {error.msg}")
                tree, text, skipped = repaired
                return replace(_Reader(path, tree, text).module(), unread=(*unread, *skipped))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return ir.Broken(path, 1, f"could not be parsed: {type(error).__name__}")


def _repaired(source: bytes | str, error: SyntaxError) -> tuple[ast.Module, str, tuple[int, ...]] | None:
    """The file without the lines that this Python cannot read: syntax newer than it, a slip of the pen.

    Each try parses the whole file, so the number of tries falls with its size.
    """
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    lines = text.split("\n")
    skipped: list[int] = []
    for _ in range(min(MAX_REPAIRS, MAX_REPAIR_BYTES // (len(text) + 1))):
        at = (error.lineno or 0) - 1
        if not 0 <= at < len(lines) or len(skipped) > len(lines) // 4 or not lines[at].strip():
            return None
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        after = at in skipped or "indent" in (error.msg or "") or "unmatched" in (error.msg or "")
        lines[at] = "" if after or lines[at].strip() == "pass" else f"{indent}pass"
        skipped.append(at + 1)
        try:
            shown = "\n".join(lines)
            return ast.parse(shown), shown, tuple(skipped)
        except SyntaxError as next_error:
            error = next_error
    return None


class _Reader:
    def __init__(self, path: str, tree: ast.Module, source: bytes | str) -> None:
        self.path = path
        self.tree = tree
        text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
        self.lines = text.split("\n")
        self.scopes: list[OpenScope] = [OpenScope("module", "", "", -1, 1, max(1, len(self.lines)))]
        self.calls: list[ir.CallUse] = []
        self.imports: list[ir.Import] = []
        self.at = 0
        self.loops: tuple[ir.LoopAt, ...] = ()
        self.each: ir.LoopAt | None = None
        self.when: tuple[ir.Expr, ...] = ()
        self.has_main = False

    def module(self) -> ir.Module:
        self.scopes[0].doc, self.scopes[0].doc_line = _docstring(self.tree)
        self.body(self.tree.body)
        comments = tuple(
            ir.Comment(i, found.group(1).rstrip())
            for i, line in enumerate(self.lines, 1)
            if (found := _AICOST.search(line))
        )
        return ir.Module(
            path=self.path,
            language="python",
            scopes=tuple(s.close() for s in self.scopes),
            calls=tuple(sorted(self.calls, key=lambda u: u.call.line)),
            imports=tuple(self.imports),
            comments=comments,
            has_main=self.has_main,
        )

    # -- statements -------------------------------------------------------------------------------------------------

    def body(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def nested(self, statements: list[ast.stmt], loop: ir.LoopAt | None = None, when: ir.Expr | None = None) -> None:
        if not statements:
            return
        before, self.when = (self.loops, self.when), deeper(self.when, when, statements[0].lineno)
        if loop is not None:
            self.loops = (*self.loops, loop)
        self.body(statements)
        self.loops, self.when = before

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.function(node)
            case ast.ClassDef():
                self.klass(node)
            case ast.Assign(targets=targets, value=value):
                converted = self.expr(value)
                for target in targets:
                    self.bind(target, converted, None, node)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                self.bind(target, self.expr(value) if value else None, self.expr(annotation), node)
            case ast.AugAssign(target=target, value=value):
                self.bind(target, self.expr(value), None, node, kind="aug")
            case ast.Return(value=value):
                if value is not None:
                    self.scopes[self.at].returns.append(self.expr(value))
                    self.scopes[self.at].returns_when.append(self.when)
            case ast.Expr(value=value):
                self.expr(value)
            case ast.If(test=test, body=body, orelse=orelse):
                asked = self.expr(test)
                if isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__":
                    self.has_main = True
                self.nested(body, when=asked)
                self.nested(orelse, when=ir.Opaque("not", (asked,), test.lineno, test.lineno))
            case ast.For() | ast.AsyncFor():
                iterable = self.expr(node.iter)
                self.bind(node.target, iterable, None, node, kind="loop")
                self.nested(node.body, ir.LoopAt("for", iterable, node.lineno, node.end_lineno or node.lineno))
                self.nested(node.orelse)
            case ast.While(test=test, body=body, orelse=orelse):
                self.expr(test)
                self.nested(body, ir.LoopAt("while", None, node.lineno, node.end_lineno or node.lineno))
                self.nested(orelse)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    value_expr = self.expr(item.context_expr)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, value_expr, None, node, kind="with")
                self.body(node.body)
            case ast.Try() | ast.TryStar():
                self.body(node.body)
                for handler in node.handlers:
                    self.nested(handler.body, when=ir.Opaque("handler", (), handler.lineno, handler.lineno))
                self.nested(node.orelse)
                self.body(node.finalbody)
            case ast.Match(subject=subject, cases=cases):
                matched = self.expr(subject)
                for case in cases:
                    if case.guard is not None:
                        self.expr(case.guard)
                    self.nested(case.body, when=self.case(matched, case))
            case ast.Import(names=names):
                for alias in names:
                    local = alias.asname or alias.name.split(".")[0]
                    module = alias.name if alias.asname else alias.name.split(".")[0]
                    self.imports.append(ir.Import(local, module, None, node.lineno))
            case ast.ImportFrom(module=module, names=names, level=level):
                for alias in names:
                    self.imports.append(
                        ir.Import(alias.asname or alias.name, "." * level + (module or ""), alias.name, node.lineno)
                    )
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.expr(child)

    def case(self, subject: ir.Expr, case: ast.match_case) -> ir.Expr | None:
        """`case "openai":` as the comparison that it makes."""
        patterns = case.pattern.patterns if isinstance(case.pattern, ast.MatchOr) else [case.pattern]
        values = [p.value for p in patterns if isinstance(p, ast.MatchValue)]
        if case.guard is not None or len(values) < len(patterns):
            return None
        line = case.pattern.lineno
        return ir.Opaque("or", tuple(ir.Opaque("==", (subject, self.expr(v)), line, line) for v in values), line, line)

    def bind(
        self,
        target: ast.expr,
        value: ir.Expr | None,
        annotation: ir.Expr | None,
        node: ast.stmt | ast.expr,
        kind: Literal["assign", "field", "aug", "loop", "with"] = "assign",
    ) -> None:
        scope = self.scopes[self.at]
        if kind == "assign" and scope.kind == "class":
            kind = "field"
        if isinstance(target, ast.Tuple | ast.List):
            for i, element in enumerate(target.elts):
                part: ir.Expr | None
                if isinstance(value, ir.Seq) and len(value.items) == len(target.elts) and kind == "assign":
                    part = value.items[i]
                elif value is None:
                    part = None
                else:
                    part = ir.Index(value, ir.Lit(i, target.lineno, target.lineno), target.lineno)
                self.bind(element, part, None, node, kind)
            return
        name = self.target_name(target) or self.marked_item(target, value)
        if name is not None:
            scope.bindings.append(
                ir.Binding(
                    name,
                    value,
                    annotation,
                    kind,
                    target.lineno,
                    node.end_lineno or target.lineno,
                    len(self.when),
                    self.when,
                )
            )

    def target_name(self, target: ast.expr) -> str | None:
        match target:
            case ast.Name(id=name):
                return name
            case ast.Attribute(value=ast.Name(id=base), attr=attr):
                return f"{base}.{attr}"
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id=base), attr=middle), attr=attr):
                return f"{base}.{middle}.{attr}"
            case ast.Subscript(value=ast.Name(id=base), slice=ast.Constant(value=str(key))):
                return f"{base}[{key}]"
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id=base), attr=attr), slice=ast.Constant(value=str(key))
            ):
                return f"{base}.{attr}[{key}]"
            case ast.Subscript(value=ast.Subscript() as inner, slice=ast.Constant(value="cache_control")):
                root: ast.expr = inner  # `messages[-1]["content"][-1]["cache_control"]`: which mark, not which element
                while isinstance(root, ast.Subscript | ast.Attribute):
                    root = root.value
                return f"*{root.id}[cache_control]" if isinstance(root, ast.Name) else None
            case ast.Starred(value=value):
                return self.target_name(value)
        return None

    def marked_item(self, target: ast.expr, value: ir.Expr | None) -> str | None:
        """`result[-1]["content"] = [{**block, "cache_control": ...}]`: an item that is replaced by one with a mark."""
        if not isinstance(target, ast.Subscript) or not isinstance(value, ir.Seq | ir.Dict | ir.Opaque):
            return None
        marked = any(
            isinstance(key, ir.Lit) and key.value == "cache_control"
            for part in walk(value)
            if isinstance(part, ir.Dict)
            for key, _ in part.items
        )
        root: ast.expr = target
        while isinstance(root, ast.Subscript | ast.Attribute):
            root = root.value
        return f"*{root.id}[cache_control]" if marked and isinstance(root, ast.Name) else None

    # -- scopes -----------------------------------------------------------------------------------------------------

    def enter(self, scope: OpenScope) -> tuple[int, tuple[ir.Expr, ...], tuple[ir.LoopAt, ...]]:
        state = (self.at, self.when, self.loops)
        self.scopes.append(scope)
        self.at, self.when, self.loops = len(self.scopes) - 1, (), ()
        return state

    def leave(self, state: tuple[int, tuple[ir.Expr, ...], tuple[ir.LoopAt, ...]]) -> None:
        self.at, self.when, self.loops = state

    def qualify(self, name: str) -> str:
        outer = self.scopes[self.at].qualname
        return f"{outer}.{name}" if outer else name

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = tuple(self.expr(d) for d in node.decorator_list)
        params = self.params(node.args)
        doc, doc_line = _docstring(node)
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        state = self.enter(
            OpenScope(
                "function",
                node.name,
                self.qualify(node.name),
                self.at,
                first,
                node.end_lineno or node.lineno,
                params=params,
                returns_annotation=self.expr(node.returns) if node.returns else None,
                decorators=decorators,
                doc=doc,
                doc_line=doc_line,
                is_async=isinstance(node, ast.AsyncFunctionDef),
            )
        )
        self.body(node.body)
        self.leave(state)

    def klass(self, node: ast.ClassDef) -> None:
        doc, doc_line = _docstring(node)
        state = self.enter(
            OpenScope(
                "class",
                node.name,
                self.qualify(node.name),
                self.at,
                min([node.lineno, *(d.lineno for d in node.decorator_list)]),
                node.end_lineno or node.lineno,
                decorators=tuple(self.expr(d) for d in node.decorator_list),
                bases=tuple(self.expr(b) for b in node.bases),
                class_kwargs=tuple(ir.Arg(self.expr(k.value), k.arg or "**", k.arg is None) for k in node.keywords),
                doc=doc,
                doc_line=doc_line,
            )
        )
        self.body(node.body)
        self.leave(state)

    def params(self, args: ast.arguments) -> tuple[ir.Param, ...]:
        out: list[ir.Param] = []
        positional = [*args.posonlyargs, *args.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
        for i, (arg, default) in enumerate(zip(positional, [*defaults, *args.defaults], strict=True)):
            out.append(self.param(arg, default, "positional", i))
        if args.vararg:
            out.append(self.param(args.vararg, None, "args", len(out)))
        for arg, kw_default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            out.append(self.param(arg, kw_default, "keyword", len(out)))
        if args.kwarg:
            out.append(self.param(args.kwarg, None, "kwargs", len(out)))
        return tuple(out)

    def param(
        self,
        arg: ast.arg,
        default: ast.expr | None,
        kind: Literal["positional", "keyword", "args", "kwargs", "field"],
        position: int,
    ) -> ir.Param:
        return ir.Param(
            arg.arg,
            self.expr(default) if default is not None else None,
            self.expr(arg.annotation) if arg.annotation is not None else None,
            kind,
            position,
            arg.lineno,
        )

    # -- expressions ------------------------------------------------------------------------------------------------

    def expr(self, node: ast.expr) -> ir.Expr:
        line, end = node.lineno, node.end_lineno or node.lineno
        match node:
            case ast.Constant(value=value):
                if value is None or isinstance(value, str | bool | int | float):
                    return ir.Lit(value, line, end)
                return ir.Opaque("literal", (), line, end)
            case ast.Name(id=name):
                return ir.Name(name, line)
            case ast.Attribute(value=value, attr=attr):
                return ir.Attr(self.expr(value), attr, end)
            case ast.Call():
                return self.call(node)
            case ast.JoinedStr(values=values):
                return ir.Concat(tuple(self.expr(v) for v in values), line, end)
            case ast.FormattedValue(value=value):
                return self.expr(value)
            case ast.BinOp(left=left, op=op, right=right):
                if isinstance(op, ast.Add):
                    return ir.Concat(tuple(self.flatten(node)), line, end)
                return ir.BinOp(_OPERATORS.get(type(op), "?"), self.expr(left), self.expr(right), line)
            case ast.BoolOp(op=ast.Or(), values=values):
                return ir.Choice(tuple(self.expr(v) for v in values), "or", line)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                asked = self.expr(test)
                return ir.Choice((self.expr(body), self.expr(orelse)), "ternary", line, (asked,))
            case ast.Subscript(value=value, slice=key):
                return ir.Index(self.expr(value), self.expr(key), line)
            case ast.Slice(lower=lower, upper=upper, step=step):
                bounds = [ir.Lit(None, line, end) if b is None else self.expr(b) for b in (lower, upper, step)]
                return ir.Opaque("slice", tuple(bounds), line, end)
            case ast.Dict(keys=keys, values=values):
                items = tuple(
                    (self.expr(k) if k is not None else None, self.expr(v)) for k, v in zip(keys, values, strict=True)
                )
                return ir.Dict(items, line, end)
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                return ir.Seq(tuple(self.expr(e) for e in elts), line, end, isinstance(node, ast.Set))
            case ast.Starred(value=value):
                return ir.Opaque("spread", (self.expr(value),), line, end)
            case ast.Await(value=value):
                return self.expr(value)
            case ast.NamedExpr(target=target, value=value):
                converted = self.expr(value)
                self.bind(target, converted, None, node)
                return converted
            case ast.Lambda(args=args, body=body):
                params = self.params(args)
                each, self.each = self.each, None
                index = len(self.scopes)
                state = self.enter(
                    OpenScope("function", "<lambda>", self.qualify("<lambda>"), self.at, line, end, params=params)
                )
                self.loops = (each,) if each is not None else ()
                self.scopes[self.at].returns.append(self.expr(body))
                self.scopes[self.at].returns_when.append(())
                self.leave(state)
                return ir.Func(index, line, end)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return ir.Lit(-number, line, end)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ir.Opaque("not", (self.expr(operand),), line, end)
            case ast.BoolOp(op=ast.And(), values=values):
                return ir.Opaque("and", tuple(self.expr(v) for v in values), line, end)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                return ir.Opaque(_COMPARISONS[type(op)], (self.expr(left), self.expr(right)), line, end)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self.comprehension(node, [node.elt])
            case ast.DictComp():
                return self.comprehension(node, [node.key, node.value])
            case _:
                children = tuple(self.expr(c) for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr))
                return ir.Opaque(type(node).__name__.lower(), children, line, end)

    def flatten(self, node: ast.BinOp) -> list[ir.Expr]:
        """`a + b + c` as one list; iterative, since long sums are what breaks recursive readers."""
        parts: list[ast.expr] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add):
            parts.append(left.right)
            left = left.left
        parts.append(left)
        return [self.expr(p) for p in reversed(parts)]

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, parts: list[ast.expr]
    ) -> ir.Expr:
        before = self.loops
        iterables = []
        for generator in node.generators:
            iterable = self.expr(generator.iter)
            iterables.append(iterable)
            self.bind(generator.target, iterable, None, node, kind="loop")
            self.loops = (
                *self.loops,
                ir.LoopAt("comprehension", iterable, node.lineno, node.end_lineno or node.lineno),
            )
            for condition in generator.ifs:
                self.expr(condition)
        children = tuple(self.expr(p) for p in parts)
        self.loops = before
        return ir.Opaque("comprehension", (*children, *iterables), node.lineno, node.end_lineno or node.lineno)

    def call(self, node: ast.Call) -> ir.Expr:
        func = self.expr(node.func)
        maps = func.name if isinstance(func, ir.Attr) else func.id if isinstance(func, ir.Name) else ""
        # a lambda handed to `map` runs for each item of what stands beside it
        self.each = ir.LoopAt("map", None, node.lineno, node.end_lineno or node.lineno) if maps in ir.MAPS else None
        args = [
            ir.Arg(self.expr(a.value), None, True) if isinstance(a, ast.Starred) else ir.Arg(self.expr(a))
            for a in node.args
        ]
        args += [ir.Arg(self.expr(k.value), k.arg or "**", k.arg is None) for k in node.keywords]
        call = ir.Call(
            func, tuple(args), node.lineno, node.end_lineno or node.lineno, node.func.end_lineno or node.lineno
        )
        self.calls.append(ir.CallUse(call, self.at, self.loops))
        return call


def _docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[str | None, int]:
    match node.body:
        case [ast.Expr(value=ast.Constant(value=str(), lineno=line)), *_]:
            return ast.get_docstring(node), line
    return None, 0

"""Expressions of TypeScript and JavaScript to the language-neutral picture.

Left-recursive shapes (chains, sums, `||`) are walked in a loop; what is nested deeper than `MAX_DEPTH` is put in a queue and
read later from the top, so that no input can exhaust the stack and nothing in it is lost.
Grammar: https://github.com/tree-sitter/tree-sitter-typescript (node names are those of its `node-types.json`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tree_sitter import Node

from prompts_scanner import ir
from prompts_scanner.languages.scopes import OpenScope
from prompts_scanner.languages.typescript_text import cooked, jsx_text, number
from prompts_scanner.languages.typescript_types import owner_type

MAX_DEPTH = 60
MAX_CHAIN = 60
FUNCTIONS = frozenset(("arrow_function", "function_expression", "generator_function", "function"))
_CHAIN = frozenset(("call_expression", "member_expression", "subscript_expression", "non_null_expression"))
_WRAPPED = frozenset(("parenthesized_expression", "await_expression"))
_CASTS = frozenset(("as_expression", "satisfies_expression"))
_ITERATE = frozenset("map forEach flatMap reduce reduceRight mapSeries each mapLimit eachLimit".split())
_ITERATE_FUNCTIONS = frozenset("pMap pEach pMapSeries pForEach asyncMap mapAsync mapLimit pool".split())
_NEVER_RUN = frozenset(("comment", "type_arguments", "type_annotation", "decorator"))
_ARITHMETIC = frozenset(("-", "*", "/", "%", "**"))
_JSX = frozenset(
    "jsx_element jsx_self_closing_element jsx_fragment jsx_opening_element jsx_closing_element jsx_attribute "
    "jsx_namespace_name".split()
)


@dataclass(frozen=True, slots=True)
class Later:
    """A part that is read after the rest: a function's body, or what is nested too deep."""

    node: Node
    scope: int
    loops: tuple[ir.LoopAt, ...]
    when: tuple[ir.Expr, ...]
    is_result: bool = False


class Expressions:
    """Reads expressions; what they hold of functions, classes and assignments is the subclass's part."""

    source: bytes

    def __init__(self, source: bytes, last_line: int) -> None:
        self.source = source
        self.scopes: list[OpenScope] = [OpenScope("module", "", "", -1, 1, last_line)]
        self.calls: list[ir.CallUse] = []
        self.later: deque[Later] = deque()
        self.at = 0
        self.loops: tuple[ir.LoopAt, ...] = ()
        self.when: tuple[ir.Expr, ...] = ()
        self.depth = 0
        # the type that the next function is declared to have
        self.expected: ir.Expr | None = None
        self.handlers: dict[str, Callable[[Node, str], ir.Expr]] = {
            "identifier": self._name,
            "shorthand_property_identifier": self._name,
            "property_identifier": self._name,
            "super": self._name,
            "import": self._name,
            "this": lambda node, _: ir.Name("self", line_of(node)),
            "undefined": lambda node, _: ir.Name("undefined", line_of(node)),
            "null": lambda node, _: ir.Lit(None, line_of(node), end_of(node)),
            "true": lambda node, _: ir.Lit(True, line_of(node), end_of(node)),
            "false": lambda node, _: ir.Lit(False, line_of(node), end_of(node)),
            "number": self._number,
            "string": self._string,
            "template_string": self._template,
            "binary_expression": self._binary,
            "unary_expression": self._unary,
            "ternary_expression": self._ternary,
            "object": self._object,
            "array": self._array,
            "spread_element": self._spread,
            "new_expression": self._new,
            "sequence_expression": self._sequence,
            "type_assertion": self._last_child,
            "assignment_expression": self.assignment,
            "augmented_assignment_expression": self.augmented,
            "class": self.class_expression,
            "meta_property": lambda node, _: ir.Name("import_meta", line_of(node)),
            "jsx_text": lambda node, _: ir.Lit(jsx_text(self.text(node)), line_of(node), end_of(node)),
            **dict.fromkeys(_CHAIN, self._chain),
            **dict.fromkeys(_WRAPPED, self._first_child),
            **dict.fromkeys(_CASTS, self._cast),
            **dict.fromkeys(FUNCTIONS, self.function_expression),
            **dict.fromkeys(_JSX, self._jsx),
        }

    # -- the parts of the subclass ----------------------------------------------------------------------------------

    def function_expression(self, node: Node, label: str) -> ir.Expr:
        raise NotImplementedError

    def method(self, node: Node, label: str) -> ir.Expr:
        raise NotImplementedError

    def class_expression(self, node: Node, label: str) -> ir.Expr:
        raise NotImplementedError

    def assignment(self, node: Node, label: str) -> ir.Expr:
        raise NotImplementedError

    def augmented(self, node: Node, label: str) -> ir.Expr:
        raise NotImplementedError

    # -- common -----------------------------------------------------------------------------------------------------

    def text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def expr(self, node: Node, label: str = "") -> ir.Expr:
        """One expression. `label` is what it is bound to, after which functions in it are named."""
        if self.depth >= MAX_DEPTH:
            self.later.append(Later(node, self.at, self.loops, self.when))
            return ir.Opaque("nested too deep", (), line_of(node), end_of(node))
        self.depth += 1
        try:
            handler = self.handlers.get(node.type)
            return self._other(node) if handler is None else handler(node, label)
        finally:
            self.depth -= 1

    def field(self, node: Node, name: str, label: str = "") -> ir.Expr:
        """The expression in a field; Opaque where broken code left it out."""
        inner = node.child_by_field_name(name)
        return ir.Opaque("missing", (), line_of(node), line_of(node)) if inner is None else self.expr(inner, label)

    def inner(self, node: Node) -> list[Node]:
        return [c for c in node.named_children if c.type not in _NEVER_RUN]

    def _other(self, node: Node) -> ir.Expr:
        children = tuple(self.expr(c) for c in self.inner(node))
        return ir.Opaque(node.type.removesuffix("_expression"), children, line_of(node), end_of(node))

    def _first_child(self, node: Node, label: str) -> ir.Expr:
        inner = self.inner(node)
        return self.expr(inner[0], label) if inner else self._other(node)

    def _last_child(self, node: Node, label: str) -> ir.Expr:
        inner = self.inner(node)
        return self.expr(inner[-1], label) if inner else self._other(node)

    def _name(self, node: Node, label: str) -> ir.Expr:
        return ir.Name(self.text(node), line_of(node))

    # -- literals ---------------------------------------------------------------------------------------------------

    def _number(self, node: Node, label: str) -> ir.Expr:
        value = number(self.text(node))
        if value is None:
            return ir.Opaque("number", (), line_of(node), end_of(node))
        return ir.Lit(value, line_of(node), end_of(node))

    def _string(self, node: Node, label: str) -> ir.Expr:
        return ir.Lit(cooked(self.text(node)[1:-1]), line_of(node), end_of(node))

    def _template(self, node: Node, label: str) -> ir.Expr:
        """The text between substitutions is cut by byte, so that nothing the grammar calls by another name is lost."""
        parts: list[ir.Expr] = []
        at, line = node.start_byte + 1, line_of(node)
        for child in node.named_children:
            if child.type != "template_substitution":
                continue
            self._piece(parts, at, child.start_byte, line)
            inner = self.inner(child)
            if inner:
                parts.append(self.expr(inner[-1]))
            at, line = child.end_byte, end_of(child)
        self._piece(parts, at, node.end_byte - 1, line)
        if all(isinstance(p, ir.Lit) for p in parts) and len(parts) < 2:
            return parts[0] if parts else ir.Lit("", line_of(node), end_of(node))
        return ir.Concat(tuple(parts), line_of(node), end_of(node))

    def _piece(self, parts: list[ir.Expr], start: int, end: int, line: int) -> None:
        if end > start:
            raw = self.source[start:end].decode("utf-8", "replace")
            parts.append(ir.Lit(cooked(raw), line, line + raw.count("\n")))

    # -- operators --------------------------------------------------------------------------------------------------

    def _operator(self, node: Node) -> str:
        operator = node.child_by_field_name("operator")
        return operator.type if operator is not None else "?"

    def _binary(self, node: Node, label: str) -> ir.Expr:
        operator = self._operator(node)
        if operator == "+":
            return ir.Concat(tuple(self._operands(node, ("+",))), line_of(node), end_of(node))
        if operator in ("||", "??"):
            return ir.Choice(tuple(self._operands(node, ("||", "??"), label)), "or", line_of(node))
        if operator == "&&":
            # the value of `a && b` is that of `b`, or nothing
            last = self._operands(node, ("&&",), label)[-1]
            return ir.Choice((last, ir.Lit(None, end_of(node), end_of(node))), "ternary", line_of(node))
        operands = self._operands(node, (operator,))
        if operator in _ARITHMETIC:
            out = operands[0]
            for right in operands[1:MAX_CHAIN]:
                out = ir.BinOp(operator, out, right, line_of(node))
            return out
        return ir.Opaque(operator, tuple(operands), line_of(node), end_of(node))

    def _operands(self, node: Node, operators: tuple[str, ...], label: str = "") -> list[ir.Expr]:
        """`a + b + c` as one list, in the order in which it is written."""
        nodes: list[Node] = []
        at: Node | None = node
        while at is not None and at.type == "binary_expression" and self._operator(at) in operators:
            right = at.child_by_field_name("right")
            nodes += [right] if right is not None else []
            at = at.child_by_field_name("left")
        nodes += [at] if at is not None else []
        return [self.expr(n, label) for n in reversed(nodes)] or [ir.Opaque("missing", (), line_of(node), end_of(node))]

    def _unary(self, node: Node, label: str) -> ir.Expr:
        value = self.field(node, "argument")
        operator = self._operator(node)
        if isinstance(value, ir.Lit) and not isinstance(value.value, bool) and isinstance(value.value, int | float):
            if operator == "-":
                return ir.Lit(-value.value, value.line, value.end_line)
            if operator == "+":
                return value
        return ir.Opaque(operator, (value,), line_of(node), end_of(node))

    def _ternary(self, node: Node, label: str) -> ir.Expr:
        """`c ? a : d ? b : e` is one choice of three."""
        options: list[ir.Expr] = []
        tests: list[ir.Expr] = []
        at = node
        while True:
            tests.append(self.field(at, "condition"))
            options.append(self.field(at, "consequence", label))
            otherwise = at.child_by_field_name("alternative")
            if otherwise is None or otherwise.type != "ternary_expression":
                break
            at = otherwise
        options.append(self.field(at, "alternative", label))
        return ir.Choice(tuple(options), "ternary", line_of(node), tuple(tests))

    def _sequence(self, node: Node, label: str) -> ir.Expr:
        """`(a, b)` is `b`; the grammar nests it to the right."""
        parts: list[Node] = []
        stack = [node]
        while stack:
            at = stack.pop()
            if at.type == "sequence_expression":
                stack += reversed(self.inner(at))
            else:
                parts.append(at)
        values = [self.expr(p) for p in parts]
        return values[-1] if values else self._other(node)

    # -- containers -------------------------------------------------------------------------------------------------

    def _array(self, node: Node, label: str) -> ir.Expr:
        return ir.Seq(tuple(self.expr(c, label) for c in self.inner(node)), line_of(node), end_of(node))

    def _spread(self, node: Node, label: str) -> ir.Expr:
        inner = self.inner(node)
        return ir.Opaque("spread", tuple(self.expr(c) for c in inner[:1]), line_of(node), end_of(node))

    def _cast(self, node: Node, label: str) -> ir.Expr:
        """`x as T`, `x satisfies T`: x, and what T says of the functions in it."""
        inner = self.inner(node)
        if not inner:
            return self._other(node)
        return self.promised(inner[0], label, owner_type(inner[-1], self.source) if len(inner) > 1 else None)

    def promised(self, node: Node, label: str, owner: ir.Expr | None) -> ir.Expr:
        """A value whose declaration names its type: an object's functions take their parameters' types from there."""
        while owner is not None and node.type == "parenthesized_expression" and (inner := self.inner(node)):
            node = inner[0]
        if owner is not None and node.type == "object":
            return self._object(node, label, owner)
        if owner is not None and node.type == "array" and self.depth < MAX_DEPTH - 2:
            parts = tuple(
                self._object(c, label, owner) if c.type == "object" else self.expr(c) for c in self.inner(node)
            )
            return ir.Seq(parts, line_of(node), end_of(node))
        return self.expr(node, label)

    def _object(self, node: Node, label: str, owner: ir.Expr | None = None) -> ir.Expr:
        items: list[tuple[ir.Expr | None, ir.Expr]] = []
        path = label or "<object>"
        for child in node.named_children:
            match child.type:
                case "pair":
                    key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
                    if key is not None and value is not None:
                        named = self.key(key)
                        self.expected = member_of(owner, named) if value.type in FUNCTIONS else None
                        items.append((named, self.expr(value, f"{path}.{_key_text(named)}")))
                case "shorthand_property_identifier":
                    items.append((ir.Lit(self.text(child), line_of(child), line_of(child)), self._name(child, "")))
                case "spread_element":
                    inner = self.inner(child)
                    if inner:
                        items.append((None, self.expr(inner[0])))
                case "method_definition":
                    name = child.child_by_field_name("name")
                    if name is not None:
                        named = self.key(name)
                        self.expected = member_of(owner, named)
                        items.append((named, self.method(child, f"{path}.{_key_text(named)}")))
                case "ERROR":
                    items.append((None, self._other(child)))
        return ir.Dict(tuple(items), line_of(node), end_of(node))

    def key(self, node: Node) -> ir.Expr:
        """A property's name: text, or an expression where it is computed."""
        match node.type:
            case "computed_property_name":
                return self._first_child(node, "")
            case "string" | "number":
                return self.expr(node)
        return ir.Lit(self.text(node), line_of(node), line_of(node))

    # -- chains and calls -------------------------------------------------------------------------------------------

    def _chain(self, node: Node, label: str) -> ir.Expr:
        """`a.b(c)[d].e()`: from the innermost outwards, in a loop."""
        links = [node]
        while True:
            below = links[-1].child_by_field_name("function" if links[-1].type == "call_expression" else "object")
            if links[-1].type == "non_null_expression":
                below = next(iter(self.inner(links[-1])), None)
            if below is None or below.type not in _CHAIN:
                break
            links.append(below)
        out = self.expr(below) if below is not None else self._missing(node)
        for count, link in enumerate(reversed(links), 1):
            if count % MAX_CHAIN == 0:
                out = ir.Opaque("long chain", (), out.line, out.line)
            out = self._link(link, out, label if link is node else "")
        return out

    def _missing(self, node: Node) -> ir.Expr:
        return ir.Opaque("missing", (), line_of(node), line_of(node))

    def _link(self, node: Node, base: ir.Expr, label: str) -> ir.Expr:
        match node.type:
            case "member_expression":
                name = node.child_by_field_name("property")
                return base if name is None else ir.Attr(base, self.text(name), line_of(name))
            case "subscript_expression":
                key = self.field(node, "index")
                if isinstance(key, ir.Lit) and isinstance(key.value, str):
                    return ir.Attr(base, key.value, key.line)
                return ir.Index(base, key, line_of(node))
            case "call_expression":
                return self.call(node, base, node.child_by_field_name("arguments"), label)
        return base

    def _new(self, node: Node, label: str) -> ir.Expr:
        func = self.field(node, "constructor")
        return self.call(node, func, node.child_by_field_name("arguments"), label)

    def call(self, node: Node, func: ir.Expr, arguments: Node | None, label: str) -> ir.Expr:
        name_line = func.line
        if isinstance(func, ir.Name) and func.id == "super":
            func = ir.Attr(func, "constructor", func.line)
        args: tuple[ir.Arg, ...] = ()
        if arguments is not None and arguments.type == "template_string":
            args = (ir.Arg(self._template(arguments, "")),)
        elif arguments is not None:
            args = self._arguments(node, func, arguments, label)
        call = ir.Call(func, args, line_of(node), end_of(node), name_line)
        self.calls.append(ir.CallUse(call, self.at, self.loops))
        return call

    def _arguments(self, node: Node, func: ir.Expr, arguments: Node, label: str) -> tuple[ir.Arg, ...]:
        nodes = self.inner(arguments)
        last = func.name if isinstance(func, ir.Attr) else func.id if isinstance(func, ir.Name) else ""
        iterates = (isinstance(func, ir.Attr) and last in _ITERATE) or last in _ITERATE_FUNCTIONS
        out: list[ir.Arg] = []
        for child in nodes:
            if child.type == "spread_element":
                inner = self.inner(child)
                out.append(ir.Arg(self.expr(inner[0]) if inner else self._missing(child), None, True))
            elif child.type in FUNCTIONS:
                iterable = func.base if isinstance(func, ir.Attr) else out[0].value if out else None
                loop = ir.LoopAt("map", iterable, line_of(node), end_of(node)) if iterates else None
                named = label if isinstance(func, ir.Name) and not iterates else ""
                out.append(ir.Arg(self.callback(child, named, loop)))
            else:
                out.append(ir.Arg(self.expr(child, label or last if child.type == "object" else label)))
        return tuple(out)

    def callback(self, node: Node, label: str, loop: ir.LoopAt | None) -> ir.Expr:
        """A function handed to a call: it runs within the loops around the call, and within `loop`."""
        raise NotImplementedError

    # -- JSX --------------------------------------------------------------------------------------------------------

    def _jsx(self, node: Node, label: str) -> ir.Expr:
        """The expressions and the text inside, in order; the tags themselves say nothing."""
        out: list[ir.Expr] = []
        stack = list(reversed(node.named_children))
        while stack:
            at = stack.pop()
            if at.type in _JSX:
                stack += reversed(at.named_children)
            elif at.type == "jsx_expression":
                out += [self.expr(c) for c in self.inner(at)]
            elif at.type not in ("identifier", "property_identifier", "member_expression", "comment"):
                out.append(self.expr(at))
        return ir.Opaque("jsx", tuple(out), line_of(node), end_of(node))


def line_of(node: Node) -> int:
    return node.start_point[0] + 1


def end_of(node: Node) -> int:
    return node.end_point[0] + 1


def member_of(owner: ir.Expr | None, key: ir.Expr) -> ir.Expr | None:
    """`Tool.execute`: the type of a member of a named type."""
    known = owner is not None and isinstance(key, ir.Lit) and isinstance(key.value, str)
    return ir.Attr(owner, str(key.value), key.line) if known and owner is not None and isinstance(key, ir.Lit) else None


def _key_text(key: ir.Expr) -> str:
    return str(key.value) if isinstance(key, ir.Lit) else "[]"

"""Where TypeScript gives names values: declarations, assignments, destructuring, parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from tree_sitter import Node

from prompts_scanner import ir
from prompts_scanner.languages.scopes import deeper
from prompts_scanner.languages.typescript_expr import MAX_DEPTH, Expressions, end_of, line_of
from prompts_scanner.languages.typescript_types import annotation, field_types

BindingKind = Literal["assign", "field", "aug", "loop", "with"]
_SHORTHAND = ("shorthand_property_identifier_pattern", "shorthand_property_identifier", "identifier")
_PARAMETER_PROPERTY = frozenset(("accessibility_modifier", "readonly", "override_modifier"))


class Patterns(Expressions):
    """Bindings of the scope that is being read."""

    def bind(
        self,
        target: str,
        value: ir.Expr | None,
        node: Node,
        *,
        end: int = 0,
        typed: ir.Expr | None = None,
        kind: BindingKind = "assign",
    ) -> None:
        binding = ir.Binding(
            target, value, typed, kind, line_of(node), max(end, end_of(node)), len(self.when), self.when
        )
        self.scopes[self.at].bindings.append(binding)

    def typed(self, node: Node) -> ir.Expr | None:
        return annotation(node.child_by_field_name("type"), self.source)

    # -- destructuring ----------------------------------------------------------------------------------------------

    def destructure(
        self,
        pattern: Node,
        value: ir.Expr | None,
        *,
        end: int,
        typed: ir.Expr | None = None,
        kind: BindingKind = "assign",
        depth: int = 0,
    ) -> None:
        """Bind every name of a pattern to its part of the value."""
        if depth > MAX_DEPTH:
            return
        match pattern.type:
            case "object_pattern" | "object":
                for child in pattern.named_children:
                    self._property(child, value, end, kind, depth)
            case "array_pattern" | "array":
                place = 0
                for element in pattern.children:
                    place += element.type == ","  # holes (`[, b]`) have no node of their own
                    if element.is_named and element.type != "comment":
                        part = _element(value, place, element.type == "rest_pattern", line_of(element))
                        self.destructure(element, part, end=end, kind=kind, depth=depth + 1)
            case "assignment_pattern" | "object_assignment_pattern" | "assignment_expression":
                left, right = pattern.child_by_field_name("left"), pattern.child_by_field_name("right")
                if left is not None and right is not None:
                    self.destructure(left, self._or_default(value, right), end=end, kind=kind, depth=depth + 1)
            case "rest_pattern" | "spread_element" | "parenthesized_expression" | "non_null_expression":
                for child in pattern.named_children[:1]:
                    self.destructure(child, value, end=end, kind=kind, depth=depth + 1)
            case _:
                target = self.target(pattern)
                if target is not None:
                    self.bind(target, value, pattern, end=end, typed=typed, kind=kind)

    def _property(self, child: Node, value: ir.Expr | None, end: int, kind: BindingKind, depth: int) -> None:
        match child.type:
            case "shorthand_property_identifier_pattern" | "shorthand_property_identifier":
                self.destructure(child, self._member(value, self.text(child), child), end=end, kind=kind, depth=depth)
            case "object_assignment_pattern":
                left = child.child_by_field_name("left")
                part = self._member(value, self.text(left), left) if left is not None else None
                self.destructure(child, part, end=end, kind=kind, depth=depth + 1)
            case "pair_pattern" | "pair":
                key, inner = child.child_by_field_name("key"), child.child_by_field_name("value")
                if key is not None and inner is not None:
                    self.destructure(inner, self._keyed(value, key), end=end, kind=kind, depth=depth + 1)
            case "rest_pattern" | "spread_element":
                self.destructure(child, value, end=end, kind=kind, depth=depth)

    def _keyed(self, value: ir.Expr | None, key: Node) -> ir.Expr | None:
        named = self.key(key)
        if value is None:
            return None
        if isinstance(named, ir.Lit) and isinstance(named.value, str):
            return ir.Attr(value, named.value, line_of(key))
        return ir.Index(value, named, line_of(key))

    def _member(self, value: ir.Expr | None, name: str, node: Node) -> ir.Expr | None:
        return None if value is None else ir.Attr(value, name, line_of(node))

    def _or_default(self, value: ir.Expr | None, default: Node) -> ir.Expr:
        other = self.expr(default)
        return other if value is None else ir.Choice((value, other), "or", line_of(default))

    def target(self, node: Node) -> str | None:
        """`x`, `self.x`, `a.b`, `a.b.c`, `a[k]`; None for what has no name that a reader could look up."""
        if node.type in _SHORTHAND:
            return self.text(node)
        parts: list[str] = []
        at: Node | None = node
        while at is not None and at.type == "member_expression" and len(parts) < 2:
            name = at.child_by_field_name("property")
            parts.append(self.text(name) if name is not None else "")
            at = at.child_by_field_name("object")
        if at is None:
            return None
        item = ""
        if at.type == "subscript_expression" and not parts:
            key, at = at.child_by_field_name("index"), at.child_by_field_name("object")
            if key is None or at is None or key.type not in ("string", "number"):
                return None
            item = f"[{self.text(key).strip(chr(34) + chr(39))}]"
            if at.type == "member_expression":
                outer = self.target(at)
                return None if outer is None else outer + item
        if at.type == "this":
            base = "self"
        elif at.type == "identifier":
            base = self.text(at)
        else:
            return None
        return ".".join((base, *reversed(parts))) + item

    # -- assignments ------------------------------------------------------------------------------------------------

    def assignment(self, node: Node, label: str) -> ir.Expr:
        left = node.child_by_field_name("left")
        target = self.target(left) if left is not None else None
        value = self.field(node, "right", label or (target or "").removeprefix("self."))
        if left is not None:
            self._reads(left)
            self.destructure(left, value, end=end_of(node))
        return value

    def augmented(self, node: Node, label: str) -> ir.Expr:
        left, operator = node.child_by_field_name("left"), node.child_by_field_name("operator")
        value = self.field(node, "right", label)
        target = self.target(left) if left is not None else None
        if left is not None and target is not None and operator is not None:
            self._reads(left)
            if operator.type == "+=":
                self.bind(target, value, left, end=end_of(node), kind="aug")
            elif operator.type in ("??=", "||="):
                # it may have a value already: one more that it can have
                before, self.when = self.when, deeper(self.when, None, line_of(node))
                self.bind(target, value, left, end=end_of(node))
                self.when = before
        return value

    def _reads(self, left: Node) -> None:
        """Calls inside an assignment's target: `store(x).prompt = y`."""
        if left.type in ("member_expression", "subscript_expression"):
            self.expr(left)

    # -- parameters -------------------------------------------------------------------------------------------------

    def params(
        self, node: Node | None, *, in_parts: bool = True
    ) -> tuple[tuple[ir.Param, ...], list[tuple[Node, ir.Expr]]]:
        """The parameters, and the patterns to be taken apart in the function's own scope.

        `in_parts`: a plain `{a, b}` is given as fields, not taken apart inside.
        """
        out: list[ir.Param] = []
        patterns: list[tuple[Node, ir.Expr]] = []
        if node is None:
            return (), patterns
        listed = [node] if node.type == "identifier" else node.named_children
        position, expected, self.expected = 0, self.expected, None
        for child in listed:
            if child.type in ("comment", "decorator") or child.type == "this":
                continue
            pattern, default = self._parameter(child)
            if pattern is None or pattern.type == "this":
                continue
            type_node = child.child_by_field_name("type")
            typed = annotation(type_node, self.source)
            if type_node is None and expected is not None:
                typed = ir.Attr(expected, whole_name(position), line_of(child))
            fields = None
            if in_parts and pattern.type == "object_pattern":
                fields = self._fields(pattern, position, field_types(type_node, typed, self.source))
            if fields is not None:
                out += fields
            else:
                self._param(out, patterns, pattern, default, typed, position)
            position += 1
        return tuple(out), patterns

    def _parameter(self, node: Node) -> tuple[Node | None, Node | None]:
        if node.type in ("required_parameter", "optional_parameter"):
            return node.child_by_field_name("pattern"), node.child_by_field_name("value")
        if node.type == "assignment_pattern":
            return node.child_by_field_name("left"), node.child_by_field_name("right")
        return node, None

    def _param(
        self,
        out: list[ir.Param],
        patterns: list[tuple[Node, ir.Expr]],
        pattern: Node,
        default: Node | None,
        typed: ir.Expr | None,
        position: int,
    ) -> None:
        line = line_of(pattern)
        given = self.expr(default) if default is not None else None
        match pattern.type:
            case "identifier":
                out.append(ir.Param(self.text(pattern), given, typed, "positional", position, line))
            case "rest_pattern":
                inner = pattern.named_children[:1]
                name = self.text(inner[0]) if inner and inner[0].type == "identifier" else "rest"
                out.append(ir.Param(name, None, typed, "args", position, line))
            case "object_pattern" | "array_pattern":
                whole = ir.Name(whole_name(position), line)
                out.append(ir.Param(whole.id, given, typed, "positional", position, line))
                patterns.append((pattern, whole))

    def _fields(self, pattern: Node, position: int, types: Callable[[str], ir.Expr | None]) -> list[ir.Param] | None:
        """One parameter a field of `{a, b = 1}`; None where the pattern renames, nests or gathers the rest."""
        fields = [c for c in pattern.named_children if c.type != "comment"]
        if not all(_is_plain_field(c) for c in fields):
            return None
        out: list[ir.Param] = []
        for child in fields:
            left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
            name = self.text(left or child)
            default = self.expr(right) if right is not None else None
            out.append(ir.Param(name, default, types(name), "field", position, line_of(child)))
        return out

    def parameter_properties(self, node: Node | None) -> None:
        """`constructor(private readonly llm: LLM)` sets `this.llm`."""
        for child in node.named_children if node is not None else ():
            if child.type not in ("required_parameter", "optional_parameter"):
                continue
            pattern = child.child_by_field_name("pattern")
            marked = any(c.type in _PARAMETER_PROPERTY for c in child.children)
            if marked and pattern is not None and pattern.type == "identifier":
                name = self.text(pattern)
                self.bind(f"self.{name}", ir.Name(name, line_of(pattern)), child, typed=self.typed(child))


def whole_name(position: int) -> str:
    """The name of a parameter that is only taken apart: no program can say it."""
    return f"#{position}"


def _is_plain_field(node: Node) -> bool:
    left = node.child_by_field_name("left")
    plain = node if node.type != "object_assignment_pattern" else left
    return plain is not None and plain.type in _SHORTHAND


def _element(value: ir.Expr | None, index: int, is_rest: bool, line: int) -> ir.Expr | None:
    if value is None or is_rest:
        return value
    if isinstance(value, ir.Seq) and index < len(value.items):
        return value.items[index]
    return ir.Index(value, ir.Lit(index, line, line), line)

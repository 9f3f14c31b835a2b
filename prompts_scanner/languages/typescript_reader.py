"""Statements and scopes of TypeScript and JavaScript to the language-neutral picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from tree_sitter import Node

from prompts_scanner import ir
from prompts_scanner.languages.scopes import OpenScope, deeper
from prompts_scanner.languages.typescript_expr import MAX_DEPTH, Later, end_of, line_of
from prompts_scanner.languages.typescript_modules import Modules
from prompts_scanner.languages.typescript_text import jsdoc
from prompts_scanner.languages.typescript_types import annotation, owner_type

MAX_LOOPS = 12
MAX_QUALNAME = 400
_FIELDS = frozenset(("public_field_definition", "field_definition"))
_METHODS = frozenset(("method_definition", "abstract_method_signature", "method_signature"))
_UTILITY_TYPES = frozenset("Partial Required Readonly Pick Omit NonNullable Awaited".split())
_DECLARED = frozenset(("class_declaration", "abstract_class_declaration"))


class Reader(Modules):
    """Walks a parsed file once; what it finds grows in `scopes`, `calls`, `imports` and `exports`."""

    def __init__(self, source: bytes, last_line: int) -> None:
        super().__init__(source, last_line)
        self.doc: tuple[str, int] | None = None
        self.statements: dict[str, Callable[[Node], None]] = {
            **dict.fromkeys(("lexical_declaration", "variable_declaration"), self._declaration),
            **dict.fromkeys(("function_declaration", "generator_function_declaration"), self.declared_function),
            **dict.fromkeys(_DECLARED, self.declared_class),
            **dict.fromkeys(("statement_block", "class_static_block", "program", "ERROR"), self._block),
            **dict.fromkeys(("internal_module", "module"), self._namespace),
            **dict.fromkeys(("while_statement", "do_statement"), self._while),
            **dict.fromkeys(("function_signature", "comment"), lambda _: None),
            "enum_declaration": self._enum,
            "interface_declaration": self._interface,
            "type_alias_declaration": self._type_alias,
            "ambient_declaration": self._ambient,
            "import_statement": self.import_statement,
            "export_statement": self.export_statement,
            "if_statement": self._if,
            "for_statement": self._for,
            "for_in_statement": self._for_in,
            "try_statement": self._try,
            "switch_statement": self._switch,
            "return_statement": self._return,
            "labeled_statement": lambda node: self._in(node, "body"),
            "with_statement": lambda node: self._in(node, "body"),
            "else_clause": self._block,
            "catch_clause": lambda node: self._in(node, "body"),
            "finally_clause": lambda node: self._in(node, "body"),
        }

    def read(self, root: Node) -> None:
        """The whole file: its statements, then function bodies and deep parts from the queue."""
        self._block(root)
        while self.later:
            part = self.later.popleft()
            self.at, self.loops, self.when, self.depth, self.doc = part.scope, part.loops, part.when, 0, None
            if part.node.type in self.statements or part.node.type.endswith("_statement"):
                self.statement(part.node)
            elif part.is_result:
                self.result(self.expr(part.node))
            else:
                self.expr(part.node)

    # -- statements -------------------------------------------------------------------------------------------------

    def statement(self, node: Node) -> None:
        if self.depth >= MAX_DEPTH:
            self.later.append(Later(node, self.at, self.loops, self.when))
            return
        self.depth += 1
        handler = self.statements.get(node.type)
        if handler is not None:
            handler(node)
        else:
            for child in self.inner(node):
                self.statement(child) if child.type in self.statements else self.expr(child)
        self.depth -= 1

    def _block(self, node: Node) -> None:
        self._listed(node.named_children)

    def _listed(self, nodes: Iterable[Node]) -> None:
        """Statements in order, each with the JSDoc right above it."""
        for child in nodes:
            if child.type == "comment":
                text = jsdoc(self.text(child))
                self.doc = (text, line_of(child)) if text else self.doc
                continue
            self.statement(child)
            self.doc = None

    def _in(self, node: Node, field: str) -> None:
        inner = node.child_by_field_name(field)
        if inner is not None:
            self.statement(inner)

    def nested(self, node: Node | None, loop: ir.LoopAt | None = None, when: ir.Expr | None = None) -> None:
        """A body that may not run, or runs many times."""
        if node is None:
            return
        before, self.when = (self.loops, self.when), deeper(self.when, when, line_of(node))
        if loop is not None:
            self.loops = (*self.loops, loop)[:MAX_LOOPS]
        self.statement(node)
        self.loops, self.when = before

    def result(self, value: ir.Expr) -> None:
        self.scopes[self.at].returns.append(value)
        self.scopes[self.at].returns_when.append(self.when)

    def _declaration(self, node: Node) -> None:
        for child in node.named_children:
            name = child.child_by_field_name("name") if child.type == "variable_declarator" else None
            if name is None:
                continue
            value = child.child_by_field_name("value")
            label = self.text(name) if name.type == "identifier" else ""
            if value is not None and self.required(name, value):
                continue
            if value is not None and value.type == "class":
                self.klass(value, label)
                continue
            owner = owner_type(child.child_by_field_name("type"), self.source)
            converted = self.promised(value, label, owner) if value is not None else None
            self.destructure(name, converted, end=end_of(child), typed=self.typed(child))

    def _if(self, node: Node) -> None:
        at: Node | None = node
        declined: tuple[ir.Expr, ...] = ()
        while at is not None:
            line, asked = line_of(at), self.field(at, "condition")
            whole = ir.Opaque("and", (*declined, asked), line, line) if declined else asked
            self.nested(at.child_by_field_name("consequence"), when=whole)
            otherwise = at.child_by_field_name("alternative")
            inner = self.inner(otherwise) if otherwise is not None else []
            at = inner[0] if inner and inner[0].type == "if_statement" else None
            declined = deeper(declined, ir.Opaque("not", (asked,), line, line), line)
            if at is None:
                self.nested(inner[0] if inner else None, when=ir.Opaque("and", declined, line, line))

    def _for(self, node: Node) -> None:
        for part in node.children_by_field_name("initializer"):
            self.statement(part)
        condition = next((c for c in node.children_by_field_name("condition") if c.is_named), None)
        limit = self._count(condition)
        if condition is not None:
            self.statement(condition)
        increment = node.child_by_field_name("increment")
        if increment is not None:
            self.expr(increment)
        self.nested(node.child_by_field_name("body"), ir.LoopAt("for", limit, line_of(node), end_of(node)))

    def _count(self, condition: Node | None) -> ir.Expr | None:
        """`i < n` read as `range(n)`, the form that the rest of the program knows."""
        if condition is not None and condition.type == "expression_statement":
            condition = next(iter(self.inner(condition)), None)
        if condition is None or condition.type != "binary_expression":
            return None
        operator, right = condition.child_by_field_name("operator"), condition.child_by_field_name("right")
        if operator is None or operator.type != "<" or right is None or right.type not in ("number", "identifier"):
            return None
        at = line_of(condition)
        return ir.Call(ir.Name("range", at), (ir.Arg(self.expr(right)),), at, at, at)

    def _for_in(self, node: Node) -> None:
        operator, left = node.child_by_field_name("operator"), node.child_by_field_name("left")
        iterable = self.field(node, "right")
        if operator is not None and operator.type == "in":
            iterable = ir.Opaque("keys", (iterable,), iterable.line, iterable.line)
        if left is not None:
            self.destructure(left, iterable, end=end_of(node), kind="loop")
        self.nested(node.child_by_field_name("body"), ir.LoopAt("for", iterable, line_of(node), end_of(node)))

    def _while(self, node: Node) -> None:
        self.field(node, "condition")
        self.nested(node.child_by_field_name("body"), ir.LoopAt("while", None, line_of(node), end_of(node)))

    def _try(self, node: Node) -> None:
        self._in(node, "body")
        handler = node.child_by_field_name("handler")
        line = line_of(handler or node)
        caught = ir.Opaque("handler", (), line, line)
        self.nested(handler.child_by_field_name("body") if handler is not None else None, when=caught)
        self._in(node, "finalizer")

    def _switch(self, node: Node) -> None:
        subject = self.field(node, "value")
        body = node.child_by_field_name("body")
        before = self.when
        asked: list[ir.Expr] = []
        for case in body.named_children if body is not None else ():
            line, statements = line_of(case), case.children_by_field_name("body")
            if case.type == "switch_case":
                asked.append(ir.Opaque("==", (subject, self.field(case, "value")), line, line))
            if not statements:
                continue  # `case "a": case "b":` share what follows
            whole = ir.Opaque("or", tuple(asked), line, line) if case.type == "switch_case" else None
            self.when = deeper(before, whole, line)
            self._listed(statements)
            asked = []
        self.when = before

    def _return(self, node: Node) -> None:
        for child in self.inner(node)[:1]:
            self.result(self.expr(child))

    def _ambient(self, node: Node) -> None:
        """`declare ...` gives types, not values; only a class or an interface says what an object can do."""
        for child in node.named_children:
            if child.type in _DECLARED or child.type in ("interface_declaration", "type_alias_declaration"):
                self.statement(child)

    # -- functions --------------------------------------------------------------------------------------------------

    def enter(self, kind: Literal["class", "function"], node: Node, label: str) -> OpenScope:
        outer = self.scopes[self.at].qualname
        if len(outer) > MAX_QUALNAME:
            outer = ""
        label = label or ("<lambda>" if kind == "function" else "<class>")
        doc, doc_line = self.doc or (None, 0)
        self.doc = None
        scope = OpenScope(
            kind,
            label.rpartition(".")[2],
            f"{outer}.{label}" if outer else label,
            self.at,
            line_of(node),
            end_of(node),
            doc=doc,
            doc_line=doc_line,
        )
        self.scopes.append(scope)
        return scope

    def function(self, node: Node, label: str, loop: ir.LoopAt | None = None, *, called_here: bool = False) -> int:
        """A function's scope; its body is read later, from the queue."""
        parameters = node.child_by_field_name("parameters") or node.child_by_field_name("parameter")
        params, patterns = self.params(parameters, in_parts=loop is None)
        scope = self.enter("function", node, label)
        index = len(self.scopes) - 1
        scope.params = params
        scope.returns_annotation = annotation(node.child_by_field_name("return_type"), self.source)
        scope.is_async = any(c.type == "async" for c in node.children[:4])
        loops = (*self.loops, loop)[:MAX_LOOPS] if loop is not None else self.loops if called_here else ()
        self._inside(index, params, patterns, parameters, loop)
        body = node.child_by_field_name("body")
        if body is not None:
            self.later.append(Later(body, index, loops, (), body.type != "statement_block"))
        return index

    def _inside(
        self,
        index: int,
        params: tuple[ir.Param, ...],
        patterns: list[tuple[Node, ir.Expr]],
        parameters: Node | None,
        loop: ir.LoopAt | None,
    ) -> None:
        """What holds in the function's own scope before its first line."""
        before, self.at = (self.at, self.when), index
        self.when = ()
        first = next((p for p in params if p.kind == "positional" and p.position == 0), None)
        if loop is not None and loop.iterable is not None and first is not None and parameters is not None:
            end = end_of(parameters)
            self.bind(first.name, loop.iterable, parameters, end=max(end, self.scopes[index].last_line), kind="loop")
        for pattern, whole in patterns:
            self.destructure(pattern, whole, end=end_of(pattern))
        self.at, self.when = before

    def declared_function(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        self.function(node, self.text(name) if name is not None else "default")

    def function_expression(self, node: Node, label: str) -> ir.Expr:
        return ir.Func(self.function(node, label or self._own_name(node)), line_of(node), end_of(node))

    def callback(self, node: Node, label: str, loop: ir.LoopAt | None) -> ir.Expr:
        index = self.function(node, label or self._own_name(node), loop, called_here=True)
        return ir.Func(index, line_of(node), end_of(node))

    def _own_name(self, node: Node) -> str:
        name = node.child_by_field_name("name")
        return self.text(name) if name is not None else ""

    def method(self, node: Node, label: str) -> ir.Expr:
        index = self.function(node, label)
        if any(c.type == "get" for c in node.children[:5]):
            self.scopes[index].decorators = (ir.Name("property", line_of(node)),)
        return ir.Func(index, line_of(node), end_of(node))

    # -- classes ----------------------------------------------------------------------------------------------------

    def declared_class(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        self.klass(node, self.text(name) if name is not None else "default")

    def class_expression(self, node: Node, label: str) -> ir.Expr:
        self.klass(node, label or self._own_name(node))
        return ir.Opaque("class", (), line_of(node), end_of(node))

    def klass(self, node: Node, label: str, kept: tuple[Node, ...] = ()) -> None:
        """A class; `kept` are decorators that stand before its `export`."""
        decorators = self._decorators((*kept, *(c for c in node.children if c.type == "decorator")))
        bases = self._bases(node)
        scope = self.enter("class", node, label)
        scope.decorators, scope.bases = decorators, bases
        self._members(node.child_by_field_name("body"), len(self.scopes) - 1)

    def _decorators(self, nodes: Iterable[Node]) -> tuple[ir.Expr, ...]:
        return tuple(self.expr(c) for node in nodes for c in self.inner(node)[:1])

    def _bases(self, node: Node) -> tuple[ir.Expr, ...]:
        """What it extends and, since that tells what may be called on it, what it implements."""
        heritage = next((c for c in node.named_children if c.type in ("class_heritage", "extends_type_clause")), None)
        of_interface = heritage is not None and heritage.type == "extends_type_clause"
        out: list[ir.Expr] = []
        for clause in heritage.named_children if heritage is not None else ():
            if clause.type == "extends_clause":
                out.append(self.field(clause, "value"))
            elif clause.type == "implements_clause" or of_interface:
                types = [clause] if of_interface else clause.named_children
                out += [t for c in types if (t := annotation(c, self.source)) is not None]
            else:
                out.append(self.expr(clause))
        return tuple(b.base if isinstance(b, ir.Index) else b for b in out)

    def _members(self, body: Node | None, index: int) -> None:
        outer, self.at = (self.at, self.when, self.loops), index
        self.when, self.loops = (), ()
        kept: list[Node] = []
        for child in body.named_children if body is not None else ():
            if child.type == "comment":
                text = jsdoc(self.text(child))
                self.doc = (text, line_of(child)) if text else self.doc
                continue
            if child.type == "decorator":
                kept.append(child)
                continue
            self._member_of_class(child, kept)
            self.doc, kept = None, []
        self.at, self.when, self.loops = outer

    def _member_of_class(self, node: Node, kept: list[Node]) -> None:
        name = node.child_by_field_name("name") or node.child_by_field_name("property")
        if name is None or node.type == "class_static_block":
            self.statement(node)
            return
        label = str(key.value) if isinstance(key := self.key(name), ir.Lit) else "[]"
        if node.type in _METHODS:
            func = self.method(node, label)
            if isinstance(func, ir.Func):
                scope = self.scopes[func.scope]
                scope.decorators = (*scope.decorators, *self._decorators(kept))
                if label == "constructor":
                    outer, self.at = self.at, func.scope
                    self.parameter_properties(node.child_by_field_name("parameters"))
                    self.at = outer
        elif node.type in _FIELDS or node.type == "property_signature":
            value = node.child_by_field_name("value")
            owner = owner_type(node.child_by_field_name("type"), self.source)
            converted = self.promised(value, label, owner) if value is not None else None
            self.bind(label, converted, name, end=end_of(node), typed=self.typed(node), kind="field")

    def _interface(self, node: Node) -> None:
        """An interface as a class without bodies: what may be called on an object, what its fields are."""
        body, name = node.child_by_field_name("body"), node.child_by_field_name("name")
        if body is not None and name is not None:
            self._shape(node, name, self._bases(node), [body])

    def _type_alias(self, node: Node) -> None:
        """`type Options = Base & {llm: LLM}` is an interface too."""
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None or value is None or value.type not in ("object_type", "intersection_type", "generic_type"):
            return
        parts: list[Node] = []
        stack = [value]
        while stack:
            at = stack.pop()
            if at.type == "intersection_type":
                stack += reversed(at.named_children)
            else:
                parts.append(at)
        bodies = [p for p in parts if p.type == "object_type"]
        bases = [b for p in parts if p.type != "object_type" and (b := self._named_type(p)) is not None]
        if bodies or bases:
            self._shape(node, name, tuple(bases), bodies)

    def _named_type(self, node: Node) -> ir.Expr | None:
        """`Base`, `Base<T>`, `Partial<Base>`."""
        typed = annotation(node, self.source)
        if isinstance(typed, ir.Index):
            inner = typed.key.items[0] if isinstance(typed.key, ir.Seq) and typed.key.items else typed.key
            typed = inner if isinstance(typed.base, ir.Name) and typed.base.id in _UTILITY_TYPES else typed.base
        return typed if isinstance(typed, ir.Name | ir.Attr) else None

    def _shape(self, node: Node, name: Node, bases: tuple[ir.Expr, ...], bodies: list[Node]) -> None:
        scope = self.enter("class", node, self.text(name))
        scope.bases, scope.decorators = bases, (ir.Name("interface", line_of(node)),)
        index = len(self.scopes) - 1
        for body in bodies:
            self._members(body, index)

    def _enum(self, node: Node) -> None:
        """An enum as a class whose members are fields."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        scope = self.enter("class", node, self.text(name) if name is not None else "")
        scope.bases = (ir.Name("Enum", line_of(node)),)
        outer, self.at = self.at, len(self.scopes) - 1
        counter = 0
        for member in body.named_children if body is not None else ():
            if member.type == "comment":
                continue
            key = member.child_by_field_name("name") if member.type == "enum_assignment" else member
            if key is None:
                continue
            label = str(named.value) if isinstance(named := self.key(key), ir.Lit) else "[]"
            value: ir.Expr = ir.Lit(counter, line_of(member), line_of(member))
            if member.type == "enum_assignment":
                value = self.field(member, "value")
            if isinstance(value, ir.Lit) and isinstance(value.value, int):
                counter = value.value
            self.bind(label, value, member, kind="field")
            counter += 1
        self.at = outer

    def _namespace(self, node: Node) -> None:
        """`namespace N { export const x }`: its names are visible here, and as members of N."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if body is None or name is None:
            return
        exported = len(self.exports)
        self._block(body)
        names = [local for _, local in self.exports[exported:]]
        del self.exports[exported:]
        items = tuple((ir.Lit(n, line_of(node), line_of(node)), ir.Name(n, line_of(node))) for n in names)
        if name.type == "identifier" and items:
            self.bind(self.text(name), ir.Dict(items, line_of(node), end_of(node)), node)

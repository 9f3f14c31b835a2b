"""Imports and exports of TypeScript and JavaScript, the module system of CommonJS included."""

from __future__ import annotations

from tree_sitter import Node

from prompts_scanner import ir
from prompts_scanner.languages.typescript_expr import FUNCTIONS, end_of, line_of
from prompts_scanner.languages.typescript_patterns import Patterns
from prompts_scanner.languages.typescript_text import cooked

_DECLARATIONS = frozenset(
    "function_declaration generator_function_declaration class_declaration abstract_class_declaration "
    "enum_declaration internal_module interface_declaration type_alias_declaration".split()
)


class Modules(Patterns):
    """What a file takes from others and gives to them."""

    def __init__(self, source: bytes, last_line: int) -> None:
        super().__init__(source, last_line)
        self.imports: list[ir.Import] = []
        self.exports: list[tuple[str, str]] = []

    def statement(self, node: Node) -> None:
        raise NotImplementedError

    def function(self, node: Node, label: str, loop: ir.LoopAt | None = None, *, called_here: bool = False) -> int:
        raise NotImplementedError

    def klass(self, node: Node, label: str, kept: tuple[Node, ...] = ()) -> None:
        raise NotImplementedError

    # -- imports ----------------------------------------------------------------------------------------------------

    def import_statement(self, node: Node) -> None:
        """`import d, {a as b} from "x"`, `import * as n from "x"`, `import n = require("x")`."""
        required = next((c for c in node.named_children if c.type == "import_require_clause"), None)
        source = (required or node).child_by_field_name("source")
        if source is None:
            return
        module = self._specifier(source)
        if required is not None:
            name = next((c for c in required.named_children if c.type == "identifier"), None)
            self._import(name, module, "default")
            return
        clause = next((c for c in node.named_children if c.type == "import_clause"), None)
        for part in clause.named_children if clause is not None else ():
            match part.type:
                case "identifier":
                    self._import(part, module, "default")
                case "namespace_import":
                    self._import(next(iter(part.named_children), None), module, None)
                case "named_imports":
                    for item in part.named_children:
                        name = item.child_by_field_name("name")
                        if item.type == "import_specifier" and name is not None:
                            self._import(item.child_by_field_name("alias") or name, module, self._plain(name))

    def _import(self, local: Node | None, module: str, symbol: str | None) -> None:
        if local is not None:
            self.imports.append(ir.Import(self._plain(local), module, symbol, line_of(local)))

    def _specifier(self, node: Node) -> str:
        return cooked(self.text(node)[1:-1])

    def _plain(self, node: Node) -> str:
        """A name that may be written as text: `export {a as "b c"}`."""
        return self._specifier(node) if node.type == "string" else self.text(node)

    def required(self, name: Node, value: Node) -> bool:
        """`const x = require("y")` and its like at the top of a file are imports; says whether this was one."""
        wanted: list[str] = []
        at: Node | None = value
        while at is not None and at.type == "member_expression" and not wanted:
            member = at.child_by_field_name("property")
            wanted += [self.text(member)] if member is not None else []
            at = at.child_by_field_name("object")
        module = self._required_module(at)
        if module is None or self.at != 0:
            return False
        if name.type == "identifier":
            self._import(name, module, wanted[0] if wanted else "default")
            return True
        if name.type != "object_pattern" or wanted:
            return False
        fields = [c for c in name.named_children if c.type != "comment"]
        if not all(c.type in ("shorthand_property_identifier_pattern", "pair_pattern") for c in fields):
            return False
        for child in fields:
            key, local = child.child_by_field_name("key"), child.child_by_field_name("value")
            if child.type == "shorthand_property_identifier_pattern":
                self._import(child, module, self.text(child))
            elif key is not None and local is not None and local.type == "identifier":
                self._import(local, module, self._plain(key))
        return True

    def _required_module(self, node: Node | None) -> str | None:
        function = node.child_by_field_name("function") if node is not None and node.type == "call_expression" else None
        if node is None or function is None or self.text(function) != "require":
            return None
        arguments = node.child_by_field_name("arguments")
        given = self.inner(arguments) if arguments is not None else []
        return self._specifier(given[0]) if len(given) == 1 and given[0].type == "string" else None

    # -- exports ----------------------------------------------------------------------------------------------------

    def export_statement(self, node: Node) -> None:
        source = node.child_by_field_name("source")
        clause = next((c for c in node.named_children if c.type in ("export_clause", "namespace_export")), None)
        if clause is not None or source is not None:
            self._export_names(node, clause, self._specifier(source) if source is not None else None)
            return
        declaration = node.child_by_field_name("declaration")
        is_default = any(c.type == "default" for c in node.children)
        if declaration is not None:
            self._export_declared(node, declaration, is_default)
            return
        value = node.child_by_field_name("value") or next(iter(self.inner(node)), None)
        if value is not None:
            self._export_value(value)

    def _export_names(self, node: Node, clause: Node | None, module: str | None) -> None:
        at = line_of(node)
        if clause is None:
            self.imports.append(ir.Import("*", module or "", "*", at, reexport=True))
            return
        if clause.type == "namespace_export":
            name = next(iter(clause.named_children), None)
            if name is not None:
                self.imports.append(ir.Import(self._plain(name), module or "", None, at, reexport=True))
            return
        for item in clause.named_children:
            name = item.child_by_field_name("name")
            if item.type != "export_specifier" or name is None:
                continue
            given = self._plain(item.child_by_field_name("alias") or name)
            if module is None:
                self.exports.append((given, self._plain(name)))
            else:
                self.imports.append(ir.Import(given, module, self._plain(name), line_of(item), reexport=True))

    def _export_declared(self, node: Node, declaration: Node, is_default: bool) -> None:
        name = declaration.child_by_field_name("name")
        before = len(self.scopes[self.at].bindings)
        if declaration.type in ("class_declaration", "abstract_class_declaration"):
            kept = tuple(c for c in node.children if c.type == "decorator")
            self.klass(declaration, self.text(name) if name is not None else "default", kept)
        else:
            self.statement(declaration)
        if declaration.type in _DECLARATIONS:
            local = self.text(name) if name is not None else "default"
            self.exports.append(("default" if is_default else local, local))
        else:
            added = self.scopes[self.at].bindings[before:]
            self.exports += [(b.target, b.target) for b in added if "." not in b.target and "[" not in b.target]

    def _export_value(self, value: Node) -> None:
        """`export default x`, `export = x`."""
        if value.type == "identifier":
            self.exports.append(("default", self.text(value)))
            return
        if value.type in FUNCTIONS:
            self.function(value, self._name_of(value))
        elif value.type == "class":
            self.klass(value, self._name_of(value))
        else:
            self.bind("default", self.expr(value, "default"), value)
        local = self._name_of(value) if value.type in FUNCTIONS or value.type == "class" else "default"
        self.exports.append(("default", local))

    def _name_of(self, node: Node) -> str:
        name = node.child_by_field_name("name")
        return self.text(name) if name is not None else "default"

    # -- CommonJS ---------------------------------------------------------------------------------------------------

    def assignment(self, node: Node, label: str) -> ir.Expr:
        """`module.exports = {a, b: c}` and `exports.a = b` are exports."""
        value = super().assignment(node, label)
        left = node.child_by_field_name("left")
        target = self.target(left) if left is not None and left.type == "member_expression" else None
        if target is None or self.at != 0:
            return value
        if target == "module.exports":
            self.exports.append(("default", "module.exports"))
            for key, item in value.items if isinstance(value, ir.Dict) else ():
                if isinstance(key, ir.Lit) and isinstance(key.value, str):
                    local = f"exports.{key.value}"
                    self.bind(local, item, node, end=end_of(node))
                    self.exports.append((key.value, local))
        elif target.startswith(("exports.", "module.exports.")):
            self.exports.append((target.rpartition(".")[2], target))
        return value

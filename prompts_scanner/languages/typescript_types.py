"""Type annotations of TypeScript as expressions: only what can name a class or a generic."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from prompts_scanner import ir

_MAX_DEPTH = 12
_CONTAINERS = frozenset("Array ReadonlyArray Record Map Partial Readonly Required Promise Set".split())
_EMPTY = frozenset(("undefined", "null", "void", "never"))


def annotation(node: Node | None, source: bytes, depth: int = 0) -> ir.Expr | None:
    """`: Promise<OpenAI>` is Index(Name Promise, Name OpenAI); `A | undefined` is A; an array or object type is Opaque.

    A function type is a Call of Name "=>" with the types of its parameters, `typeof f` a Call of Name "typeof" with f.
    """
    if node is None or depth > _MAX_DEPTH:
        return None
    line, end = node.start_point[0] + 1, node.end_point[0] + 1
    text = source[node.start_byte : node.end_byte].decode("utf-8", "replace")
    match node.type:
        case "type_annotation" | "parenthesized_type" | "readonly_type" | "asserts_annotation":
            inner = [c for c in node.named_children if c.type != "comment"]
            return annotation(inner[-1], source, depth + 1) if inner else None
        case "type_identifier" | "identifier" | "predefined_type":
            return ir.Name(text, line)
        case "nested_type_identifier" | "member_expression" | "nested_identifier":
            return _dotted(text, line)
        case "generic_type":
            base, arguments = node.child_by_field_name("name"), node.child_by_field_name("type_arguments")
            named = annotation(base, source, depth + 1)
            inner = [c for c in arguments.named_children if c.type != "comment"] if arguments else []
            keys = [k for c in inner if (k := annotation(c, source, depth + 1)) is not None]
            if named is None or not keys:
                return named
            return ir.Index(named, keys[0] if len(keys) == 1 else ir.Seq(tuple(keys), line, end), line)
        case "union_type":
            return _union(node, source, depth)
        case "type_query":
            inner = [c for c in node.named_children if c.type in ("identifier", "member_expression")]
            of = annotation(inner[0], source, depth + 1) if inner else None
            return ir.Call(ir.Name("typeof", line), (ir.Arg(of),), line, end, line) if of is not None else None
        case "function_type":
            return _function(node, source, depth, line, end)
    return ir.Opaque(node.type, (), line, end)


def _dotted(text: str, line: int) -> ir.Expr:
    first, *rest = text.split(".")[:8]
    out: ir.Expr = ir.Name(first.strip(), line)
    for part in rest:
        out = ir.Attr(out, part.strip(), line)
    return out


def _union(node: Node, source: bytes, depth: int) -> ir.Expr | None:
    options: list[ir.Expr] = []
    stack = [node]
    while stack and len(options) < 50:
        at = stack.pop()
        if at.type == "union_type":
            stack += reversed(at.named_children)
        elif source[at.start_byte : at.end_byte].decode("utf-8", "replace") not in _EMPTY:
            option = annotation(at, source, depth + 1)
            options += [option] if option is not None else []
    if not options:
        return None
    out = options[0]
    for option in options[1:]:
        out = ir.BinOp("|", out, option, node.start_point[0] + 1)
    return out


def field_types(node: Node | None, typed: ir.Expr | None, source: bytes) -> Callable[[str], ir.Expr | None]:
    """The annotation of each field of an options object, written in place (`{llm: LLM}`) or by name (`Options`)."""
    inner = node.named_children[0] if node is not None and node.named_children else None
    if inner is not None and inner.type == "object_type":
        written: dict[str, Node] = {}
        for child in inner.named_children:
            name, field = child.child_by_field_name("name"), child.child_by_field_name("type")
            if child.type == "property_signature" and name is not None and field is not None:
                written[source[name.start_byte : name.end_byte].decode("utf-8", "replace")] = field
        return lambda name: annotation(written.get(name), source)
    whole = typed.base if isinstance(typed, ir.Index) else typed
    if not isinstance(whole, ir.Name | ir.Attr):
        return lambda _: None
    return lambda name: ir.Attr(whole, name, whole.line)


def _function(node: Node, source: bytes, depth: int, line: int, end: int) -> ir.Expr:
    parameters = node.child_by_field_name("parameters")
    args = []
    for child in parameters.named_children if parameters is not None else ():
        if child.type in ("required_parameter", "optional_parameter"):
            typed = annotation(child.child_by_field_name("type"), source, depth + 1)
            args.append(ir.Arg(typed or ir.Opaque("any", (), line, line)))
    return ir.Call(ir.Name("=>", line), tuple(args), line, end, line)


def owner_type(node: Node | None, source: bytes) -> ir.Expr | None:
    """The named type of an object, or of the elements of an array, that a declaration promises."""
    while node is not None and node.type in ("type_annotation", "parenthesized_type", "readonly_type", "array_type"):
        node = node.named_children[0] if node.named_children else None
    typed = annotation(node, source)
    if isinstance(typed, ir.Index) and isinstance(typed.base, ir.Name):
        inner = typed.key.items[-1] if isinstance(typed.key, ir.Seq) and typed.key.items else typed.key
        typed = inner if typed.base.id in _CONTAINERS else typed.base
    return typed if isinstance(typed, ir.Name | ir.Attr) else None

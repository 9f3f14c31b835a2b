"""Short ways to read a source and look at what came of it."""

from __future__ import annotations

from prompts_scanner import ir, languages


def read(source: str | bytes, path: str = "a.ts") -> ir.Module:
    module = languages.parse(path, source.encode() if isinstance(source, str) else source)
    assert isinstance(module, ir.Module), module
    return module


def binding(module: ir.Module, target: str, scope: str = "") -> ir.Binding:
    found = [b for s in module.scopes if s.qualname == scope for b in s.bindings if b.target == target]
    assert found, (target, [(s.qualname, [b.target for b in s.bindings]) for s in module.scopes])
    return found[-1]


def value(module: ir.Module, target: str, scope: str = "") -> ir.Expr | None:
    return binding(module, target, scope).value


def scope(module: ir.Module, qualname: str) -> ir.Scope:
    found = [s for s in module.scopes if s.qualname == qualname]
    assert found, (qualname, [s.qualname for s in module.scopes])
    return found[0]


def use(module: ir.Module, dotted: str) -> ir.CallUse:
    found = [u for u in module.calls if shown(u.call.func) == dotted]
    assert found, (dotted, [shown(u.call.func) for u in module.calls])
    return found[0]


def shown(expr: ir.Expr | None) -> str:
    """An expression as short text: enough to compare by eye."""
    match expr:
        case None:
            return "-"
        case ir.Lit(value=content):
            return repr(content)
        case ir.Name(id=name):
            return name
        case ir.Attr(base=base, name=name):
            return f"{shown(base)}.{name}"
        case ir.Index(base=base, key=key):
            return f"{shown(base)}[{shown(key)}]"
        case ir.Call(func=func, args=args):
            return f"{shown(func)}({', '.join(('...' if a.spread else '') + shown(a.value) for a in args)})"
        case ir.Dict(items=items):
            return "{" + ", ".join(f"{shown(k)}: {shown(v)}" if k else f"...{shown(v)}" for k, v in items) + "}"
        case ir.Seq(items=parts):
            return "[" + ", ".join(shown(p) for p in parts) + "]"
        case ir.Concat(parts=parts):
            return "<" + " + ".join(shown(p) for p in parts) + ">"
        case ir.Choice(options=options, kind=kind):
            return "(" + (" or " if kind == "or" else " if ").join(shown(o) for o in options) + ")"
        case ir.BinOp(op=op, left=left, right=right):
            return f"({shown(left)} {op} {shown(right)})"
        case ir.Func():
            return "function"
        case ir.Opaque(reason=reason, children=children):
            return f"{reason}?" + (f"({', '.join(shown(c) for c in children)})" if children else "")
    raise AssertionError(expr)

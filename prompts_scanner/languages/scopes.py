"""A scope while a front end reads it: what `ir.Scope` will say, still growing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from prompts_scanner import ir

MAX_CONDITIONS = 12


def deeper(when: tuple[ir.Expr, ...], asked: ir.Expr | None, line: int) -> tuple[ir.Expr, ...]:
    """The conditions of a body one level farther in; None where nothing tells whether it runs."""
    unknown = ir.Opaque("unknown", (), line, line)
    if len(when) >= MAX_CONDITIONS:  # so deep that it does not matter: that it is not known must stay said
        return (*when[: MAX_CONDITIONS - 1], unknown)
    return (*when, asked or unknown)


@dataclass(slots=True)
class OpenScope:
    """A scope while it is being read."""

    kind: Literal["module", "class", "function"]
    name: str
    qualname: str
    parent: int
    first_line: int
    last_line: int
    params: tuple[ir.Param, ...] = ()
    returns_annotation: ir.Expr | None = None
    decorators: tuple[ir.Expr, ...] = ()
    bases: tuple[ir.Expr, ...] = ()
    class_kwargs: tuple[ir.Arg, ...] = ()
    doc: str | None = None
    doc_line: int = 0
    bindings: list[ir.Binding] = field(default_factory=list)
    returns: list[ir.Expr] = field(default_factory=list)
    is_async: bool = False
    returns_when: list[tuple[ir.Expr, ...]] = field(default_factory=list)

    def close(self) -> ir.Scope:
        return ir.Scope(
            kind=self.kind,
            name=self.name,
            qualname=self.qualname,
            parent=self.parent,
            first_line=self.first_line,
            last_line=self.last_line,
            params=self.params,
            returns_annotation=self.returns_annotation,
            decorators=self.decorators,
            bases=self.bases,
            class_kwargs=self.class_kwargs,
            doc=self.doc,
            doc_line=self.doc_line,
            bindings=tuple(self.bindings),
            returns=tuple(self.returns),
            is_async=self.is_async,
            returns_when=tuple(self.returns_when),
        )

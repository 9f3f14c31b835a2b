"""An application's own routes: a handler that hands the body of its request on to a model, and the code that posts to it.

Frameworks that name a route after its file: Next.js https://nextjs.org/docs/app/api-reference/file-conventions/route and
https://nextjs.org/docs/pages/building-your-application/routing/api-routes, SvelteKit https://svelte.dev/docs/kit/routing#server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from prompts_scanner import ir
from prompts_scanner.known import REQUEST
from prompts_scanner.values import Ext, Value

_CODE = (".ts", ".tsx", ".js", ".jsx", ".mjs")
_METHODS = frozenset(("POST", "PUT", "PATCH"))
_ORIGIN = re.compile(r"^(https?://[^/]*|\ue000)(?=/)")
_WORD = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Route:
    """`segments` of the address; None stands for one that is set at run time. `param` is the request's, of the handler."""

    segments: tuple[str | None, ...]
    param: str

    @property
    def word(self) -> str:
        """A word that a file which names this address holds."""
        return max((w for s in self.segments if s is not None for w in _WORD.findall(s)), key=len, default="")

    def answers(self, url: str) -> bool:
        """Whether an address, with holes as `\\ue000`, is this route's."""
        path = _ORIGIN.sub("", url).partition("?")[0].partition("#")[0].strip("/")
        asked = path.split("/")
        return len(asked) == len(self.segments) and all(
            own is None or own == given for own, given in zip(self.segments, asked, strict=True)
        )


def route_of(module: ir.Module, scope: int) -> Route | None:
    """The route that a function of a module answers, or None where it is no handler of one."""
    one = module.scopes[scope]
    address = _address(module, one) if module.language == "typescript" and one.params and one.parent == 0 else None
    if address is None:
        return None
    parts = [p for p in address.split("/") if p and not p.startswith(("(", "@"))]
    param = next((p.name for p in one.params if p.name in ("request", "req")), one.params[0].name)
    return Route(tuple(None if "[" in p else p for p in parts), param) if parts else None


def _address(module: ir.Module, one: ir.Scope) -> str | None:
    """The address that the file's place gives to a handler in it."""
    stem = next((module.path.removesuffix(s) for s in _CODE if module.path.endswith(s)), None)
    if stem is None:
        return None
    folder, _, name = f"/{stem}".rpartition("/")
    if one.name in _METHODS and name == "route" and "/app/" in f"{folder}/":
        return f"{folder}/".rpartition("/app/")[2]
    if one.name in _METHODS and name == "+server" and "/src/routes/" in folder:
        return folder.partition("/src/routes/")[2]
    if "/pages/api" in folder and ("default", one.name) in module.exports:
        return f"api{folder.partition('/pages/api')[2]}/{'' if name == 'index' else name}"
    return None


def request_with(body: Value) -> Value:
    """The request as its handler sees it: `await request.json()`, `req.body` give what was posted."""
    return Ext(name=REQUEST, recv=body)

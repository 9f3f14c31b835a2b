"""Which call site a person means: an id, a file, a file and line, or a part of a name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.errors import ReviewError
from bot.model import PricedSite
from bot.render.escape import visible

MAX_SHOWN = 12
_AT_LINE = re.compile(r"(?P<path>.+):(?P<line>\d{1,9})")


def select(sites: Iterable[PricedSite], wanted: str) -> PricedSite:
    """The one that fits the strictest reading that fits any. ReviewError with the candidates when it is not one."""
    all_sites = tuple(sites)
    for rule in (_by_id, _by_line, _by_path, _by_part, _by_related):
        found = [s for s in all_sites if rule(s, wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            raise ReviewError(f"{wanted!r} could be {len(found)} call sites.", f"Name one of:\n{_listed(found)}")
    if not all_sites:
        raise ReviewError("No call site was found here.", "`aicost-review scan --all` lists tests and examples too.")
    raise ReviewError(f"No call site is {wanted!r}.", f"There are:\n{_listed(all_sites)}")


def _by_id(site: PricedSite, wanted: str) -> bool:
    return site.site.id == wanted


def _by_line(site: PricedSite, wanted: str) -> bool:
    found = _AT_LINE.fullmatch(wanted.removeprefix("./"))
    span = site.site.span
    if found is None or not _ends(span.path, found["path"]):
        return False
    return span.first_line <= int(found["line"]) <= span.last_line


def _by_path(site: PricedSite, wanted: str) -> bool:
    return _ends(site.site.span.path, wanted.removeprefix("./"))


def _ends(path: str, wanted: str) -> bool:
    """Whether this is the file: its whole path, or the end of it from a folder on."""
    return path == wanted or path.endswith(f"/{wanted}")


def _by_part(site: PricedSite, wanted: str) -> bool:
    return wanted in site.site.id or wanted == site.feature


def _by_related(site: PricedSite, wanted: str) -> bool:
    """A prompt file, a tool module: the site that uses it."""
    return any(r.span.path == wanted.removeprefix("./") for r in site.site.related)


def _listed(sites: Iterable[PricedSite]) -> str:
    lines = [
        f"    {visible(s.site.id, 300)}  ({visible(s.site.span.path, 200)}:{s.site.span.first_line})" for s in sites
    ]
    more = [f"    and {len(lines) - MAX_SHOWN} more"] if len(lines) > MAX_SHOWN else []
    return "\n".join([*lines[:MAX_SHOWN], *more])

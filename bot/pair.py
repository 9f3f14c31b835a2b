"""Which call site of the head is which of the base: by identity first, then across moves and renames, then by content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from prompts_scanner.model import CallSite, Span

Pair = tuple[CallSite | None, CallSite | None]
# Below this share of equal lines two prompts are different prompts.
SIMILAR_SHARE = 0.5
_EVERYWHERE = frozenset(("<module>", "main", "run", "call", "handler", "POST", "GET", "__init__", "execute", "invoke"))


Key = tuple[object, ...]
Rule = Callable[[CallSite, bool], Key]


def pair(before: Iterable[CallSite], after: Iterable[CallSite], renames: Mapping[str, str]) -> tuple[Pair, ...]:
    """Pairs (base, head); one side is None for what was removed or added. `renames`: old path -> new path."""
    old, new = list(before), list(after)
    pairs: list[Pair] = []
    for step in (_matching(_same_place(renames)), _matching(_same_content), _by_likeness, _matching(_same_symbol)):
        matched, old, new = step(old, new)
        pairs += matched
    pairs += [(site, None) for site in old] + [(None, site) for site in new]
    return tuple(sorted(pairs, key=_place))


def _place(one: Pair) -> Span:
    site = one[1] or one[0]
    return site.span if site is not None else Span("", 0, 0)


def signature(site: CallSite) -> tuple[object, ...]:
    """What a site sends, apart from where it stands."""
    return (
        site.sdk,
        site.operation,
        site.model.values,
        site.output_cap.values if site.output_cap else None,
        tuple((s.role, s.text.literal) for s in site.surfaces),
        tuple(sorted(t.schema or t.name for t in site.tools)),
    )


Step = Callable[[list[CallSite], list[CallSite]], tuple[list[Pair], list[CallSite], list[CallSite]]]


def _matching(key: Rule) -> Step:
    """Pairs sites with equal keys, the rest is left over."""

    def step(old: list[CallSite], new: list[CallSite]) -> tuple[list[Pair], list[CallSite], list[CallSite]]:
        groups: dict[Key, list[CallSite]] = defaultdict(list)
        for site in new:
            groups[key(site, False)].append(site)
        olds: dict[Key, list[CallSite]] = defaultdict(list)
        for site in old:
            olds[key(site, True)].append(site)
        pairs: list[Pair] = [p for name, group in olds.items() for p in _within(group, groups.get(name, []))]
        used = {id(s) for p in pairs for s in p}
        return pairs, [s for s in old if id(s) not in used], [s for s in new if id(s) not in used]

    return step


def _within(olds: list[CallSite], news: list[CallSite]) -> list[tuple[CallSite, CallSite]]:
    """Several calls of one function: equal ones first, then by likeness, then in order."""
    out: list[tuple[CallSite, CallSite]] = []
    left_new = list(news)
    left_old = []
    for a in olds:
        twin = next((b for b in left_new if signature(a) == signature(b)), None)
        if twin is None:
            left_old.append(a)
        else:
            out.append((a, twin))
            left_new.remove(twin)
    scored = sorted(
        ((likeness(a, b), -i, -j, a, b) for i, a in enumerate(left_old) for j, b in enumerate(left_new)),
        key=lambda t: t[:3],
        reverse=True,
    )
    done: set[int] = set()
    for _, _, _, a, b in scored:
        if id(a) not in done and id(b) not in done:
            done |= {id(a), id(b)}
            out.append((a, b))
    return out


def _same_place(renames: Mapping[str, str]) -> Rule:
    def key(site: CallSite, is_old: bool) -> Key:
        path = renames.get(site.span.path, site.span.path) if is_old else site.span.path
        return ("place", path, site.symbol, site.operation)

    return key


def _same_content(site: CallSite, is_old: bool) -> Key:
    if not any(s.text.literal.strip() for s in site.surfaces) and not site.tools:
        # nothing of its own to be known by
        return ("place-only", is_old, site.id)
    return ("content", *signature(site))


def _same_symbol(site: CallSite, is_old: bool) -> Key:
    name = site.symbol.rpartition(".")[2]
    if name in _EVERYWHERE:
        return ("place-only", is_old, site.id)
    return ("symbol", name, site.sdk, site.operation)


def _by_likeness(old: list[CallSite], new: list[CallSite]) -> tuple[list[Pair], list[CallSite], list[CallSite]]:
    scored = [
        (score, i, j)
        for i, a in enumerate(old)
        for j, b in enumerate(new)
        if a.operation == b.operation and (score := likeness(a, b)) >= SIMILAR_SHARE
    ]
    pairs: list[Pair] = []
    used_old: set[int] = set()
    used_new: set[int] = set()
    for _, i, j in sorted(scored, key=lambda t: (-t[0], t[1], t[2])):
        if i not in used_old and j not in used_new:
            used_old.add(i)
            used_new.add(j)
            pairs.append((old[i], new[j]))
    return (
        pairs,
        [s for i, s in enumerate(old) if i not in used_old],
        [s for j, s in enumerate(new) if j not in used_new],
    )


def likeness(a: CallSite, b: CallSite) -> float:
    """0..1: the share of equal prompt lines and tool names, with a little for the same file and symbol."""
    ours, theirs = _lines(a), _lines(b)
    text = len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0
    place = (
        0.1 * (a.span.path == b.span.path) + 0.1 * (a.symbol == b.symbol) + 0.05 * (a.model.values == b.model.values)
    )
    return min(1.0, text + place) if ours and theirs else place


def _lines(site: CallSite) -> frozenset[str]:
    text = "\n".join(s.text.literal for s in site.surfaces)
    return frozenset(
        [line.strip() for line in text.splitlines() if line.strip()] + [f"tool {t.name}" for t in site.tools]
    )

"""The first `.aicost.yml` of a repository: features as its folders suggest them, and every number left to the team.

Pure: call sites in, text out. No volume, token count or share is made up: such keys stand there as comments, each with
a note of what to put. Paths and names come from the repository and are data: quoted in YAML, cleaned in comments.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath

from bot.release import ACTION, TAG, action_reference
from prompts_scanner.model import CallSite, Operation

WORKFLOW_PATH = ".github/workflows/ai-cost.yml"
# More proposals than a person reads through are made fewer, by whole folders.
MAX_PROPOSALS = 24
SITES_SHOWN = 4
MAX_NAME_CHARS = 200  # of a name or a glob, as in `bot.config_parts`
# Names that say where code lies, not what it is for.
_GENERIC = frozenset(
    "src lib app apps pkg packages services server backend api python main index init route utils helpers core".split()
)
_PLAIN = re.compile(r"[A-Za-z][\w./*-]*", re.ASCII)
# Words that are no text in YAML 1.1: https://yaml.org/type/bool.html, https://yaml.org/type/null.html
_WORDS = frozenset("y n yes no on off true false null".split())

_CHAT_KEYS = (
    ("dynamic_input_tokens", "run-time input of a call: what the user says, history, passages; {p50: , p95: } is fine"),
    ("output_tokens", "what a call answers with; {p50: , p95: } is fine"),
    ("cache_hit_share", "between 0 and 1: calls that find the prompt's beginning cached at the provider"),
)
_USE_KEYS = (
    ("calls_per_month", "of one call site; from logs or the provider's usage page; a range: {low: , likely: , high: }"),
    ("calls_per_task", "calls of one call site until a user's task is done"),
)
_OUTCOME_KEYS = (
    ("success_share", "between 0 and 1: tasks that succeed"),
    ("outcome", "what the business gets: {name: resolved conversation, share: } (of the successful tasks)"),
)

# Editors with the YAML language server complete and check the keys by it.
_SCHEMA = (
    f"# yaml-language-server: $schema=https://raw.githubusercontent.com/{ACTION}/{TAG}/schema/aicost.schema.json\n"
)
_HEAD = """\
# Policy of aicost-review, proposed by `aicost-review init`. Every key is optional.
# The features below follow your folders: rename, merge or delete them. Numbers are yours to fill in: take the `#` away
# and put what your logs or the provider's usage page say. What is left out is shown as unknown, never taken as 0.
# A pull request is judged by the file of its base: the file counts once it is on the default branch.
version: 1
"""
_FEATURES = """
# What calls are for. The first feature with a match that fits takes the call site; a comment `# aicost: feature=NAME`
# at the call goes before. `*` also crosses `/`.
features:
"""
_MODELS = """
# Call sites whose code chooses the model at run time: until you name it, their cost is unknown. Take the `#` away and
# put the models between the brackets, the likeliest first: [gpt-4o-mini, gpt-4o]. A line may name a path, a symbol or an
# id of `aicost-review scan`; the first line that fits a call site counts.
# models:
"""
_BUDGETS = """
# What a change may cost, in US dollars. A number fails the check; `{limit: , level: warn}` only warns.
# budgets:
#   total:
#     max_increase_monthly_usd:   # what one change may add a month
#   every_feature:
#     max_call_usd:               # the mean cost of one call
#   unknown: warn                 # when a number that a limit needs is missing: pass, warn or fail
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A feature to be: `globs` of the paths of its call sites; none where a comment in the code names the feature."""

    name: str
    globs: tuple[str, ...]
    sites: tuple[CallSite, ...]


def workflow() -> str:
    """The workflow file, as in `examples/workflows/pull-request.yml`, with the commit of this release where it is known."""
    text = files("bot").joinpath("starter_workflow.yml").read_text(encoding="utf-8")
    return text.replace(f"{ACTION}@{TAG}", action_reference())


def config_text(sites: Sequence[CallSite]) -> str:
    """`.aicost.yml` for a repository with these call sites."""
    proposals = propose(sites)
    parts = [_SCHEMA, _HEAD, _FEATURES if proposals else "", *(_feature(proposal) for proposal in proposals)]
    loose = [site for site in sites if not site.model.values]
    if loose:
        parts += [_MODELS, *(f"#   {quoted(glob)}: []   # {note}\n" for glob, note in _loose(proposals))]
    return "".join((*parts, _BUDGETS))


def _loose(proposals: Sequence[Proposal]) -> list[tuple[str, str]]:
    """A line for each feature's place, for each kind of call where there are several; for one call site its own."""
    out: list[tuple[str, str]] = []
    for proposal in proposals:
        loose = [site for site in proposal.sites if not site.model.values]
        kinds = sorted({site.operation for site in loose})
        for kind in kinds:
            some = [site for site in loose if site.operation == kind]
            if len(some) == 1 or not proposal.globs:
                out += [(glob_of(site.id), _place(site)) for site in some]
                continue
            for glob in proposal.globs:
                here = [site for site in some if fnmatch.fnmatchcase(site.span.path, glob)]
                if here:
                    wide = glob if len(kinds) == 1 else f"{glob}::*::{kind}*"
                    out.append((wide, f"{len(here):,} {kind} call site{'' if len(here) == 1 else 's'}"))
    return out


# -- features ----------------------------------------------------------------------------------------------------------


def propose(sites: Sequence[CallSite]) -> tuple[Proposal, ...]:
    """A feature for each folder with calls, or each file where the folder says nothing; inner places first."""
    named = [site for site in sites if site.feature is not None and _is_name(site.feature)]
    by_place: dict[str, list[CallSite]] = {}
    keys = _places({site.span.path for site in sites if site.feature is None})
    for site in sites:
        if site.feature is None:
            by_place.setdefault(keys[site.span.path], []).append(site)
    order = sorted(by_place, key=lambda place: (-place.count("/"), place))
    merged: dict[str, tuple[list[str], list[CallSite]]] = {}
    for place, name in zip(order, _names(order), strict=True):
        is_file = any(site.span.path == place for site in by_place[place])
        globs, members = merged.setdefault(name, ([], []))
        globs.append(glob_of(place) if is_file else glob_of(f"{place}/", "**"))
        members += by_place[place]
    for site in named:
        merged.setdefault(site.feature or "", ([], []))[1].append(site)
    return tuple(
        Proposal(name=name, globs=tuple(globs), sites=tuple(sorted(members, key=lambda s: s.span)))
        for name, (globs, members) in merged.items()
    )


def _is_name(text: str) -> bool:
    return 0 < len(text) <= MAX_NAME_CHARS and text.isprintable()


def _places(paths: Iterable[str]) -> dict[str, str]:
    """Path -> the folder, or in a folder that says nothing the file, that stands for it; fewer where they are many."""
    known = sorted(paths)
    fine = {path: path if _says_nothing(_folder(path)) else _folder(path) for path in known}
    if len(set(fine.values())) <= MAX_PROPOSALS:
        return fine
    places = {path: _folder(path) or path for path in known}
    for depth in range(max(place.count("/") for place in places.values()) + 1, 0, -1):
        places = {path: "/".join(_folder(path).split("/")[:depth]) or path for path in known}
        if len(set(places.values())) <= MAX_PROPOSALS:
            break
    return places


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _says_nothing(folder: str) -> bool:
    """A folder at the top, which holds the whole program, or one called `src`: what a call is for is in the file's name."""
    return "/" not in folder or folder.rpartition("/")[2].lower() in _GENERIC


def _names(places: Sequence[str]) -> list[str]:
    """A name for each place: its last telling part, with the parts before it while another place has the same."""
    telling = [_telling(place) for place in places]
    taken: set[str] = set()
    out = []
    for parts in telling:
        names = ["-".join(parts[-n:]) for n in range(1, len(parts) + 1)]
        others = [other for other in telling if other is not parts]
        name = next((n for i, n in enumerate(names, 1) if all("-".join(o[-i:]) != n for o in others)), names[-1])
        name = name[: MAX_NAME_CHARS - 8]
        unique = next(u for u in (name, *(f"{name}-{i}" for i in range(2, len(places) + 2))) if u not in taken)
        taken.add(unique)
        out.append(unique)
    return out


def _telling(place: str) -> list[str]:
    pure = PurePosixPath(place)
    slugs = [re.sub(r"\W+", "-", part).strip("-_").lower() for part in (*pure.parts[:-1], pure.stem)]
    return [s for s in slugs if s and s not in _GENERIC] or [s for s in slugs if s] or ["feature"]


# -- text --------------------------------------------------------------------------------------------------------------


def _feature(proposal: Proposal) -> str:
    operations = sorted({site.operation for site in proposal.sites} - {"chat"})
    # Token numbers of a feature are those of its chat calls; the other operations have their own, in a match of theirs.
    lines = [f"  {quoted(proposal.name)}:", "    match:" if proposal.globs else "    match: []"]
    if not proposal.globs:
        lines[-1] += "   # comments in the code name this feature"
    for glob in proposal.globs:
        for operation in operations:
            lines += _other(glob, operation)
        lines.append(f"      - path: {quoted(glob)}")
    lines += [f"    # {line}" for line in _listing(proposal.sites)]
    has_chat = any(site.operation == "chat" for site in proposal.sites)
    keys = (*_USE_KEYS, *(_CHAT_KEYS if has_chat else ()), *_OUTCOME_KEYS)
    lines += [f"    # {key + ':':<24}# {note}" for key, note in keys]
    return "\n".join((*lines, ""))


def _other(glob: str, operation: Operation) -> list[str]:
    return [
        f"      - path: {quoted(glob)}",
        f"        operation: {operation}",
        "        # dynamic_input_tokens:  # of one such call",
    ]


def _listing(sites: Sequence[CallSite]) -> list[str]:
    shown = [_place(site) for site in sites[:SITES_SHOWN]]
    more = len(sites) - len(shown)
    return [*shown, *([f"and {more} more: aicost-review scan"] if more else [])]


def _place(site: CallSite) -> str:
    models = site.model.values
    others = f" or one of {len(models) - 1} more" if len(models) > 1 else ""
    model = f"{models[0]}{others}" if models else "model chosen at run time"
    return shown_in_comment(f"{site.span.path}:{site.span.first_line} {site.operation}, {model}")


def shown_in_comment(text: str) -> str:
    """One line without characters that end a line or turn it round."""
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def quoted(text: str) -> str:
    """A YAML scalar that is read as this very text: plain where that is safe, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    inner = "".join(f"\\{char}" if char in '"\\' else char if char.isprintable() else _escape(char) for char in text)
    return f'"{inner}"'


def _escape(char: str) -> str:
    """https://yaml.org/spec/1.1/#escaping in c-double-quoted"""
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def glob_of(text: str, tail: str = "") -> str:
    """A glob that fits this text alone, and whatever `tail` lets follow; of an overlong text only the beginning."""
    parts = [f"[{char}]" if char in "*?[" else char for char in text]
    whole = "".join(parts) + tail
    if len(whole) <= MAX_NAME_CHARS:
        return whole
    out = ""
    for part in parts:
        if len(out) + len(part) >= MAX_NAME_CHARS:
            break
        out += part
    return f"{out}*"

"""Expectations beside the code they are about, and the check of a scan against them.

`# site: anthropic chat model=claude-sonnet-4-5 cap=1024` above a call says what the scan must tell of it; `# tool: name`,
`# retrieval: top_k=5` and `# prompt: words of it` likewise; `# none` says that nothing is there. In files without
comments the same lines stand in `expect.txt`, with `path:line` before them. A site, tool or retrieval setting that no
mark expects fails too; `todo-site` is a known miss.

Keys of a site: model (several with |), how, provider, cap, reasoning, answers, edits, tools (a,b), holes (a,b), says (words, _ for
a blank), retrieval (k:5), loop (max_turns:10), schema=yes, batch=yes, tier, waits=yes, background=yes, binding=line, context. `model=?`: known at run time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from prompts_scanner.model import CallSite, Hole, Piece, Scan, Span
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree

_MARK = re.compile(r"^\s*(?:#|//|<!--)\s*(site|todo-site|none|tool|retrieval|prompt)\b:?\s*(.*?)\s*(?:-->)?$")
_LISTED = re.compile(r"^(\S+?):(\d+)\s+(site|todo-site|none|tool|retrieval|prompt)\b:?\s*(.*?)\s*$")


@dataclass(frozen=True)
class Mark:
    path: str
    line: int
    kind: str
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.kind} {self.words}"


def read_folder(folder: Path) -> tuple[dict[str, str], list[Mark]]:
    """The files of a fixture folder and what is expected of them."""
    files = {
        p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8")
        for p in sorted(folder.rglob("*"))
        if p.is_file() and "__pycache__" not in p.parts and p not in (folder / "expect.txt", folder / "__init__.py")
    }
    marks = [m for path, text in files.items() for m in in_comments(path, text)]
    listed = folder / "expect.txt"
    if listed.exists():
        for line in listed.read_text(encoding="utf-8").splitlines():
            found = _LISTED.match(line)
            assert found or not line.strip() or line.startswith("#"), line
            if found:
                marks.append(Mark(found[1], int(found[2]), found[3], found[4]))
    return files, marks


def in_comments(path: str, text: str) -> Iterator[Mark]:
    """Marks stand above the line they are about; several may stand above one line."""
    waiting: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        found = _MARK.match(line)
        if found:
            waiting.append((found[1], found[2]))
        elif line.strip():
            yield from (Mark(path, number, kind, words) for kind, words in waiting)
            waiting = []


def scanned(files: dict[str, str]) -> Scan:
    return scan(MemoryTree(files))


def problems(found: Scan, marks: Iterable[Mark]) -> list[str]:
    """Marks that are not met, and finds that no mark expects."""
    marks = list(marks)
    out: list[str] = []
    sites = list(found.sites)
    for mark in (m for m in marks if m.kind == "site"):
        here = [s for s in sites if s.span.path == mark.path and s.span.first_line <= mark.line <= s.span.last_line]
        site = max(here, key=lambda s: (s.span.first_line, -s.span.last_line), default=None)
        if site is None:
            out.append(f"not found: {mark}")
            continue
        sites.remove(site)
        out += [f"{mark}: {wrong}" for wrong in differences(site, mark.words)]
    todo = {(m.path, m.line) for m in marks if m.kind == "todo-site"}
    out += [f"not expected: {s.span} {described(s)}" for s in sites if (s.span.path, s.span.first_line) not in todo]
    for kind, things in (
        ("tool", [(t.tool.span, t.tool.name) for t in found.tools]),
        (
            "retrieval",
            [(r.retrieval.span, _setting(r.retrieval.parameter, r.retrieval.setting.values)) for r in found.retrieval],
        ),
    ):
        out += _listed(kind, things, marks)
    for mark in (m for m in marks if m.kind == "prompt"):
        texts = [p.surface.text.literal for p in found.prompts if _on(p.surface.span, mark)]
        if not any(_squeezed(mark.words) in _squeezed(t) for t in texts):
            out.append(f"not found: {mark} among {[t[:60] for t in texts]}")
    return out


def _setting(name: str, values: tuple[str, ...]) -> str:
    return f"{name}={'|'.join(values) or '?'}"


def _listed(kind: str, things: list[tuple[Span, str]], marks: list[Mark]) -> list[str]:
    left, out = list(things), []
    for mark in (m for m in marks if m.kind == kind):
        match = next((t for t in left if _on(t[0], mark) and t[1] == mark.words), None)
        if match is None:
            out.append(f"not found: {mark} among {[t for t in left if t[0].path == mark.path]}")
        else:
            left.remove(match)
    return out + [f"not expected: {kind} {name} at {span}" for span, name in left]


def _on(span: Span, mark: Mark) -> bool:
    return span.path == mark.path and span.first_line <= mark.line <= span.last_line


def _squeezed(text: str) -> str:
    return " ".join(text.replace("_", " ").split()).lower()


def differences(site: CallSite, words: str) -> list[str]:
    """What a site says otherwise than its mark: the mark tells as much as it wants to."""
    sdk, operation, *rest = words.split()
    facts = facts_of(site)
    wanted = {"sdk": sdk, "operation": operation} | dict(pair.split("=", 1) for pair in rest)
    out = []
    for key, value in wanted.items():
        if key == "says":
            good = all(_squeezed(part) in _squeezed(facts["says"]) for part in value.split("+"))
        else:
            good = facts[key] == value
        if not good:
            out.append(f"{key}: {facts[key][:300]!r} is not {value!r}")
    return out


def facts_of(site: CallSite) -> dict[str, str]:
    texts = [s for s in site.surfaces if s.role != "schema"]
    pieces = [p for s in texts for p in s.text.pieces]
    return {
        "sdk": site.sdk,
        "operation": site.operation,
        "model": "|".join(site.model.values) or "?",
        "how": site.model.resolution,
        "provider": site.provider or "-",
        "cap": "|".join(site.output_cap.values) or "?" if site.output_cap else "-",
        "reasoning": "|".join(site.reasoning.values) or "?" if site.reasoning else "-",
        "answers": "|".join(site.answers.values) or "?" if site.answers else "-",
        "edits": "|".join(site.edits.values) or "?" if site.edits else "-",
        "tools": ",".join(t.name for t in site.tools) or "-",
        "builtin": ",".join(t.builtin for t in site.tools if t.builtin) or "-",
        "holes": ",".join(dict.fromkeys(p.name for p in pieces if isinstance(p, Hole))) or "-",
        "says": " ".join(p.text for p in pieces if isinstance(p, Piece)),
        "retrieval": ",".join(f"{r.parameter}:{r.setting.value or '?'}" for r in site.retrieval) or "-",
        "loop": ",".join(f"{x.kind}:{x.limit if x.limit is not None else '?'}" for x in site.loops) or "-",
        "schema": "yes" if site.structured else "-",
        "batch": "yes" if site.batch else "-",
        "cache": "yes" if site.cache else "-",
        "tier": "|".join(site.service_tier.values) if site.service_tier else "-",
        "waits": "yes" if site.waited_for else "-",
        "background": "yes" if site.background else "-",
        "binding": ",".join(str(r.span.first_line) for r in site.related if r.role == "binding") or "-",
        "feature": site.feature or "-",
        "context": site.context,
    }


def described(site: CallSite) -> str:
    return " ".join(f"{k}={v[:80]}" for k, v in facts_of(site).items() if v not in ("-", ""))

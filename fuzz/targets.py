"""What is fuzzed: every reader of bytes that strangers write. A target may answer "no" in the ways it promises, never crash.

Each takes bytes and returns; an exception that is not promised is a finding. `fuzz/run.py` drives them guided by
coverage, `tests/fuzz/` replays the corpus and random edits of it on every test run.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from fuzz import escapes, git_names, readers
from prompts_scanner import ir
from prompts_scanner.documents import document_value
from prompts_scanner.files import GAVE_UP
from prompts_scanner.formats import FORMATS
from prompts_scanner.model import Scan
from prompts_scanner.parsing import pack, unpack
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree

Target = Callable[[bytes], None]


def _source(suffix: str) -> Target:
    def target(data: bytes) -> None:
        parsed = unpack(pack(f"m{suffix}", data))
        if not isinstance(parsed, ir.Module | ir.Broken):
            raise AssertionError("a source file gave neither a module nor a broken file")

    return target


def _document(suffix: str) -> Target:
    def target(data: bytes) -> None:
        document_value(f"d{suffix}", data.decode("utf-8", "replace"))

    return target


def _format(path: str) -> Target:
    """A declarative file in a tree of its own, read by whichever format claims it."""

    def target(data: bytes) -> None:
        found = scan(MemoryTree({path: data}))
        if any(gap.span.path != path for gap in found.gaps):
            raise AssertionError("a gap names a file that is not there")
        _nobody_gave_up(found)

    return target


def _nobody_gave_up(found: Scan) -> None:
    """That a reader breaks is caught, as one file's gap; here it is a finding all the same."""
    if broken := [gap for gap in found.gaps if gap.reason.startswith(GAVE_UP)]:
        raise AssertionError(f"{broken[0].span.path}: {broken[0].reason}")


def whole_tree(data: bytes) -> None:
    """Several files that import and read each other; the bytes are cut at NULs."""
    paths = (
        "app/main.py",
        "app/prompts.py",
        "web/chat.ts",
        "web/prompts.ts",
        "prompts/system.md",
        "config/models.yaml",
    )
    parts = data.split(b"\0")
    _nobody_gave_up(scan(MemoryTree(dict(zip(paths, parts, strict=False)))))


def claims(data: bytes) -> None:
    """No format's `claims` depends on anything but the name and the first bytes."""
    head = data[:4096]
    name = data[:40].decode("utf-8", "replace").replace("/", "_") or "x"
    for form in FORMATS:
        form.claims(str(PurePosixPath("prompts") / name), head)


TARGETS: dict[str, Target] = {
    "python": _source(".py"),
    "notebook": _source(".ipynb"),
    "typescript": _source(".ts"),
    "tsx": _source(".tsx"),
    "javascript": _source(".js"),
    "vue": _source(".vue"),
    "yaml": _document(".yaml"),
    "json": _document(".json"),
    "toml": _document(".toml"),
    "template": _format("prompts/answer.jinja2"),
    "mustache": _format("prompts/answer.mustache"),
    "baml": _format("baml_src/main.baml"),
    "prompty": _format("prompts/answer.prompty"),
    "dotprompt": _format("prompts/answer.prompt"),
    "promptfoo": _format("promptfooconfig.yaml"),
    "settings": _format("config/settings.yaml"),
    "few_shot": _format("prompts/examples.jsonl"),
    "tree": whole_tree,
    "claims": claims,
    "config": readers.config,
    "policy_tree": readers.policy_tree,
    "profile": readers.profile,
    "stored_review": readers.stored_review,
    "body": readers.body,
    "results": readers.results,
    "event": readers.event,
    "log": readers.log,
    "git_names": git_names.git_names,
    "escape_markdown": escapes.markdown,
    "escape_terminal": escapes.terminal,
    "escape_runner": escapes.runner,
}
# Documents, which byte edits mostly break: these are also edited as the values that they are.
JSON_TARGETS = frozenset(("json", "notebook", "stored_review", "body", "results", "event", "few_shot"))
YAML_TARGETS = frozenset(("yaml", "config", "profile", "settings", "promptfoo"))

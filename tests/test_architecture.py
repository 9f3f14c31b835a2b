"""The dependency rule of ARCHITECTURE.md, read off the source with `ast`: nothing is imported to check it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "prompts_scanner")

# Which files may import a package from outside. One file each: what a package is for has one place. Readers and
# writers of a format share its parser; click and rich belong to the command line, which is split by command.
THIRD_PARTY: dict[str, tuple[str, ...]] = {
    "altair": ("bot/render/html/*.py",),
    "click": ("bot/cli.py", "bot/commands_*.py", "bot/console.py"),
    "git": ("bot/git_plumbing.py",),
    "github": ("bot/hosts/github*.py",),
    "ibis": ("bot/profiles/engine/*.py",),
    "jinja2": ("bot/render/markdown.py", "bot/render/html*.py", "bot/render/html/*.py"),
    "markupsafe": ("bot/render/html/*.py",),
    "pydantic": ("bot/config*.py", "bot/render/json_*.py", "bot/profiles/*.py", "bot/quality/*.py"),
    "pydantic_core": ("bot/render/json_text.py",),
    "pyarrow": ("bot/profiles/engine/*.py",),
    "pyspark": ("bot/profiles/engine/run.py",),
    "requests": ("bot/hosts/github*.py",),
    "rich": ("bot/cli.py", "bot/commands_*.py", "bot/console.py", "bot/render/terminal_rich.py"),
    "tiktoken": ("bot/tokens/*.py",),
    "tree_sitter": ("prompts_scanner/languages/typescript*.py",),
    "tree_sitter_javascript": ("prompts_scanner/languages/typescript*.py",),
    "tree_sitter_typescript": ("prompts_scanner/languages/typescript*.py",),
    "vl_convert": ("bot/render/html/*.py",),
    "yaml": (
        "bot/config*.py",
        "bot/profiles/*.py",
        "bot/quality/*.py",
        "prompts_scanner/documents_yaml.py",
        "prompts_scanner/formats/*.py",
    ),
}
# Where the outside world begins: printing, ending the process, the environment.
# The parser's worker and git are processes of their own: their end is an edge too, and both close the environment.
EDGE = (
    "bot/git_quick.py",
    "prompts_scanner/parsing.py",
    "prompts_scanner/workers.py",
    "bot/cli.py",
    "bot/action.py",
    "bot/hosts/*.py",
    "bot/commands_*.py",
    "bot/console.py",
    "bot/__main__.py",
)
# Heavy imports that most runs do not need, each with its reason written beside it: (file, imported package).
LAZY = {
    ("prompts_scanner/parsing.py", "resource"),
    ("prompts_scanner/copies.py", "resource"),
    ("bot/commands_prices.py", "bot.prices.build"),
    ("bot/git_plumbing.py", "git"),
    # tempfile brings random, bz2 and lzma; a run that writes no file needs none of them.
    ("bot/console.py", "tempfile"),
    ("bot/git_history.py", "tempfile"),
    ("bot/revisions.py", "tempfile"),
    ("bot/revisions.py", "shutil"),
    # Only for a revision that is not found.
    ("bot/revisions.py", "difflib"),
    # urllib: only a count that asks the provider.
    ("bot/commands_count.py", "bot.commands_count_exact"),
    # tiktoken: a run that counts no text (help, prices) never pays for it.
    ("bot/tokens/vocabulary.py", "tiktoken"),
    # pydantic and jinja2: a run that prints to a terminal pays for neither.
    ("bot/commands_review.py", "bot.render"),
    ("bot/commands_common.py", "bot.render"),
    # The scanner, prices and token counting: a change between trees that call no model pays for none of them.
    ("bot/commands_diff.py", "bot.commands_review"),
    # rich: a page of plain lines is written as it is.
    ("bot/render/page.py", "bot.render.terminal_rich"),
    # The readers of formats: a tree of nothing but code does not pay for them.
    ("prompts_scanner/early.py", "prompts_scanner.files"),
    ("prompts_scanner/early.py", "prompts_scanner.files_apart"),
    ("prompts_scanner/parsing.py", "prompts_scanner.files_apart"),
    # ibis, duckdb, pyarrow: only for --sink.
    ("bot/commands_report.py", "bot.profiles.engine"),
    # Altair, Vega and jinja2: the extra `report`, for a page only. pydantic: for JSON only.
    ("bot/commands_report.py", "bot.render"),
    ("bot/commands_report.py", "bot.render.json_portfolio"),
    ("bot/commands_quarter.py", "bot.render.html.quarter"),
    ("bot/commands_quarter.py", "bot.render.json_report"),
    # pydantic and YAML: a repository without .aicost.yml pays for neither; profiles only where there are some.
    ("bot/config.py", "bot.config_schema"),
    ("bot/config.py", "bot.config_profiles"),
    # The levers, fifteen modules: only where a call is touched or its volume is known.
    ("bot/pipeline.py", "bot.advise"),
    ("bot/pipeline.py", "bot.levers.case"),
    # YAML: a tree without such a file, and without JSON to read, does not pay for the parser.
    ("prompts_scanner/documents.py", "prompts_scanner.documents_yaml"),
    # Readers of evaluation results, with pydantic: only for a run that is given some.
    ("bot/commands_review.py", "bot.quality"),
    ("bot/action_quality.py", "bot.quality"),
    # ibis, duckdb, pyarrow: the extra `profile`, which only `profile build` and `profile sql` need.
    ("bot/commands_profile_build.py", "bot.profiles.engine"),
    # pydantic: only where there are traffic profiles.
    ("bot/pipeline.py", "bot.sampling"),
    # Spark: only for `--engine spark`, and not in any lock file.
    ("bot/profiles/engine/run.py", "pyspark"),
    # PyGithub: a run without a token, and every other host, never pays for it.
    ("bot/hosts/github.py", "bot.hosts.github_client"),
    ("bot/hosts/github.py", "bot.hosts.github_api"),
}
# Folders whose `__init__.py` is an index: every leaf beside it is named there. The exceptions are parts that several
# leaves share, not leaves.
INDEXES: dict[str, frozenset[str]] = {
    "bot/hosts": frozenset(
        (
            "github_api",
            "github_artifact",
            "github_artifact_zip",
            "github_check",
            "github_client",
            "github_comment",
            "github_event",
            "github_fetch",
            "github_justify",
            "github_label",
            "github_requester",
            "github_rerun",
            "github_runner",
            "port",
            "text",
        )
    ),
    "bot/levers": frozenset({"alternatives", "case", "context_parts", "models", "simple"}),
    "bot/quality": frozenset(("document",)),
    "bot/profiles/sources": frozenset(("genai", "row")),
    "prompts_scanner/formats": frozenset({"base", "walk"}),
    "prompts_scanner/languages": frozenset(
        (
            "notebook",
            "scopes",
            "typescript_expr",
            "typescript_modules",
            "typescript_patterns",
            "typescript_reader",
            "typescript_text",
            "typescript_types",
        )
    ),
    "prompts_scanner/sdks": frozenset(),
}
# Indexes that name modules and load the one that is needed.
BY_NAME = ("bot/cli.py", "prompts_scanner/languages/__init__.py")


@dataclass(frozen=True)
class Module:
    path: str
    name: str
    tree: ast.Module
    imports: frozenset[str] = field(default_factory=frozenset)


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Module]:
    found: dict[str, Module] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            name = dotted(path)
            found[name] = Module(path.relative_to(ROOT).as_posix(), name, tree)
    return {name: Module(m.path, m.name, m.tree, frozenset(run_time_imports(m, found))) for name, m in found.items()}


def run_time_imports(module: Module, known: dict[str, Module]) -> Iterator[str]:
    """What importing the module imports: not what stands in a function or is only for the type checker."""
    for node in outside_functions(module.tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.path}:{node.lineno}: relative import"
            base = node.module or ""
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in known else base


def outside_functions(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from outside_functions(node.orelse)
            continue
        yield node
        for part in ("body", "orelse", "finalbody"):
            yield from outside_functions(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            yield from outside_functions(handler.body)


def all_imports(module: Module) -> Iterator[tuple[str, ast.stmt]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node


def allowed(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


def test_the_scanner_knows_nothing_of_the_bot() -> None:
    wrong = [
        f"{module.path}:{node.lineno}: {name}"
        for module in modules().values()
        if module.name.split(".")[0] == "prompts_scanner"
        for name, node in all_imports(module)
        if name.split(".")[0] == "bot"
    ]
    assert wrong == []


def test_each_package_from_outside_has_its_place() -> None:
    own = {*PACKAGES, *sys.stdlib_module_names}
    wrong = [
        f"{module.path}:{node.lineno}: {name}"
        for module in modules().values()
        for name, node in all_imports(module)
        if (top := name.split(".")[0]) not in own and not allowed(module.path, THIRD_PARTY.get(top, ()))
    ]
    assert wrong == []


def test_no_cycles() -> None:
    graph = {
        name: sorted(i for i in module.imports if i in modules() and i != name) for name, module in modules().items()
    }
    done: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above[above.index(name) :], name))
        if name not in done:
            for inner in graph[name]:
                walk(inner, (*above, name))
            done.add(name)

    for name in graph:
        walk(name, ())


def test_imports_stand_at_the_top() -> None:
    wrong = []
    for module in modules().values():
        for function in ast.walk(module.tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
                wrong += [
                    f"{module.path}:{node.lineno}: {name}"
                    for name in names
                    if (module.path, name.split(".")[0]) not in LAZY and (module.path, name) not in LAZY
                ]
    assert wrong == []


def test_only_an_index_loads_by_name() -> None:
    wrong = [
        f"{module.path}:{node.lineno}"
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"import_module", "importlib.import_module", "__import__"}
        and module.path not in BY_NAME
    ]
    assert wrong == []


def test_the_outside_world_begins_at_the_edge() -> None:
    wrong = []
    for module in modules().values():
        if allowed(module.path, EDGE):
            continue
        for node in ast.walk(module.tree):
            is_print = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
            is_door = isinstance(node, ast.Attribute) and ast.unparse(node) in {
                "sys.exit",
                "sys.stdout",
                "sys.stderr",
                "os.environ",
                "os.getenv",
                "os.system",
                "os.popen",
                "date.today",
                "datetime.now",
            }
            if is_print or is_door:
                wrong.append(f"{module.path}:{node.lineno}: {ast.unparse(node)[:60]}")  # type: ignore[attr-defined]
    assert wrong == []


def test_only_one_file_starts_git_and_no_ref_becomes_an_option() -> None:
    """GitPython's dynamic methods (`repo.git.show(text)`) and a shell turn text into options or commands."""
    wrong = []
    for module in modules().values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "git":
                wrong.append(f"{module.path}:{node.lineno}: {ast.unparse(node)}")
            if isinstance(node, ast.keyword) and node.arg == "shell" and ast.unparse(node.value) != "False":
                wrong.append(f"{module.path}:{node.value.lineno}: shell")
    assert wrong == []


@pytest.mark.parametrize("folder", sorted(f for f in INDEXES if (ROOT / f / "__init__.py").is_file()))
def test_an_index_names_every_leaf(folder: str) -> None:
    index = modules()[folder.replace("/", ".")]
    text = (ROOT / index.path).read_text(encoding="utf-8")
    leaves = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"} - INDEXES[folder]
    assert {leaf for leaf in leaves if leaf not in text} == set()


def test_nothing_is_evaluated_or_unpickled_from_a_repository() -> None:
    wrong = [
        f"{module.path}:{node.lineno}: {ast.unparse(node.func)}"
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"eval", "exec", "compile", "yaml.load", "yaml.unsafe_load", "yaml.full_load"}
    ]
    assert wrong == []

"""Nothing heavy is imported before it is needed: a check that ends at once on most changes is one that stays switched on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.revisions.conftest import Repo

HEAVY = frozenset(
    "altair anthropic duckdb genai_prices github ibis jinja2 litellm numpy openai pandas pyarrow pydantic requests rich "
    "tiktoken tree_sitter tree_sitter_javascript tree_sitter_typescript urllib3 yaml git".split()
)
OURS = frozenset(
    (
        "bot.action",
        "bot.cache",
        "bot.config",
        "bot.cost",
        "bot.hosts",
        "bot.levers",
        "bot.pipeline",
        "bot.prices",
        "bot.prices.build",
        "bot.profiles.engine",
        "bot.tokens",
        "prompts_scanner.fold",
        "prompts_scanner.ir",
        "prompts_scanner.parsing",
        "prompts_scanner.scan",
        "prompts_scanner.sdks",
    )
)
CALL = 'from openai import OpenAI\nOpenAI().chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hi"}])\n'


def loaded(*arguments: str, cache: Path | None = None) -> set[str]:
    """What of it a run of the program has imported at its end."""
    environment = os.environ | ({"HOME": str(cache), "XDG_CACHE_HOME": str(cache)} if cache is not None else {})
    code = (
        "import sys\nfrom bot.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0, end.code\n"
        "sys.stderr.write('\\n'.join(sys.modules))"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    names = set(done.stderr.splitlines())
    return {name for name in names if name in OURS} | ({name.partition(".")[0] for name in names} & HEAVY)


def test_help_needs_nothing() -> None:
    assert loaded("--help") == set()


def plain(folder: Path) -> Repo:
    repo = Repo(folder)
    repo.write("app.py", "def add(a, b):\n    return a + b\n")
    repo.write("web.ts", "export const a = 1\n")
    repo.commit()
    repo.write("app.py", "def add(a, b):\n    return b + a\n")
    repo.commit()
    return repo


def test_a_change_without_a_call_loads_no_tokenizer_no_parser_of_typescript_and_no_schema(tmp_path: Path) -> None:
    repo = plain(tmp_path / "repo")
    assert loaded("diff", str(repo.path), "--base", "HEAD~1", "--head", "HEAD") == set()


def test_a_file_that_declares_nothing_loads_no_parser_and_no_price(tmp_path: Path) -> None:
    repo = plain(tmp_path / "repo")
    repo.write("README.md", "Adds.\n")
    repo.write("pyproject.toml", '[project]\nname = "adds"\n')
    repo.commit()
    assert loaded("diff", str(repo.path), "--base", "HEAD~1", "--head", "HEAD") == set()


def test_only_a_table_is_written_with_rich_and_only_json_with_pydantic(tmp_path: Path) -> None:
    repo = plain(tmp_path / "repo")
    diff = ("diff", str(repo.path), "--base", "HEAD~1", "--head", "HEAD", "--no-cache")
    assert {"pydantic", "rich", "jinja2"} & loaded(*diff) == set()
    assert {"pydantic", "rich"} & loaded(*diff, "--format", "json") == {"pydantic"}
    assert {"pydantic", "rich", "jinja2"} & loaded(*diff, "--format", "markdown") == {"jinja2"}


def test_a_review_that_reads_on_does_so_through_gitpython(tmp_path: Path) -> None:
    repo = plain(tmp_path / "repo")
    repo.write("app.py", CALL)
    repo.commit()
    assert "git" in loaded("diff", str(repo.path), "--base", "HEAD~1", "--head", "HEAD", cache=tmp_path)
    assert "git" in loaded("scan", str(repo.path), cache=tmp_path)


def test_a_call_loads_the_tokenizer_once_and_remembered_not_at_all(tmp_path: Path) -> None:
    repo = plain(tmp_path / "repo")
    repo.write("app.py", CALL)
    repo.commit()
    diff = ("diff", str(repo.path), "--base", "HEAD~1", "--head", "HEAD")
    assert "tiktoken" in loaded(*diff, cache=tmp_path)
    assert "tiktoken" not in loaded(*diff, cache=tmp_path)

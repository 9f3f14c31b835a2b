"""The site builds strictly: no broken link, no page without a place; the generated pages are those of the code."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from bot.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]


def writer():
    spec = spec_from_file_location("write_docs", ROOT / "scripts/write_docs.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_it_builds_strictly(site: Path) -> None:
    assert (site / "index.html").is_file()
    assert (site / "search/search_index.json").stat().st_size > 10_000


def test_no_page_asks_another_host_for_anything(site: Path) -> None:
    asked = re.compile(r'<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="(https?:)?//[^"]*"')
    for page in site.rglob("*.html"):
        found = [m.group() for m in asked.finditer(page.read_text("utf-8")) if 'rel="canonical"' not in m.group()]
        assert found == [], page.name


def test_the_generated_pages_are_those_of_the_code() -> None:
    for name, make in writer().PAGES.items():
        text = (ROOT / "docs/reference" / name).read_text("utf-8")
        assert text == make().rstrip() + "\n", f"python scripts/write_docs.py ({name})"


def test_every_command_stands_in_the_reference() -> None:
    text = (ROOT / "docs/reference/commands.md").read_text("utf-8")
    assert {name for name in COMMANDS if f"\n## {name}\n" not in text} == set()


def test_every_key_of_the_example_stands_in_the_reference() -> None:
    text = (ROOT / "docs/reference/configuration.md").read_text("utf-8")
    for key in (
        "features.NAME.match[].path",
        "budgets.total.max_monthly_usd",
        "assumptions.chunk_tokens",
        "waive.roles",
    ):
        assert f"| `{key}` |" in text, key


def test_options_that_pages_name_exist() -> None:
    reference = (ROOT / "docs/reference/commands.md").read_text("utf-8")
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for line in re.findall(r"^aicost-review ([^#\n]*)", page.read_text("utf-8"), re.M):
            words = line.split()
            part = reference.partition(f"\n## {words[0]}\n")[2].partition("\n## ")[0]
            assert part, f"{page.name}: {words[0]}"
            missing = [w for w in words if w.startswith("--") and w.partition("=")[0] not in part]
            assert missing == [], f"{page.name}: {line}"

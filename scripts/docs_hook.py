"""What MkDocs is told besides: pages may include a file of the repository, and links out of `docs/` lead to the repository.

A line `--8<-- "PATH:N:"` stands for the file from line N on, its headings one level deeper. On the host that shows the
Markdown itself, relative links like `../AGENTS.md` work as they are; on the site they become addresses of the repository.
https://www.mkdocs.org/user-guide/configuration/#hooks
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_INCLUDE = re.compile(r'^--8<-- "([\w./-]+):(\d+):"$', re.M)
_LINK = re.compile(r"(\]\()([^)\s#:]+)(#[^)\s]*)?(\))")
_HEADING = re.compile(r"^(#+ )", re.M)


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """Called by MkDocs with a page's text, before it is made into HTML."""
    web = f"{config.extra['repository']}/blob/main/"
    folder = posixpath.dirname(page.file.src_uri)

    def included(found: re.Match[str]) -> str:
        path, first = found.group(1), int(found.group(2))
        text = "\n".join((ROOT / path).read_text(encoding="utf-8").splitlines()[first - 1 :])
        return _linked(_HEADING.sub(r"#\1", text), posixpath.dirname(path), web, None)

    return _INCLUDE.sub(included, _linked(markdown, f"docs/{folder}", web, files))


def _linked(text: str, folder: str, web: str, files: Any) -> str:
    """Links to files of the repository that are no pages as addresses of it."""

    def link(found: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, found.group(2)))
        is_page = files is not None and path.startswith("docs/") and files.get_file_from_path(path[5:]) is not None
        if is_page or not (ROOT / path).exists():
            return found.group()
        return f"{found.group(1)}{web}{path}{found.group(3) or ''}{found.group(4)}"

    return _LINK.sub(link, text)

"""The oracle for markdown: what GitHub's own renderer makes of it, seen as a browser would.

cmark-gfm is the library behind GitHub's comments; nothing is sanitised here, so all that it lets through is seen.
"""

from __future__ import annotations

from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

OURS = frozenset(
    "h3 h4 p table thead tbody tr th td strong em br sub code a ul ol li details summary pre span blockquote hr del".split()
)
ALLOWED_LINKS = ("https://github.com/", "https://")


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.comments: list[str] = []
        self.cells: list[int] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.cells.append(0)
        if tag in ("td", "th"):
            self.cells[-1] += 1
        for name, value in attrs:
            if name in ("href", "src"):
                self.links.append(value or "")
            elif name.startswith("on") or name == "style":
                raise AssertionError(f"a live attribute: {name}")

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page(markdown: str) -> Page:
    return Page(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))


def check_page(markdown: str, *, ours: str = "https://") -> Page:
    """AssertionError where markdown holds a tag that we do not write, a comment, or a link that is not ours."""
    found = page(markdown)
    if strange := set(found.tags) - OURS:
        raise AssertionError(f"tags that are not ours: {sorted(strange)}")
    if found.comments:
        raise AssertionError(f"comments: {found.comments[:3]}")
    if links := [link for link in found.links if not link.startswith(ours)]:
        raise AssertionError(f"links that are not ours: {links[:3]}")
    return found

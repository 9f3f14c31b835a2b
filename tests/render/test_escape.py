"""Text of a pull request is data: an independent renderer of GitHub's markdown is asked what became of it."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.model import Advice, Finding, Review, Verdict
from bot.render import markdown, terminal
from bot.render.escape import code, md, visible
from prompts_scanner.model import Gap, Span
from tests.render import make

URL = "https://github.com/acme/help/blob/" + "c" * 40
OURS = {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "em", "br", "sub", "code", "a", "ul", "ol", "li",
        "details", "summary", "pre", "span"}  # fmt: skip

ATTACKS = [
    "a | b | c",
    "`a` ``b`` ```c",
    "```\nfence",
    "</td></tr></table>",
    "</details><h1>x</h1>",
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "[x]: http://evil.example",
    "@acme/team please",
    "fixes #1 and GH-1",
    "www.evil.example http://evil.example evil@example.com",
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
    "<!-- aicost-review:default v1 -->",
    "--> <!-- x",
    "line\nfeed\rreturn\u2028separator\u2029paragraph\x85next",
    "nul\x00byte",
    "\x1b[31mred\x1b[0m \x9b31m \x1b]8;;http://evil.example\x07link",
    "right\u202eto left \u2066isolate\u2069",
    "zero\u200bwidth\u200d\ufeff",
    "lone \udce9 surrogate",
    "$x$ and $$y$$ \\(z\\)",
    "**bold** __bold__ *em* _em_ ~~gone~~ __init__",
    "# heading",
    "- list",
    "1. list",
    "> quote",
    "&lt;b&gt; &#64;team",
    "\\| \\` \\<",
    ":tada: ::x::",
    "::error file=x::y",
    "{{ 7 * 7 }} {% raw %}",
    "=== ---",
    "| --- | --- |",
    "a" * 5_000,
    "",
    " ",
]


class Page(HTMLParser):
    """What a browser would see: tags, comments, the cells of each row, all text, and text outside code."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.comments: list[str] = []
        self.rows: list[int] = []
        self.text: list[str] = []
        self.live: list[str] = []
        self._code = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._code += tag in ("code", "pre")
        if tag == "tr":
            self.rows.append(0)
        if tag in ("td", "th"):
            self.rows[-1] += 1
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("code", "pre")

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if not self._code:
            self.live.append(data)


def page(markdown_text: str) -> Page:
    # the raw HTML of a comment is kept by GitHub too, as far as its sanitizer allows it; nothing is cleaned here
    return Page(cmarkgfm.github_flavored_markdown_to_html(markdown_text, Options.CMARK_OPT_UNSAFE))


def hostile(text: str) -> Review:
    """Every place of a review that can hold text of a repository holds `text`."""
    plain = make.support()
    span = Span(text, 3, 3)
    advice = Advice(
        lever=text, site_id=text, feature=text, span=span, title=text, saving_usd_per_1k_calls=None,
        saving_usd_per_month=make.exact_usd("5"), confidence="low", effort="low", why=text, edit=f"{text}\n{text}",
        caution=text, doc_url=text,
    )  # fmt: skip
    finding = Finding(budget=text, limit=text, actual=text, outcome="fail", feature=text, span=span)
    gaps = (Gap(span=span, reason=text, weight=60), Gap(span=span, reason=text + "2", weight=10))
    return replace(
        plain,
        changes=tuple(make.renamed(c, text) for c in plain.changes),
        advice=(advice, advice),
        verdict=Verdict(outcome="fail", findings=(finding,)),
        gaps=gaps,
        new_gaps=gaps[:1],
        assumptions=(text,),
        base=text,
        head=text,
    )


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
@pytest.mark.parametrize("url", ["", URL])
def test_nothing_of_a_repository_is_alive_in_the_comment(text: str, url: str) -> None:
    _check(markdown.render(hostile(text), replace(markdown.COMMENT, head_url=url, base_url=url)), url)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=40) | st.text("-+=*_#>~ 1.)`|\n", max_size=8))
@example("--")
@example("1. one")
@example("    code")
@example("===")
def test_any_text_at_all(text: str) -> None:
    _check(markdown.render(hostile(text), replace(markdown.COMMENT, head_url=URL)), URL)


def _check(text: str, url: str) -> None:
    harmless = page(markdown.render(make.support(), markdown.COMMENT))
    seen = page(text)
    assert set(seen.tags) <= OURS
    assert seen.comments == []
    assert len(seen.rows) == len(harmless.rows)
    assert set(seen.rows) == {5}
    assert all(url and link.startswith(url + "/") for link in seen.links)
    live = "".join(seen.live)
    assert not re.search(r"[@#]|GH-\d|www\.|://|\b[0-9a-f]{7,}\b", live, re.IGNORECASE)
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", text
    )
    assert not re.search(r"\$(?!\d)", text)
    assert text.encode()


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_what_it_says_is_still_read(text: str) -> None:
    for make_markup in (md, code):
        assert "".join(page(f"x {make_markup(text, 10_000)} y").text).strip() == f"x {visible(text, 10_000)} y"


@given(st.text(st.characters(), max_size=60))
def test_any_text_is_read_as_it_is_shown(text: str) -> None:
    assert "".join(page(f"x {md(text)} y").text).strip() == f"x {visible(text)} y"


def test_hidden_characters_are_shown_by_their_number() -> None:
    assert visible("a\u202eb") == "aU+202Eb"
    assert visible("a\nb\x00\ud800") == "aU+000AbU+0000U+D800"
    assert visible("a\u00a0b\tc") == "a b c"
    assert visible("abcdef", 4) == "abc…"


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_no_control_character_reaches_the_terminal(text: str) -> None:
    out = terminal.render(hostile(text))
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", out
    )


def test_ordinary_names_stay_readable_in_the_source() -> None:
    assert md("acme_help/settings.py") == "acme_help/settings.py"
    assert md("gpt-4o → gpt-4o-mini") == "gpt-4o → gpt-4o-mini"
    assert md("costs $5.00") == "costs $5.00"

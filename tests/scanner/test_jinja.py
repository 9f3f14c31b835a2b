"""Templates put together from others: what stands in them is what Jinja itself would send, holes aside."""

from __future__ import annotations

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts_scanner.jinja import put_together, spellings
from prompts_scanner.model import Hole, Piece

FILES = {
    "base.j2": "You are {{ name }}.\n{% block rules %}Be brief.{% endblock %}\n{% block end %}Sign as the desk.{% endblock %}",
    "support.j2": '{% extends "base.j2" %}ignored{% block rules %}{{ super() }} Be kind.{% endblock %}',
    "late.j2": '{% extends "support.j2" %}{% block rules %}{{ super() }} Be quiet.{% endblock %}',
    "tone.j2": "Use plain words. {{ tone }}",
    "with_tone.j2": 'Answer the guest.\n{% include "tone.j2" %}\n{%- include ["gone.j2", "tone.j2"] %}',
    "missing.j2": 'Before. {% include "gone.j2" ignore missing %}After.',
    "macros.j2": "{% macro shot(q, a='Yes.') %}Q: {{ q }} A: {{ a }}{% endmacro %}{% macro rule(x) %}- {{ x }}\n{% endmacro %}",
    "shots.j2": "{% from 'macros.j2' import shot, rule as item %}{{ shot('Open?') }} {{ shot('Late?', a='No, at six.') }}\n{{ item('Never guess.') }}",
    "module.j2": "{% import 'macros.j2' as m %}{{ m.rule('Ask first.') }}",
    "own.j2": "{% macro twice(x) %}{{ x }} {{ x }}{% endmacro %}{{ twice('Listen.') }}",
    "raw.j2": "{% raw %}Write {{ name }} where the name goes.{% endraw %} Then stop.",
    "set.j2": "{% set role = 'porter' %}You are a {{ role }}. {% set long %}kept{% endset %}End.",
    "comment.j2": "One. {# {% include 'tone.j2' %} #}Two.",
}
GIVEN = {"name": "Ada", "tone": "Smile."}


def text_of(name: str, files: dict[str, str] = FILES) -> str:
    pieces = put_together(name, files[name], lambda _, other: (other, files[other]) if other in files else None)
    return "".join(p.text if isinstance(p, Piece) else str(GIVEN.get(p.name, f"<{p.name}>")) for p in pieces)


@pytest.mark.parametrize("name", [n for n in FILES if n not in ("macros.j2",)])
def test_as_jinja_renders_it(name: str) -> None:
    rendered = jinja2.Environment(loader=jinja2.DictLoader(FILES)).get_template(name).render(**GIVEN)
    assert text_of(name) == rendered


def test_each_text_knows_its_file() -> None:
    pieces = put_together("late.j2", FILES["late.j2"], lambda _, other: (other, FILES[other]))
    where = {
        said: p.span.path
        for p in pieces
        if isinstance(p, Piece)
        for said in ("brief", "kind", "quiet")
        if said in p.text
    }
    assert where == {"brief": "base.j2", "kind": "support.j2", "quiet": "late.j2"}


def test_what_is_not_found_is_a_hole() -> None:
    (_, hole) = put_together("a.j2", 'Hello. {% include "gone.j2" %}', lambda *_: None)
    assert isinstance(hole, Hole)
    assert hole.name == "include gone.j2"


def test_partials_of_mustache_and_handlebars() -> None:
    files = {"a.hbs": "Hi {{who}}. {{> tone}} {{#if x}}Yes{{else}}No{{/if}}", "partials/tone.hbs": "Speak softly."}

    def find(path: str, name: str) -> tuple[str, str] | None:
        return next(((s, files[s]) for s in spellings(path, name) if s in files), None)

    pieces = put_together("a.hbs", files["a.hbs"], find)
    assert "".join(p.text if isinstance(p, Piece) else "_" for p in pieces) == "Hi _. Speak softly. YesNo"


@pytest.mark.parametrize(
    "files",
    [
        {"a": '{% include "a" %}x'},
        {"a": '{% extends "b" %}', "b": '{% extends "a" %}'},
        {"a": "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m('y') }}"},
        {"a": "{% block b %}{% block b %}{{ super() }}{% endblock %}{% endblock %}"},
        {"a": "{% import 'a' as a %}{% from 'a' import m %}{{ a.m() }}"},
        {"a": '{% include "b" %}{% include "b" %}', "b": '{% include "a" %}{% include "a" %}'},
    ],
)
def test_a_circle_ends(files: dict[str, str]) -> None:
    pieces = put_together("a", files["a"], lambda _, other: (other, files[other]) if other in files else None)
    assert len(pieces) < 2_000


PARTS = st.lists(
    st.sampled_from(
        "{% include 'a' %} {{ x }} {% block b %} {% endblock %} {% extends 'a' %} {% macro m(q) %} {% endmacro %} {{ m(1) }} {% if x "
        "%} {{ super() }} {% raw %} {% endraw %} {% set y %} {% endset %} {{> a }} {# #} text {{ {% %} }}".split("  ")[
            0
        ].split(" ")
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(PARTS)
def test_any_template_is_read(parts: list[str]) -> None:
    text = " ".join(parts)
    pieces = put_together("a", text, lambda path, other: (other, text))
    assert all(isinstance(p, Hole) or p.text for p in pieces)

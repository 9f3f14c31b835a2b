"""Puts the page together: template, style, scripts, specifications and data, and the policy that allows just these."""

from __future__ import annotations

import base64
import json
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.render.html.charts import report_charts, runtime
from bot.render.html.figures import Shown, figures

_FOLDER: Final = Path(__file__).parent
# What may not stand within a script or a style element, in JSON's own escapes.
# https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
_ESCAPES: Final = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render(shown: Shown) -> str:
    """The report of a portfolio."""
    data = figures(shown)
    data["charts"] = report_charts(data["data"], shown.currency.code)
    return assembled(data, made=shown.portfolio.made, tool_version=shown.portfolio.tool_version)


def assembled(data: dict[str, Any], *, made: date, tool_version: str) -> str:
    """A page of `title`, `lead`, `cards`, `filters`, `charts` with their `data`, `tables` and `assumptions`."""
    style = _read("report.css")
    scripts = [runtime(), _read("report.js")]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("report.html.j2").render(
        title=data["title"],
        made=made.isoformat(),
        tool_version=tool_version,
        policy=policy(style, scripts),
        style=Markup(style),  # noqa: S704 our own file
        scripts=[Markup(s) for s in scripts],  # noqa: S704 our own file, and the library's: the policy has their hashes
        data=Markup(as_json(data)),  # noqa: S704 escaped by `as_json`
    )


def policy(style: str, scripts: list[str]) -> str:
    """Nothing but these scripts and this style; no address is asked for anything. https://www.w3.org/TR/CSP3/"""
    allowed = " ".join(_hash(s) for s in scripts)
    return f"default-src 'none'; script-src {allowed}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"


def as_json(data: dict[str, Any]) -> str:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char, escape in _ESCAPES.items():
        text = text.replace(char, escape)
    return text


def _hash(text: str) -> str:
    digest = base64.b64encode(sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")

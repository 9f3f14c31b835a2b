"""Reads the data module of the genai-prices package (MIT, github.com/pydantic/genai-prices) into rows.

The package ships its prices as Python source. It is parsed, not imported: that needs none of its dependencies, runs
none of its code, and works on a wheel that is not installed. Only the constructor calls and literals that the data
are made of are understood; anything else is an error, so a change of its layout is noticed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from bot.errors import ReviewError
from bot.prices.snapshot import Dated, PriceSet, Row

THOUSAND = Decimal(1000)
_RATES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
}
# their price key -> (our name, how many of our unit one of theirs is)
_PER_USE = {
    "web_searches_kcount": ("web_search", THOUSAND),
    "storage_searches_kcount": ("file_search", THOUSAND),
    "audio_hours": ("audio_hour", Decimal(1)),
    "input_audio_hours": ("audio_hour", Decimal(1)),
    "input_document_kpages": ("page", THOUSAND),
    "input_annotated_document_kpages": ("annotated_page", THOUSAND),
    "input_mchars": ("input_character", Decimal(1_000_000)),
    "input_text_messages_kcount": ("text_message", THOUSAND),
}
_VARIANT_NAMES = {
    ("processing", "batch"): "batch",
    ("service_tier", "flex"): "flex",
    ("service_tier", "priority"): "priority",
    ("service_tier", "fast"): "fast",
    ("speed", "fast"): "fast",
    ("route", "mistral/eu"): "eu",
}


def read(source: str, letter: str) -> Iterator[Row]:
    """The rows of `genai_prices/data.py`, given its text. ReviewError when it is not laid out as expected."""
    try:
        tree = ast.parse(source)
        providers = next(
            _value(node.value)
            for node in tree.body
            if isinstance(node, ast.AnnAssign) and node.value and ast.unparse(node.target) == "providers"
        )
        for provider in providers:
            for model in provider["models"]:
                yield _row(provider, model, letter)
    except (SyntaxError, StopIteration, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReviewError(
            f"genai-prices: its data are not laid out as expected ({error!r})", "Use version 0.2.3, or report this."
        ) from error


def _value(node: ast.expr) -> Any:
    """A literal, or a constructor call as {"_": name, keyword: value}."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {_value(k): _value(v) for k, v in zip(node.keys, node.values, strict=True) if k is not None}
    if isinstance(node, ast.Attribute):
        return ast.unparse(node)
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        arguments = [_value(argument) for argument in node.args]
        if name == "Decimal":
            return Decimal(arguments[0])
        if name == "date":
            return date(*arguments)
        if name == "time":
            return tuple(arguments)
        return {"_": name, **{k.arg: _value(k.value) for k in node.keywords if k.arg}}
    raise ValueError(f"unexpected {type(node).__name__} in line {node.lineno}")


def _row(provider: Mapping[str, Any], model: Mapping[str, Any], letter: str) -> Row:
    exact, stems = set[str](), set[str]()
    _names(model["match"], exact, stems)
    exact.discard(model["id"])
    history, off_peak = _history(model["prices"])
    standard = {d.since: d.prices for d in history}
    variants = _variants(model.get("price_variants") or (), history)
    if off_peak:
        variants["off_peak"] = off_peak
    return Row(
        provider=str(provider["id"]).replace("_", "-"),
        model=model["id"],
        aliases=tuple(sorted(exact)),
        stems=tuple(sorted(stems - exact)),
        history=tuple(d for d in history if not d.prices.empty),
        variants=variants,
        context_tokens=model.get("context_window"),
        sources=letter,
        url=(provider.get("pricing_urls") or [""])[0],
        mode="embedding" if standard and all(p.output is None and p.input for p in standard.values()) else "",
        free=str(model["id"]).endswith(":free"),
    )


def _names(clause: Mapping[str, Any], exact: set[str], stems: set[str]) -> None:
    """Names that a match clause accepts. Prefixes become stems; a regular expression here only ever allows a date."""
    kind = clause["_"]
    if kind in ("ClauseOr", "ClauseAnd"):
        for inner in clause["or_" if kind == "ClauseOr" else "and_"]:
            _names(inner, exact, stems)
    elif kind == "ClauseEquals":
        exact.add(clause["equals"])
    elif kind == "ClauseStartsWith":
        stems.add(clause["starts_with"])
    elif kind == "ClauseContains":
        stems.add(clause["contains"])
    elif kind == "ClauseEndsWith":
        stems.add(str(clause["ends_with"]).lstrip("/"))


def _prices(raw: Mapping[str, Any], below: PriceSet | None = None) -> PriceSet:
    """A ModelPrice; with `below`, the prices it leaves out are taken from there (a variant on the standard)."""
    base = {ours: getattr(below, ours) for ours in _RATES.values()} if below else {}
    steps: dict[int, dict[str, Decimal]] = {}
    if below:
        kept = [ours for theirs, ours in _RATES.items() if theirs not in raw]
        for above, tier in below.tiers:
            steps[above] = {ours: v for ours in kept if (v := getattr(tier, ours)) is not None}
    for theirs, ours in _RATES.items():
        price = raw.get(theirs)
        if isinstance(price, Mapping):
            base[ours] = price["base"]
            for tier in price["tiers"]:
                steps.setdefault(tier["start"], {})[ours] = tier["price"]
        elif price is not None:
            base[ours] = price
    tiers = []
    reached = dict(base)
    for above in sorted(steps):  # a class without a price of its own in a tier keeps the one below
        reached |= steps[above]
        tiers.append((above, PriceSet(**reached)))
    per_use = {name: raw[key] / per for key, (name, per) in _PER_USE.items() if raw.get(key) is not None}
    skip = {"_", "requests_kcount", *_RATES, *_PER_USE}
    per_mtok = {k.removesuffix("_mtok"): v for k, v in raw.items() if k not in skip and isinstance(v, Decimal)}
    requests = raw.get("requests_kcount")
    return PriceSet(
        **base,
        tiers=tuple(tiers),
        per_request=requests / THOUSAND if requests is not None else (below.per_request if below else None),
        per_use={**(below.per_use if below else {}), **per_use},
        per_mtok={**(below.per_mtok if below else {}), **per_mtok},
    )


def _history(raw: Any) -> tuple[tuple[Dated, ...], tuple[Dated, ...]]:
    """(prices by date, off-peak prices by date). Where prices differ by time of day, the dearest is the price.

    The catalogue lists daily windows after the date that they came with.
    """
    entries = raw if isinstance(raw, list) else [{"constraint": None, "prices": raw}]
    by_day: dict[date | None, list[PriceSet]] = {}
    day: date | None = None
    for entry in entries:
        constraint = entry.get("constraint")
        if constraint and constraint["_"] == "StartDateConstraint":
            day = constraint["start_date"]
        by_day.setdefault(day, []).append(_prices(entry["prices"]))
    history, off_peak = [], []
    for since in sorted(by_day, key=lambda d: d or date.min):
        windows = sorted(by_day[since], key=lambda p: (p.input or 0) + (p.output or 0))
        history.append(Dated(since=since, prices=windows[-1]))
        if windows[0] != windows[-1]:
            off_peak.append(Dated(since=since, prices=windows[0]))
    return tuple(history), tuple(off_peak)


def _variants(raw: Any, history: tuple[Dated, ...]) -> dict[str, tuple[Dated, ...]]:
    """Variants by our name, each on top of the standard prices of its first day and of every later change."""
    out: dict[str, list[Dated]] = {}
    for variant in raw:
        (condition,) = list(variant["when"].items())
        name = _VARIANT_NAMES.get(condition)
        if name is None or set(variant["prices"]) == {"_"}:
            continue
        since = (variant.get("constraint") or {}).get("start_date")
        started = [d.prices for d in history if d.since is None or (since and d.since <= since)]
        if started:
            dated = Dated(since=since, prices=_prices(variant["prices"], started[-1]))
            out.setdefault(name, []).append(dated)
    return {name: tuple(sorted(d, key=lambda x: x.since or date.min)) for name, d in out.items()}

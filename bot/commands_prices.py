"""`aicost-review prices`: what models cost, where the figure is from, and who got dearer.

Nothing here asks the network. `update` reads catalogue packages that are installed, or files given, and writes a
snapshot into the repository, so that everyone who works on it prices with the same figures.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from bot import console
from bot.config import CONFIG_NAMES, parse_config, read_text
from bot.errors import EXIT_USAGE, ReviewError
from bot.model import NoPrice, Rates, Tier
from bot.prices import PINNED_PATH, Override, PriceBook
from bot.prices.overlay import Fact
from bot.prices.snapshot import PriceSet, Row, encode
from bot.render import numbers
from prompts_scanner.tree import MemoryTree

RATES = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
_FORMAT = click.option(
    "--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True
)


class _Failure(click.ClickException):
    exit_code = EXIT_USAGE


class _Group(click.Group):
    """Says a ReviewError as other click errors are said, with exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ReviewError as error:
            raise _Failure(f"{error.message}\n{error.hint}".rstrip()) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSettings:
    """What a policy says of prices. As the click context's object it takes the place of the policy that is found."""

    overrides: Sequence[Override] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    root: Path = Path()


def _settings(ctx: click.Context) -> PriceSettings:
    """What was handed down; else the policy of the folder that the command is given in, or of the repository around it."""
    given = ctx.find_object(PriceSettings)
    if given is not None:
        return given
    here = Path.cwd()
    for folder in (here, *here.parents):
        files = [folder / name for name in CONFIG_NAMES if (folder / name).is_file()]
        if len(files) > 1:
            raise ReviewError(f"both {files[0]} and {files[1]} exist", "Keep one of them.")
        if files:
            config = parse_config(_text_of(files[0]), files[0].name)
            return PriceSettings(overrides=config.prices, aliases=config.aliases, root=folder)
        if (folder / ".git").exists():
            return PriceSettings(root=folder)
    return PriceSettings()


def _text_of(path: Path) -> str:
    try:
        return read_text(MemoryTree({path.name: path.read_bytes()}), path.name)
    except OSError as error:
        raise ReviewError(f"{path}: cannot be read ({error.strerror})") from error


def _day(_: click.Context, __: click.Parameter, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date; write YYYY-MM-DD") from None


def _book(ctx: click.Context, on: date | None) -> PriceBook:
    settings = _settings(ctx)
    pinned = settings.root / PINNED_PATH
    try:
        raw = pinned.read_bytes() if pinned.is_file() else None
    except OSError as error:
        raise ReviewError(f"{pinned}: cannot be read ({error})") from error
    return PriceBook(settings.overrides, settings.aliases, on=on or datetime.now(UTC).date(), pinned=raw)


@click.group("prices", cls=_Group)
def prices_group() -> None:
    """What models cost, on a day, and where each figure is from."""


@prices_group.command("show")
@click.argument("model")
@click.option("--on", callback=_day, metavar="DATE", help="The day of the prices (YYYY-MM-DD); default today.")
@click.option("--provider", help="Who sells it, where the name does not say.")
@_FORMAT
@click.pass_context
def show(ctx: click.Context, model: str, on: date | None, provider: str | None, form: str) -> None:
    """All rates of MODEL, its tiers, cache, fees, variants, sources, and what the second catalogue says.

    \b
    Examples:
      aicost-review prices show gpt-4o-mini
      aicost-review prices show claude-sonnet-4-5 --provider anthropic --on 2026-01-31 --format json
    """
    book = _book(ctx, on)
    rates = book.rates(model, provider)
    if isinstance(rates, NoPrice):
        near = f"Nearest names: {', '.join(rates.nearest)}." if rates.nearest else "See `aicost-review prices list`."
        raise ReviewError(f"{model}: no price ({rates.reason})", near)
    row, facts = book.row(model, provider), book.facts(rates)
    if form == "json":
        click.echo(json.dumps(_as_json(model, rates, row, facts, book.on), indent=2))
        return
    for line in _as_text(model, rates, row, facts, book.on):
        click.echo(line)


@prices_group.command("list")
@click.option("--provider", help="Only models of this catalogue provider, such as openai, aws, google.")
@click.option("--on", callback=_day, metavar="DATE", help="The day of the prices (YYYY-MM-DD); default today.")
@_FORMAT
@click.pass_context
def list_models(ctx: click.Context, provider: str | None, on: date | None, form: str) -> None:
    """The models that have a list price: USD per million input and output tokens, and what is billed otherwise.

    Your own contract prices are not in it; `prices show MODEL` has them.

    \b
    Examples:
      aicost-review prices list --provider openai
      aicost-review prices list --format json
    """
    book = _book(ctx, on)
    rows = [(row, p) for row in book.index.snapshot.rows if provider in (None, row.provider) and (p := row.on(book.on))]
    if not rows:
        known = sorted({row.provider for row in book.index.snapshot.rows})
        raise ReviewError(f"no provider {provider!r} in the price snapshot", f"Known: {', '.join(known)}.")
    if form == "json":
        models = [{"provider": r.provider, "model": r.model, **_prices_json(p)} for r, p in rows]
        click.echo(json.dumps({"as_of": book.as_of.isoformat(), "on": book.on.isoformat(), "models": models}, indent=1))
        return
    click.echo(f"{f'List prices on {book.on}, USD per million tokens':<64} {'input':>12} {'output':>12}  otherwise")
    for row, prices in rows:
        name, rates = f"{row.provider}/{row.model}", f"{_usd(prices.input):>12} {_usd(prices.output):>12}"
        click.echo(f"{name:<64} {rates}  {_otherwise(prices)}".rstrip())


@prices_group.command("diff")
@click.option("--since", callback=_day, metavar="DATE", required=True, help="Compare with the prices of this day.")
@click.option("--on", callback=_day, metavar="DATE", help="The later day; default today.")
@click.option("--provider", help="Only this catalogue provider.")
@_FORMAT
@click.pass_context
def diff(ctx: click.Context, since: date, on: date | None, provider: str | None, form: str) -> None:
    """Who got dearer or cheaper since a day, by the dated prices of the snapshot.

    Only one of the two catalogues dates its prices: models of the other never show up here.

    \b
    Examples:
      aicost-review prices diff --since 2026-06-30
      aicost-review prices diff --since 2026-01-01 --provider google --format json
    """
    book = _book(ctx, on)
    if since >= book.on:
        raise ReviewError(f"--since {since} is not before {book.on}", "Give an earlier day, or a later one with --on.")
    changes = [c for c in _changes(book.index.snapshot.rows, since, book.on) if provider in (None, c["provider"])]
    if form == "json":
        click.echo(json.dumps({"since": since.isoformat(), "on": book.on.isoformat(), "changes": changes}, indent=1))
        return
    if not changes:
        click.echo(f"No dated price changed between {since} and {book.on}.")
        return
    counts = Counter(change["direction"] for change in changes)
    told = ", ".join(f"{counts[direction]} {direction}" for direction in _DIRECTIONS if counts[direction])
    click.echo(f"{since} to {book.on}: {told}; USD per million tokens")
    for change in sorted(changes, key=lambda c: _DIRECTIONS.index(c["direction"])):
        moves = ", ".join(f"{name} {_text(was)} -> {_text(now)}" for name, (was, now) in change["rates"].items())
        click.echo(f"{change['direction']:<8} {change['provider']}/{change['model']}: {moves}")


@prices_group.command("update")
@click.option(
    "--genai-prices", "genai", type=click.Path(path_type=Path), help="Wheel, folder or data.py of genai-prices."
)
@click.option("--litellm", type=click.Path(path_type=Path), help="Wheel, folder or price JSON of litellm.")
@click.option("--date", "built", callback=_day, metavar="DATE", help="The day to write into it; default today.")
@click.option("--out", type=click.Path(path_type=Path), help=f"The file to write; default {PINNED_PATH}.")
@_FORMAT
@click.pass_context
def update(
    ctx: click.Context, genai: Path | None, litellm: Path | None, built: date | None, out: Path | None, form: str
) -> None:
    """Pin a snapshot of today's catalogues in this repository. Reads installed packages or files, no network.

    \b
    Examples:
      aicost-review prices update                                  from the installed packages
      aicost-review prices update --litellm model_prices.json --date 2026-11-25
    """
    # Lazy: a review never needs the catalogue readers.
    from bot.prices.build import build, catalogue  # noqa: PLC0415

    settings = _settings(ctx)
    target = out or settings.root / PINNED_PATH
    snapshot = build(catalogue("genai-prices", genai), catalogue("litellm", litellm), built or datetime.now(UTC).date())
    raw = encode(snapshot)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        console.write_whole(target, raw)
    except OSError as error:
        raise ReviewError(f"{target}: cannot be written ({error})") from error
    if form == "json":
        sources = [{"name": s.name, "version": s.version} for s in snapshot.sources]
        told = {"written": str(target), "models": len(snapshot.rows), "bytes": len(raw), "sources": sources}
        click.echo(json.dumps(told, indent=1))
        return
    origin = " and ".join(f"{s.name} {s.version}" for s in snapshot.sources)
    click.echo(f"{target}: {len(snapshot.rows):,} models from {origin}, {len(raw):,} bytes. Commit it.")


# "Who got dearer" comes first.
_DIRECTIONS = ("dearer", "mixed", "cheaper")


def _otherwise(prices: PriceSet) -> str:
    """What is billed by something else than text tokens."""
    parts = [] if prices.per_request is None else [f"{_usd(prices.per_request)} a request"]
    parts += [f"{_usd(usd)} per {name.replace('_', ' ')}" for name, usd in sorted(prices.per_use.items())]
    parts += [f"{name.replace('_', ' ')} tokens {_usd(usd)}" for name, usd in sorted(prices.per_mtok.items())]
    return ", ".join(parts)


def _usd(value: Decimal | None) -> str:
    return "-" if value is None else numbers.listed(value)


def _text(value: str | None) -> str:
    return _usd(None if value is None else Decimal(value))


def _plain(value: Any) -> Any:
    """A value as JSON has it: decimals and days as text, dataclasses as objects."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, Rates | Tier):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value


def _prices_json(prices: PriceSet) -> dict[str, Any]:
    out = {f"{name}_usd_per_mtok": _plain(getattr(prices, name)) for name in RATES if getattr(prices, name) is not None}
    if prices.per_request is not None:
        out["usd_per_request"] = _plain(prices.per_request)
    if prices.per_use:
        out["usd_per_use"] = _plain(prices.per_use)
    if prices.per_mtok:
        out["other_usd_per_mtok"] = _plain(prices.per_mtok)
    if prices.tiers:
        out["tiers"] = [{"above_input_tokens": above, **_prices_json(tier)} for above, tier in prices.tiers]
    return out


def _fact_json(fact: Fact) -> dict[str, Any]:
    return {
        "kind": fact.kind,
        **_plain(fact.values),
        "url": fact.url,
        "checked": _plain(fact.checked),
        "comment": fact.comment,
    }


def _as_json(model: str, rates: Rates, row: Row | None, facts: Sequence[Fact], on: date) -> dict[str, Any]:
    out = {"asked": model, "on": on.isoformat(), "rates": _plain(rates), "overlay": [_fact_json(f) for f in facts]}
    if row is not None:
        variants = {name: _prices_json(p) for name in sorted(row.variants) if (p := row.on(on, name))}
        out |= {
            "retires": row.retires or None,
            "history": [{"since": _plain(d.since), **_prices_json(d.prices)} for d in row.history],
            "variants": variants,
            "second_opinion": _prices_json(row.second) if row.second else None,
            "filled_from_second_catalogue": list(row.filled),
        }
    return out


def _as_text(model: str, rates: Rates, row: Row | None, facts: Sequence[Fact], on: date) -> Iterator[str]:
    name = rates.model if rates.model.startswith(f"{rates.provider}/") else f"{rates.provider}/{rates.model}"
    yield name + (f"  (asked: {model})" if model != rates.model else "") + f"  on {on}"
    if rates.free:
        yield f"  {rates.source}"
        return
    for name in RATES:
        value = getattr(rates, f"{name}_usd_per_mtok")
        if value is not None:
            yield f"  {name.replace('_', ' '):<16} {_usd(value):>10} USD per million tokens"
    if rates.usd_per_request is not None:
        yield f"  {'per request':<16} {_usd(rates.usd_per_request):>10} USD"
    for tier in rates.tiers:
        known = [f"{n.replace('_', ' ')} {_usd(v)}" for n in RATES if (v := getattr(tier, f"{n}_usd_per_mtok", None))]
        yield f"  above {tier.above_input_tokens:,} input tokens, for the whole request: {', '.join(known)}"
    yield from _limits(rates)
    for name, usd in sorted(rates.fees.items()):
        yield f"  {name.replace('_', ' '):<24} {_usd(usd)} USD per use"
    if row is not None:
        yield from _row_text(row, on)
    yield f"  source: {rates.source}"
    if rates.source_url:
        yield f"          {rates.source_url}"
    for fact in facts:
        values = ", ".join(_fact_text(k, v, rates) for k, v in fact.values.items())
        yield f"  {fact.kind}: {values}  [{fact.url}, checked {fact.checked}]"
        yield f"    {fact.comment}"


def _fact_text(name: str, value: Any, rates: Rates) -> str:
    """A value of the overlay; the catalogue's own comes before it."""
    other = rates.min_cacheable_tokens if name == "min_tokens" else None
    return f"{name} {_plain(value)}" + (f" (the catalogue's {other} holds)" if other not in (None, value) else "")


def _limits(rates: Rates) -> Iterator[str]:
    if rates.batch_factor is not None:
        yield f"  {'batch':<16} {_usd(rates.batch_factor):>10} x input and output"
    if rates.cache_mode is not None:
        parts: list[str] = [rates.cache_mode]
        if rates.min_cacheable_tokens:
            parts.append(f"from {rates.min_cacheable_tokens:,} tokens on")
        if rates.cache_increment_tokens and rates.cache_increment_tokens > 1:
            parts.append(f"in steps of {rates.cache_increment_tokens}")
        if rates.cache_ttl_seconds:
            parts.append(f"for {rates.cache_ttl_seconds // 60:,} minutes")
        yield f"  prompt cache: {', '.join(parts)}"
    sizes = (("context", rates.context_tokens), ("output at most", rates.max_output_tokens))
    for name, value in sizes:
        if value is not None:
            yield f"  {name:<16} {value:>10,} tokens"


def _row_text(row: Row, on: date) -> Iterator[str]:
    for name in sorted(row.variants):
        prices = row.on(on, name)
        if prices is not None:
            yield f"  {name + ':':<10} {_rates_text(prices)}"
    current = row.on(on)
    others = current.per_mtok if current else {}
    if others:
        yield f"  other tokens: {', '.join(f'{k} {_usd(v)}' for k, v in sorted(others.items()))} USD per million"
    for dated in row.history:
        if dated.since is not None:
            yield f"  {'from' if dated.since > on else 'since'} {dated.since}: {_rates_text(dated.prices)}"
    if row.second is not None:
        yield f"  second opinion (the other catalogue): {_rates_text(row.second)}"
    if row.retires:
        yield f"  the provider {'retired' if str(row.retires) <= on.isoformat() else 'retires'} it on {row.retires}"


def _rates_text(prices: PriceSet) -> str:
    return ", ".join(f"{n.replace('_', ' ')} {_usd(v)}" for n in RATES if (v := getattr(prices, n)) is not None)


def _changes(rows: Sequence[Row], since: date, on: date) -> Iterator[dict[str, Any]]:
    """Rates that are not the same on the two days, the greatest rise of input first within a provider."""
    for row in rows:
        was, now = row.on(since), row.on(on)
        if len(row.history) < 2 or was is None or now is None or was is now:
            continue
        moved = {n: (getattr(was, n), getattr(now, n)) for n in RATES if getattr(was, n) != getattr(now, n)}
        if not moved:
            continue
        signs = {(b > a) - (b < a) for a, b in moved.values() if a is not None and b is not None}
        direction = {frozenset({1}): "dearer", frozenset({-1}): "cheaper"}.get(frozenset(signs), "mixed")
        yield {
            "provider": row.provider,
            "model": row.model,
            "direction": direction,
            "rates": {n: (_plain(a), _plain(b)) for n, (a, b) in moved.items()},
        }

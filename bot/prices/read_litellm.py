"""Reads litellm's model_prices_and_context_window JSON (MIT, github.com/BerriAI/litellm) into rows.

Its rates are dollars per token, as floats: they are read as decimals. It writes 0 both for "free" and for "not
known"; here a row that asks nothing for everything is left out, and a single 0 is no price.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from bot.errors import ReviewError
from bot.model import MTOK
from bot.prices.snapshot import Dated, PriceSet, Row

# their provider -> ours, where it is not the same word
_PROVIDERS = {
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "amazon_nova": "amazon-nova",
    "azure_text": "azure",
    "codestral": "mistral",
    "text-completion-codestral": "mistral",
    "cohere_chat": "cohere",
    "fireworks_ai": "fireworks",
    "fireworks_ai-embedding-models": "fireworks",
    "gemini": "google",
    "meta": "meta",
    "moonshot": "moonshotai",
    "text-completion-openai": "openai",
    "together_ai": "together",
    "voyage": "voyageai",
    "xai": "x-ai",
    "ollama": "",  # free by statement, see names.LOCAL
    "lemonade": "",
}
_FIELDS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
}
_VARIANTS = {"batch": "_batches", "flex": "_flex", "priority": "_priority"}
_ABOVE = re.compile(r"_above_(\d+)k_tokens")
_PER_USE = {
    "input_cost_per_image": "input_image",
    "output_cost_per_image": "image",
    "input_cost_per_second": "audio_second",
    "output_cost_per_second": "output_second",
    "input_cost_per_character": "input_character",
    "ocr_cost_per_page": "page",
    "annotation_cost_per_page": "annotated_page",
    "google_maps_grounding_cost_per_query": "maps_search",
    "code_interpreter_cost_per_session": "code_interpreter_session",
}
_PER_MTOK = {
    "input_cost_per_audio_token": "input_audio",
    "output_cost_per_audio_token": "output_audio",
    "input_cost_per_image_token": "input_image",
    "output_cost_per_image_token": "output_image",
    "output_cost_per_reasoning_token": "output_reasoning",
}


def read(source: str, letter: str) -> Iterator[Row]:
    """The rows of the JSON text, aliases (`alias_of`) merged into the row they stand for."""
    try:
        data: dict[str, dict[str, Any]] = json.loads(source, parse_float=Decimal)
        aliases: dict[str, list[str]] = {}
        for key, entry in data.items():
            if "alias_of" in entry:
                aliases.setdefault(entry["alias_of"], []).append(key)
        for key, entry in data.items():
            if key != "sample_spec" and "alias_of" not in entry and "litellm_provider" in entry:
                row = _row(key, entry, aliases.get(key, []), letter)
                if row is not None:
                    yield row
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ReviewError(
            f"litellm: its price file is not laid out as expected ({error!r})", "Use version 1.110.2, or report this."
        ) from error


def provider_of(entry: Mapping[str, Any]) -> str:
    theirs = str(entry["litellm_provider"])
    if theirs.startswith("vertex_ai"):
        return "vertex"
    return _PROVIDERS.get(theirs, theirs.replace("_", "-"))


def _name(key: str, entry: Mapping[str, Any]) -> str:
    """The key without the provider in front."""
    head, slash, rest = key.partition("/")
    theirs = str(entry["litellm_provider"])
    own = {theirs, "vertex_ai" if theirs.startswith("vertex_ai") else theirs, theirs.removesuffix("_converse")}
    own |= {"fireworks_ai", "codestral", "text-completion-codestral"} & {theirs.split("-emb")[0]}
    return rest if slash and head in own else key


def _row(key: str, entry: Mapping[str, Any], aliases: list[str], letter: str) -> Row | None:
    provider = provider_of(entry)
    prices = _prices(entry, "")
    if not provider or "*" in key or "-month-commitment" in key or _asks_nothing(prices):
        return None
    variants = {}
    for name, suffix in _VARIANTS.items():
        if any(f"{field}{suffix}" in entry for field in _FIELDS.values()):
            variants[name] = (Dated(since=None, prices=_prices(entry, suffix, prices)),)
    if "off_peak_pricing" in entry:
        off_peak = _prices(entry["off_peak_pricing"], "", prices)
        variants["off_peak"] = (Dated(since=None, prices=off_peak),)
    return Row(
        provider=provider,
        model=_name(key, entry),
        aliases=tuple(sorted(_name(alias, entry) for alias in aliases)),
        history=(Dated(since=None, prices=prices),),
        variants=variants,
        context_tokens=_count(entry.get("max_input_tokens")),
        max_output_tokens=_count(entry.get("max_output_tokens")),
        min_cacheable_tokens=_count(entry.get("prompt_cache_min_tokens")),
        sources=letter,
        url=str(entry.get("source", "")),
        retires=_retires(entry),
        mode=str(entry.get("mode") or ""),
    )


def _asks_nothing(prices: PriceSet) -> bool:
    rates = [prices.input, prices.output, prices.per_request, *prices.per_use.values(), *prices.per_mtok.values()]
    return not any(rates)


def _retires(entry: Mapping[str, Any]) -> str:
    text = str(entry.get("deprecation_date", ""))
    return text if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else ""


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | Decimal) and value > 0 else None


def _per_mtok(value: Any) -> Decimal | None:
    """Dollars per million tokens; 0 is not a price. Float noise behind the tenth digit is dropped."""
    if not isinstance(value, int | Decimal) or isinstance(value, bool) or value <= 0:
        return None
    exact = Decimal(value) * MTOK
    rounded = +exact.quantize(Decimal(1).scaleb(exact.adjusted() - 9))
    return rounded.normalize() if rounded != exact else exact.normalize()


def _prices(entry: Mapping[str, Any], suffix: str, below: PriceSet | None = None) -> PriceSet:
    """The rates whose names end in `suffix`; with `below`, what is missing is taken from there."""
    base: dict[str, Any] = {ours: _per_mtok(entry.get(theirs + suffix)) for ours, theirs in _FIELDS.items()}
    steps: dict[int, dict[str, Decimal]] = {}
    for ours, theirs in _FIELDS.items():
        for key, value in entry.items():
            if not key.startswith(theirs):
                continue
            match = _ABOVE.match(key, len(theirs))
            if match and key[match.end() :] == suffix and (rate := _per_mtok(value)) is not None:
                steps.setdefault(int(match[1]) * 1000, {})[ours] = rate
    for part in entry.get("tiered_pricing", ()) if not suffix else ():
        rates = {ours: v for ours, theirs in _FIELDS.items() if (v := _per_mtok(part.get(theirs))) is not None}
        start = int(part["range"][0]) if "range" in part else 0
        if start:
            steps.setdefault(start, {}).update(rates)
        else:
            base |= rates
    if below:
        base = {ours: getattr(below, ours) if value is None else value for ours, value in base.items()}
    for rates in (base, *steps.values()):
        # A write holds the input too: one below the input rate is a slip (ft:gpt-4o has the read rate there).
        written, plain = rates.get("cache_write"), rates.get("input") or base["input"]
        if written is not None and plain is not None and written < plain:
            rates.pop("cache_write") if rates is not base else base.update(cache_write=None)
    reached = dict(base)
    tiers = []
    for above in sorted(steps):
        reached |= steps[above]
        tiers.append((above, PriceSet(**reached)))
    if below:
        if not tiers:  # long requests have no variant rate of their own: the same factor as for short ones
            tiers = [(above, _scaled(tier, base, below)) for above, tier in below.tiers]
        return PriceSet(**base, tiers=tuple(tiers), per_request=below.per_request)
    queries = entry.get("input_cost_per_query", entry.get("input_cost_per_request"))
    per_use = {name: Decimal(v) for key, name in _PER_USE.items() if (v := entry.get(key)) and not isinstance(v, str)}
    search = entry.get("search_context_cost_per_query") or {}
    if medium := search.get("search_context_size_medium"):
        per_use["web_search"] = Decimal(medium)
    return PriceSet(
        **base,
        tiers=tuple(tiers),
        per_request=Decimal(queries) if queries else None,
        per_use=per_use,
        per_mtok={name: rate for key, name in _PER_MTOK.items() if (rate := _per_mtok(entry.get(key))) is not None},
    )


def _scaled(tier: PriceSet, base: Mapping[str, Decimal | None], below: PriceSet) -> PriceSet:
    scaled = {}
    for ours in _FIELDS:
        rate, new, old = getattr(tier, ours), base[ours], getattr(below, ours)
        scaled[ours] = rate * new / old if rate is not None and new is not None and old else rate
    return PriceSet(**scaled)

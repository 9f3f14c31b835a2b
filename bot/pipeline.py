"""The whole flow on one screen: two trees and a policy in, a Review out."""

from __future__ import annotations

import fnmatch
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING

from bot import __version__, tokens
from bot.compare import compare
from bot.config import Config
from bot.cost import Pricer
from bot.direction import direction_of
from bot.doubt import doubted, new_gaps
from bot.gate import judge, with_findings
from bot.gate_quality import judge_quality
from bot.governed import governed
from bot.loose import loose_changes
from bot.model import (
    SCHEMA_VERSION,
    Advice,
    Change,
    Coverage,
    Finding,
    NoPrice,
    PricedSite,
    Quality,
    Rates,
    Review,
    Usd,
)
from bot.pair import Pair, pair
from bot.prices import PriceBook
from bot.redact import without_secrets
from bot.tokens.table import OWN_PATH, Table, bundled, with_own
from bot.traffic import feature_for, notes_on, traffic_for
from bot.traffic.static import static_tokens
from prompts_scanner.model import CallSite, Context, Gap, Scan
from prompts_scanner.parsing import Parser
from prompts_scanner.scan import scan
from prompts_scanner.sdks import SDKS
from prompts_scanner.tree import FileTree

if TYPE_CHECKING:
    from bot.levers.case import Settings

Progress = Callable[[str], None]


def review(
    base: FileTree,
    head: FileTree,
    config: Config,
    *,
    renames: Mapping[str, str],
    today: date,
    everything: bool = False,
    parser: Parser | None = None,
    progress: Progress = lambda _: None,
    qualities: tuple[Quality, ...] | None = None,
) -> Review:
    """What the change from base to head costs. `config` is the base's; `everything` counts tests and examples too.

    `qualities`: evaluation results of both sides for the quality gate; None where there are none.
    """
    parser = parser or Parser()
    progress("reading the base")
    before = scan(base, sdks=(*config.sdks, *SDKS), ignore=config.ignore, parser=parser)
    progress("reading the head")
    after = scan(head, sdks=(*config.sdks, *SDKS), ignore=config.ignore, parser=parser)
    progress("pricing")
    contexts = contexts_for(config, everything)
    book = price_book(config, today)
    pairs, told = matched(before, after, contexts, renames)
    pricer = pricer_for(config, book, today, pairs).against(pairs)
    changes = compare(pairs, pricer, config.noise_floor_tokens)
    changes += loose_changes(
        before,
        after,
        changes=changes,
        renames=renames,
        contexts=contexts,
        count_text=lambda text: tokens.count_text(text, None, token_table(config)),
        count_tool=lambda tool: tokens.count_tool(tool, None, token_table(config)),
        rates=pricer.rates,
        noise_floor_tokens=config.noise_floor_tokens,
    )
    changes = doubted(changes, before.gaps, after.gaps, renames, head.read)
    if config.profiles:
        from bot.sampling import with_sampling  # noqa: PLC0415

        changes = with_sampling(changes, config)
    base_sites, sites = priced(pairs, pricer)
    quality = judge_quality(config.quality, qualities, changes, base_sites, sites)
    unread = new_gaps(base, head, before.gaps, after.gaps)
    verdict = judge(changes, base_sites, sites, unread, config.budgets)
    advice, saved = advice_on(changes, sites, pairs, pricer, config)
    found = Review(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        base=base.name,
        head=head.name,
        prices_as_of=book.as_of,
        changes=changes,
        sites=sites,
        advice=advice,
        advice_usd_per_month=saved,
        verdict=with_findings(verdict, [*quality, *told] if config.budgets.any else quality, config.budgets),
        gaps=after.gaps,
        new_gaps=unread,
        coverage=coverage_of(after, sites, contexts),
        assumptions=(*assumptions_of(sites, config), *(f"{f.actual}: {f.note}." for f in told)),
        direction=direction_of(changes, unread, config.noise_floor_tokens),
    )
    return without_secrets(found)


def advice_on(
    changes: tuple[Change, ...],
    sites: tuple[PricedSite, ...],
    pairs: tuple[Pair, ...],
    pricer: Pricer,
    config: Config,
) -> tuple[tuple[Advice, ...], Usd | None]:
    """What would win the cost back: on sites that the change touches, and elsewhere what saves more than a threshold.

    With what all of it saves a month when it is done together, where that is known.
    """
    touched = {c.after.site.id for c in changes if c.after is not None and not c.below_noise}
    asked = [s for s in sites if s.site.id in touched or (s.traffic and s.traffic.calls_per_month is not None)]
    if not asked:
        return (), None
    from bot.advise import advised_of, asked_of, saved_per_month, worth_a_comment  # noqa: PLC0415

    before = {head.id: base for base, head in pairs if base is not None and head is not None}
    proposed = asked_of(asked, pricer, settings=settings_of(config), before=before)
    chosen = {
        c.after.site.id for c in changes if c.after is not None and {x.what for x in c.causes} & {"model", "site"}
    }
    worth = worth_a_comment(
        advised_of(proposed),
        lambda a: not (chosen if a.lever == "other_vendor" else touched).isdisjoint((a.site_id, *a.also_site_ids)),
        config.advice.min_usd_per_month,
    )
    return worth, saved_per_month(proposed, worth)


def settings_of(config: Config) -> Settings:
    """What the levers assume: their defaults, and what the policy states instead."""
    from bot.levers.case import Settings  # noqa: PLC0415

    stated = {f.name: getattr(config.assumptions, f.name) for f in fields(config.assumptions)}
    del stated["chunk_tokens"]
    return Settings().with_stated(stated)


def inventory(
    tree: FileTree, config: Config, *, today: date, everything: bool = False, parser: Parser | None = None
) -> tuple[Scan, tuple[PricedSite, ...], PriceBook]:
    """One tree: what it calls and what a call costs."""
    found = scan(tree, sdks=(*config.sdks, *SDKS), ignore=config.ignore, parser=parser)
    book = price_book(config, today)
    sites = counted(found, contexts_for(config, everything))
    pricer = pricer_for(config, book, today, [(site, site) for site in sites])
    return found, tuple(pricer.price(s) for s in sites), book


def both_sides(
    base: FileTree,
    head: FileTree,
    config: Config,
    *,
    renames: Mapping[str, str],
    today: date,
    everything: bool = False,
    parser: Parser | None = None,
    progress: Progress = lambda _: None,
) -> tuple[tuple[PricedSite, ...], tuple[PricedSite, ...], Pricer]:
    """The call sites of two trees, both priced on the traffic that was observed with the base."""
    parser = parser or Parser()
    progress("reading the base")
    before = scan(base, sdks=(*config.sdks, *SDKS), ignore=config.ignore, parser=parser)
    progress("reading the head")
    after = scan(head, sdks=(*config.sdks, *SDKS), ignore=config.ignore, parser=parser)
    pairs, _ = matched(before, after, contexts_for(config, everything), renames)
    pricer = pricer_for(config, price_book(config, today), today, pairs).against(pairs)
    return *priced(pairs, pricer), pricer


def matched(
    before: Scan, after: Scan, contexts: frozenset[Context], renames: Mapping[str, str]
) -> tuple[tuple[Pair, ...], tuple[Finding, ...]]:
    """Which call site of the head is which of the base. The base's comments say which count, and what they are for."""
    old, new = ([s for s in (*found.sites, *found.ignored) if s.context in contexts] for found in (before, after))
    pairs = pair(old, new, renames)
    return governed(pairs, {s.id for s in before.ignored}, {s.id for s in after.ignored})


def priced(pairs: Iterable[Pair], pricer: Pricer) -> tuple[tuple[PricedSite, ...], tuple[PricedSite, ...]]:
    """The call sites of base and head, in the order of their places."""
    sides = zip(*pairs, strict=True) if (pairs := tuple(pairs)) else ((), ())
    base, head = (sorted((s for s in side if s is not None), key=lambda s: s.span) for side in sides)
    return tuple(pricer.price(s) for s in base), tuple(pricer.price(s) for s in head)


def price_book(config: Config, today: date) -> PriceBook:
    return PriceBook(overrides=config.price_overrides(), aliases=config.aliases, on=today, pinned=config.pinned_prices)


def token_table(config: Config) -> Table:
    """The constants of this release, with the repository's own before them."""
    return bundled() if config.own_tokens is None else with_own(config.own_tokens, OWN_PATH)


def pricer_for(config: Config, book: PriceBook, today: date, pairs: Iterable[Pair] = ()) -> Pricer:
    """`pairs` tell which base site a site was when its traffic profile, if there is one, was measured."""
    bare = Pricer(
        count=lambda shape: tokens.count(shape, today, token_table(config)),
        rates=lambda model, provider: book.rates(model, provider),
        traffic=lambda _: None,
        feature=lambda site: feature_for(site, config),
        models=lambda site: named_models(site, config),
        chunk_tokens=config.assumptions.chunk_tokens,
        tier_rates=lambda model, provider, tier: book.rates(model, provider, tier),
    )
    static = static_tokens(pairs, lambda site: bare.price(site).cost) if config.profiles else {}
    return replace(bare, traffic=lambda site: traffic_for(site, config, static.get(site.id)))


def named_models(site: CallSite, config: Config) -> tuple[str, ...]:
    """The models that `.aicost.yml` names for a site whose code chooses at run time."""
    for pattern, names in config.models.items():
        if (
            fnmatch.fnmatchcase(site.span.path, pattern)
            or fnmatch.fnmatchcase(site.symbol, pattern)
            or fnmatch.fnmatchcase(site.id, pattern)
        ):
            return tuple(names)
    return ()


def contexts_for(config: Config, everything: bool) -> frozenset[Context]:
    if everything:
        return frozenset(("prod", "test", "example", "docs", "eval"))
    return frozenset(("prod", "eval", *config.include_contexts))


def counted(found: Scan, contexts: frozenset[Context]) -> tuple[CallSite, ...]:
    return tuple(s for s in found.sites if s.context in contexts)


def coverage_of(found: Scan, sites: tuple[PricedSite, ...], contexts: frozenset[Context]) -> Coverage:
    left_out = Tally(s.context for s in found.sites if s.context not in contexts)
    return Coverage(
        sites=len(sites),
        priced=sum(isinstance(s.rates, Rates) for s in sites),
        no_price=sum(isinstance(s.rates, NoPrice) and bool(s.rates.model) for s in sites),
        model_unknown=sum(isinstance(s.rates, NoPrice) and not s.rates.model for s in sites),
        files_seen=found.files_seen,
        files_parsed=found.files_parsed,
        files_vendored=found.files_vendored,
        left_out=tuple(sorted(left_out.items())),
    )


def assumptions_of(sites: tuple[PricedSite, ...], config: Config) -> tuple[str, ...]:
    """What the numbers rest on besides the code, in plain words."""
    out = []
    out += estimated_tokens(sites)
    if any(s.traffic is None for s in sites):
        out.append(
            "Call sites without a traffic profile are shown per 1,000 calls; their run-time input and output are not counted."
        )
    hits = [s.prefix.hit_source for s in sites if s.prefix is not None and s.prefix.hit_source.startswith("assumed")]
    if hits:
        out.append(
            "Prompt-cache hits that no profile states are 1 − e^(−calls per second × lifetime), with calls spread evenly "
            f"over the month; {len(hits)} call site(s)."
        )
    if any(s.prefix is not None and s.prefix.enabled and s.prefix.hit_share is None for s in sites):
        out.append("No prompt-cache hits are counted where neither a hit share nor a volume is known.")
    if config.assumptions.chunk_tokens is not None:
        out.append(
            f"A retrieved chunk is taken as {config.assumptions.chunk_tokens} tokens (`assumptions.chunk_tokens`)."
        )
    return (*out, *notes_on((s.site for s in sites), config))


# Parts of a request that are a text of the code's own; all else is how a provider shows it to the model.
_TEXTS = ("system", "messages", "input", "examples")


def estimated_tokens(sites: tuple[PricedSite, ...]) -> list[str]:
    """Which token counts are estimates: of the texts themselves, or only of what is put around exact texts."""
    texts: dict[str, None] = {}
    around: dict[str, None] = {}
    for line in (line for site in sites for line in site.cost.lines):
        if line.method in ("calibrated", "ratio") and line.tokens_per_call is not None:
            (texts if line.part in _TEXTS else around)[_family(line.source)] = None
    out = []
    if texts:
        out.append(
            f"Texts for {_some(texts)} are estimated, with a range: no exact tokenizer of theirs comes with this tool."
        )
    if around := {name: None for name in around if name not in texts}:
        out.append(
            f"Texts for {_some(around)} are counted exactly; what the provider puts around them (tools, schemas, framing) "
            "is estimated, with a range."
        )
    return out


def _family(source: str) -> str:
    """Whose constants a count rests on, out of the words that it gives as its source."""
    name = source.partition(":")[0].removeprefix("no constants for ")
    return "a model that is not known" if name == "model not known" else name


def _some(names: Iterable[str], most: int = 4) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return "; ".join(listed[:most]) + more


def unread(gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
    """Gaps that may hide a change of cost."""
    return tuple(g for g in gaps if g.weight >= 50)

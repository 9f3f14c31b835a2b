"""Which product feature a call site belongs to, and what is known of its traffic.

A site's own comment (`# aicost: feature=NAME`) names its feature; else the first feature of `.aicost.yml` with a match
that fits; else the site stands under its file's path, which is no feature: it is listed as unassigned. Numbers come
from the match, then from the feature, then from a traffic profile, each with its source; what none of them states is
unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from bot.config import NO_USE, Config, Feature, Match, PriorName, Use
from bot.model import Traffic
from bot.profiles.names import plain_name
from bot.traffic.prior import mean_range, prior
from bot.traffic.profile import profile_traffic
from bot.turns import with_history
from prompts_scanner.model import CallSite, Piece

# Token numbers of a feature are those of its chat calls: a question that is embedded is not the prompt it ends up in.
_OF_CHAT = frozenset(
    (
        "dynamic_input_tokens",
        "dynamic_input_spread",
        "output_tokens",
        "output_spread",
        "reasoning_tokens",
        "tool_result_tokens",
        "request_tokens",
        "history_limit_tokens",
        "cache_hit_share",
    )
)
_SPREADS = {"dynamic_input_tokens": "dynamic_input_spread", "output_tokens": "output_spread"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Features and call sites that did not find each other.

    `unmatched_features` have no call site, `unmatched_rules` are the keys of matches that fit none; `unassigned` are
    sites without a feature, `unknown_names` pairs (site id, name) of comments that name no feature of the file.
    """

    unmatched_features: tuple[str, ...]
    unmatched_rules: tuple[str, ...]
    unassigned: tuple[CallSite, ...]
    unknown_names: tuple[tuple[str, str], ...]


def feature_for(site: CallSite, config: Config) -> str:
    """The site's feature; the path of its file where it has none."""
    if site.feature is not None:
        return site.feature
    found = find(site, config)
    if found is not None:
        return found[0].name
    logged = logged_as(site, config)
    return logged if logged is not None else site.span.path


def is_assigned(site: CallSite, config: Config) -> bool:
    """Whether it is known what the site is for: somebody said it, or a profile's log names it."""
    return site.feature is not None or find(site, config) is not None or logged_as(site, config) is not None


def logged_as(site: CallSite, config: Config) -> str | None:
    """The feature of the one profile whose log names the site's prompt, else its function; None for none or several."""
    if site.operation != "chat" or not config.profiles:
        return None
    prompts = {part for name in prompt_names(site) for part in (name, PurePosixPath(name).stem)}
    by_prompt = [f for f, p in config.profiles.items() if prompts & set(p.prompt_names)]
    function = site.symbol.rpartition(".")[2]
    found = by_prompt or [f for f in config.profiles if function and f in (site.symbol, function)]
    return found[0] if len(found) == 1 else None


def find(site: CallSite, config: Config) -> tuple[Feature, Match | None] | None:
    """The site's feature in the file, and the match that fits."""
    if site.feature is not None:
        feature = config.feature(site.feature)
        return None if feature is None else (feature, next((m for m in feature.matches if fits(m, site)), None))
    for feature in config.features:
        for match in feature.matches:
            if fits(match, site):
                return feature, match
    return None


def fits(match: Match, site: CallSite) -> bool:
    """Whether all globs of a match fit a site."""
    return (
        (match.path is None or _glob(site.span.path, match.path))
        and (match.symbol is None or _glob(site.symbol, match.symbol))
        and (match.sdk is None or _glob(site.sdk, match.sdk))
        and (match.operation is None or site.operation == match.operation)
        and (match.prompt is None or any(_glob(name, match.prompt) for name in prompt_names(site)))
    )


def _glob(text: str, pattern: str) -> bool:
    """`*` crosses `/`, as in the other globs of the file; `**/` may be nothing."""
    return fnmatchcase(text, pattern) or ("**/" in pattern and fnmatchcase(text, pattern.replace("**/", "")))


def prompt_names(site: CallSite) -> frozenset[str]:
    """What a site's prompts are called: their names, and the paths of their files."""
    names = {surface.name for surface in site.surfaces if surface.name}
    for surface in site.surfaces:
        names |= {p.span.path for p in surface.text.pieces if isinstance(p, Piece) and p.span.path != site.span.path}
    return frozenset(names)


def profile_name(site: CallSite, config: Config) -> str:
    """Which profile would be the site's, whether or not there is one."""
    name = feature_for(site, config)
    feature = config.feature(name)
    return feature.profile if feature is not None and feature.profile else name


def traffic_for(site: CallSite, config: Config, static_tokens: int | None = None) -> Traffic | None:
    """What is known of the site's calls; None where nothing is.

    `static_tokens` is our count of the known input of the site as it is in production: a profile's run-time input is
    what it measured less that.
    """
    found = find(site, config)
    feature, match = found if found is not None else (None, None)
    profile = config.profiles.get(profile_name(site, config))
    measured = profile_traffic(profile, site, static_tokens) if profile is not None else _assumed(feature, site)
    if feature is None:
        return measured
    stated, keys = _stated(feature, match, site)
    if not stated and measured is None and feature.success_share is None and feature.outcome_share is None:
        return None
    return with_history(site, _together(feature, stated, keys, measured, config.name))


def _assumed(feature: Feature | None, site: CallSite) -> Traffic | None:
    """A chat site's tokens as those of the public trace that the team chose; their volume stays unknown."""
    if feature is None or feature.prior is None or site.operation != "chat":
        return None
    trace = prior(feature.prior)
    return Traffic(
        feature=feature.name,
        dynamic_input_tokens=mean_range(feature.prior, "input"),
        dynamic_input_spread=trace.spread("input"),
        output_tokens=mean_range(feature.prior, "output"),
        output_spread=trace.spread("output"),
        cost_points=trace.points(),
        source=f"assumed: {trace.calls:,} calls of the public trace {trace.name} ({feature.key}.prior)",
        assumed=("dynamic_input_tokens", "output_tokens"),
    )


def _stated(feature: Feature, match: Match | None, site: CallSite) -> tuple[dict[str, Any], list[str]]:
    """The numbers that the file states for a site, and the keys that state them."""
    values: dict[str, Any] = {}
    keys: list[str] = []
    own = match.use if match is not None else NO_USE
    for field in fields(Use):
        if field.name in values or field.name in _SPREADS.values():
            continue
        use, key = (
            (own, match.key)
            if match is not None and getattr(own, field.name) is not None
            else (feature.use, feature.key)
        )
        value = getattr(use, field.name)
        if value is None or (use is feature.use and field.name in _OF_CHAT and site.operation != "chat"):
            continue
        values[field.name] = value
        keys.append(key)
        spread = _SPREADS.get(field.name)
        if spread is not None:
            values[spread] = getattr(use, spread)
    return values, list(dict.fromkeys(keys))


def _together(
    feature: Feature, stated: dict[str, Any], keys: list[str], measured: Traffic | None, name: str
) -> Traffic:
    """Stated numbers before measured ones; the source names both."""
    values: dict[str, Any] = {}
    if measured is not None:
        values = {f.name: getattr(measured, f.name) for f in fields(Traffic)}
        if {"dynamic_input_tokens", "output_tokens"} & set(stated):
            values["cost_points"] = ()  # the measured distribution is no longer the one that is priced
        for tokens, spread in _SPREADS.items():
            if tokens in stated:
                values[spread] = None
        values["assumed"] = tuple(n for n in measured.assumed if n not in stated)
    values.update(stated)
    for key in ("success_share", "outcome_share", "outcome_name"):
        if getattr(feature, key) is not None:
            values[key] = getattr(feature, key)
    fitted = any(stated.get(spread) is not None for spread in _SPREADS.values())
    sources = [f"{name} {', '.join(keys or [feature.key])}"] if stated or measured is None else []
    sources += ["means are of a lognormal distribution with the given p50 and p95"] if fitted else []
    sources += [measured.source] if measured is not None else []
    return Traffic(**{**values, "feature": feature.name, "source": "; ".join(sources)})


def assignment(sites: Iterable[CallSite], config: Config) -> Assignment:
    """What matched nothing, on either side."""
    sites = tuple(sites)
    used: set[str] = set()
    rules: set[str] = set()
    for site in sites:
        found = find(site, config)
        if found is not None:
            used.add(found[0].name)
        rules |= {m.key for f in config.features for m in f.matches if fits(m, site)}
    return Assignment(
        unmatched_features=tuple(f.name for f in config.features if f.name not in used),
        unmatched_rules=tuple(m.key for f in config.features for m in f.matches if m.key not in rules),
        unassigned=tuple(s for s in sites if not is_assigned(s, config)),
        unknown_names=tuple(
            (s.id, s.feature) for s in sites if s.feature is not None and config.feature(s.feature) is None
        ),
    )


def notes_on(sites: Iterable[CallSite], config: Config) -> tuple[str, ...]:
    """In words: what matched nothing, and a profile that several call sites share. Nothing where no feature is named."""
    sites = tuple(sites)
    out = [*_shared_profiles(sites, config), *_priors(sites, config), *_unmatched_profiles(sites, config)]
    if not config.features:
        return tuple(out)
    found = assignment(sites, config)
    if found.unmatched_features:
        out.append(f"No call site belongs to {_some(found.unmatched_features)} of {config.name}.")
    if found.unassigned:
        places = dict.fromkeys(s.span.path for s in found.unassigned)
        out.append(f"{len(found.unassigned)} of {len(sites)} call sites belong to no feature: {_some(places)}.")
    names = dict.fromkeys(name for _, name in found.unknown_names)
    if names:
        out.append(f"Comments in the code name {_some(names)}, which {config.name} does not have.")
    return tuple(out)


def _shared_profiles(sites: Iterable[CallSite], config: Config) -> list[str]:
    """A profile is of a whole feature: where several call sites make it up, each is given all of its calls."""
    users = Counter(profile_name(site, config) for site in sites if site.operation == "chat")
    return [
        f"The traffic profile of {profile} is taken for each of its {n} call sites; it does not tell them apart."
        for profile, n in users.items()
        if n > 1 and profile in config.profiles
    ]


def _unmatched_profiles(sites: Iterable[CallSite], config: Config) -> list[str]:
    """Profiles and call sites that did not find each other, and logs of other models than the code's."""
    if not config.profiles:
        return []
    users: dict[str, list[CallSite]] = {name: [] for name in config.profiles}
    without = []
    for site in sites:
        if site.operation != "chat":
            continue
        name = profile_name(site, config)
        if name in users:
            users[name].append(site)
        else:
            without.append(site)
    out = []
    idle = [name for name, found in users.items() if not found]
    if idle:
        out.append(
            f"No call site is that of the traffic profile {_some(idle)}: match it in {config.name or '.aicost.yml'} "
            "(`features.NAME.match`), or name the call site (`# aicost: feature=NAME`)."
        )
    if without:
        places = dict.fromkeys(s.span.path for s in without)
        out.append(f"{len(without)} chat call site(s) have no traffic profile: {_some(places)}.")
    for name, found in users.items():
        logged = {plain_name(m.model) for m in config.profiles[name].models}
        coded = {plain_name(s.model.value) for s in found if s.model.value}
        if found and coded and all(s.model.value for s in found) and not logged & coded:
            out.append(f"The log of {name} is of {_some(sorted(logged))}; its code calls {_some(sorted(coded))}.")
    return out


def _priors(sites: Iterable[CallSite], config: Config) -> list[str]:
    """Each public trace that stands in for a feature's own traffic, with where it is from."""
    used: dict[tuple[str, PriorName], None] = {}
    for site in sites:
        found = traffic_for(site, config)
        feature = config.feature(found.feature) if found is not None and found.assumed else None
        if feature is not None and feature.prior is not None:
            used[feature.name, feature.prior] = None
    out = []
    for name, chosen in used:
        trace = prior(chosen)
        came_in, went_out = trace.means
        out.append(
            f"Nobody measured the traffic of {name}: a call is assumed to be like one of the public trace {chosen} "
            f"(`features.{name}.prior`), {came_in:,} run-time input and {went_out:,} output tokens on average; the range is "
            f"that of the means of all public traces here. {trace.title}, {trace.licence}: {trace.url}"
        )
    return out


def _some(names: Iterable[str], most: int = 5) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")

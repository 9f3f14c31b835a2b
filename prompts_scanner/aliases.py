"""Names of a program's own that stand for models: the `model_list` of a router.

Several entries of one name are deployments among which the router chooses: a range.
https://docs.litellm.ai/docs/routing
"""

from __future__ import annotations

from prompts_scanner.match import Hit, Matcher
from prompts_scanner.values import Lst, Map, Str, Value, options_of


def aliases_of(hit: Hit, matcher: Matcher) -> dict[str, tuple[Value, ...]]:
    """What each name means to the router that a request is sent through."""
    found: dict[str, tuple[Value, ...]] = {}
    for source in hit.sources:
        if source.name.rpartition(".")[2] != "Router":
            continue
        listed = matcher.place(source.call, source.frame, ("model_list", "0"))
        for entries in options_of(listed) if listed is not None else ():
            for entry in entries.items if isinstance(entries, Lst) else ():
                name = entry.get("model_name") if isinstance(entry, Map) else None
                model = matcher.step(entry, "litellm_params")
                model = matcher.step(model, "model") if model is not None else None
                if isinstance(name, Str) and name.literal and model is not None:
                    found[name.literal] = (*found.get(name.literal, ()), model)
    return found

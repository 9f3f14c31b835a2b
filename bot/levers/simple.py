"""Whether a task looks simple enough for a small model: classification, extraction, routing."""

from __future__ import annotations

import re

from bot.lines import setting_int
from bot.model import PricedSite

# An answer that fits in this is a label, a number, a short field.
SHORT_ANSWER_TOKENS = 100
_SIMPLE = re.compile(
    r"\b(classif(y|ies|ication)|categori[sz]e|label|sort .{0,40} into|extract|route|triage|detect the (language|intent)|"
    r"sentiment|yes or no|true or false|answer with (the name|one word|only))\b",
    re.IGNORECASE,
)


def is_simple(site: PricedSite) -> bool:
    """A short answer by cap or by traffic, without tools, and a prompt that asks for a choice or a field."""
    call = site.site
    if call.operation != "chat" or call.tools:
        return False
    text = " ".join(s.text.literal for s in call.surfaces)
    enum = any(s.role == "schema" and '"enum"' in s.text.literal for s in call.surfaces)
    return short_answer(site) and (enum or _SIMPLE.search(text) is not None)


def short_answer(site: PricedSite) -> bool:
    cap = setting_int(site.site.output_cap)
    if cap is not None and cap <= SHORT_ANSWER_TOKENS:
        return True
    tokens = site.traffic.output_tokens if site.traffic is not None else None
    return tokens is not None and tokens.likely <= SHORT_ANSWER_TOKENS

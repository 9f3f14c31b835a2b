"""Output controls: a cap from the observed answers, structured output where JSON is asked for in words, less thinking.

With a cap L a call has E[min(X, L)] output tokens; the cap cuts the share P(X > L) of the answers. A cap above all
answers saves nothing and only bounds the worst case, which is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from bot.levers.case import Case, Proposal, advised, with_saving
from bot.levers.simple import is_simple
from bot.lines import setting_int
from bot.model import MTOK, Rates
from bot.spread import is_known, quantile_tokens, share_above
from prompts_scanner.model import Setting

NAME = "output"
DOCS = {
    "openai": "https://developers.openai.com/api/docs/guides/structured-outputs",
    "azure": "https://developers.openai.com/api/docs/guides/structured-outputs",
    "google": "https://ai.google.dev/gemini-api/docs/structured-output",
    "anthropic": "https://platform.claude.com/docs/en/build-with-claude/structured-outputs",
}
# What a cap is called and how a cut answer is told.
CAP_DOCS = {
    "openai": "https://help.openai.com/en/articles/5072518-controlling-the-length-of-openai-model-responses",
    "azure": "https://help.openai.com/en/articles/5072518-controlling-the-length-of-openai-model-responses",
    "google": "https://ai.google.dev/api/generate-content",
    "anthropic": "https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons",
}
_CAP_NAMES = {
    "anthropic": "max_tokens",
    "openai": "max_output_tokens (Responses) or max_completion_tokens (Chat Completions)",
    "google-genai": "max_output_tokens",
    "google-generativeai": "max_output_tokens",
    "vercel-ai": "maxOutputTokens",
    "langchain": "max_tokens of the chat model",
    "litellm": "max_tokens",
    "openai-agents": "ModelSettings(max_tokens=...)",
    "pydantic-ai": "max_tokens of the model settings",
    "bedrock": "inferenceConfig.maxTokens",
    "mistral": "max_tokens",
    "groq": "max_completion_tokens",
    "ollama": "num_predict",
}
# The longest answer that a model can give is no risk below this.
TRIFLE_USD = Decimal("0.10")
# A cap is named in round numbers.
_ROUND_TO = 50
_ASKS_FOR_JSON = re.compile(
    r"\b(respond|reply|return|output|answer|format)\b[^.\n]{0,60}\bJSON\b(?!\s*schema\s*tool)", re.IGNORECASE
)
# Libraries whose calls take a schema where the scanner looks for it.
_WITH_SCHEMAS = ("openai", "anthropic", "google-genai", "google-generativeai", "litellm", "mistral", "vercel-ai")
# The prompt speaks of a schema that the request gives already.
_HAS_SCHEMA = re.compile(r"\b(expected|provided|given|following|this exact|output|response) schema\b", re.IGNORECASE)
_GREAT_EFFORT = ("high", "xhigh", "max")


def propose(case: Case) -> tuple[Proposal, ...]:
    if case.site.operation != "chat":
        return ()
    found = (_cap(case), _thinking(case), _structure(case))
    return tuple(p for p in found if p is not None)


def _cap(case: Case) -> Proposal | None:
    """A cap from the observed answers where the code has none, or one that cannot be reached."""
    spread, rates = (case.traffic.output_spread if case.traffic else None), case.rates
    if spread is None or not is_known(spread) or rates is None or rates.output_usd_per_mtok is None:
        return None
    if case.site.output_cap is not None:
        return None  # it has a cap, or one that is set at run time
    p99 = quantile_tokens(spread, 0.99)
    if not p99:
        return None
    cap = _rounded(p99 * case.settings.cap_margin.value)
    budget = setting_int(case.site.reasoning)
    if budget is not None and cap <= budget:
        return None  # a provider refuses a cap that its thinking alone may fill
    cut = share_above(spread, cap) or Decimal(0)
    limit = rates.max_output_tokens
    bound = (
        f"; the worst answer costs {_usd(cap * rates.output_usd_per_mtok / MTOK)} instead of "
        f"{_usd(limit * rates.output_usd_per_mtok / MTOK)} ({limit:,} tokens, the model's limit)"
        if limit is not None and limit > cap
        else ""
    )
    advice = advised(
        case,
        NAME,
        f"Cap the answer at {cap:,} tokens",
        confidence="high" if case.traffic is not None and case.traffic.days_observed else "medium",
        effort="low",
        why=f"99 % of the answers have at most {p99:,} tokens; this cap, {case.settings.cap_margin.source}, cuts "
        f"{_percent(cut)} of them{bound}",
        edit=f"Set {_CAP_NAMES.get(case.site.sdk, 'the output cap')} to {cap}.",
        caution="Not for answers that must be whole: handle the stop reason of a cut answer.",
        doc_url=_docs(case, CAP_DOCS),
    )
    setting = Setting(values=(str(cap),), resolution="literal", span=case.site.span)
    found = with_saving(case, Proposal(advice=advice, site=lambda s: replace(s, output_cap=setting)))
    return None if _is_a_trifle(found, rates) else found


def _is_a_trifle(found: Proposal, rates: Rates) -> bool:
    """Where the bill is known to fall by less than a dollar, and even the longest answer of the model costs cents."""
    month, limit, usd = found.advice.saving_usd_per_month, rates.max_output_tokens, rates.output_usd_per_mtok
    worst = limit * usd / MTOK if limit is not None and usd is not None else None
    return month is not None and month.high < 1 and worst is not None and worst < TRIFLE_USD


def _thinking(case: Case) -> Proposal | None:
    """Much thinking for a task that needs little."""
    effort, traffic, rates = case.site.reasoning, case.traffic, case.rates
    if effort is None or effort.value is None or not is_simple(case.priced):
        return None
    budget = setting_int(effort)
    if effort.value not in _GREAT_EFFORT and (budget is None or budget < 4_096):
        return None
    tokens = traffic.reasoning_tokens if traffic is not None else None
    per_mtok = rates.output_usd_per_mtok if rates is not None else None
    advice = advised(
        case,
        NAME,
        f"Think less: reasoning is set to {effort.value} for a task with short answers",
        span=effort.sources[0] if effort.sources else effort.span,
        confidence="medium",
        effort="low",
        why="thinking is billed as output"
        + (
            f"; {tokens.likely:,} tokens of it a call cost {_usd(tokens.likely * per_mtok * 1000 / MTOK)} per 1,000 calls"
            if tokens is not None and per_mtok is not None
            else "; how much it is, the usage of a few calls shows (`reasoning_tokens`)"
        ),
        edit="Set the effort to low (or the budget to its minimum), and compare the answers with your evaluation.",
        caution="Not where accuracy falls in your evaluation.",
        doc_url=_docs(case),
    )
    return Proposal(advice=advice)


def _structure(case: Case) -> Proposal | None:
    """JSON that is asked for in words: an answer that does not parse is paid and made again."""
    site = case.site
    if site.structured or site.tools or site.sdk not in _WITH_SCHEMAS:
        return None
    for surface in site.surfaces:
        found = _ASKS_FOR_JSON.search(surface.text.literal)
        if surface.role in ("system", "user") and found is not None and not _HAS_SCHEMA.search(surface.text.literal):
            return Proposal(
                advice=advised(
                    case,
                    NAME,
                    "Ask for JSON with a schema instead of in words",
                    span=surface.span,
                    confidence="low",
                    effort="medium",
                    why=f"the prompt says “{_quote(found.group(0))}”; an answer that does not parse is paid and made "
                    "again, and the words around the JSON are output too",
                    edit="Give the call a response schema, and take the description of the format out of the prompt.",
                    caution="A schema is sent as input on every call; for a large one that can cost more than it saves.",
                    doc_url=_docs(case),
                )
            )
    return None


def _rounded(tokens: Decimal) -> int:
    return int((tokens / _ROUND_TO).to_integral_value(ROUND_CEILING)) * _ROUND_TO


def _docs(case: Case, docs: Mapping[str, str] = DOCS) -> str:
    """Of the provider whose prices apply; where the model is not known, of the one whose library is called."""
    provider = case.rates.provider if case.rates is not None else case.site.provider or ""
    return docs.get(provider, docs["anthropic"] if case.rates and "claude" in case.rates.model else docs["openai"])


def _quote(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 60 else plain[:57] + "…"


def _percent(share: Decimal) -> str:
    return f"{float(share) * 100:.1f} %"


def _usd(usd: Decimal) -> str:
    return f"{usd.quantize(Decimal('0.0001')).normalize():f} USD"

"""A report as markdown: for a chat, a wiki, a job summary, a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from bot.economics import Amount
from bot.portfolio import Portfolio
from bot.render.escape import md
from bot.render.numbers import UNKNOWN, USD, Currency, count, money, money_range, times

MAX_ROWS = 30


def render_markdown(portfolio: Portfolio, currency: Currency = USD, *, title: str) -> str:
    return "\n".join(_lines(portfolio, currency, title)) + "\n"


def _lines(portfolio: Portfolio, currency: Currency, title: str) -> Iterator[str]:
    several = len(portfolio.repositories) > 1
    month, without = portfolio.usd_per_month
    yield f"# {md(title)}"
    yield ""
    amount = money(month.likely, currency) if month is not None else UNKNOWN
    spread = f" ({money_range(month, currency)})" if month is not None and not month.is_exact else ""
    yield f"- A month: **{amount}**{spread}" + (
        f", without {_sites(without)} whose month is not known" if without else ""
    )
    unpriced = sum(s.price != "known" for s in portfolio.sites)
    yield f"- Call sites: {count(len(portfolio.sites))}" + (f", {count(unpriced)} without a price" if unpriced else "")
    together = [r.together_usd_per_month for r in portfolio.repositories if r.together_usd_per_month is not None]
    if together:
        saved = sum((t.likely for t in together[1:]), start=together[0].likely)
        yield f"- All advice together: {money(-saved, currency, signed=True)} a month"
    yield f"- Prices of the snapshot of {portfolio.prices_as_of}; made on {portfolio.made}"
    if currency.note:
        yield f"- {currency.note}"
    yield ""
    yield "## Features"
    yield ""
    yield f"| Feature |{' Repository |' if several else ''} Call sites | 1,000 calls of each | Task | Outcome | Month |"
    yield f"|---|{'---|' if several else ''}--:|--:|--:|--:|--:|"
    ordered = sorted(portfolio.features, key=lambda f: (-f.per_month.known.likely, -f.per_call.known.likely))
    for one in ordered[:MAX_ROWS]:
        cells = [md(one.feature), *([md(one.repository)] if several else []), count(one.sites)]
        thousand = Amount(known=times(one.per_call.known, 1000), missing=one.per_call.missing)
        cells += [_amount(a, currency) for a in (thousand, one.per_task, one.per_outcome, one.per_month)]
        yield f"| {' | '.join(cells)} |"
    yield from _more(len(ordered), "features")
    yield ""
    yield "≥: a part is not known and not in the amount."
    if portfolio.savings:
        yield ""
        yield "## Savings"
        yield ""
        yield "| What | Where | 1,000 calls | Month | Confidence |"
        yield "|---|---|--:|--:|---|"
        for saving in portfolio.savings[:MAX_ROWS]:
            one_ = saving.advice
            where = md(f"{saving.repository}: " * several + f"{one_.span.path}:{one_.span.first_line}")
            calls, monthly = (
                UNKNOWN if usd is None else money_range(-usd, currency, signed=True)
                for usd in (one_.saving_usd_per_1k_calls, one_.saving_usd_per_month)
            )
            yield f"| {md(one_.title)} | {where} | {calls} | {monthly} | {one_.confidence} |"
        yield from _more(len(portfolio.savings), "pieces of advice")
    heavy = [g for g in portfolio.gaps if g.weight >= 50]
    if heavy:
        yield ""
        yield f"{count(len(heavy))} places that may hide a cost were not understood; the first: " + md(
            f"{heavy[0].path}:{heavy[0].first_line} {heavy[0].reason}"
        )


def _sites(number: int) -> str:
    return f"{count(number)} call site{'' if number == 1 else 's'}"


def _more(number: int, what: str) -> Iterator[str]:
    if number > MAX_ROWS:
        yield ""
        yield f"{count(number - MAX_ROWS)} more {what}: --html or --format json has all."


def _amount(amount: Amount, currency: Currency) -> str:
    if amount.usd is not None:
        return str(money(amount.usd.likely, currency))
    return f"≥ {money(amount.known.likely, currency)}" if amount.known.likely > 0 else UNKNOWN

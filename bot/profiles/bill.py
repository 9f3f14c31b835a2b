"""Usage exports of OpenAI and Anthropic: totals by model and hour or day. They say how much, never how it is distributed.

OpenAI: https://platform.openai.com/docs/api-reference/usage/completions - `input_tokens` includes cached ones.
Anthropic: https://platform.claude.com/docs/en/api/admin-api/usage-cost/get-messages-usage-report - classes are apart, and
there is no number of requests. Pages of the API (JSON), or one row per result (JSON lines, or CSV with the API's names:
the CSV of OpenAI's dashboard has them). The CSV that the Claude Console exports has names of its own (https://support.claude.com/en/articles/9534590).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from bot.errors import ReviewError
from bot.profiles.reading import Account, records
from bot.profiles.sources.row import BadValueError, Record, first, micros, nested, tokens

# What the Claude Console's CSV calls the fields of the usage report; its keys and workspaces go by name there, not by id.
_CONSOLE = {
    "model_version": "model",
    "api_key": "api_key_id",
    "workspace": "workspace_id",
    "usage_type": "service_tier",
    "usage_input_tokens_no_cache": "uncached_input_tokens",
    "usage_input_tokens_cache_read": "cache_read_input_tokens",
    "usage_input_tokens_cache_write_5m": "ephemeral_5m_input_tokens",
    "usage_input_tokens_cache_write_1h": "ephemeral_1h_input_tokens",
    "usage_output_tokens": "output_tokens",
}
_USAGE_PAGES = (
    "Save the pages of /v1/organization/usage/completions (OpenAI) or /v1/organizations/usage_report/messages (Anthropic), "
    "grouped by model."
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Provider = Literal["openai", "anthropic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow:
    """What was billed of one model between two moments. `requests` None: the provider does not say."""

    provider: Provider
    model: str | None
    start: datetime
    end: datetime
    requests: int | None
    uncached_input: int
    cache_read: int
    cache_write: int
    output: int
    scope: tuple[tuple[str, str], ...]

    @property
    def tokens(self) -> int:
        return self.uncached_input + self.cache_read + self.cache_write + self.output

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day that it touches, UTC."""
        return self.start.date(), (self.end - timedelta(microseconds=1)).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    rows: tuple[BillRow, ...]
    dropped: Mapping[str, int]
    examples: tuple[str, ...]


def is_bill(record: Record) -> bool:
    """Whether a record is a page of a usage API, or a row of one."""
    if isinstance(record.get("data"), list):
        return any(isinstance(b, dict) and isinstance(b.get("results"), list) for b in record["data"])
    if isinstance(record.get("results"), list) and first(record, "start_time", "starting_at") is not None:
        return True
    if "usage_date_utc" in record and "usage_output_tokens" in record:
        return True
    return "num_model_requests" in record or ("uncached_input_tokens" in record and "starting_at" in record)


def _is_cost(record: Record) -> bool:
    """A page or row of OpenAI's costs (`amount` of a value and a currency) or of Anthropic's cost report (text and currency)."""
    buckets = _objects(record.get("data")) if isinstance(record.get("data"), list) else [dict(record)]
    rows = [r for b in buckets for r in (_objects(b["results"]) if isinstance(b.get("results"), list) else [b])]
    return any("amount" in r and ("currency" in r or "currency" in nested(r["amount"])) for r in rows)


def read_bill(paths: tuple[Path, ...], only: Mapping[str, str] | None = None) -> Bill:
    """The rows of usage exports; `only` keeps those of a project, workspace or key. Raises `ReviewError` for none."""
    account = Account()
    rows: list[BillRow] = []
    for path in paths:
        if not path.is_file():
            raise ReviewError(f"{path} does not exist", "Give a usage export of OpenAI or Anthropic.")
        for record, place in records(path, account, lambda *_: None):
            if _is_cost(record):
                raise ReviewError(
                    f"{path} is a cost export: dollars, with no tokens to compare with.",
                    f"A profile is calibrated to tokens. {_USAGE_PAGES}",
                )
            rows += _rows(record, place, account)
    if not rows:
        raise ReviewError(
            f"no usage of OpenAI or Anthropic in {', '.join(p.name for p in paths)}.",
            _USAGE_PAGES,
        )
    wanted = dict(only or {})
    kept = tuple(r for r in rows if wanted.items() <= dict(r.scope).items())
    if not kept:
        raise ReviewError(
            f"no row of {', '.join(f'{k}={v}' for k, v in wanted.items())}.",
            f"The rows are of: {', '.join(sorted({f'{k}={v}' for r in rows for k, v in r.scope}))[:300] or 'nothing'}.",
        )
    return Bill(rows=kept, dropped=dict(account.dropped), examples=tuple(account.examples))


def _rows(record: Record, place: str, account: Account) -> Iterator[BillRow]:
    for bucket in _objects(record.get("data")) if isinstance(record.get("data"), list) else [dict(record)]:
        results = _objects(bucket["results"]) if isinstance(bucket.get("results"), list) else [bucket]
        for result in results:
            try:
                found = _row(_api_names({**bucket, **result}))
            except BadValueError as error:
                account.drop("bad_value", f"{place}: {error}")
                continue
            if found is None:
                account.drop("no_usage", f"{place}: neither OpenAI's nor Anthropic's fields")
            elif not found.tokens and not found.requests:
                account.drop("nothing_used")  # the dashboards write a row for every minute of the day
            else:
                yield found


def _api_names(row: Record) -> Record:
    """A row of the Claude Console's CSV under the names of the usage report; any other as it is."""
    day = row.get("usage_date_utc")
    if day is None or "usage_output_tokens" not in row:
        return row
    start = _moment(day)
    # A day, or (in the export of one day) the hour or the minute: either lies within its day, and only days are used.
    width = timedelta(minutes=1) if ":" in str(day) else timedelta(days=1)
    named = {_CONSOLE.get(key, key): value for key, value in row.items()}
    return {**named, "start_time": start, "end_time": start + width if start else None}


def _row(row: Record) -> BillRow | None:
    start, end = _moment(first(row, "start_time", "starting_at")), _moment(first(row, "end_time", "ending_at"))
    if start is None or end is None or end <= start:
        return None
    names = ("project_id", "api_key_id", "user_id", "workspace_id", "service_tier", "batch")
    scope = tuple((k, str(row[k])) for k in names if row.get(k) not in (None, ""))
    model = first(row, "model")
    given: dict[str, Any] = {
        "model": str(model) if model is not None else None,
        "start": start,
        "end": end,
        "scope": scope,
    }
    if "uncached_input_tokens" in row:
        written = nested(row.get("cache_creation"))
        return BillRow(
            provider="anthropic",
            requests=None,
            uncached_input=_count(row, "uncached_input_tokens"),
            cache_read=_count(row, "cache_read_input_tokens"),
            cache_write=sum(_count(written or row, f"ephemeral_{ttl}_input_tokens") for ttl in ("5m", "1h")),
            output=_count(row, "output_tokens"),
            **given,
        )
    if "input_tokens" in row and "output_tokens" in row:
        read = _count(row, "input_cached_tokens")
        written_tokens = _count(row, "input_cache_write_tokens")
        whole = _count(row, "input_tokens")
        if read + written_tokens > whole:
            raise BadValueError(f"{read + written_tokens} cached tokens of {whole}")
        return BillRow(
            provider="openai",
            requests=tokens(first(row, "num_model_requests")),
            uncached_input=whole - read - written_tokens,
            cache_read=read,
            cache_write=written_tokens,
            output=_count(row, "output_tokens"),
            **given,
        )
    return None


def _count(row: Mapping[str, Any], key: str) -> int:
    """Totals of a day may be larger than any call's."""
    value = row.get(key)
    if value in (None, ""):
        return 0
    try:
        number = float(str(value))
    except ValueError:
        raise BadValueError(f"{key} is {str(value)[:30]!r}") from None
    if not 0 <= number < 1e18 or number != int(number):
        raise BadValueError(f"{key} is {str(value)[:30]!r}")
    return int(number)


def _moment(value: object) -> datetime | None:
    at = micros(value)
    return None if at is None else _EPOCH + timedelta(microseconds=at)


def _objects(value: object) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, Iterable) else []

"""A plain table of calls: CSV, JSONL or Parquet with one row per call, and a map from our columns to its columns.

Columns that are not mapped by the user are found by their usual names (`NAMES`). Needed are a time, input and output
tokens; model and feature may be given for the whole file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from bot.errors import ReviewError
from bot.profiles.sources.row import (
    BadValueError,
    Found,
    Options,
    RawCall,
    Record,
    feature_of,
    guarded,
    micros,
    number,
    task_of,
    text,
    tokens,
)

NAME = "plain"
TITLE = "a plain CSV, JSONL or Parquet table of calls"
VERSION = 1

NAMES: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "ts", "start_time", "created_at", "TIMESTAMP", "started_at"),
    "input": ("input_tokens", "prompt_tokens", "tokens_in", "ContextTokens", "input_length", "n_input_tokens", "input"),
    "output": (
        "output_tokens",
        "completion_tokens",
        "tokens_out",
        "GeneratedTokens",
        "output_length",
        "n_output_tokens",
        "output",
    ),
    "uncached_input": ("uncached_input_tokens", "uncached_input"),
    "cache_read": (
        "cache_read_input_tokens",
        "cache_read_tokens",
        "cached_tokens",
        "cached_input_tokens",
        "cache_read",
    ),
    "cache_write": ("cache_creation_input_tokens", "cache_write_tokens", "cache_write_5m_tokens", "cache_write_5m"),
    "cache_write_1h": ("cache_write_1h_tokens", "cache_write_1h"),
    "reasoning": ("reasoning_tokens", "reasoning_output_tokens", "thinking_tokens"),
    "total": ("total_tokens",),
    "feature": ("feature", "use_case", "workflow"),
    "model": ("model", "model_name"),
    "prompt_name": ("prompt_name", "prompt"),
    "prompt_version": ("prompt_version",),
    "task": ("task_id", "trace_id", "session_id", "conversation_id"),
    "latency_ms": ("latency_ms", "duration_ms"),
    "status": ("status", "outcome"),
    "batch": ("batch", "is_batch"),
    "truncated": ("truncated",),
    "success": ("success", "succeeded", "resolved"),
    "id": ("request_id", "call_id"),
    "sampling_rate": ("sampling_rate", "sample_rate"),
}
ERROR_WORDS = ("error", "failed", "failure", "timeout", "exception", "cancelled")
OK_WORDS = ("ok", "success", "succeeded", "completed", "stop", "end_turn", "200")
TRUE_WORDS = ("1", "true", "yes", "t", "y")
FALSE_WORDS = ("0", "false", "no", "f", "n")


def resolve(columns: Collection[str], options: Options) -> dict[str, str]:
    """Our column -> the table's. Raises `ReviewError` for a mapped column that is not there and for a missing need."""
    unknown = set(options.columns) - set(NAMES)
    if unknown:
        raise ReviewError(f"no such column: {', '.join(sorted(unknown))}", f"Use: {', '.join(NAMES)}.")
    found: dict[str, str] = {}
    for ours, usual in NAMES.items():
        wanted = options.columns.get(ours)
        if wanted is not None and wanted not in columns:
            raise ReviewError(
                f"the log has no column {wanted!r}", f"Its columns are: {', '.join(sorted(columns)[:40])}."
            )
        name = wanted or next((n for n in usual if n in columns), None)
        if name is not None:
            found[ours] = name
    for ours, given in (("feature", options.feature_from), ("task", options.task_from)):
        if given is not None:
            if given not in columns:
                raise ReviewError(
                    f"the log has no column {given!r}", f"Its columns are: {', '.join(sorted(columns)[:40])}."
                )
            found[ours] = given
    missing = [c for c in ("time", "output") if c not in found]
    if "input" not in found and "uncached_input" not in found:
        missing.append("input")
    if missing:
        raise ReviewError(
            f"the log has no column for {', '.join(missing)}",
            "Map it: --map COLUMN=time --map COLUMN=input --map COLUMN=output "
            f"(the log has: {', '.join(sorted(columns)[:40])}).",
        )
    return found


def hints(columns: Collection[str], used: Mapping[str, str], options: Options) -> Iterator[str]:
    """What a table may hold beside what was taken from it (`used`, of `resolve`): a cached token under another name."""
    unread = sorted(set(columns) - set(used.values()))
    if unread:
        more = f" and {len(unread) - 12} more" if len(unread) > 12 else ""
        yield (
            f"columns that were not read: {', '.join(unread[:12])}{more}; say what one holds with --map COLUMN=FIELD "
            f"(fields without a column: {', '.join(n for n in NAMES if n not in used)})"
        )
    if "feature" not in used and options.feature is None:
        yield "no column names the feature, so all calls are one: say it with --feature-from COLUMN or --feature NAME"


def claims(record: Record) -> int:
    """Low: any table with token columns; every other source is asked before."""
    has_in = any(_is_tokens(record, n) for n in (*NAMES["input"], *NAMES["uncached_input"]))
    has_out = any(_is_tokens(record, n) for n in NAMES["output"])
    return 20 if has_in and has_out and any(n in record for n in NAMES["time"]) else 0


def _is_tokens(record: Record, name: str) -> bool:
    """Whether the record has the column. One called `input` or `output` may as well hold text: it must hold a number."""
    if name not in record or name not in ("input", "output"):
        return name in record
    value = record[name]
    return isinstance(value, int | float) or (isinstance(value, str) and value.strip().isdigit())


def calls(record: Record, options: Options) -> Iterator[Found]:
    yield guarded(_call, record, options)


def _call(record: Record, options: Options) -> RawCall:
    def value(ours: str) -> object:
        wanted = options.columns.get(ours)
        for name in (wanted,) if wanted else NAMES[ours]:
            if record.get(name) not in (None, ""):
                return record[name]
        return None

    plain_input = tokens(value("input"))
    uncached = tokens(value("uncached_input"))
    word = str(value("status") or "").lower()
    latency, rate = value("latency_ms"), value("sampling_rate")
    return RawCall(
        feature=feature_of(options, record, value("feature")),
        model=text(value("model")) or options.model,
        prompt_name=text(value("prompt_name")),
        prompt_version=text(value("prompt_version")),
        task_key=task_of(options, record, value("task")),
        row_id=text(value("id")),
        start_us=micros(value("time")),
        latency_ms=number(latency),
        status=_status(word),
        batch=_flag(value("batch")),
        truncated=_flag(value("truncated")),
        success=_flag(value("success")),
        input_tokens=plain_input if plain_input is not None else uncached,
        cache_read=tokens(value("cache_read")),
        cache_write_5m=tokens(value("cache_write")),
        cache_write_1h=tokens(value("cache_write_1h")),
        output_tokens=tokens(value("output")),
        reasoning=tokens(value("reasoning")),
        total_tokens=tokens(value("total")),
        convention="exclusive" if plain_input is None and uncached is not None else None,
        convention_group="plain",
        sampling_rate=_rate(rate),
    )


def _status(word: str) -> str | None:
    """A word or an HTTP status; None where the log says nothing."""
    if not word:
        return None
    return "error" if any(w in word for w in ERROR_WORDS) or (word[:1] in "45" and word.isdigit()) else "ok"


def _rate(value: object) -> float:
    rate = number(value)
    if rate is not None and not 0 < rate <= 1:
        raise BadValueError(f"not a sampling rate: {rate}")
    return 1.0 if rate is None else rate


def _flag(value: object) -> bool | None:
    word = str(value).lower() if value is not None else ""
    if word in TRUE_WORDS:
        return True
    return False if word in FALSE_WORDS else None

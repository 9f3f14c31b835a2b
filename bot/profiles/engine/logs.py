"""From log files to the answers of an engine: detect the kind, read or view the rows, decide the convention, ask.

A Parquet table of plain rows is read by the engine itself; every other log goes row by row through its adapter into a
spool of numbers, which is deleted with the folder it lies in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ibis.expr.types as ir

from bot.errors import ReviewError
from bot.profiles.account import account_of, evidence_in, overview_of
from bot.profiles.aggregates import Aggregates, by_column, from_columns
from bot.profiles.bill import is_bill
from bot.profiles.build import Origin, task_key
from bot.profiles.convention import Setting, decide
from bot.profiles.engine import normalise, plan
from bot.profiles.engine.run import DEFAULT_MEMORY, IbisEngine, open_engine
from bot.profiles.engine.spool import Spool, parquet_is_whole, parquet_records
from bot.profiles.engine.views import VIEWS, absent_from
from bot.profiles.reading import Account, Progress, kind, log_files, records, sample
from bot.profiles.sources import SOURCES, apim, by_name, detect, plain
from bot.profiles.sources.row import BadRow, Options, Source

_SAMPLE_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to read and how. `source` None: told from the first rows. `folder` holds the spool and the engine's files."""

    paths: tuple[Path, ...]
    folder: Path
    source: str | None = None
    options: Options = field(default_factory=Options)
    convention: Setting = "auto"
    engine: str = "duckdb"
    memory_limit: str = DEFAULT_MEMORY
    sampling_rate: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`examples` are the first rows that were lost while reading, with their places; `hints` what the log may hold more."""

    aggregates: Aggregates
    origin: Origin
    examples: tuple[str, ...]
    hints: tuple[str, ...] = ()


def measure(request: Request, progress: Progress) -> Measured:
    """Raises `ReviewError` for logs of no known kind, of several, empty ones, and those whose convention cannot be told."""
    files: Sequence[Path] = log_files(request.paths)
    account = Account()
    if request.source:
        source = by_name(request.source)
    else:
        source, files = _detect(files, account)
    engine = open_engine(request.engine, folder=request.folder, memory_limit=request.memory_limit)
    try:
        raw, absent = _raw(files, source, request, engine, account, progress)
        progress("working out", 0, 1)
        return _ask(raw, source, absent, request, engine, account)
    finally:
        engine.close()


def _detect(files: Sequence[Path], account: Account) -> tuple[Source, Sequence[Path]]:
    """The one kind that the files are of, and those that are of it; what is no log at all goes to the account."""
    kinds: dict[str, list[Path]] = {}
    strange: dict[Path, str] = {}
    for path in files:
        rows = _first_rows(path)
        if any(is_bill(r) for r in rows):
            raise ReviewError(
                f"{path} is a usage export: totals by hour or day, with no calls in it.",
                "Build the profile from a log of calls, then: aicost-review calibrate bill PROFILE FILE.",
            )
        if any(apim.holds_lengths_only(r) for r in rows) and detect(rows) is None:
            raise ReviewError(
                f"{path} is the request log of Azure OpenAI: it holds lengths and no tokens.",
                "Take the LLM log of API Management (category GatewayLlmLogs), or OpenTelemetry spans.",
            )
        found = detect(rows)
        if found is not None:
            kinds.setdefault(found.NAME, []).append(path)
        elif rows:
            strange[path] = ", ".join(sorted({str(k) for r in rows for k in r})[:30])
        else:  # empty or damaged: read again with the others, for the account to say why
            kinds.setdefault("", []).append(path)
    unread = kinds.pop("", [])
    if len(kinds) > 1:
        told = "; ".join(f"{name}: {_names(paths)}" for name, paths in sorted(kinds.items()))
        raise ReviewError(
            f"the files are logs of {len(kinds)} kinds ({told}).",
            "Build each kind by itself, with a folder for each: profile build FILE... -o FOLDER. Calls that two of them "
            "log would count twice.",
        )
    if not kinds and strange:
        path, columns = next(iter(strange.items()))
        raise ReviewError(
            f"{path}: no known kind of log (its fields: {columns}).",
            f"Say it with --source ({', '.join(s.NAME for s in SOURCES)}); for a plain table map its columns: "
            "--map COLUMN=input.",
        )
    if not kinds:
        raise ReviewError(
            f"no record in {_names(files)}.",
            "The files are empty, or damaged from the first line on.",
        )
    for path, columns in strange.items():
        account.drop("no_log_file", f"{path.name}: no known kind of log (its fields: {columns})")
    ((name, logs),) = kinds.items()
    return by_name(name), [f for f in files if f in {*logs, *unread}]


def _names(paths: Sequence[Path]) -> str:
    """The first three, and how many more."""
    more = f" and {len(paths) - 3:,} more" if len(paths) > 3 else ""
    return ", ".join(str(p) for p in paths[:3]) + more


def _first_rows(path: Path) -> list[dict[str, object]]:
    if kind(path) != ".parquet":
        return sample(path, _SAMPLE_ROWS)
    rows = parquet_records(path, Account(), lambda *_: None)
    return [row for (row, _), _ in zip(rows, range(_SAMPLE_ROWS), strict=False)]


def _raw(
    files: Sequence[Path], source: Source, request: Request, engine: IbisEngine, account: Account, progress: Progress
) -> tuple[ir.Table, frozenset[str]]:
    """The rows as a table of `RAW_SCHEMA`, and which columns of it the log does not have."""
    view = VIEWS.get(source.NAME)
    if view is not None and engine.local and all(kind(f) == ".parquet" for f in files):
        table = engine.parquet("log", [f for f in files if parquet_is_whole(f, account)])
        if source.NAME == plain.NAME:
            _hint(table.columns, request, account)
        return view(table, request.options), absent_from(source.NAME, table.columns, request.options)
    if source.NAME == plain.NAME:
        _hint({str(k) for path in files for row in _first_rows(path) for k in row}, request, account)
    spool = request.folder / "spool.parquet"
    with Spool(spool, normalise.RAW_SCHEMA) as out:
        for path in files:
            rows = (
                parquet_records(path, account, progress)
                if kind(path) == ".parquet"
                else records(path, account, progress)
            )
            for record, place in rows:
                for found in source.calls(record, request.options):
                    if isinstance(found, BadRow):
                        account.drop("bad_value", f"{place}: {found.why}")
                    else:
                        out.add(found)
    return engine.parquet("spool", [spool]), frozenset()


def _hint(columns: Collection[str], request: Request, account: Account) -> None:
    used = plain.resolve(columns, request.options)
    account.hints += plain.hints(columns, used, request.options)


def _ask(
    raw: ir.Table, source: Source, absent: frozenset[str], request: Request, engine: IbisEngine, account: Account
) -> Measured:
    """The five questions, after duplicates, outer spans and cached tokens are settled."""
    plain_rows = source.NAME == plain.NAME
    # Without ids no sort of the whole log is needed.
    single = normalise.no_duplicates(raw) if "row_id" in absent else normalise.mark_duplicates(raw)
    if not plain_rows:
        single = engine.keep("single", single)  # the self-joins below read it several times
    marked = normalise.mark_reasons(normalise.no_parents(single) if plain_rows else normalise.mark_parents(single))
    if not plain_rows:
        marked = engine.keep("marked", marked)
    overview = overview_of(engine.rows(normalise.overview(marked, absent)))
    decision = decide(evidence_in(overview), request.convention)
    exclusive = normalise.is_exclusive(marked, decision, plain.NAME if plain_rows else None)
    calls = normalise.calls(normalise.classes(marked, exclusive))
    if not any(o.reason == normalise.UNBILLED for o in overview):
        absent |= {plan.UNBILLED}
    if not plain_rows:
        calls = engine.keep("calls", calls)
    asked = {name: engine.columns(query) for name, query in plan.queries(calls, absent).items()}
    return Measured(
        aggregates=from_columns({"account": by_column("account", account_of(overview, decision)), **asked}),
        origin=Origin(
            adapter=source.NAME,
            adapter_version=source.VERSION,
            engine=engine.name,
            convention=decision.convention,
            decided=decision.decided,
            dropped=dict(account.dropped),
            task_key=task_key(source.NAME, request.options),
            sampling_rate=request.sampling_rate,
        ),
        examples=tuple(account.examples),
        hints=tuple(account.hints),
    )

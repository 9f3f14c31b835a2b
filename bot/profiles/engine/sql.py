"""The questions as SQL text, for people who run them with their own rights and hand the answers back.

Each text is one query over one table: a log of plain rows, or the Collector's `otel_traces`. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import indent
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from bot.errors import ReviewError
from bot.profiles.account import account_of, evidence_in, overview_of
from bot.profiles.aggregates import COLUMNS, OVERVIEW, Aggregates, from_rows, read_csv, said_by, table_of
from bot.profiles.build import Origin, task_key
from bot.profiles.convention import Setting, decide
from bot.profiles.engine import normalise, plan
from bot.profiles.engine.run import quoted, to_sql
from bot.profiles.engine.spool import parquet_rows
from bot.profiles.engine.views import OTEL_TRACES, VIEWS, absent_from
from bot.profiles.sources import by_name, plain
from bot.profiles.sources.row import Options

TABLES = {"plain": "calls_log", "otel-rows": "otel_traces"}
# What a plain table is taken to have where no column is named.
USUAL = {
    "time": "time",
    "feature": "feature",
    "model": "model",
    "task": "task_id",
    "input": "input_tokens",
    "cache_read": "cache_read_input_tokens",
    "output": "output_tokens",
    "total": "total_tokens",
}
_TYPES = {
    "time": "timestamp",
    "feature": "string",
    "model": "string",
    "prompt_name": "string",
    "prompt_version": "string",
    "task": "string",
    "status": "string",
    "id": "string",
    "latency_ms": "float64",
    "sampling_rate": "float64",
    "batch": "boolean",
    "truncated": "boolean",
    "success": "boolean",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlRequest:
    """`table` may be `database.table` or `catalog.database.table`; empty: the usual name of the source's table."""

    dialect: str
    source: str = "otel-rows"
    table: str = ""
    options: Options = field(default_factory=Options)
    convention: Setting = "auto"


@dataclass(frozen=True, slots=True)
class Parts:
    """`steps` are named subqueries in order, `questions` what is asked of them; `reads`: which steps a text reads."""

    steps: dict[str, str]
    questions: dict[str, str]
    reads: dict[str, set[str]]


def queries(request: SqlRequest) -> dict[str, str]:
    """One whole text for each answer, by name. Raises `ReviewError` for an unknown dialect, source or column."""
    found = parts(request)
    texts = {}
    for name, body in found.questions.items():
        needed = set(found.reads[name])
        before: list[str] = []
        for step, text in reversed(found.steps.items()):
            if step in needed:
                needed |= found.reads[step]
                before.insert(0, f"{quoted(step, request.dialect)} AS (\n{indent(text, '  ')}\n)")
        texts[name] = f"WITH {', '.join(before)}\n{_inner(body)}"
    return texts


def parts(request: SqlRequest) -> Parts:
    """The steps and the questions over them. Raises `ReviewError`."""
    view = VIEWS.get(request.source)
    if view is None:
        raise ReviewError(f"there are no queries over {request.source!r}", f"Use: {', '.join(VIEWS)}.")
    log = _table(request)
    absent = absent_from(request.source, log.columns, _mapped(request))
    steps = _Steps(request.dialect)
    raw = steps.add("aicost_rows", view(log, _mapped(request), steps.add))
    single = steps.add(
        "aicost_single", normalise.no_duplicates(raw) if "row_id" in absent else normalise.mark_duplicates(raw)
    )
    nested = normalise.no_parents(single) if request.source == plain.NAME else normalise.mark_parents(single)
    marked = steps.add("aicost_marked", normalise.mark_reasons(steps.add("aicost_nested", nested)))
    said = {
        "adapter": request.source,
        "adapter_version": str(by_name(request.source).VERSION),
        "engine": request.dialect,
        "task_key": task_key(request.source, request.options),
        "setting": request.convention,
    }
    steps.ask("account", normalise.overview(marked).mutate(**{k: ibis.literal(v) for k, v in said.items()}))
    if request.convention == "auto":
        told = steps.add("aicost_told", normalise.with_exclusive(marked))
        exclusive: ir.BooleanValue = told.exclusive
    else:
        told, exclusive = marked, ibis.literal(request.convention == "exclusive")
    classed = steps.add("aicost_classed", normalise.classes(told, exclusive))
    calls = steps.add("aicost_calls", normalise.calls(classed))
    asked = plan.queries(calls, absent)
    for name, table in asked.items():
        steps.ask(name, table)
    return Parts(steps.steps, steps.questions, steps.reads)


class _Steps:
    """Named steps that later ones and the questions read: without names each text would repeat them many times over."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.steps: dict[str, str] = {}
        self.questions: dict[str, str] = {}
        self.reads: dict[str, set[str]] = {}

    def add(self, name: str, table: ir.Table) -> ir.Table:
        """The step's rows, to be read by its name."""
        name = name if name.startswith("aicost_") else f"aicost_{name}"
        self.steps[name], self.reads[name] = to_sql(table, self.dialect), _reads(table)
        return ibis.table(table.schema(), name=name)

    def ask(self, name: str, table: ir.Table) -> None:
        self.questions[name], self.reads[name] = to_sql(_named(name, table), self.dialect), _reads(table)


def _reads(table: ir.Table) -> set[str]:
    """The names of the tables that an expression reads."""
    return {node.name for node in table.op().find(ops.UnboundTable)}


def _inner(body: str) -> str:
    """A text that has steps of its own becomes a part of ours: only one WITH may stand in front."""
    if not body.startswith("WITH"):
        return body
    return f"SELECT * FROM (\n{indent(body, '  ')}\n) AS aicost_answer"  # noqa: S608 - of our own texts


def read_answers(paths: tuple[Path, ...], sampling_rate: float = 1.0) -> tuple[Aggregates, Origin]:
    """The answers in CSV or Parquet files (or a folder of them). Raises `ReviewError` where one is missing or doubled."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for path in _files(paths):
        rows: list[dict[str, Any]]
        rows = parquet_rows(path) if path.suffix == ".parquet" else [dict(row) for row in read_csv(path)]
        if not rows:
            continue  # an answer without rows has no columns to tell it by: it is taken as empty below
        name = table_of(rows[0], path.name)
        if name in tables:
            raise ReviewError(f"{path.name} is a second answer to the query {name!r}", "Hand each answer in once.")
        tables[name] = rows
    for name in ("account", "moments"):
        if name not in tables:
            raise ReviewError(
                f"the answer to the query {name!r} is missing or empty",
                "Run every query of `profile sql` and hand all their results back.",
            )
    said = said_by(tables["account"])
    setting: Setting = "inclusive" if said["setting"] == "inclusive" else "auto"
    setting = "exclusive" if said["setting"] == "exclusive" else setting
    overview = overview_of(tables["account"])
    decision = decide(evidence_in(overview), setting)
    origin = Origin(
        adapter=said["adapter"] or "unknown",
        adapter_version=int(said["adapter_version"] or 1),
        engine=said["engine"] or "unknown",
        convention=decision.convention,
        decided=decision.decided,
        task_key=said["task_key"] or "trace",
        sampling_rate=sampling_rate,
    )
    answers = {**{name: tables.get(name, []) for name in COLUMNS}, "account": account_of(overview, decision)}
    return from_rows(answers), origin


def _files(paths: tuple[Path, ...]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.iterdir() if p.suffix in (".csv", ".parquet"))
        elif path.is_file():
            found.append(path)
        else:
            raise ReviewError(f"{path} does not exist", "Give the files with the answers, or their folder.")
    return found


def _mapped(request: SqlRequest) -> Options:
    if request.source != plain.NAME or request.options.columns:
        return request.options
    own = request.options
    given = {"feature": own.feature_from, "task": own.task_from}
    columns = {ours: given.get(ours) or name for ours, name in USUAL.items() if not (ours == "feature" and own.feature)}
    return Options(
        feature=own.feature, model=own.model, feature_from=own.feature_from, task_from=own.task_from, columns=columns
    )


def _table(request: SqlRequest) -> ir.Table:
    *place, name = (request.table or TABLES[request.source]).split(".")
    if len(place) > 2:
        raise ReviewError(
            f"{request.table}: not a table's name", "Use table, database.table or catalog.database.table."
        )
    where: dict[str, str] = dict(zip(("database", "catalog"), reversed(place), strict=False))
    return ibis.table(_columns(request), name=name, **where)


def _columns(request: SqlRequest) -> Mapping[str, str]:
    if request.source != plain.NAME:
        return OTEL_TRACES
    mapped = _mapped(request)
    columns = {name: _TYPES.get(ours, "int64") for ours, name in mapped.columns.items()}
    for name in (mapped.feature_from, mapped.task_from):
        if name is not None:
            columns.setdefault(name, "string")
    return columns


def _named(name: str, table: ir.Table) -> ir.Table:
    """In the order of the documentation, whatever the plan computed first."""
    wanted = OVERVIEW if name == "account" else COLUMNS[name]
    have = [c for c in wanted if c in table.columns]
    return table.select(*have, *(c for c in table.columns if c not in have))

"""Flat tables in Parquet and in a database, and the example queries over them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from bot.errors import ReviewError
from bot.portfolio import Portfolio, combined
from bot.portfolio_tables import TABLES, Load, tables_of
from bot.profiles.engine import door
from tests.cli.conftest import run_cli
from tests.history.conftest import Past, past  # noqa: F401 a fixture
from tests.report.conftest import DAY, made

# Ibis 12 asks DuckDB 2 in an older way; nothing of ours.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
QUERIES = Path(__file__).parents[2] / "docs" / "queries"
FIRST, SECOND = datetime(2026, 11, 25, 8), datetime(2026, 11, 25, 9)


def ask(database: Path | None, name: str, folder: Path | None = None) -> list[dict]:
    with duckdb.connect(str(database or ":memory:")) as engine:
        if folder is not None:
            for table in TABLES:
                if (folder / table).is_dir():
                    engine.sql(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{folder}/{table}/*.parquet')")
        found = engine.sql((QUERIES / f"{name}.sql").read_text())
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def pour(target: str, portfolio: Portfolio, at: datetime, tmp_path: Path) -> dict[str, int]:
    rows = tables_of(portfolio, Load(loaded_at=at, made=DAY))
    return dict(door.write(target, TABLES, rows, folder=tmp_path))


def test_every_row_has_the_columns_of_its_table(portfolio: Portfolio) -> None:
    for name, rows in tables_of(portfolio, Load(loaded_at=FIRST, made=DAY)).items():
        for row in rows:
            assert row.keys() == TABLES[name].keys(), name


@pytest.fixture
def database(portfolio: Portfolio, tmp_path: Path) -> Path:
    """Two loads of one repository, the older one with another feature's name, and one of another repository."""
    file = tmp_path / "cost.duckdb"
    whole = combined([portfolio, made(name="acme/other")])
    pour(f"duckdb://{file}", portfolio, FIRST, tmp_path)
    assert pour(f"duckdb://{file}", whole, SECOND, tmp_path)["aicost_sites"] == len(whole.sites)
    return file


def test_the_newest_load_counts(database: Path, portfolio: Portfolio) -> None:
    month = portfolio.features[0].per_month.known.likely
    chat, side = ask(database, "spend-by-feature")
    assert (chat["feature"], chat["repositories"], chat["not_wholly_known"]) == ("chat", 2, 0)
    assert chat["at_least_usd_per_month"] == round(month, 12) * 2
    assert chat["share_of_all"] == 1
    assert (side["at_least_usd_per_month"], side["not_wholly_known"]) == (None, 2)


def test_queries_answer_what_the_report_says(database: Path, portfolio: Portfolio) -> None:
    chat = portfolio.features[0]
    first = ask(database, "cost-per-outcome")[0]
    assert (first["feature"], first["outcome_name"]) == ("chat", "answered question")
    assert chat.per_outcome.usd is not None
    assert first["usd_per_outcome"] == round(chat.per_outcome.usd.likely, 12)
    parts = [row for row in ask(database, "what-a-call-pays-for") if row["feature"] == "chat"]
    assert abs(sum(row["share_of_call"] for row in parts) - 1) < 1e-9
    assert {"system prompt", "tools", "history", "run-time input", "output"} <= {row["part"] for row in parts}
    assert 0 < next(row["share_from_cache"] for row in parts if row["part"] == "system prompt") < 1
    saving = ask(database, "largest-savings")[0]
    assert (saving["title"], saving["saving_usd_per_month"]) == ("Send it as a batch", Decimal(5))
    unknown = ask(database, "what-is-not-known")
    assert [(r["call_sites"], r["with_a_price"], r["without_a_month"]) for r in unknown] == [(2, 2, 1)] * 2


def test_every_query_names_its_question() -> None:
    files = sorted(QUERIES.glob("*.sql"))
    assert len(files) == 8
    assert all(f.read_text().startswith("-- ") and "?" in f.read_text().split("\nWITH")[0] for f in files)


def test_parquet_of_one_load_replaces_itself(portfolio: Portfolio, tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    for at in (FIRST, SECOND):
        pour(str(folder), portfolio, at, tmp_path)
    assert [f.name for f in (folder / "aicost_sites").iterdir()] == [f"acme-app-{'a' * 12}-2026-11-25.parquet"]
    assert ask(None, "spend-by-feature", folder)[0]["feature"] == "chat"


def test_the_past_goes_along(past: Past, tmp_path: Path) -> None:  # noqa: F811
    folder, cache = tmp_path / "lake", str(tmp_path)
    done = run_cli(
        "report", str(past.path), "--sink", str(folder), "--since", "start", "--on", "2026-11-25", HOME=cache, XDG_CACHE_HOME=cache
    )  # fmt: skip
    assert (done.code, done.out) == (0, ""), done.err
    assert "aicost_history: 7 rows" in done.err
    moved = ask(None, "what-moved-it", folder)
    assert {m["pull_request"] for m in moved} == {3, 5, 6}
    sizes = [abs(m["step_usd_per_1k_calls"]) for m in moved]
    assert sizes == sorted(sizes, reverse=True)
    (split,) = ask(None, "code-or-prices", folder)
    assert split["by_code"] < 0 and split["by_prices"] < 0
    assert split["whole_step"] == split["by_code"] + split["by_prices"]
    trend = ask(None, "trend-by-quarter", folder)
    assert [(int(t["year"]), int(t["quarter"])) for t in trend] == [(2026, 3), (2026, 4)]


def test_what_cannot_be_written_is_an_error(portfolio: Portfolio, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReviewError, match="cannot be written"):
        pour(str(tmp_path / "file"), portfolio, FIRST, tmp_path)
    with pytest.raises(ReviewError):
        pour("nosuch://host/db", portfolio, FIRST, tmp_path)
    file = tmp_path / "old.duckdb"
    with duckdb.connect(str(file)) as engine:
        engine.sql("CREATE TABLE aicost_features (x INT)")
    with pytest.raises(ReviewError, match="older form"):
        try:
            pour(f"duckdb://{file}", portfolio, FIRST, tmp_path)
        except ReviewError as error:
            raise ReviewError(f"{error.message} {error.hint}") from error

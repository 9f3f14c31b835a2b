"""FOCUS rows: the mandatory columns, sums that are those of the report, list and contract prices told apart."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bot.focus import COLUMNS, Month, number
from tests.cli.conftest import Answer, run_cli
from tests.report.conftest import CACHED, FILES, INPUT, OUTPUT, POLICY
from tests.revisions.conftest import Repo

# https://focus.finops.org/focus-specification/v1-2/: feature level "Mandatory".
MANDATORY = """BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd BillingPeriodStart ChargeCategory
ChargeClass ChargeDescription ChargePeriodEnd ChargePeriodStart ContractedCost EffectiveCost InvoiceIssuerName ListCost
PricingQuantity PricingUnit ProviderName PublisherName ServiceCategory ServiceName""".split()
CALLS = 10_000


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Repo(tmp_path_factory.mktemp("focus") / "shop")
    for path, text in {**FILES, ".aicost.yml": POLICY}.items():
        made.write(path, text)
    made.commit("Start")
    return made.path


def ask(app: Path, *options: str) -> Answer:
    cache = str(app.parent / "cache")
    return run_cli(
        "report", str(app), "--format", "focus", "--on", "2026-12-15", *options, HOME=cache, XDG_CACHE_HOME=cache
    )


def rows_in(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_columns_and_formats(app: Path) -> None:
    done = ask(app, "--billing-account", "=acme")
    assert done.code == 0, done.err
    rows = rows_in(done.out)
    assert tuple(rows[0]) == COLUMNS
    assert set(MANDATORY) <= set(COLUMNS)
    assert all(c in MANDATORY or c.startswith("x_") or re.fullmatch(r"[A-Z][A-Za-z]+", c) for c in COLUMNS)
    for row in rows:
        assert [c for c in MANDATORY if not row[c]] == ["ChargeClass"]
        assert (row["ChargePeriodStart"], row["ChargePeriodEnd"]) == ("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")
        assert (row["BilledCost"], row["ChargeCategory"], row["x_IsEstimate"]) == ("0.0", "Usage", "true")
        assert row["BillingAccountId"] == "'=acme", "no cell is a formula"
        tags = json.loads(row["Tags"])
        assert (tags["feature"], tags["outcome"], tags["repository"]) == ("chat", "answered question", "shop")
        for column in ("EffectiveCost", "ListCost", "ContractedCost", "PricingQuantity", "ConsumedQuantity"):
            assert re.fullmatch(r"\d+\.\d+", row[column]), column
    assert "1 of 2 call sites have no row" in done.err


def test_costs_are_quantity_times_rate(app: Path) -> None:
    rows = {row["SkuMeter"]: row for row in rows_in(ask(app).out)}
    assert rows.keys() == {"Input Tokens", "Cached Input Tokens", "Output Tokens"}
    output = rows["Output Tokens"]
    assert Decimal(output["ConsumedQuantity"]) == 100 * CALLS
    assert Decimal(output["PricingQuantity"]) == Decimal(output["ConsumedQuantity"]) / 1_000_000
    for meter, rate in (("Input Tokens", INPUT), ("Cached Input Tokens", CACHED), ("Output Tokens", OUTPUT)):
        row = rows[meter]
        assert Decimal(row["ContractedUnitPrice"]) == rate
        assert Decimal(row["EffectiveCost"]) == Decimal(row["PricingQuantity"]) * rate == Decimal(row["ContractedCost"])
        assert row["x_ListPriceKnown"] == "false", "a house model has no list price"


def test_the_sum_is_the_reports_month(app: Path) -> None:
    cache = str(app.parent / "cache")
    report = json.loads(
        run_cli("report", str(app), "--format", "json", "--on", "2026-12-15", HOME=cache, XDG_CACHE_HOME=cache).out
    )
    month = sum(Decimal(s["usd_per_month"]["likely"]) for s in report["sites"] if s["usd_per_month"])
    assert abs(sum(Decimal(r["EffectiveCost"]) for r in rows_in(ask(app).out)) - month) < Decimal("1e-8")


def test_a_contract_is_told_from_the_list_price(tmp_path: Path) -> None:
    made = Repo(tmp_path / "shop")
    policy = POLICY.partition("prices:")[0] + 'prices:\n  - {model: "gpt-4o*", discount_percent: 20}\n'
    made.write("app/chat.py", FILES["app/chat.py"].replace("house-large", "gpt-4o-mini"))
    made.write(".aicost.yml", policy)
    made.commit("Start")
    rows = rows_in(ask(made.path).out)
    assert len(rows) >= 2
    for row in rows:
        assert row["x_ListPriceKnown"] == "true"
        assert abs(Decimal(row["ContractedCost"]) - Decimal(row["ListCost"]) * Decimal("0.8")) < Decimal("1e-9")
        assert abs(
            Decimal(row["ListUnitPrice"]) * Decimal(row["PricingQuantity"]) - Decimal(row["ListCost"])
        ) < Decimal("1e-6")
        assert row["ProviderName"] == "openai"


def test_months_and_numbers() -> None:
    assert Month.of(date(2026, 12, 31)) == Month(first=date(2026, 12, 1), end=date(2027, 1, 1))
    assert [number(Decimal(v)) for v in ("0", "1E+7", "0.1234567890123", "2.50")] == [
        "0.0",
        "10000000.0",
        "0.123456789012",
        "2.5",
    ]

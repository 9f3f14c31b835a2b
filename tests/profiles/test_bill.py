"""Usage exports are totals: they scale a profile's volume, and are refused as logs."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ReviewError
from bot.profiles.bill import read_bill
from bot.profiles.schema import read_profile, write_profile
from bot.traffic.profile import calls_per_month
from tests.profiles.make import build, jsonl

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
DAY = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())


def openai(day: int, **more: Any) -> dict[str, Any]:
    """A bucket of https://platform.openai.com/docs/api-reference/usage/completions"""
    result = {
        "object": "organization.usage.completions.result",
        "input_tokens": 6000,
        "input_cached_tokens": 1000,
        "output_tokens": 600,
        "num_model_requests": 60,
        "project_id": "proj_1",
        "model": "gpt-5-2025-08-07",
        "batch": None,
        **more,
    }
    start = DAY + 86_400 * day
    return {"object": "bucket", "start_time": start, "end_time": start + 86_400, "results": [result]}


def anthropic(day: int) -> dict[str, Any]:
    """A bucket of https://platform.claude.com/docs/en/api/admin-api/usage-cost/get-messages-usage-report"""
    result = {
        "uncached_input_tokens": 1500,
        "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500},
        "cache_read_input_tokens": 200,
        "output_tokens": 500,
        "server_tool_use": {"web_search_requests": 10},
        "workspace_id": "wrkspc_1",
        "model": "claude-sonnet-5-20260801",
    }
    return {
        "starting_at": f"2026-11-0{2 + day}T00:00:00Z",
        "ending_at": f"2026-11-0{3 + day}T00:00:00Z",
        "results": [result],
    }


def page(path: Path, *buckets: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"object": "page", "data": buckets, "has_more": False}, indent=1))
    return path


def test_openai_input_includes_cached_and_anthropic_input_does_not(tmp_path: Path) -> None:
    (row,) = read_bill((page(tmp_path / "o.json", openai(0)),)).rows
    assert (row.uncached_input, row.cache_read, row.cache_write, row.output, row.requests) == (5000, 1000, 0, 600, 60)
    (row,) = read_bill((page(tmp_path / "a.json", anthropic(0)),)).rows
    assert (row.uncached_input, row.cache_read, row.cache_write, row.output, row.requests) == (
        1500,
        200,
        1500,
        500,
        None,
    )


def test_cache_writes_of_openai_are_part_of_its_input(tmp_path: Path) -> None:
    (row,) = read_bill((page(tmp_path / "o.json", openai(0, input_cache_write_tokens=500)),)).rows
    assert (row.uncached_input, row.cache_write) == (4500, 500)


def test_rows_as_csv(tmp_path: Path) -> None:
    bucket = openai(0)
    flat = {k: v for k, v in {**bucket, **bucket["results"][0]}.items() if k not in ("results", "object")}
    with (tmp_path / "o.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(flat))
        writer.writeheader()
        writer.writerow(flat)
    assert read_bill((tmp_path / "o.csv",)).rows == read_bill((page(tmp_path / "o.json", bucket),)).rows


CONSOLE = """usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed
2026-11-02,claude-sonnet-5-20260801,prod,Default,standard,≤ 200k,1500,500,1000,200,500,0,not_available,
2026-11-03 02:00,claude-sonnet-5-20260801,prod,Shop,batch,≤ 200k,12,0,0,1000,20,0,not_available,
2026-11-04,claude-sonnet-5-20260801,prod,Shop,standard,≤ 200k,0,0,0,0,0,3,not_available,
2026-11-05,claude-sonnet-5-20260801,prod,Shop,standard,≤ 200k,many,0,0,0,1,0,not_available,
"""  # noqa: E501 - the header and the forms of the date are those that the Console exports in 2026


def test_the_csv_of_the_claude_console_has_names_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "tokens.csv").write_text(CONSOLE)
    found = read_bill((tmp_path / "tokens.csv",))
    classes = [(r.provider, r.uncached_input, r.cache_read, r.cache_write, r.output, r.requests) for r in found.rows]
    assert classes == [("anthropic", 1500, 200, 1500, 500, None), ("anthropic", 12, 1000, 0, 20, None)]
    assert [str(r.days[0]) for r in found.rows] == [str(r.days[1]) for r in found.rows] == ["2026-11-02", "2026-11-03"]
    assert found.dropped == {"nothing_used": 1, "bad_value": 1}
    (one,) = read_bill((tmp_path / "tokens.csv",), {"workspace_id": "Shop", "service_tier": "batch"}).rows
    assert one.output == 20
    with pytest.raises(ReviewError, match="usage export"):
        build(tmp_path, tmp_path / "tokens.csv")


def test_the_csv_of_openais_dashboard_has_rows_for_minutes_without_use(tmp_path: Path) -> None:
    """Requests are written as `3.0` there; a minute without use has its times only; each key has a row of its own."""
    head = "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,api_key_id,model,batch,"
    head += "input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens"
    times = f"{DAY},{DAY + 60},2026-11-02T00:00:00+00:00,2026-11-02T00:01:00+00:00"
    rows = [
        f"{times},proj_1,3.0,key_1,gpt-5-2025-08-07,False,7162,1673,1280,5882",
        f"{times},proj_1,25.0,key_2,gpt-5-2025-08-07,False,15738,1482,0,15738",
        f"{times},,,,,,,,,",
    ]
    (tmp_path / "o.csv").write_text("\n".join([head, *rows]))
    found = read_bill((tmp_path / "o.csv",))
    assert [(r.requests, r.uncached_input, r.cache_read, r.output) for r in found.rows] == [
        (3, 5882, 1280, 1673),
        (25, 15738, 0, 1482),
    ]
    assert found.dropped == {"nothing_used": 1}


def test_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    bad = [
        openai(0),
        openai(1, input_tokens="many"),
        openai(2, input_cached_tokens=7000),
        {**openai(3), "results": [{}]},
    ]
    found = read_bill((page(tmp_path / "o.json", *bad),))
    assert (len(found.rows), found.dropped) == (1, {"bad_value": 2, "no_usage": 1})
    assert any("7000 cached tokens of 6000" in e for e in found.examples)
    with pytest.raises(ReviewError, match="no usage of OpenAI or Anthropic"):
        read_bill((jsonl(tmp_path / "x.jsonl", [{"a": 1}]),))


def log(tmp_path: Path, model: str = "gpt-5") -> Path:
    """Three days of twenty calls."""
    rows = [
        {"time": f"2026-11-0{2 + i // 20}T10:{i % 20:02}:00Z", "feature": "faq", "model": model, "input_tokens": 100,
         "output_tokens": 10}
        for i in range(60)
    ]  # fmt: skip
    return jsonl(tmp_path / "log.jsonl", rows)


def profile(tmp_path: Path, model: str = "gpt-5") -> Path:
    path = tmp_path / "faq.yaml"
    path.write_text(write_profile(build(tmp_path, log(tmp_path, model)).one))
    return path


def aicost(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *map(str, arguments)], capture_output=True, text=True, timeout=120
    )


def test_a_profile_is_scaled_to_the_days_that_both_have(tmp_path: Path) -> None:
    """The bill's days 2 and 3 are the log's last two: 40 logged calls, 120 billed; a day after the log does not count."""
    path = profile(tmp_path)
    before = calls_per_month(read_profile(path.read_text(), "p"))
    bill = page(tmp_path / "bill.json", openai(1), openai(2), openai(3), openai(1, model="o3"))
    done = aicost("calibrate", "bill", path, bill)
    assert done.returncode == 0, done.stderr
    assert "gpt-5: requests 40 logged, 120 billed (-66.7%)" in done.stdout
    assert "input tokens 4,000 logged, 12,000 billed (-66.7%)" in done.stdout
    assert "cached input 0.0% logged, 16.7% billed" in done.stdout
    assert "o3: on the bill (6,600 tokens), not in the log" in done.stdout
    after = read_profile(path.read_text(), "p")
    assert after.calibrated is not None
    assert (after.calibrated.factor, str(after.calibrated.from_), str(after.calibrated.to)) == (
        3,
        "2026-11-03",
        "2026-11-04",
    )
    assert calls_per_month(after) == 3 * before
    assert "scaled by 3 to the bill bill.json" in aicost("profile", "show", path).stdout


def test_without_requests_the_tokens_count(tmp_path: Path) -> None:
    """20 calls of 110 tokens a day are logged, 3,700 tokens a day are billed."""
    path = profile(tmp_path, "claude-sonnet-5")
    text = path.read_text()
    done = aicost(
        "calibrate", "bill", path, page(tmp_path / "bill.json", anthropic(0)), "--dry-run", "--format", "json"
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["basis"], found["written"]) == ("tokens", None)
    assert found["factor"] == pytest.approx(3700 / 2200, rel=1e-5)
    assert found["models"][0]["off_share"]["output_tokens"] == pytest.approx(200 / 500 - 1)
    assert path.read_text() == text


def test_rows_of_one_project(tmp_path: Path) -> None:
    path, bill = profile(tmp_path), page(tmp_path / "b.json", openai(0), openai(0, project_id="proj_2"))
    assert "requests 20 logged, 120 billed" in aicost("calibrate", "bill", path, bill, "--dry-run").stdout
    one = aicost("calibrate", "bill", path, bill, "--dry-run", "--only", "project_id=proj_2")
    assert "requests 20 logged, 60 billed" in one.stdout
    none = aicost("calibrate", "bill", path, bill, "--only", "project_id=proj_9")
    assert none.returncode == 2
    assert "project_id=proj_1" in none.stderr


def test_another_model_is_an_error(tmp_path: Path) -> None:
    done = aicost("calibrate", "bill", profile(tmp_path), page(tmp_path / "b.json", anthropic(0)))
    assert done.returncode == 2
    assert "no model is both in the profiles (gpt-5) and on the bill (claude-sonnet-5)" in done.stderr


@pytest.mark.parametrize(
    "result",
    [  # https://platform.openai.com/docs/api-reference/usage/costs, https://platform.claude.com/docs/en/api/admin-api/usage-cost/get-cost-report
        {"object": "organization.costs.result", "amount": {"value": 0.06, "currency": "usd"}, "line_item": None},
        {"currency": "USD", "amount": "123.78", "description": None, "cost_type": "tokens", "model": None},
    ],
)
def test_a_cost_export_is_refused_with_what_to_save_instead(tmp_path: Path, result: dict[str, Any]) -> None:
    path = tmp_path / "costs.json"
    path.write_text(json.dumps({"data": [{"starting_at": "2026-11-01T00:00:00Z", "results": [result]}]}))
    with pytest.raises(ReviewError, match="no tokens to compare") as caught:
        read_bill((path,))
    assert "usage/completions" in caught.value.hint


def test_a_usage_export_is_no_log(tmp_path: Path) -> None:
    for bucket in (openai(0), anthropic(0)):
        with pytest.raises(ReviewError, match="totals by hour or day"):
            build(tmp_path, page(tmp_path / "bill.json", bucket))
        (tmp_path / "work").rmdir()

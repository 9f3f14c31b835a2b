"""The interval of a change is that of the rows: the same calls at both prices, clustered by task."""

from __future__ import annotations

import json
import math
import random
import statistics
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.profiles.schema import write_profile
from tests.profiles.make import build, jsonl
from tests.profiles.test_stats import clustered_se

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
CODE = """from openai import OpenAI

client = OpenAI()


def answer(question: str) -> str:
    reply = client.chat.completions.create(
        model="gpt-4o-mini",CAP
        messages=[{"role": "system", "content": "Answer briefly and kindly."}, {"role": "user", "content": question}],
    )
    return reply.choices[0].message.content
"""
# USD per token, https://openai.com/api/pricing: gpt-4o 2.50 / 10, gpt-4o-mini 0.15 / 0.60 per million
MINI, FULL = (0.15e-6, 0.60e-6), (2.5e-6, 10e-6)


def rows() -> list[dict[str, Any]]:
    """400 tasks of one to five calls that resemble each other."""
    random_ = random.Random(11)
    out: list[dict[str, Any]] = []
    for task in range(400):
        size = random_.lognormvariate(7, 0.7)
        for _ in range(random_.randint(1, 5)):
            out.append(
                {
                    "time": (datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=len(out))).isoformat(),
                    "feature": "faq",
                    "model": "gpt-4o-mini",
                    "task_id": task,
                    "input_tokens": int(size * random_.uniform(0.8, 1.2)) + 30,
                    "output_tokens": int(random_.lognormvariate(5, 0.7)) + 1,
                }
            )
    return out


def review(folder: Path, profile: str, before: str, after: str) -> dict[str, Any]:
    (folder / ".aicost" / "profiles").mkdir(parents=True)
    (folder / ".aicost" / "profiles" / "faq.yaml").write_text(profile)
    (folder / ".aicost.yml").write_text("version: 1\nfeatures:\n  faq:\n    match: [{path: app.py}]\n")
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for text in (before, after):
        (folder / "app.py").write_text(text)
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-qm", "change"]):
            subprocess.run(["git", "-C", str(folder), *command], check=True, capture_output=True)
    return dict(json.loads(cli("diff", "--quiet", "--format", "json", "--base", "HEAD~1", "--head", "HEAD", folder)))


def cli(*arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *map(str, arguments)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("log")
    return write_profile(build(folder, jsonl(folder / "log.jsonl", rows()), min_cell=5).one)


def numbers(found: dict[str, Any], key: str) -> tuple[float, float, float]:
    return tuple(float(found[key][end]) for end in ("low", "likely", "high"))  # type: ignore[return-value]


def usd(row: dict[str, Any], rates: tuple[float, float], cap: float = math.inf) -> float:
    return float(rates[0] * row["input_tokens"] + rates[1] * min(cap, row["output_tokens"]))


def test_a_dearer_model_on_the_same_calls(tmp_path: Path, profile: str) -> None:
    before = CODE.replace("CAP", "")
    found = review(tmp_path / "r", profile, before, before.replace("gpt-4o-mini", "gpt-4o"))
    (change,) = found["changes"]
    sampling = change["sampling"]
    log = rows()
    deltas = [usd(r, FULL) - usd(r, MINI) for r in log]
    low, likely, high = numbers(sampling, "usd_per_call")
    assert likely == pytest.approx(statistics.fmean(deltas), rel=2e-3)  # the tool counts run-time input in whole tokens
    half = 1.96 * clustered_se(deltas, [r["task_id"] for r in log])
    assert high - likely == pytest.approx(half, rel=0.02)
    assert likely - low == pytest.approx(high - likely, rel=1e-6)
    naive = 1.96 * statistics.stdev(deltas) / math.sqrt(len(deltas))
    assert half > 1.2 * naive  # else this test would not tell clustered from plain
    assert sampling["calls"] == len(log)
    assert sampling["effective_calls"] < 0.7 * len(log)
    for side, rates in (("before", MINI), ("after", FULL)):
        costs = sorted(usd(r, rates) for r in log)
        for q, at in (("p50", 0.5), ("p95", 0.95)):
            exact = costs[math.ceil(at * len(costs)) - 1]
            assert float(sampling[side][q]) == pytest.approx(exact, rel=0.05)  # half a joint bucket, and merged cells
    longer = next(w for w in sampling["what_if"] if "20% longer" in w["assumption"])
    extra = 0.2 * statistics.fmean(FULL[1] * r["output_tokens"] for r in log)
    assert float(longer["usd_per_call"]) == pytest.approx(likely + extra, rel=2e-3)


def test_a_cap_is_not_linear(tmp_path: Path, profile: str) -> None:
    found = review(tmp_path / "r", profile, CODE.replace("CAP", ""), CODE.replace("CAP", " max_tokens=100,"))
    sampling = found["changes"][0]["sampling"]
    log = rows()
    deltas = [usd(r, MINI, 100) - usd(r, MINI) for r in log]
    low, likely, high = numbers(sampling, "usd_per_call")
    assert likely == pytest.approx(statistics.fmean(deltas), rel=0.02)
    plain = 1.96 * statistics.stdev(deltas) / math.sqrt(len(deltas))
    assert 0.9 * plain < high - likely < 2 * plain
    assert low <= likely <= high < 0


def test_more_static_text_has_no_sampling_error(tmp_path: Path, profile: str) -> None:
    before = CODE.replace("CAP", "")
    found = review(tmp_path / "r", profile, before, before.replace("kindly.", "kindly. Never give legal advice."))
    low, likely, high = numbers(found["changes"][0]["sampling"], "usd_per_call")
    assert 0 < low == likely == high


def test_without_a_profile_nothing_is_said(tmp_path: Path, profile: str) -> None:
    before = CODE.replace("CAP", "")
    other = profile.replace("feature: faq", "feature: other", 1)
    found = review(tmp_path / "r", other, before, before.replace("gpt-4o-mini", "gpt-4o"))
    assert found["changes"][0]["sampling"] is None


def test_explain_and_worksheet_tell_the_percentiles(tmp_path: Path, profile: str) -> None:
    review(tmp_path / "r", profile, CODE.replace("CAP", ""), CODE.replace("CAP", "").replace("kindly", "well"))
    assert "at p99 (joint distribution of the profile)" in cli("explain", "app.py:7", tmp_path / "r")
    sheet = json.loads(cli("worksheet", "--format", "json", tmp_path / "r"))
    text = json.dumps(sheet)
    assert '"usd_p99": "0.0' in text

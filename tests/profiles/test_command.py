"""`aicost-review profile` as it is run, up to a review that takes its traffic from a built profile."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.profiles.schema import json_schema, read_profile, write_profile
from tests.cli.conftest import chat, run_cli
from tests.profiles.make import jsonl
from tests.revisions.conftest import Repo

ROOT = Path(__file__).parents[2]
DAYS = 5


def yesterday() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def log_rows(per_day: int = 100, grow: int = 1) -> list[dict[str, Any]]:
    """Calls of the last five whole days, evenly spread."""
    step = 86_400 // per_day
    first = yesterday() - timedelta(days=DAYS - 1)
    return [
        {
            "time": (first + timedelta(seconds=i * step)).isoformat(),
            "feature": "support",
            "model": "gpt-4o",
            "session_id": f"s{i // 2}",
            "input_tokens": grow * (200 + i % 90),
            "cached_tokens": 0,
            "output_tokens": 60 + i % 40,
        }
        for i in range(per_day * DAYS)
    ]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return jsonl(tmp_path / "calls.jsonl", log_rows())


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `old` and `new`: 500 calls, and 200 calls of three times the input."""
    folder = tmp_path_factory.mktemp("windows")
    for name, rows in (("old", log_rows()), ("new", log_rows(40, 3))):
        done = run_cli("profile", "build", str(jsonl(folder / f"{name}.jsonl", rows)), "-o", name, cwd=folder)
        assert done.code == 0, done.err
    return folder


def test_a_log_becomes_the_traffic_of_a_review(tmp_path: Path, log: Path) -> None:
    """500 calls in 5 days are 500 × 730 h ÷ 120 h a month; the mean run-time input is the log's less the code's."""
    repo = Repo(tmp_path / "app")
    repo.write("app/chat.py", chat(4))
    repo.write(".aicost.yml", "version: 1\nfeatures:\n  support:\n    match:\n      - path: app/chat.py\n")
    folder = repo.path / ".aicost" / "profiles"
    built = run_cli("profile", "build", str(log), "-q", cwd=repo.path)
    assert built.code == 0, built.err
    assert "500 rows read, 500 billed calls; nothing left out" in built.err
    assert [p.name for p in folder.iterdir()] == ["support.yaml"]
    base = repo.commit("start")
    repo.write("app/chat.py", chat(400))
    repo.commit("longer")
    done = run_cli("diff", "--base", base, "--head", "HEAD", "--format", "json", cwd=repo.path)
    assert done.code == 0, done.err
    report = json.loads(done.out)
    (change,) = report["changes"]
    traffic = change["after"]["traffic"]
    assert traffic["source"].startswith("profile support, 500 calls")
    month = Decimal(500 * 730) / (24 * DAYS)
    assert Decimal(traffic["calls_per_month"]["likely"]) == pytest.approx(month)
    # 396 words of one token each, at 2.50 USD per million (OpenAI's price of gpt-4o)
    assert report["summary"]["delta_input_tokens"]["likely"] == 396
    usd = Decimal(report["summary"]["delta_usd_per_month"]["likely"])
    assert usd == pytest.approx(396 * Decimal("2.5") / 1_000_000 * month)
    text = run_cli("diff", "--base", base, "--head", "HEAD", cwd=repo.path)
    assert "calls a month, 5 days observed" in text.out


def test_a_key_of_features_that_no_call_has_is_told(tmp_path: Path) -> None:
    row = {"ts": "2026-11-01T00:00:00Z", "model": "m", "input_tokens": 9, "output_tokens": 1, "product": ""}
    (tmp_path / "calls.jsonl").write_text((json.dumps(row) + "\n") * 20, encoding="utf-8")
    done = run_cli("profile", "build", "calls.jsonl", "-q", "--feature-from", "product", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "no call names a feature under product (--feature-from)" in done.err


def test_show_draws_what_is_stored(windows: Path) -> None:
    done = run_cli("profile", "show", "old", cwd=windows)
    assert done.code == 0, done.err
    for text in (
        "support: 500 calls",
        "calls per task: mean 2.00 over 250 tasks",
        "calls with a cache hit    0.0%",
        "input tokens of 500 calls",
        "billed failures unknown",
        "500 calls, as good as",
    ):
        assert text in done.out


def test_check_says_stale_thin_and_drifted(tmp_path: Path, windows: Path) -> None:
    fine = run_cli("profile", "check", "old", cwd=windows)
    assert (fine.code, fine.out) == (0, "support: fine (not compared with an earlier window)\n")
    found = run_cli("profile", "check", "new", "--before", "old", cwd=windows)
    assert found.code == 1
    assert "support: thin: 200 calls; an honest 95 % interval needs 300" in found.out
    assert "support: drifted: input tokens of gpt-4o: PSI" in found.out
    aged = read_profile((windows / "old/support.yaml").read_text(), "old").model_dump(by_alias=True, mode="json")
    aged["window"] |= {"from": "2025-01-01", "to": "2025-01-05"}
    (tmp_path / "aged.yaml").write_text(yaml.safe_dump(aged, sort_keys=False))
    stale = run_cli("profile", "check", "aged.yaml", cwd=tmp_path)
    assert stale.code == 1
    assert "support: stale: its last day is 2025-01-05" in stale.out


def test_a_new_window_is_compared_with_the_last_one_when_built(tmp_path: Path, log: Path) -> None:
    run_cli("profile", "build", str(log), "-o", "p", cwd=tmp_path)
    bigger = jsonl(tmp_path / "big.jsonl", log_rows(grow=3))
    again = run_cli("profile", "build", str(bigger), "-o", "p", cwd=tmp_path)
    assert "drifted: input tokens of gpt-4o" in again.out
    assert [p.name for p in (tmp_path / "p").iterdir()] == ["support.yaml"]


def test_diff_says_what_moved(windows: Path) -> None:
    done = run_cli("profile", "diff", "old", "new", cwd=windows)
    assert done.code == 0, done.err
    assert "calls a day               100 -> 40 (-60.0%)" in done.out
    mean = sum(r["input_tokens"] for r in log_rows()) / 500
    then = sum(r["input_tokens"] for r in log_rows(40, 3)) / 200
    assert f"input, not cached         {mean:,.0f} -> {then:,.0f} ({then / mean - 1:+.1%})" in done.out
    assert "PSI input   gpt-4o:" in done.out


def test_a_hostile_feature_name_stays_in_the_folder_and_off_the_terminal(tmp_path: Path) -> None:
    rows = [{**r, "feature": "../../x\x1b[31m\n"} for r in log_rows(10)]
    built = run_cli("profile", "build", str(jsonl(tmp_path / "l.jsonl", rows)), "-o", "p", cwd=tmp_path)
    assert built.code == 0, built.err
    assert [p.name for p in (tmp_path / "p").iterdir()] == ["x-31m.yaml"]
    shown = run_cli("profile", "show", "p", cwd=tmp_path)
    assert "\x1b" not in built.out + built.err + shown.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("build", "nowhere.jsonl"), "nowhere.jsonl does not exist"),
        (("build", "calls.jsonl", "--source", "csv"), "no log source is called 'csv'"),
        (("build", "calls.jsonl", "--map", "input"), "--map input: not COLUMN=FIELD"),
        (("build", "calls.jsonl", "--engine", "oracle"), "no engine is called 'oracle'"),
        (("show",), "cannot be read"),
        (("diff", "calls.jsonl", "calls.jsonl"), "is not"),
    ],
)
def test_what_the_user_can_mend(tmp_path: Path, log: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run_cli("profile", *arguments, cwd=tmp_path)
    assert done.code == 2
    assert message in done.err


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path, log: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "ibis.py").write_text("raise ModuleNotFoundError('no ibis', name='ibis')")
    done = run_cli("profile", "build", str(log), cwd=tmp_path, PYTHONPATH=f"{tmp_path / 'hidden'}:{ROOT}")
    assert done.code == 2
    assert 'pip install "aicost-review[profile]"' in done.err


def test_reading_profiles_needs_no_engine() -> None:
    code = (
        "import sys, bot.commands_profile, bot.traffic, bot.profiles.schema, bot.profiles.stats\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'duckdb', 'ibis', 'pandas', 'numpy', 'pyarrow'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_published_schema_is_that_of_the_code_and_of_the_files(windows: Path) -> None:
    """`python scripts/write_schemas.py` writes it."""
    schema = json.loads((ROOT / "schema" / "profile.schema.json").read_text("utf-8"))
    assert schema == json_schema()
    text = (windows / "old" / "support.yaml").read_text()
    document = json.loads(json.dumps(read_profile(text, "p").model_dump(by_alias=True, mode="json", exclude_none=True)))
    jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
    assert write_profile(read_profile(text, "p")) == text

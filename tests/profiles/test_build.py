"""From a log to a profile: every number is recomputed from the rows that were written."""

from __future__ import annotations

import csv
import gzip
import json
import math
import random
import statistics
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bot.errors import ReviewError
from bot.profiles.codec import bucket
from bot.profiles.schema import CLASSES, COV_PAIRS, read_profile, write_profile
from tests.profiles.make import build, jsonl

# Ibis 12 calls a method that DuckDB 2 has renamed.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
START = datetime(2026, 11, 1, 6, tzinfo=UTC)


def rows(n: int = 60) -> list[dict[str, Any]]:
    """Calls of two features and two models over six days, three to a task; input includes cached tokens."""
    out = []
    for i in range(n):
        cached = 1024 if i % 3 else 0
        came_in, went_out, thought = 1500 + 37 * i, 40 + 11 * (i % 7), 8 if i % 2 else 0
        out.append(
            {
                "time": (START + timedelta(hours=2 * i)).isoformat(),
                "feature": "support" if i % 5 else "search",
                "model": "gpt-5" if i % 4 else "gpt-5-mini",
                "task_id": f"customer-4711-{i // 3}",
                "input_tokens": came_in,
                "cached_tokens": cached,
                "output_tokens": went_out,
                "reasoning_tokens": thought,
                "total_tokens": came_in + went_out,
                "status": "error" if i % 10 == 9 else "ok",
                "success": i % 3 == 2,
                "prompt_version": "7" if i < n // 2 else "8",
                "text": "my secret question",
            }
        )
    return out


def classes(row: dict[str, Any]) -> tuple[int, ...]:
    return (
        row["input_tokens"] - row["cached_tokens"],
        row["cached_tokens"],
        0,
        0,
        row["output_tokens"] - row["reasoning_tokens"],
        row["reasoning_tokens"],
    )


def test_every_number_is_that_of_the_rows(tmp_path: Path) -> None:
    log = rows()
    made = build(tmp_path, jsonl(tmp_path / "log.jsonl", log))
    assert [p.feature for p in made.profiles] == ["search", "support"]
    for profile in made.profiles:
        own = [r for r in log if r["feature"] == profile.feature]
        assert profile.calls.n == len(own)
        assert (profile.window.from_, profile.window.to) == (date(2026, 11, 1), date(2026, 11, 6))
        days = Counter(datetime.fromisoformat(r["time"]).date() for r in own)
        assert profile.calls.per_day == tuple(days[date(2026, 11, 1) + timedelta(days=d)] for d in range(6))
        assert profile.calls.billed_failure_rate == pytest.approx(sum(r["status"] == "error" for r in own) / len(own))
        assert profile.calls.truncated_rate is None  # the log does not say
        assert profile.source.rows_read == len(log)
        assert profile.source.rows_other_features == len(log) - len(own)
        assert profile.source.usage_convention == "inclusive"
        tasks = Counter(r["task_id"] for r in own)
        assert profile.tasks is not None
        assert (profile.tasks.n, profile.tasks.sums.k) == (len(tasks), len(own))
        assert profile.tasks.calls_hist == dict(Counter(tasks.values()))
        assert profile.tasks.sums.in_ == sum(r["input_tokens"] for r in own)
        assert profile.tasks.success is not None
        done = {r["task_id"] for r in own if r["success"]}
        assert profile.tasks.success.rate == pytest.approx(len(done) / len(tasks))
        for model in profile.models:
            mine = [r for r in own if r["model"] == model.model]
            vectors = [classes(r) for r in mine]
            assert model.n == len(mine)
            for i, name in enumerate(CLASSES):
                assert model.mean[name] == pytest.approx(statistics.mean(v[i] for v in vectors), rel=1e-9)
            columns = list(zip(*vectors, strict=True))
            for (a, b), value in zip(COV_PAIRS, model.cov_upper, strict=True):
                exact = statistics.covariance(columns[a], columns[b])
                assert value == pytest.approx(exact, rel=1e-6, abs=1e-3)
            assert model.cache_hit_calls_share == pytest.approx(sum(v[1] > 0 for v in vectors) / len(vectors))
            exact_hist = Counter(bucket(r["input_tokens"], 1.02) for r in mine)
            assert dict(model.hist.input.counts()) == exact_hist
            assert sum(c.output_tokens for c in model.joint.table()) == sum(r["output_tokens"] for r in mine)
            versions = Counter(r["prompt_version"] for r in mine)
            assert model.prompt_versions == pytest.approx({v: c / len(mine) for v, c in versions.items()})


def test_gaps_are_counted_within_a_prefix(tmp_path: Path) -> None:
    """Gaps of 60 s, 10 min, 40 min and 3 h between five calls of one prefix; another prompt in between is no use."""
    seconds = [0, 60, 660, 3060, 13860]
    log = [call(s, prompt_version="1") for s in seconds] + [call(13000, prompt_version="2")]
    arrivals = build(tmp_path, jsonl(tmp_path / "log.jsonl", log)).one.arrivals
    assert arrivals is not None
    assert (arrivals.gaps, arrivals.gap_le_5m, arrivals.gap_le_30m, arrivals.gap_le_1h) == (4, 0.25, 0.5, 0.75)


def call(seconds: int, **more: Any) -> dict[str, Any]:
    time = (START + timedelta(seconds=seconds)).isoformat()
    return {"time": time, "feature": "f", "model": "m", "input_tokens": 100, "output_tokens": 10, **more}


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet"])
def test_one_log_in_any_form_is_one_profile(tmp_path: Path, form: str) -> None:
    log = rows()
    path = tmp_path / f"log.{form}"
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist([{**r, "time": datetime.fromisoformat(r["time"])} for r in log]), path)
    else:
        with (gzip.open if form.endswith("gz") else open)(path, "wt", newline="") as stream:
            writer = csv.DictWriter(stream, list(log[0]))
            writer.writeheader()
            writer.writerows(log)
    (tmp_path / "a").mkdir()
    expected = build(tmp_path / "a", jsonl(tmp_path / "log.jsonl", log)).profiles
    assert build(tmp_path, path).profiles == expected


def test_columns_of_any_name_are_mapped(tmp_path: Path) -> None:
    log = [{"when": "2026-11-02T10:00:00Z", "a": 70 + i, "b": 5} for i in range(20)]
    made = build(
        tmp_path,
        jsonl(tmp_path / "log.jsonl", log),
        source="plain",
        feature="f",
        model="m",
        columns={"time": "when", "input": "a", "output": "b"},
    )
    assert made.total("uncached_input") == sum(r["a"] for r in log)
    assert made.one.tasks is None
    assert any("calls per task are unknown" in note for note in made.one.quality.notes)
    assert any("does not say how much input" in note for note in made.one.quality.notes)
    assert made.one.models[0].cache_hit_calls_share is None


def test_the_shortest_names_of_columns(tmp_path: Path) -> None:
    log = [{"time": "2026-11-02T10:00:00Z", "model": "m", "input": 70 + i, "output": "5"} for i in range(20)]
    made = build(tmp_path, jsonl(tmp_path / "log.jsonl", log), feature="f")
    assert (made.total("uncached_input"), made.total("output_visible")) == (sum(r["input"] for r in log), 100)


def test_columns_of_text_are_no_token_counts(tmp_path: Path) -> None:
    log = [{"time": "2026-11-02T10:00:00Z", "model": "m", "input": "How are you?", "output": "Well."}]
    with pytest.raises(ReviewError, match="no known kind of log"):
        build(tmp_path, jsonl(tmp_path / "log.jsonl", log))


def test_a_mapped_column_that_is_not_there(tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", rows(3))
    with pytest.raises(ReviewError, match="no column 'tokens'"):
        build(tmp_path, log, source="plain", columns={"input": "tokens"})


def test_whatever_is_lost_is_counted(tmp_path: Path) -> None:
    good = [call(60 * i) for i in range(20)]
    bad = [
        {**call(1), "input_tokens": None, "output_tokens": None},  # no usage
        {**call(2), "input_tokens": None, "output_tokens": None, "status": "error"},  # failed, not billed
        {**call(3), "output_tokens": None},
        {**call(4), "input_tokens": "many"},
        {**call(5), "input_tokens": -5},
        {**call(6), "time": None},
        {**call(7), "time": "yesterday"},
        {**call(8), "model": None},
        {**call(9), "request_id": "a"},
        {**call(9), "request_id": "a"},
        {**call(10), "input_tokens": 50, "cached_tokens": 60, "total_tokens": 60, "uncached_input_tokens": None},
    ]
    path = jsonl(tmp_path / "log.jsonl", good + bad[:-1])
    path.write_text(path.read_text() + '{"time": "2026-11-02\n[1, 2]\n\n')
    made = build(tmp_path, path)
    assert made.one.source.rows_dropped == {
        "bad_value": 3,
        "duplicate": 1,
        "failed_without_usage": 1,
        "malformed": 2,
        "no_model": 1,
        "no_time": 1,
        "no_usage": 1,
        "partial_usage": 1,
    }
    assert made.one.calls.n == 21
    assert made.one.source.rows_read == 21 + 11 == len(good) + 10 + 2
    assert made.account.startswith("32 rows read, 21 billed calls; left out: 3 bad value, 2 malformed")
    assert any(e.startswith("bad_value: log.jsonl:24: not a token count: 'many'") for e in made.measured.examples)


def test_a_tenth_without_usage(tmp_path: Path) -> None:
    log = [
        call(60 * i) if i % 10 else {**call(60 * i), "input_tokens": None, "output_tokens": None} for i in range(100)
    ]
    made = build(tmp_path, jsonl(tmp_path / "log.jsonl", log))
    assert (made.one.calls.n, made.one.source.rows_dropped) == (90, {"no_usage": 10})


def test_a_cut_off_archive_gives_what_is_before_the_cut(tmp_path: Path) -> None:
    shuffled = random.Random(5)
    log = [call(60 * i, note=shuffled.randbytes(40).hex()) for i in range(500)]
    packed = gzip.compress("".join(json.dumps(r) + "\n" for r in log).encode())
    (tmp_path / "log.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    made = build(tmp_path, tmp_path / "log.jsonl.gz")
    assert made.one.source.rows_dropped["cut_off_file"] == 1
    assert 100 < made.one.calls.n < 400
    assert "cut off file" in made.account
    (example,) = made.measured.examples
    assert f"{made.one.calls.n:,} records before the damage were read" in example
    assert f"the file has {len(packed) // 2:,} bytes" in example


def test_a_damaged_parquet_file_among_others_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist([call(60 * i) for i in range(30)]), folder / "a.parquet")
    (folder / "b.parquet").write_bytes((folder / "a.parquet").read_bytes()[:500])
    made = build(tmp_path, folder)
    assert (made.one.calls.n, made.one.source.rows_dropped) == (30, {"cut_off_file": 1})
    (example,) = made.measured.examples
    assert "b.parquet" in example and "nothing of its 500 bytes could be read" in example


def test_a_parquet_file_with_a_damaged_page_says_how_many_rows_are_lost(tmp_path: Path) -> None:
    """What stands before the damage counts, and the file's own index says how much follows."""
    log = [
        {
            "schemaType": "ModelInvocationLog",
            "requestId": f"r{i}",
            "timestamp": (START + timedelta(seconds=i)).isoformat(),
            "modelId": "amazon.nova-pro-v1:0",
            "input": {"inputTokenCount": 100},
            "output": {"outputTokenCount": 10},
        }
        for i in range(12_000)
    ]
    path = tmp_path / "log.parquet"
    table = pa.Table.from_pylist(log)
    pq.write_table(table, path, row_group_size=5000, compression="none", use_dictionary=False)
    last = pq.ParquetFile(path).metadata.row_group(2).column(0)
    damaged = bytearray(path.read_bytes())
    damaged[last.data_page_offset : last.data_page_offset + 40] = b"\xff" * 40
    path.write_bytes(bytes(damaged))
    made = build(tmp_path, path, source="bedrock")
    assert (made.one.calls.n, made.one.source.rows_dropped) == (10_000, {"cut_off_file": 2000})
    assert "10,000 of its 12,000 rows were read" in made.measured.examples[0]


def test_a_folder_with_two_kinds_of_logs_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """Read as one kind, the rows of the other would be lost or counted twice."""
    folder = tmp_path / "logs"
    folder.mkdir()
    jsonl(folder / "calls.jsonl", [call(60 * i) for i in range(30)])
    jsonl(folder / "bedrock.jsonl", [{"schemaType": "ModelInvocationLog", "modelId": "amazon.nova-pro-v1:0"}])
    with pytest.raises(ReviewError, match="2 kinds") as caught:
        build(tmp_path, folder)
    assert "bedrock.jsonl" in caught.value.message and "calls.jsonl" in caught.value.message
    assert "-o FOLDER" in caught.value.hint


def test_a_file_among_the_logs_that_is_none_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    jsonl(folder / "calls.jsonl", [call(60 * i) for i in range(30)])
    (folder / "about.json").write_text('{"exported_by": "ops"}')
    made = build(tmp_path, folder)
    assert (made.one.calls.n, made.one.source.rows_dropped) == (30, {"no_log_file": 1})
    assert "exported_by" in made.measured.examples[0]


@pytest.mark.parametrize("content", ["", "\n\n", "not json\n"])
def test_an_empty_log_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "log.jsonl").write_text(content)
    with pytest.raises(ReviewError, match="no record"):
        build(tmp_path, tmp_path / "log.jsonl")


def test_a_log_of_another_kind_is_an_error(tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [{"level": "info", "msg": "hello"}] * 3)
    with pytest.raises(ReviewError, match="no known kind of log"):
        build(tmp_path, log)


def test_a_log_without_billed_calls_is_an_error(tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [{**call(i), "input_tokens": None, "output_tokens": None} for i in range(3)])
    with pytest.raises(ReviewError, match="no billed call"):
        build(tmp_path, log)


def test_times_that_start_at_zero_are_no_dates(tmp_path: Path) -> None:
    """A trace in milliseconds since its own start would else be months long: 730 hours of it would be made up."""
    log = jsonl(tmp_path / "log.jsonl", [{**call(0), "time": 3000 * i} for i in range(30)])
    with pytest.raises(ReviewError, match="lie in 1970"):
        build(tmp_path, log)


def test_a_convention_that_nothing_tells_is_asked_for(tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [call(60 * i, cached_tokens=40) for i in range(12)])
    with pytest.raises(ReviewError, match="does not tell whether input tokens include cached tokens"):
        build(tmp_path, log)
    for said, uncached in (("inclusive", 60), ("exclusive", 100)):
        (tmp_path / said).mkdir()
        made = build(tmp_path / said, log, convention=said)
        assert made.one.models[0].mean["uncached_input"] == uncached
        assert made.one.source.usage_decided == {f"{said}_by_setting": 12}


def test_rare_cells_are_merged_and_nothing_personal_is_kept(tmp_path: Path) -> None:
    made = build(tmp_path, jsonl(tmp_path / "log.jsonl", rows(400)), min_cell=10)
    for profile in made.profiles:
        for model in profile.models:
            for hist in (model.hist.input, model.hist.output):
                assert all(n >= 10 or n in (0, -1) for n in (hist.zero, *hist.c))
            assert all(c.n >= 10 for c in model.joint.table())
        text = write_profile(profile)
        assert "secret" not in text
        assert "4711" not in text
        assert read_profile(text, "profile") == profile
        assert len(text.encode()) < 12_000 * len(profile.models)


def test_a_rare_model_is_left_out_and_counted(tmp_path: Path) -> None:
    log = [call(60 * i) for i in range(30)] + [call(60 * i, model="rare") for i in range(4)]
    profile = build(tmp_path, jsonl(tmp_path / "log.jsonl", log), min_cell=10).one
    assert [m.model for m in profile.models] == ["m"]
    assert profile.source.rows_dropped == {"too_few_calls": 4}
    assert profile.source.rows_read == 34


def test_percentiles_and_means_of_a_skewed_sample(tmp_path: Path) -> None:
    """Lognormal with σ = 1.2 for the input, 0.9 for the output: p50 to p99 within 1.5 %, means within 0.2 %."""
    random_ = random.Random(20261125)
    log = [
        call(
            30 * i,
            input_tokens=int(random_.lognormvariate(7.5, 1.2)) + 1,
            output_tokens=int(random_.lognormvariate(5, 0.9)) + 1,
        )
        for i in range(20_000)
    ]
    model = build(tmp_path, jsonl(tmp_path / "log.jsonl", log), min_cell=10).one.models[0]
    for key, stored, hist in (
        ("input_tokens", model.percentiles.input, model.hist.input),
        ("output_tokens", model.percentiles.output, model.hist.output),
    ):
        ordered = sorted(r[key] for r in log)
        for name, q in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
            assert getattr(stored, name) == pytest.approx(ordered[math.ceil(q * len(ordered)) - 1], rel=0.015)
        assert hist.n == len(log)
    assert model.mean["uncached_input"] == pytest.approx(statistics.mean(r["input_tokens"] for r in log), rel=0.002)
    assert model.mean["output_visible"] == pytest.approx(statistics.mean(r["output_tokens"] for r in log), rel=0.002)


def test_head_sampling_scales_the_volume(tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [call(3600 * i, sampling_rate=0.25) for i in range(48)])
    profile = build(tmp_path, log, sampling_rate=0.5).one
    assert profile.source.sampling_rate == 0.125


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_numbers_that_cannot_be_are_bad_values_in_any_form(tmp_path: Path, form: str) -> None:
    wrong = [{"sampling_rate": 0.0}, {"sampling_rate": 2.0}, {"input_tokens": 10.5}, {"output_tokens": 10**12}]
    log = [{**call(60 * i), "input_tokens": 100.0, "sampling_rate": 1.0} for i in range(20)]
    log += [{**log[0], **w} for w in wrong]
    path = tmp_path / f"log.{form}"
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(log), path)
    else:
        jsonl(path, log)
    profile = build(tmp_path, path).one
    assert (profile.calls.n, profile.source.rows_dropped) == (20, {"bad_value": 4})
    assert profile.source.sampling_rate == 1.0


def test_a_log_of_a_few_calls_is_not_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match=r"no feature has 10 calls of one model \(9 billed calls"):
        build(tmp_path, jsonl(tmp_path / "log.jsonl", [call(i) for i in range(9)]), min_cell=10)


def test_a_short_log_says_that_its_volume_is_too_low(tmp_path: Path) -> None:
    profile = build(tmp_path, jsonl(tmp_path / "log.jsonl", [call(60 * i) for i in range(61)])).one
    assert "the log covers 1.0 hours of 24 of its days: calls per month are too low" in profile.quality.notes


def test_a_column_that_is_not_read_is_told(tmp_path: Path) -> None:
    """Cached tokens under a name of one's own would else be billed in full, and nobody would know."""
    row = {"ts": "2026-11-01T00:00:00Z", "model": "m", "input_tokens": 9, "output_tokens": 1, "cached": 5, "job": "faq"}
    found = build(tmp_path, jsonl(tmp_path / "log.jsonl", [row]))
    unread, unnamed = found.measured.hints
    assert unread.startswith("columns that were not read: cached, job; say what one holds with --map COLUMN=FIELD (")
    assert "cache_read" in unread
    assert "--feature-from COLUMN" in unnamed


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_log_that_is_read_whole_needs_no_hint(tmp_path: Path, form: str) -> None:
    row = {"ts": "2026-11-01T00:00:00Z", "model": "m", "input_tokens": 9, "output_tokens": 1, "cached": 5, "job": "faq"}
    row["total_tokens"] = 10  # input and output: so the input includes what was cached
    log = jsonl(tmp_path / "log.jsonl", [row])
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist([row]), tmp_path / "log.parquet")
        log = tmp_path / "log.parquet"
    found = build(tmp_path, log, columns={"cache_read": "cached"}, feature_from="job")
    assert found.measured.hints == ()
    assert found.one.feature == "faq"
    assert (found.total("uncached_input"), found.total("cache_read")) == (4, 5)

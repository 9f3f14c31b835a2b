"""What the runner reads: outputs that cannot be forged, a summary within its limit, lines that are no commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hosts import files
from bot.hosts.github_runner import log_remarks, write_outputs, write_summary
from bot.hosts.port import Annotation, Report, Run, Wishes
from bot.hosts.text import MAX_COMMENT_CHARS, clip, one_line, read_marker
from tests.action.executor import commands, key_values

HOSTILE = [
    "a\nLD_PRELOAD=/x",
    "a\nEOF\nx=y",
    "a\r\nb",
    "x<<y\nz\ny",
    "=",
    "\u2028next=1",
    "ghadelimiter_1\nx",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_attack_08_a_value_cannot_name_another_output(tmp_path: Path, value: str) -> None:
    file = tmp_path / "out"
    file.write_text("earlier=1\n", encoding="utf-8")
    assert write_outputs({"verdict": value, "changed": "true"}, {"GITHUB_OUTPUT": str(file)}).done
    read = key_values(file.read_text(encoding="utf-8"))
    assert set(read) == {"earlier", "verdict", "changed"}
    assert read["verdict"] == value.replace("\r", " ")


@given(st.text())
def test_attack_08_whatever_the_value(value: str) -> None:
    text = value.encode("utf-8", "replace").decode()
    folder = Path(__import__("tempfile").mkdtemp())
    file = folder / "out"
    write_outputs({"verdict": text}, {"GITHUB_OUTPUT": str(file)})
    assert set(key_values(file.read_bytes().decode())) == {"verdict"}
    file.unlink()
    folder.rmdir()


COMMANDS = [
    "::add-mask::e",
    "::stop-commands::x",
    "::set-env name=A::b",
    "  ::error file=a::b",
    "\t::warning::b",
    "##[error]b",
    "x ##[add-mask]b",
    "a\r::error::b",
    "a\n::error::b",
    "a\x0b::error::b",
]


@pytest.mark.parametrize("text", COMMANDS)
def test_attack_09_a_strangers_text_in_the_log_is_no_command(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    from bot.hosts.github_runner import say

    assert commands(text) or "\x0b" in text, "it would be one"
    say(text)
    assert commands(capsys.readouterr().out) == []
    assert commands(one_line(text)) == []


def test_attack_09_a_remark_in_the_log_is_exactly_one_command() -> None:
    hostile = Annotation(
        path="a.py,line=9::x",
        first_line=3,
        last_line=4,
        level="failure",
        title="t::e,f\n",
        message="m\n::add-mask::x%0A",
    )
    (line,) = log_remarks([hostile])
    ((name, properties, data),) = commands(line)
    assert name == "error"
    assert properties == "file=a.py%2Cline=9%3A%3Ax,line=3,endLine=4,title=t%3A%3Ae%2Cf"
    assert data == "m ::add-mask::x%250A"


def test_attack_28_the_log_shows_the_worst_ten_of_each() -> None:
    many = [
        Annotation(path="a", first_line=i, last_line=i, level=level, title="t", message="m")  # type: ignore[arg-type]
        for i in range(1, 31)
        for level in ("notice", "failure")
    ]
    lines = log_remarks(many)
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 10 + ["::notice"] * 10 + ["aicost-review:"]
    assert "40 more" in lines[-1]


@pytest.mark.parametrize("letter", ["a", "語", "😀"])
def test_attack_29_the_summary_stays_below_the_runners_limit(tmp_path: Path, letter: str) -> None:
    text = "\n".join(f"| {i} | {letter * 60} |" for i in range(60_000))
    assert len(text.encode()) > 1 << 20
    file = tmp_path / "summary"
    assert write_summary(text, {"GITHUB_STEP_SUMMARY": str(file)}).done
    assert file.stat().st_size < 1 << 20
    assert "more rows are left out" in file.read_text(encoding="utf-8")


def test_without_the_runners_files_nothing_fails(tmp_path: Path) -> None:
    assert not write_outputs({"verdict": "pass"}, {}).done
    assert not write_summary("x", {}).done
    assert not write_summary("x", {"GITHUB_STEP_SUMMARY": str(tmp_path)}).done


@given(st.text(max_size=3000), st.integers(700, 2000))
def test_a_cut_text_fits_and_a_short_one_is_left_alone(text: str, room: int) -> None:
    cut = clip(text, room, "elsewhere")
    assert cut == text if len(text) <= room else len(cut) <= room


def test_a_cut_closes_what_is_open() -> None:
    inner = "\n".join(f"line {i}" for i in range(1000))
    cut = clip(f"<details>\n\n```text\n{inner}\n```\n\n</details>", 1000, "elsewhere")
    assert cut.count("```") == 2
    assert cut.count("</details>") == 1
    assert cut.index("</details>") > cut.rindex("```")


REPORT = Report(
    outcome="pass", blocking=False, changed=True, title="t", comment="words", summary="# all", review_json='{"a": 1}',
    outputs={"monthly-delta-usd": "12.5", "verdict": "pass\nEVIL=1"},
)  # fmt: skip
RUN = Run(repository="o/r", head="a" * 40, run_id=3)


def test_files_for_any_ci(tmp_path: Path) -> None:
    sinks = files.publish(REPORT, RUN, Wishes(), {}, tmp_path / "out")
    assert all(sink.done for sink in sinks)
    comment = (tmp_path / "out" / "comment.md").read_text(encoding="utf-8")
    marker = read_marker(comment)
    assert marker is not None
    assert marker.head == RUN.head
    assert (tmp_path / "out" / "review.json").read_text(encoding="utf-8") == REPORT.review_json
    outputs = (tmp_path / "out" / "outputs.env").read_text(encoding="utf-8")
    assert outputs == "AICOST_MONTHLY_DELTA_USD=12.5\nAICOST_VERDICT=passEVIL1\n"
    assert len(comment) <= MAX_COMMENT_CHARS


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file stands here", encoding="utf-8")
    sinks = files.publish(REPORT, RUN, Wishes(), {}, tmp_path / "out")
    assert not any(sink.done for sink in sinks)
    assert all("out" in sink.note for sink in sinks)

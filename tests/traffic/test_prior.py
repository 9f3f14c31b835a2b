"""A public trace stands in for a feature's traffic only where the team says so, and the review names it."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from bot.config import PriorName
from bot.spread import mean_tokens
from bot.traffic.prior import mean_range, prior

# Means of the traces, to the token: AzurePublicDataset @b469a113 and Mooncake @3b5a5941, counted with awk.
MEANS = {
    "azure-code-2023": (8819, 2048, 28),
    "azure-conv-2023": (19366, 1155, 211),
    "mooncake-conv-2025": (12031, 12035, 343),
    "mooncake-synth-2025": (3993, 15325, 149),
}
CODE = """from openai import OpenAI

client = OpenAI()


def answer(question: str) -> str:
    reply = client.chat.completions.create(
        model="gpt-5-mini",
        messages=[{"role": "system", "content": "Answer briefly and kindly."}, {"role": "user", "content": question}],
    )
    return reply.choices[0].message.content
"""


@pytest.mark.parametrize("name", get_args(PriorName))
def test_the_numbers_are_those_of_the_trace(name: PriorName) -> None:
    found = prior(name)
    assert (found.calls, *found.means) == MEANS[name]
    assert sum(c.n for c in found.cells) == found.calls
    assert sum(c.output_tokens for c in found.cells) == found.output_tokens
    mean = mean_tokens(found.spread("input"))
    assert mean is not None
    assert abs(mean - Decimal(found.input_tokens) / found.calls) < 1  # rounded to whole tokens cell by cell
    assert found.url.startswith("https://github.com/")
    ranges = mean_range(name, "output")
    assert (ranges.low, ranges.likely, ranges.high) == (28, MEANS[name][2], 343)


def review(folder: Path, policy: str, form: str = "json") -> str:
    """A change that adds a sentence to the prompt, reviewed."""
    folder.mkdir()
    (folder / ".aicost.yml").write_text(policy)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for text in (CODE, CODE.replace("kindly.", "kindly. Never give legal advice; name a lawyer instead.")):
        (folder / "app.py").write_text(text)
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-qm", "change"]):
            subprocess.run(["git", "-C", str(folder), *command], check=True, capture_output=True)
    command = ["diff", "--quiet", "--format", form, "--base", "HEAD~1", "--head", "HEAD", str(folder)]
    done = subprocess.run([sys.executable, "-m", "bot.cli", *command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


FEATURE = "version: 1\nfeatures:\n  faq:\n    match: [{path: app.py}]\n"


def test_none_is_taken_silently(tmp_path: Path) -> None:
    text = review(tmp_path / "a", FEATURE)
    assert "azure" not in text
    assert "mooncake" not in text


def test_a_chosen_trace_is_named_as_an_assumption(tmp_path: Path) -> None:
    text = review(tmp_path / "a", FEATURE + "    prior: azure-conv-2023\n", "markdown")
    assert "Nobody measured the traffic of faq" in text
    assert "1,155 run-time input and 211 output tokens" in text
    assert "CC-BY-4.0" in text


def test_a_stated_number_goes_before_the_trace(tmp_path: Path) -> None:
    policy = FEATURE + "    prior: azure-conv-2023\n    dynamic_input_tokens: 77\n    output_tokens: 33\n"
    assert "Nobody measured" not in review(tmp_path / "a", policy, "markdown")


def test_a_trace_of_another_name_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="azure-conv-2023"):
        review(tmp_path / "a", FEATURE + "    prior: azure-conv-2024\n")

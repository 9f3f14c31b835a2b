"""What must hold of any change: small repositories are made up and sent through the whole pipe."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.config import Config, parse_config
from bot.model import Change, Range, Review
from bot.pipeline import review
from bot.render import json_report, markdown, terminal
from bot.render.summary import summarise
from prompts_scanner.parsing import Parser
from prompts_scanner.tree import MemoryTree

DAY = date(2026, 11, 25)
MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "claude-haiku-4-5")
WITHOUT_TRAFFIC = Config(noise_floor_tokens=0)
WITH_TRAFFIC = parse_config(
    """version: 1
features:
  known:
    match:
      - path: "*"
    calls_per_month: {low: 900, likely: 1000, high: 1200}
    dynamic_input_tokens: 300
    output_tokens: 120
noise_floor_tokens: 0
""",
    ".aicost.yml",
)
PARSER = Parser()


@dataclass(frozen=True)
class Call:
    """One function with one call."""

    name: str
    model: str
    words: int
    holes: int
    cap: int | None
    tools: int

    def code(self, indent_lines: int = 0) -> str:
        text = " ".join(["word"] * self.words) + "".join(f" {{value{i}}}" for i in range(self.holes))
        parameters = ", ".join(f"value{i}" for i in range(self.holes))
        cap = f"max_tokens={self.cap}, " if self.cap is not None else ""
        tools = [
            {
                "type": "function",
                "function": {"name": f"tool{i}", "description": "does it", "parameters": {"type": "object"}},
            }
            for i in range(self.tools)
        ]
        sent = f"tools={json.dumps(tools)}, " if tools else ""
        return "\n" * indent_lines + (
            f"def {self.name}({parameters}):\n"
            f"    return client.chat.completions.create(\n"
            f'        model="{self.model}", {cap}{sent}\n'
            f'        messages=[{{"role": "system", "content": f"{text}"}}],\n'
            f"    )\n"
        )


HEAD = "from openai import OpenAI\n\nclient = OpenAI()\n\n\n"
CALLS = st.builds(
    Call,
    name=st.just("f"),
    model=st.sampled_from(MODELS),
    words=st.integers(1, 60),
    holes=st.integers(0, 2),
    cap=st.none() | st.integers(1, 500),
    tools=st.integers(0, 3),
)
PATHS = ("app/a.py", "app/b.py", "jobs/c.py")
CONFIGS = st.sampled_from((WITHOUT_TRAFFIC, WITH_TRAFFIC))
TREES = st.dictionaries(st.sampled_from(PATHS), st.lists(CALLS, min_size=1, max_size=2), max_size=3)
Made = dict[str, list[Call]]


def tree(calls: Made, *, lines: int = 0, turned: bool = False) -> MemoryTree:
    files = {}
    for path, found in calls.items():
        named = [replace(c, name=f"f{i}") for i, c in enumerate(found)]
        files[path] = HEAD + "\n\n".join(c.code(lines) for c in (reversed(named) if turned else named))
    return MemoryTree({**files, "README.md": "words\n"})


def of(base: MemoryTree, head: MemoryTree, config: Config) -> Review:
    return review(base, head, config, renames={}, today=DAY, parser=PARSER)


few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def ends(amount: Range[Decimal] | Range[int]) -> tuple[Decimal, Decimal, Decimal]:
    return Decimal(amount.low), Decimal(amount.likely), Decimal(amount.high)


def cost_per_call(change: Change, side: str) -> Decimal:
    priced = change.before if side == "before" else change.after
    return priced.cost.usd_per_call.likely if priced is not None else Decimal(0)


@few
@given(TREES, TREES, CONFIGS)
def test_causes_sum_to_the_delta(old: Made, new: Made, config: Config) -> None:
    for change in of(tree(old), tree(new), config).changes:
        if change.delta_usd_per_call is None:
            continue
        moved = cost_per_call(change, "after") - cost_per_call(change, "before")
        assert abs(change.delta_usd_per_call.likely - moved) < Decimal("1e-15")


@few
@given(TREES, TREES, CONFIGS)
def test_swapping_base_and_head_negates(old: Made, new: Made, config: Config) -> None:
    forwards, backwards = of(tree(old), tree(new), config), of(tree(new), tree(old), config)
    there, back = summarise(forwards), summarise(backwards)
    opposite = {"up": "down", "down": "up"}
    expected = opposite.get(there.direction, there.direction)
    assert back.direction == expected
    assert back.delta_input_tokens.likely == -there.delta_input_tokens.likely
    if not any(cause.what == "model" for change in forwards.changes for cause in change.causes):
        # with the model the tokenizer changes: each way counts the other causes with the one that it starts from
        assert ends(back.delta_input_tokens) == ends(-there.delta_input_tokens)
    for a, b in (
        (there.delta_usd_per_1k_calls, back.delta_usd_per_1k_calls),
        (there.delta_usd_per_month, back.delta_usd_per_month),
    ):
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            assert all(abs(x - y) < Decimal("1e-12") for x, y in zip(ends(b), ends(-a), strict=True))


@few
@given(TREES, st.integers(1, 9), CONFIGS)
def test_moving_code_changes_nothing(calls: Made, lines: int, config: Config) -> None:
    found = of(tree(calls), tree(calls, lines=lines, turned=True), config)
    assert found.changes == ()
    assert found.direction == "none"
    assert markdown.render(found).startswith("### **No cost change found**")


@few
@given(TREES.filter(bool), st.integers(1, 200), CONFIGS, st.data())
def test_more_tokens_never_cost_less(calls: Made, more: int, config: Config, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(calls)))
    grown = {**calls, path: [replace(c, words=c.words + more) for c in calls[path]]}
    found = summarise(of(tree(calls), tree(grown), config))
    assert found.direction == "up"
    assert found.delta_input_tokens.low >= 0
    assert found.delta_usd_per_1k_calls is not None
    assert found.delta_usd_per_1k_calls.low >= 0
    if config is WITH_TRAFFIC:
        assert found.delta_usd_per_month is not None
        assert found.delta_usd_per_month.low >= 0


@few
@given(TREES, TREES, CONFIGS)
def test_every_review_can_be_shown_and_read_back(old: Made, new: Made, config: Config) -> None:
    found = of(tree(old), tree(new), config)
    again = json_report.review_from_json(json_report.render(found))
    assert markdown.render(again) == markdown.render(found)
    assert terminal.render(again) == terminal.render(found)
    if found.direction == "none":
        assert "No cost change found" in terminal.render(found)

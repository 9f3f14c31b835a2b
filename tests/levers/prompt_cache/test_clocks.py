"""What the scanner calls a value that differs on every call: a time, an id; a date alone does not."""

from __future__ import annotations

import pytest

from prompts_scanner.model import DAYS_DATE
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree

CODE = """
import uuid
from datetime import date, datetime, timezone
from anthropic import Anthropic

client = Anthropic()

def answer(q):
    return client.messages.create(
        model="claude-sonnet-4-5", max_tokens=5, system=f"It is {%s}.", messages=[{"role": "user", "content": q}]
    )
"""


@pytest.mark.parametrize(
    ("value", "volatile", "day"),
    [
        ("datetime.now()", True, False),
        ("datetime.now(timezone.utc).isoformat()", True, False),
        ("datetime.now().strftime('%Y-%m-%d %H:%M')", True, False),
        ("datetime.now().strftime('%A, %d %B %Y')", False, True),
        ("date.today()", False, True),
        ("uuid.uuid4()", True, False),
        ("q", False, False),
    ],
)
def test_clocks(value: str, volatile: bool, day: bool) -> None:
    site = scan(MemoryTree({"app.py": (CODE % value).encode()})).sites[0]
    hole = next(h for s in site.surfaces if s.role == "system" for h in s.text.holes)
    assert (hole.volatile, hole.reason == DAYS_DATE) == (volatile, day)

"""The README's workflow as a new user meets it: copied as it stands, no configuration, a pull request that adds a tool."""

from __future__ import annotations

import re

import yaml

from tests.action.conftest import ROOT, Change, Rig

AGENT = """from openai import OpenAI

client = OpenAI()
TOOLS = [
    {{"type": "function", "function": {{"name": "find_order", "description": "Find an order by its number."}}}},
{more}]


def answer(question: str) -> str:
    return client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{{"role": "system", "content": "You help customers."}}, {{"role": "user", "content": question}}],
        tools=TOOLS,
    ).choices[0].message.content
"""
REFUND = """    {"type": "function", "function": {"name": "refund", "description": "Refund an order, never more than was paid."}},
"""


def test_the_readmes_workflow_tells_what_an_added_tool_costs(rig: Rig) -> None:
    blocks = re.findall(r"```yaml\n(name: .*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (text,) = blocks
    workflow = yaml.load(text, Loader=yaml.BaseLoader)  # `on` stays a word
    assert "opened" in workflow["on"]["pull_request"]["types"]
    step = workflow["jobs"]["ai-cost"]["steps"][-1]
    start = rig.repo.commit({"app/agent.py": AGENT.format(more="")})
    base = rig.repo.commit({".github/workflows/ai-cost.yml": text})
    rig.hub.add_pull(6, base, start)
    first = rig.act_steps(Change(base=start, head=base, number=6, action="opened").payload(rig.hub.repository))
    assert first.exit_codes["review"] == 0, first.log
    assert rig.hub.bodies() == [], "the pull request that brings the workflow changes no cost"
    head = rig.repo.commit({"app/agent.py": AGENT.format(more=REFUND)})
    rig.hub.add_pull(7, head, base)
    from_event = Change(base=base, head=head, action="opened")
    done = rig.act_steps(from_event.payload(rig.hub.repository), **step.get("with", {}))
    assert done.exit_codes["review"] == 0, done.log
    (body,) = rig.hub.bodies()
    assert "refund" in body
    assert "app/agent.py" in body
    assert [check["conclusion"] for check in rig.hub.checks.values()] == ["success", "success"]

"""Candidates of a value by the way that a condition goes: the likeliest first, what cannot be left out."""

from __future__ import annotations

import pytest

from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree

CALL = """
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Name a garden bird."}])
"""
HEAD = "import os\nfrom openai import OpenAI\nclient = OpenAI()\n"
BY_HOST = f"""{HEAD}
def ask():
    host = os.getenv("CHAT_HOST")
    if host == "azure":
        model = "gpt-4.1"
    elif host in ("local", "ollama"):
        model = "llama3.1"
    else:
        model = "gpt-4o-mini"
{CALL}"""
BY_CASE = f"""{HEAD}
def ask():
    match os.getenv("CHAT_HOST", "ollama"):
        case "azure":
            model = "gpt-4.1"
        case "local" | "ollama":
            model = "llama3.1"
        case _:
            model = "gpt-4o-mini"
{CALL}"""
TERNARY = f"""{HEAD}
DEBUG = os.getenv("DEBUG", "no")
def ask():
    model = "gpt-4o-mini" if DEBUG == "yes" else "gpt-4.1"
{CALL}"""
FACTORY = f"""{HEAD}
def name_of(size="small"):
    if not size:
        return "gpt-4o"
    if size == "small":
        return "gpt-4o-mini"
    if size == "large":
        return "gpt-4.1"
    return "gpt-4o"

def ask():
    model = name_of(ARGS)
{CALL}"""
SWITCH = """
import OpenAI from "openai";
const client = new OpenAI();
export async function ask() {
  let model = "gpt-4o";
  switch (process.env.CHAT_HOST) {
    case "azure":
      model = "gpt-4.1";
      break;
    case "local":
    case "ollama":
      model = "llama3.1";
      break;
  }
  return client.chat.completions.create({ model, messages: [{ role: "user", content: "Name a garden bird." }] });
}
"""
ELSE_IF = """
import OpenAI from "openai";
const client = new OpenAI();
export async function ask() {
  let model: string;
  if (process.env.CHAT_HOST === "azure") {
    model = "gpt-4.1";
  } else if (process.env.CHAT_HOST !== "ollama") {
    model = "gpt-4o-mini";
  } else {
    model = "llama3.1";
  }
  return client.chat.completions.create({ model, messages: [{ role: "user", content: "Name a garden bird." }] });
}
"""


def names(source: str, host: str = "", path: str = "app.py") -> tuple[str, ...]:
    files = {path: source} | ({".env.example": f"CHAT_HOST={host}\n"} if host else {})
    (site,) = scan(MemoryTree(files)).sites
    return site.model.values


@pytest.mark.parametrize(
    ("host", "first"), [("azure", "gpt-4.1"), ("ollama", "llama3.1"), ("elsewhere", "gpt-4o-mini"), ("", "gpt-4o-mini")]
)
def test_the_branch_of_the_declared_environment_is_the_likeliest(host: str, first: str) -> None:
    found = names(BY_HOST, host)
    assert found[0] == first
    assert set(found) == {"gpt-4.1", "llama3.1", "gpt-4o-mini"}, "a deployment may set it otherwise"


def test_a_case_is_a_comparison() -> None:
    assert names(BY_CASE)[0] == "llama3.1"


def test_a_ternary_goes_the_way_of_its_default() -> None:
    assert names(TERNARY) == ("gpt-4.1", "gpt-4o-mini")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('"small"', ("gpt-4o-mini",)),
        ('size="large"', ("gpt-4.1",)),
        ('""', ("gpt-4o",)),
        ("", ("gpt-4o-mini", "gpt-4o", "gpt-4.1")),
    ],
)
def test_an_argument_that_is_written_out_decides(given: str, expected: tuple[str, ...]) -> None:
    assert names(FACTORY.replace("ARGS", given)) == expected


@pytest.mark.parametrize(("host", "first"), [("azure", "gpt-4.1"), ("local", "llama3.1"), ("ollama", "llama3.1")])
def test_cases_that_fall_through_share_their_body(host: str, first: str) -> None:
    assert names(SWITCH, host, "app.ts")[0] == first


@pytest.mark.parametrize(("host", "first"), [("azure", "gpt-4.1"), ("other", "gpt-4o-mini"), ("ollama", "llama3.1")])
def test_else_if(host: str, first: str) -> None:
    assert names(ELSE_IF, host, "app.ts")[0] == first

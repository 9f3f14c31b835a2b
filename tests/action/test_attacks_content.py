"""What the bytes of a hostile head try: names, links, templates, comments, and files that break the one who parses them.

Each test shows the hostile thing first, then what the run made of it. The numbers are those of docs/threats.md.
"""

from __future__ import annotations

import ast
import html
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jinja2
import pytest

from bot.quality import read_results
from tests.action.conftest import ROOT, Change, Rig, shop
from tests.action.executor import Done

LONG = "You answer questions about orders. " * 40
BUDGET = "budgets:\n  total:\n    max_increase_percent: 5\n"
MONTHLY = """features:
  support:
    match:
      - path: shop/*
    calls_per_month: 1000000
    output_tokens: 100
    dynamic_input_tokens: 50
"""


def change_with(rig: Rig, files: dict[str, str | bytes], base: dict[str, str] | None = None) -> Change:
    first = rig.repo.commit(dict(base or {"shop/answer.py": shop()}))
    for name, content in files.items():
        file = rig.repo.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    head = rig.repo.commit({})
    rig.hub.add_pull(7, head, first)
    return Change(base=first, head=head)


def told(rig: Rig, change: Change, **inputs: str) -> tuple[Done, str]:
    """The run, with everything that a reader sees of it."""
    done = rig.act(change.payload(rig.hub.repository), comment_when="always", **inputs)
    assert "Traceback" not in done.log
    assert "bug in aicost-review" not in done.log
    return done, "\n".join([*rig.hub.bodies(), done.summary, done.log])


def gaps(done: Done) -> dict[str, str]:
    review = json.loads(Path(done.outputs["json-path"]).read_text(encoding="utf-8"))
    return {gap["path"]: gap["reason"] for gap in review["gaps"]}


# -- 13: templates -----------------------------------------------------------------------------------------------------

SUM = "{{ 31337 * 31337 }}"
CALL = "{{ cycler.__init__.__globals__.os.system('echo run >> CANARY') }}"
HUGE = "{{ 'x' * 400000000 }}"


def test_attack_13_a_template_of_the_change_is_never_rendered(rig: Rig, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    evil = CALL.replace("CANARY", str(canary))
    jinja2.Environment(autoescape=True).from_string(evil).render()
    assert canary.exists(), "rendered, it would run"
    assert jinja2.Environment(autoescape=True).from_string(SUM).render() == str(31337**2)
    canary.unlink()
    text = f"You are helpful. {SUM} {evil} {HUGE} {{% for i in range(10**9) %}}x{{% endfor %}} {{{{ question }}}}\n" * 8
    loader = 'from jinja2 import Template\nSYSTEM = Template(open("prompts/answer.j2").read())\n'
    code = loader + shop(model="gpt-4o").replace('SYSTEM = """', 'OTHER = """')
    names = {f"prompts/{SUM.replace('/', '')}.j2": text, "prompts/answer.prompt": text, "prompts/answer.mustache": text}
    config = MONTHLY.replace("support:", f'"{SUM}":')
    change = change_with(
        rig,
        {"prompts/answer.j2": text, "shop/answer.py": code, **names, "shop/sum.py": shop(LONG, model=SUM)},
        {"shop/answer.py": shop(), "prompts/answer.j2": "You are helpful. {{ question }}\n", ".aicost.yml": config},
    )
    done, all_told = told(rig, change)
    assert done.exit_codes["review"] == 0, done.log
    assert "31337 * 31337" in html.unescape(all_told), "the hostile text is told as text"
    assert str(31337**2) not in html.unescape(all_told)
    assert not canary.exists()


def test_attack_13_templates_come_from_the_package_alone() -> None:
    """No text becomes a template: nothing compiles one from a string, and the one loader reads the package's folder."""
    makers = {
        "from_string",
        "Template",
        "DictLoader",
        "FunctionLoader",
        "PackageLoader",
        "ChoiceLoader",
        "compile_expression",
    }
    found = []
    for file in sorted(ROOT.glob("bot/**/*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if not any(isinstance(n, ast.ImportFrom | ast.Import) and "jinja2" in ast.unparse(n) for n in ast.walk(tree)):
            continue
        names = [
            n.attr if isinstance(n, ast.Attribute) else n.id
            for n in ast.walk(tree)
            if isinstance(n, ast.Attribute | ast.Name)
        ]
        assert not makers & set(names), file.name
        loaders = [
            ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Call) and "Loader(" in ast.unparse(n.func) + "("
        ]
        found += loaders
        assert all("__file__" in loader for loader in loaders), loaders
    assert found


# -- 16: comments that take a call out of the count --------------------------------------------------------------------


def test_attack_16_a_comment_of_the_head_hides_no_cost_and_is_listed(rig: Rig) -> None:
    base = {"shop/answer.py": shop(), "shop/other.py": shop("Short."), ".aicost.yml": MONTHLY + BUDGET}
    call = "    reply = client.chat.completions.create("
    hidden = shop(LONG).replace(call, f"    # aicost: ignore\n{call}")
    assert hidden != shop(LONG)
    change = change_with(rig, {"shop/answer.py": hidden, "shop/new.py": hidden}, base)
    scan = subprocess.run(
        [sys.executable, "-I", "-m", "bot.cli", "scan", str(rig.repo.path), "--format", "json", "--no-cache"],
        capture_output=True, check=True, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    calls = {item["path"] for item in json.loads(scan.stdout)["items"] if item["kind"] == "call"}
    assert calls == {"shop/other.py"}, "where the head's own word counts, both calls are gone"
    done, all_told = told(rig, change)
    assert done.exit_codes["review"] == 1, done.log
    assert done.outputs["verdict"] == "fail"
    assert float(done.outputs["monthly-delta-usd"]) > 0
    (body,) = rig.hub.bodies()
    shown = html.unescape(body)
    assert "aicost: ignore" in shown
    assert "takes effect from the next change on" in shown
    assert {"shop/answer.py", "shop/new.py"} <= {r["path"] for r in next(iter(rig.hub.annotations.values()))}
    assert "aicost: ignore" in html.unescape(all_told)


def test_attack_16_what_the_base_ignores_stays_ignored(rig: Rig) -> None:
    call = "    reply = client.chat.completions.create("
    base = {
        "shop/answer.py": shop().replace(call, f"    # aicost: ignore\n{call}"),
        ".aicost.yml": MONTHLY + BUDGET,
    }
    change = change_with(rig, {"shop/answer.py": shop(LONG).replace(call, f"    # aicost: ignore\n{call}")}, base)
    done, _ = told(rig, change)
    assert (done.exit_codes["review"], done.outputs["direction"]) == (0, "none"), done.log


# -- 17, 18: names and links -------------------------------------------------------------------------------------------

NAMES = {
    "climbs": b"../evil.py",
    "climbs far": b"../../../../mallory/evil/blob/main/x.py",
    "absolute": b"/abs.py",
    "nothing but dots": b"..",
    "git's own": b".git/hooks/post-checkout",
    "git's own in capitals": b".GIT",
    "a line break": b"a\nb.py",
    "no UTF-8": b"\xff\xfe.py",
}


@pytest.mark.parametrize("name", NAMES)
def test_attack_17_a_name_that_no_file_should_have_is_a_gap_and_never_no_change(rig: Rig, name: str) -> None:
    base = rig.repo.commit(
        {"answer.py": shop(), ".aicost.yml": "budgets:\n  unknown: fail\n  total:\n    max_increase_percent: 5\n"}
    )
    head = rig.repo.raw_commit(
        [
            ("100644", NAMES[name], shop(LONG).encode()),
            ("100644", b".aicost.yml", rig.repo.git("show", f"{base}:.aicost.yml").encode()),
            ("100644", b"answer.py", shop().encode()),
        ],
        base,
    )
    listed = subprocess.run(
        ["git", "-C", str(rig.repo.path), "ls-tree", "-z", "--name-only", head], capture_output=True, check=True
    )
    assert NAMES[name] in listed.stdout.split(b"\0"), "git lists it"
    rig.hub.add_pull(7, head, base)
    done, all_told = told(rig, Change(base=base, head=head))
    assert done.outputs["direction"] == "unknown", "what it holds was not read: nobody knows"
    assert done.exit_codes["review"] == 1, "closed, where the policy asks for that"
    assert any("not read" in reason for reason in gaps(done).values())
    links = [part.split('"')[0] for part in all_told.split('href="')[1:]]
    assert not [link for link in links if "/.." in link or link.count("//") > 1], links
    remarks = [r["path"] for some in rig.hub.annotations.values() for r in some]
    assert not [path for path in remarks if path.startswith("/") or ".." in path.split("/")]


def test_attack_17_a_tree_that_git_itself_refuses_is_an_error_and_no_pass(rig: Rig) -> None:
    base = rig.repo.commit({"answer.py": shop()})
    head = rig.repo.raw_commit([("100644", b"", shop(LONG).encode()), ("100644", b"answer.py", shop().encode())], base)
    listed = subprocess.run(["git", "-C", str(rig.repo.path), "ls-tree", head], capture_output=True)
    assert listed.returncode != 0
    rig.hub.add_pull(7, head, base)
    done, _ = told(rig, Change(base=base, head=head))
    assert (done.exit_codes["review"], done.outputs["verdict"]) == (2, "error")
    assert [check["conclusion"] for check in rig.hub.checks.values()] == ["failure"]


def test_attack_17_a_name_that_looks_like_an_option_is_a_name(rig: Rig) -> None:
    base = rig.repo.commit({"answer.py": shop()})
    names = (b"--output=x.py", b"-rf.py")
    entries = [("100644", name, shop(LONG).encode()) for name in names]
    head = rig.repo.raw_commit([*entries, ("100644", b"answer.py", shop().encode())], base)
    rig.hub.add_pull(7, head, base)
    done, all_told = told(rig, Change(base=base, head=head))
    assert (done.exit_codes["review"], done.outputs["direction"]) == (0, "up"), done.log
    assert all(name.decode() in html.unescape(all_told) for name in names)
    assert not (rig.repo.path / "x.py").exists()


def test_attack_17_a_name_twice_in_one_tree_is_told(rig: Rig) -> None:
    base = rig.repo.commit({"answer.py": shop()})
    twice = [("100644", b"answer.py", shop().encode()), ("100644", b"answer.py", shop(LONG).encode())]
    head = rig.repo.raw_commit(twice, base)
    rig.hub.add_pull(7, head, base)
    done, _ = told(rig, Change(base=base, head=head))
    assert done.outputs["direction"] == "unknown", done.log
    assert "twice" in gaps(done)["answer.py"]


def test_attack_18_links_are_not_followed_and_pipes_do_not_hang(rig: Rig, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("You keep the canary of the runner. " * 40, encoding="utf-8")
    pipe = tmp_path / "pipe.md"
    os.mkfifo(pipe)
    code = shop().replace('SYSTEM = """', 'OTHER = open("prompts/a.md").read()\nSYSTEM = """')
    base = rig.repo.commit({"answer.py": code})
    head = rig.repo.raw_commit(
        [
            ("100644", b"answer.py", code.encode()),
            ("120000", b"linked.py", str(secret).encode()),
            ("120000", b"passwd.md", b"/etc/passwd"),
            ("120000", b"pipe.md", str(pipe).encode()),
            ("160000", b"sub", b"5" * 40),
        ],
        base,
    )
    assert "120000" in rig.repo.git("ls-tree", head)
    rig.hub.add_pull(7, head, base)
    done, all_told = told(rig, Change(base=base, head=head))
    assert done.exit_codes["review"] == 0, done.log
    assert "canary of the runner" not in all_told
    assert "root:" not in all_told
    found = gaps(done)
    assert {"linked.py", "passwd.md", "pipe.md"} <= {p for p, reason in found.items() if "link" in reason}
    assert "submodule" in found["sub"]


# -- 24: JSON ----------------------------------------------------------------------------------------------------------

GOOD_RESULTS = (ROOT / "tests/quality/samples/plain.json").read_text(encoding="utf-8")
DEEP = "[" * 100_000 + "]" * 100_000
HOSTILE_JSON = {
    "deep": DEEP,
    "deep objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "deep value": '{"name": "x", "version": "1", "compilerOptions": ' + DEEP + "}",
    "more digits than Python reads": '{"top_k": ' + "9" * 5000 + "}",
    "a number of a thousand digits": '{"top_k": '
    + "9" * 1000
    + ', "max_tokens": 1e999, "chunk_size": -'
    + "9" * 900
    + "}",
    "no numbers": '{"top_k": NaN, "max_tokens": Infinity, "chunk_overlap": -Infinity}',
    "a lone surrogate": '{"prompt": "\\ud800", "model": "\\udfff"}',
    "cut off": '{"top_k": ',
    "no object": "null",
}
JSON_FILES = (
    "package.json",
    "tsconfig.json",
    "web/package-lock.json",
    "notebooks/a.ipynb",
    "config/settings.json",
    "config/retrieval.json",
    "mcp.json",
    "tools/tools.json",
    "prompts/examples.jsonl",
    "promptfooconfig.json",
    "prompts/prompt.json",
)


@pytest.mark.parametrize("name", HOSTILE_JSON)
def test_attack_24_hostile_json_costs_its_own_file_and_nothing_else(rig: Rig, name: str) -> None:
    text = HOSTILE_JSON[name]
    if "deep" in name or "more digits" in name:
        with pytest.raises((RecursionError, ValueError)):
            json.loads(text)
    web = 'import OpenAI from "openai";\nimport { PROMPT } from "@/prompts";\nexport const go = () => new OpenAI();\n'
    files: dict[str, str | bytes] = {
        **dict.fromkeys(JSON_FILES, text),
        "web/chat.ts": web,
        "shop/answer.py": shop(LONG),
    }
    change = change_with(rig, files)
    done, _ = told(rig, change)
    assert done.exit_codes["review"] == 0, done.log
    assert done.outputs["direction"] in ("up", "mixed"), "the other file's cost is told"
    json.loads(Path(done.outputs["json-path"]).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", HOSTILE_JSON)
def test_attack_24_hostile_results_are_an_error_with_the_files_name(rig: Rig, name: str, tmp_path: Path) -> None:
    change = change_with(
        rig, {"shop/answer.py": shop(LONG), "base.json": GOOD_RESULTS, "head.json": HOSTILE_JSON[name]}
    )
    done = rig.act(change.payload(rig.hub.repository), quality_base="base.json", quality_head="head.json")
    assert done.exit_codes["review"] == 2, done.log
    assert "Traceback" not in done.log
    assert "head.json" in done.log


def test_attack_24_good_results_are_read() -> None:
    assert read_results(GOOD_RESULTS, "base.json")


# -- 25: source code ---------------------------------------------------------------------------------------------------

HOSTILE_CODE: dict[str, Callable[[], bytes]] = {
    "brackets": lambda: b"x = " + b"(" * 500 + b"1" + b")" * 500,
    "unary": lambda: b"x = " + b"-" * 20_000 + b"1",
    "a long sum": lambda: b"x = " + b"a+" * 100_000 + b"a",
    "nested calls": lambda: b"x = " + b"f(" * 5_000 + b")" * 5_000,
    "a NUL": lambda: b"x = 1\0\ny = 2",
    "a number of 5,000 digits": lambda: b"x = " + b"9" * 5_000,
    "deep blocks": lambda: b"".join(b" " * i + b"if x:\n" for i in range(300)),
    "no UTF-8": lambda: b"# -*- coding: utf-8 -*-\nx = '\xff\xfe'\n",
    "an unknown encoding": lambda: b"# -*- coding: evil_codec -*-\nx = 1\n",
}


@pytest.mark.parametrize("name", HOSTILE_CODE)
@pytest.mark.parametrize("suffix", [".py", ".ts"])
def test_attack_25_code_that_breaks_a_parser_is_a_gap_and_the_rest_is_told(rig: Rig, name: str, suffix: str) -> None:
    evil = HOSTILE_CODE[name]()
    if suffix == ".py":
        probe = subprocess.run(
            [sys.executable, "-I", "-c", "import ast,sys;ast.parse(sys.stdin.buffer.read())"],
            input=evil,
            capture_output=True,
        )
        assert probe.returncode != 0, "a naive parser dies or raises"
    marked = evil + b"\n# openai anthropic prompt messages model\nfrom openai import OpenAI\n"
    change = change_with(rig, {f"shop/evil{suffix}": marked, "shop/answer.py": shop(LONG)})
    done, _ = told(rig, change)
    assert done.exit_codes["review"] == 0, done.log
    assert done.outputs["direction"] in ("up", "mixed", "unknown")
    review = json.loads(Path(done.outputs["json-path"]).read_text(encoding="utf-8"))
    assert "shop/answer.py" in {change["path"] for change in review["changes"]}
    if suffix == ".py":
        assert f"shop/evil{suffix}" in gaps(done), "it is named as not read"


def test_attack_25_a_call_that_disappears_behind_broken_code_is_no_saving(rig: Rig) -> None:
    base = {"shop/answer.py": shop(LONG), ".aicost.yml": MONTHLY + BUDGET}
    change = change_with(rig, {"shop/answer.py": b"x = " + b"-" * 20_000 + b"1\n" + shop(LONG * 20).encode()}, base)
    done, _ = told(rig, change)
    assert done.outputs["direction"] == "unknown", done.log
    assert done.outputs["monthly-delta-usd"] == ""

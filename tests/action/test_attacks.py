"""What a hostile pull request tries against the action: each test shows the hostile thing first, then that it failed.

The numbers are those of the list in docs/threats.md.
"""

from __future__ import annotations

import html
import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import cmarkgfm
import pytest

from bot.action_inputs import OUTPUTS
from tests.action.conftest import Change, Rig, shop

WIPE = 'open({canary!r}, "a").write("run\\n")\n'


def change_with(rig: Rig, files: dict[str, str], base: dict[str, str] | None = None) -> Change:
    first = rig.repo.commit(dict(base or {"shop/answer.py": shop()}))
    head = rig.repo.commit(dict(files))
    rig.hub.add_pull(7, head, first)
    return Change(base=first, head=head)


def everything_told(rig: Rig, log: str, summary: str, kept: bytes) -> str:
    checks = json.dumps([[c["output"], rig.hub.annotations.get(i)] for i, c in rig.hub.checks.items()])
    return "\n".join([*rig.hub.bodies(), checks, json.dumps(rig.hub.statuses), log, summary, kept.decode()])


# -- 7, 8: injection through texts of the event -----------------------------------------------------------------------

HOSTILE_TEXTS = ['x"; touch PWNED; echo "', "$(touch PWNED)", "`touch PWNED`", "a\nb: c", "${{ github.token }}", "-rf"]


@pytest.mark.parametrize("text", HOSTILE_TEXTS[:2])
def test_attack_07_texts_of_event_and_inputs_are_never_run(rig: Rig, dearer: Change, text: str, tmp_path: Path) -> None:
    probe = subprocess.run(
        ["/bin/bash", "-c", f'echo "{text}"'], cwd=tmp_path, capture_output=True, env={"PATH": os.environ["PATH"]}
    )
    assert probe.returncode == 0
    assert (tmp_path / "PWNED").exists(), "in a script it would run"
    (tmp_path / "PWNED").unlink()
    dearer.title = text
    payload = dearer.payload(rig.hub.repository)
    payload["pull_request"]["head"]["ref"] = text
    done = rig.act_steps(payload, base=text)
    assert done.exit_codes["review"] == 2, "it is no revision"
    done = rig.act_steps(payload)
    assert done.exit_codes["review"] == 0, done.log
    assert list(tmp_path.rglob("PWNED")) == []


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_attack_07_every_input_refuses_or_ignores_it(rig: Rig, dearer: Change, text: str) -> None:
    for name in ("mode", "name", "fail_on", "comment", "check_run", "head"):
        done = rig.act(dearer.payload(rig.hub.repository), **{name: text})
        assert done.exit_codes["review"] == 2, f"{name}: {done.log}"
        assert [command for command, _, _ in done.commands] == ["error"]


def test_attack_08_names_and_texts_of_the_change_cannot_write_outputs_or_environment(rig: Rig) -> None:
    evil = "a\nGITHUB_ENV<<x\nLD_PRELOAD=/x\nx\nverdict=pass"
    model = "gpt-4o-mini\\nverdict=pass\\nLD_PRELOAD=/x"
    config = "features:\n  \"sup\\nverdict=pass\":\n    match:\n      - path: '*'\n    calls_per_month: 5\n"
    files = {"shop/answer.py": shop(model=model), f"shop/{evil.replace('/', '_')}.py": shop("other")}
    change = change_with(rig, files, {"shop/answer.py": shop(), ".aicost.yml": config})
    assert "LD_PRELOAD" in rig.repo.git("ls-tree", "-r", "--name-only", change.head)
    done = rig.act(change.payload(rig.hub.repository))
    assert set(done.outputs) == set(OUTPUTS)
    assert done.outputs["verdict"] in ("pass", "warn", "unknown", "error", "fail")
    assert done.env_written == {}
    assert all("\n" not in value for value in done.outputs.values())


# -- 9: commands of the runner in texts of the change ------------------------------------------------------------------


def test_attack_09_the_log_has_no_command_of_the_change(rig: Rig) -> None:
    prompt = "::add-mask::e\n##[add-mask]e\n  ::stop-commands::x\n::error file=a::b\r::set-env name=A::b\n" * 30
    files = {"shop/answer.py": shop(prompt, model="::warning::x"), "shop/::error::x.py": shop("::notice::y" * 50)}
    change = change_with(rig, files)
    done = rig.act(change.payload(rig.hub.repository), token=False)
    assert done.exit_codes["review"] == 0, done.log
    assert done.commands, "our own remarks are commands"
    assert {name for name, _, _ in done.commands} == {"notice"}
    assert not any("##" in name for name, _, _ in done.commands)


# -- 10: markdown ------------------------------------------------------------------------------------------------------

NASTY = (
    "|`</td><img src=x>![a](http://evil.example/x)[b](javascript:x)@octo-org/team #1 <!-- aicost-review --></details>"
)


def test_attack_10_names_of_the_change_are_shown_as_text(rig: Rig) -> None:
    name = "shop/|`<img src=x> @octo-org #1 www.evil.example.py"
    change = change_with(rig, {name: shop("You answer. " * 30, model=NASTY.replace('"', "'"))})
    done = rig.act(change.payload(rig.hub.repository), comment_when="always")
    assert done.exit_codes["review"] == 0, done.log
    (body,) = rig.hub.bodies()
    assert "evil.example" in html.unescape(body), "the hostile name is told"
    page = cmarkgfm.github_flavored_markdown_to_html(body, cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE)
    assert "<img" not in page
    assert "javascript:" not in [part.split('"')[0] for part in page.split('href="')[1:]]
    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    assert all(link.startswith(f"https://github.com/{rig.hub.repository}/blob/") for link in links), links
    rows = [part.count("<td") for part in page.split("<tr>")[1:] if "<td" in part]
    assert len(set(rows)) == 1, rows
    assert body.count("<!--") == 1, "only our marker"


# -- 14, 16: policy ----------------------------------------------------------------------------------------------------


def test_attack_14_a_first_policy_governs_only_afterwards(rig: Rig) -> None:
    policy = "budgets:\n  total:\n    max_increase_percent: 0\n"
    change = change_with(rig, {"shop/answer.py": shop("Longer. " * 50), ".aicost.yml": policy})
    done = rig.act(change.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 0, done.log
    (body,) = rig.hub.bodies()
    assert "governs from the next change on" in body


def test_attack_15_a_policy_that_is_a_link_is_refused(rig: Rig) -> None:
    link = rig.repo.path / ".aicost.yml"
    rig.repo.path.joinpath("shop").mkdir(parents=True)
    link.symlink_to("/etc/passwd")
    change = change_with(rig, {"shop/answer.py": shop("Longer. " * 50)})
    assert rig.repo.git("ls-tree", change.base, ".aicost.yml").startswith("120000")
    done = rig.act(change.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 2, done.log
    assert "root:" not in done.log


# -- 18: nothing of the change is executed -----------------------------------------------------------------------------


def canaries(canary: Path) -> dict[str, str]:
    """Files that would each leave a trace if anything of the change were run, imported, rendered or configured."""
    python = WIPE.format(canary=str(canary))
    shell = f"#!/bin/sh\necho run >> {canary}\n"
    jinja = "{{ ''.__class__.__mro__[1].__subclasses__() }}{% set x = cycler.__init__.__globals__.os.popen('echo run >> CANARY') %}"
    return {
        "shop/__init__.py": python,
        "shop/answer.py": python + shop("You answer questions about orders. " * 40),
        "conftest.py": python,
        "sitecustomize.py": python,
        "usercustomize.py": python,
        "setup.py": python,
        "bot/__init__.py": python,
        "bot/action.py": python,
        "prompts_scanner/__init__.py": python,
        "github/__init__.py": python,
        "jinja2.py": python,
        "yaml.py": python,
        "openai.py": python + "class OpenAI: ...\n",
        "encodings/__init__.py": python,
        "pip.conf": "[global]\nindex-url = http://127.0.0.1:1/\n",
        "uv.toml": 'index-url = "http://127.0.0.1:1/"\n',
        "pyproject.toml": '[build-system]\nrequires = ["x"]\nbuild-backend = "setup"\nbackend-path = ["."]\n',
        ".python-version": "0.0.1\n",
        "prompts/answer.j2": jinja.replace("CANARY", str(canary)),
        "prompts/answer.prompt": jinja.replace("CANARY", str(canary)),
        "promptfooconfig.yaml": f"prompts:\n  - exec:touch {canary}\nproviders:\n  - python:answer.py\n",
        "promptfooconfig.js": f"require('fs').appendFileSync({str(canary)!r}, 'run')\n",
        ".aicost/profiles/x.yaml": "!!python/object/apply:os.system ['echo']\n",
        ".gitattributes": "* filter=evil diff=evil merge=evil text=auto\n*.py filter=evil\n",
        ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch PWNED"\n',
        ".githooks/post-checkout": shell,
        "package.json": f'{{"scripts": {{"preinstall": "echo run >> {canary}", "prepare": "echo run >> {canary}"}}}}',
        ".envrc": shell,
        "Makefile": f"all:\n\techo run >> {canary}\n",
    }


def test_attack_18_38_nothing_of_the_repository_is_executed(rig: Rig, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    files = canaries(canary)
    del files[".aicost/profiles/x.yaml"]  # an error of its own; see below
    change = change_with(rig, files)
    git_dir = rig.repo.path / ".git"
    for hook in ("post-checkout", "post-merge", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        file = git_dir / "hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\necho run >> {canary}\n", encoding="utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    with (git_dir / "config").open("a", encoding="utf-8") as stream:
        run = f"sh -c 'echo run >> {canary}'"
        stream.write(
            f'[core]\n\tfsmonitor = "{run}"\n\tpager = "{run}"\n\tsshCommand = "{run}"\n\thooksPath = .githooks\n'
            f'[filter "evil"]\n\tclean = "{run}"\n\tsmudge = "{run}"\n\tprocess = "{run}"\n\trequired = true\n'
            f'[diff "evil"]\n\ttextconv = "{run}"\n\tcommand = "{run}"\n[diff]\n\texternal = "{run}"\n'
            f'[alias]\n\tdiff-tree = "!{run}"\n\tcat-file = "!{run}"\n'
        )
    probe = subprocess.run([sys.executable, "-c", "import shop"], cwd=rig.repo.path, env={}, capture_output=True)
    assert canary.exists(), f"the canaries sing: {probe.stderr!r}"
    subprocess.run(["git", "-C", str(rig.repo.path), "status"], capture_output=True)
    canary.unlink()
    env = {
        "PYTHONPATH": str(rig.repo.path),
        "PYTHONSTARTUP": str(rig.repo.path / "setup.py"),
        "PIP_CONFIG_FILE": str(rig.repo.path / "pip.conf"),
        "UV_CONFIG_FILE": str(rig.repo.path / "uv.toml"),
    }
    done = rig.act_steps(change.payload(rig.hub.repository), env=env)
    assert done.exit_codes["review"] == 0, done.log
    assert done.outputs["direction"] == "up"
    assert not canary.exists(), canary.read_text(encoding="utf-8")


def test_attack_18_a_tag_in_a_profile_is_not_obeyed(rig: Rig, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    evil = f"!!python/object/apply:os.system ['echo run >> {canary}']\n"
    change = change_with(rig, {"shop/answer.py": shop("x " * 90), ".aicost/profiles/x.yaml": evil})
    done = rig.act(change.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 2, "a policy that the head breaks is told now"
    assert not canary.exists()


# -- 19, 21: revisions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hostile", ["--output=/tmp/pwned", "-oops", "--upload-pack=touch", "@{u}", "HEAD:shop", "a b"])
@pytest.mark.parametrize("end", ["base", "head"])
def test_attack_19_a_revision_is_never_an_option(rig: Rig, dearer: Change, hostile: str, end: str) -> None:
    done = rig.act(dearer.payload(rig.hub.repository), **{end: hostile})
    assert done.exit_codes["review"] == 2, done.log
    assert not Path("/tmp/pwned").exists()


def test_attack_21_no_checkout_at_all_says_what_is_missing(rig: Rig, dearer: Change, tmp_path: Path) -> None:
    rig.repo.path = tmp_path / "empty"
    rig.repo.path.mkdir()
    done = rig.act(dearer.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 2, done.log
    assert done.outputs["verdict"] == "error"


# -- 33: secrets -------------------------------------------------------------------------------------------------------

SECRETS = ("sk-" + "proj-" + "A1b2C3d4" * 6, "ghp_" + "q" * 36, "AKIA" + "ABCDEFGHIJKLMNOP")


def test_attack_33_secrets_in_the_change_and_the_token_are_told_nowhere(rig: Rig) -> None:
    prompt = "Use the key " + " and ".join(SECRETS) + ". " + "Answer. " * 60
    code = shop(prompt).replace("OpenAI()", f'OpenAI(api_key="{SECRETS[0]}")')
    change = change_with(rig, {"shop/answer.py": code, "prompts/system.md": prompt})
    assert SECRETS[0] in rig.repo.git("show", f"{change.head}:shop/answer.py")
    done = rig.act(change.payload(rig.hub.repository), comment_when="always")
    assert done.exit_codes["review"] == 0, done.log
    assert rig.last is not None
    told = everything_told(rig, done.log, done.summary, rig.last.kept["aicost-review"])
    assert "shop/answer.py" in told
    for secret in (*SECRETS, rig.hub.token):
        assert secret not in told
    written = [f for f in rig.tmp.rglob("*") if f.is_file() and ".git" not in f.parts and "work" not in f.parts]
    assert not any(rig.hub.token.encode() in f.read_bytes() for f in written if f.suffix != ".sqlite")


# -- 34: the network ---------------------------------------------------------------------------------------------------


def test_attack_34_only_github_is_spoken_to(rig: Rig, dearer: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        asked.append(address)
        real(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)
    done = rig.act(dearer.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 0, done.log
    assert asked, "GitHub was spoken to"
    assert {address for address in asked if isinstance(address, tuple)} == {("127.0.0.1", rig.hub.port)}


# -- 22: size ----------------------------------------------------------------------------------------------------------


def test_attack_22_27_many_changed_sites_still_fit(rig: Rig) -> None:
    files = {f"shop/part_{i:03}.py": shop(f"You answer questions of kind {i}. " * 30) for i in range(150)}
    change = change_with(rig, files)
    done = rig.act(change.payload(rig.hub.repository))
    assert done.exit_codes["review"] == 0, done.log
    (body,) = rig.hub.bodies()
    assert len(body) <= 60_000
    assert "more change" in body
    assert len(done.summary.encode()) < 1 << 20
    ((_, remarks),) = rig.hub.annotations.items()
    assert len(remarks) > 50
    sizes = [
        len(r.body["output"].get("annotations", [])) for r in rig.hub.requests if "check-runs" in r.path and r.body
    ]
    assert max(sizes) == 50

"""action.yml, the workflows, the examples and the image: linted offline, equal to the code, and tried."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from bot import release, starter
from bot.action_inputs import OUTPUTS, PREFIX, ActionInputs, input_name
from bot.config import parse_config
from bot.hosts.github import TOKEN
from tests.action.conftest import ROOT, Change, Repo, Rig, shop

TOOLS = Path(sys.executable).parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted(f for f in (ROOT / "examples" / "workflows").glob("*.yml") if not f.name.endswith(".aicost.yml"))
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
ZIZMOR = (
    str(TOOLS / "zizmor"), "--offline", "--no-progress", "--strict-collection",
    "--config", str(ROOT / ".github" / "zizmor.yml"),
)  # fmt: skip


DOCS = sorted(f for f in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")) if f.is_file())
SNIPPETS = [
    pytest.param(text, id=f"{file.stem}-{number}")
    for file in DOCS
    for number, text in enumerate(re.findall(r"^```ya?ml\n(.*?)^```$", file.read_text(encoding="utf-8"), re.S | re.M))
    if re.search(r"^jobs:", text, re.M)
]


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def jobs(file: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"]
    return found


def test_inputs_of_the_action_are_the_fields_of_the_code() -> None:
    assert list(ACTION["inputs"]) == [input_name(f.name) for f in fields(ActionInputs)]
    for one in fields(ActionInputs):
        stated = ACTION["inputs"][input_name(one.name)]
        assert stated["default"] == one.default, one.name
        assert stated["description"] == one.metadata["help"], one.name


def test_outputs_of_the_action_are_those_of_the_code() -> None:
    assert tuple(ACTION["outputs"]) == OUTPUTS
    assert all(one["value"] == f"${{{{ steps.review.outputs.{name} }}}}" for name, one in ACTION["outputs"].items())


def test_every_input_reaches_the_code() -> None:
    (step,) = (s for s in ACTION["runs"]["steps"] if s.get("id") == "review")
    expected = {PREFIX + f.name.upper(): f"${{{{ inputs.{input_name(f.name)} }}}}" for f in fields(ActionInputs)}
    expected[TOKEN] = expected.pop(PREFIX + "GITHUB_TOKEN")
    assert {k: v for k, v in step["env"].items() if k != "XDG_CACHE_HOME"} == expected


def test_attack_07_no_expression_stands_in_a_script() -> None:
    for file in (ROOT / "action.yml", *WORKFLOWS, *EXAMPLES):
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        steps = data["runs"]["steps"] if "runs" in data else [s for j in data["jobs"].values() for s in j["steps"]]
        assert all("${{" not in step.get("run", "") for step in steps), file.name


def test_action_and_workflows_are_valid() -> None:
    checks = [
        ("vendor.github-actions", [ROOT / "action.yml"]),
        ("vendor.github-workflows", [*WORKFLOWS, *EXAMPLES]),
        ("vendor.dependabot", [ROOT / ".github" / "dependabot.yml"]),
        ("vendor.gitlab-ci", [ROOT / "examples/ci/gitlab-ci.yml"]),
        ("vendor.bitbucket-pipelines", [ROOT / "examples/ci/bitbucket-pipelines.yml"]),
    ]
    for schema, files in checks:
        done = run(str(TOOLS / "check-jsonschema"), "--builtin-schema", schema, *map(str, files))
        assert done.returncode == 0, done.stdout + done.stderr
    # That schema has a pattern that only Python's engine takes.
    azure = str(ROOT / "examples/ci/azure-pipelines.yml")
    done = run(
        str(TOOLS / "check-jsonschema"),
        "--regex-variant",
        "python",
        "--builtin-schema",
        "vendor.azure-pipelines",
        azure,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_attack_01_zizmor_finds_nothing_in_action_workflows_and_examples(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    bad = folder / "bad.yml"
    bad.write_text(
        "on: pull_request_target\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n"
        "        with: {ref: '${{ github.event.pull_request.head.sha }}'}\n      - run: echo ${{ github.head_ref }}\n",
        encoding="utf-8",
    )
    zizmor = (*ZIZMOR, "--persona", "pedantic")
    assert run(*zizmor, str(tmp_path)).returncode != 0, "it finds what is bad"
    bad.unlink()
    for file in (*EXAMPLES, *WORKFLOWS):
        shutil.copy(file, folder / file.name)
    shutil.copy(ROOT / "action.yml", tmp_path / "action.yml")
    done = run(*zizmor, str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_documentation_shows_a_workflow() -> None:
    assert SNIPPETS


@pytest.mark.parametrize("text", SNIPPETS)
def test_workflows_in_the_documentation_are_valid_and_safe(text: str, tmp_path: Path) -> None:
    file = tmp_path / ".github" / "workflows" / "snippet.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    done = run(str(TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(*ZIZMOR, str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    for step in (s for job in yaml.safe_load(text)["jobs"].values() for s in job["steps"]):
        if "aicost-review@" in step.get("uses", ""):
            assert set(step.get("with", {})) <= set(ACTION["inputs"])


def test_attack_38_every_third_party_step_is_pinned_by_commit_with_its_version() -> None:
    for file in (ROOT / "action.yml", *WORKFLOWS, *EXAMPLES):
        for line in file.read_text(encoding="utf-8").splitlines():
            if re.match(r"\s*(- )?uses: (?!\./|aicost-review/)", line):
                assert PINNED.search(line), f"{file.name}: {line.strip()}"


def test_examples_name_a_release_that_works_as_it_stands() -> None:
    """A placeholder would fail on the first try; the tag of this version is there as soon as this version is."""
    for file in (*EXAMPLES, *DOCS, ROOT / "bot" / "starter_workflow.yml"):
        for reference in re.findall(r"uses: aicost-review/aicost-review@(\S+)", file.read_text(encoding="utf-8")):
            assert reference == f"v{VERSION}", f"{file.name}: {reference}"
    workflow = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    assert 'tags: ["v' in workflow
    assert "bot/release_commit.txt" in workflow


COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_init_pins_the_commit_of_the_release_where_it_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(release, "files", lambda _: tmp_path)
    monkeypatch.setattr(release, "distribution", lambda _: Installed(""))
    assert release.action_reference() == f"aicost-review/aicost-review@v{VERSION}"
    (tmp_path / release.COMMIT_FILE).write_text(f"{COMMIT}\n", encoding="utf-8")
    assert release.action_reference() == f"aicost-review/aicost-review@{COMMIT} # v{VERSION}"
    assert f"uses: aicost-review/aicost-review@{COMMIT} # v{VERSION}\n" in starter.workflow()
    (tmp_path / release.COMMIT_FILE).write_text("main\n", encoding="utf-8")
    assert release.action_reference().endswith(f"@v{VERSION}"), "a branch is no commit"


class Installed:
    def __init__(self, record: str) -> None:
        self.record = record

    def read_text(self, name: str) -> str:
        assert name == "direct_url.json"
        return self.record


@pytest.mark.parametrize(
    ("url", "commit", "pinned"),
    [
        ("https://github.com/aicost-review/aicost-review", COMMIT, True),
        ("file:///home/me/aicost-review", COMMIT, False),
        ("https://github.com/aicost-review/aicost-review", "v0.1.0", False),
    ],
)
def test_init_pins_what_pip_fetched_from_git(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, commit: str, pinned: bool
) -> None:
    record = json.dumps({"url": url, "vcs_info": {"vcs": "git", "commit_id": commit}})
    monkeypatch.setattr(release, "files", lambda _: tmp_path)
    monkeypatch.setattr(release, "distribution", lambda _: Installed(record))
    assert (f"@{COMMIT} #" in release.action_reference()) is pinned


def test_one_action_has_one_pin_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for file in (ROOT / "action.yml", *WORKFLOWS, *EXAMPLES):
        for name, pin in re.findall(r"uses: ([\w./-]+)@(.+)", file.read_text(encoding="utf-8")):
            pins.setdefault(name, set()).add(pin)
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


def test_permissions_are_none_by_default_and_said_for_each_job() -> None:
    for file in (*WORKFLOWS, *EXAMPLES):
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert data["permissions"] == {}, file.name
        for name, job in data["jobs"].items():
            assert job["permissions"], f"{file.name}: {name}"
            assert job["timeout-minutes"] <= 30


def test_only_publishing_jobs_may_write_and_the_second_stage_checks_nothing_out() -> None:
    for file in WORKFLOWS:
        for name, job in jobs(file).items():
            writes = {p for p, level in job["permissions"].items() if level == "write"}  # type: ignore[attr-defined]
            assert not writes or file.name == "release.yml", f"{file.name}: {name}"
    stage = jobs(ROOT / "examples/workflows/fork-stage-2.yml")["comment"]
    assert not any("checkout" in step["uses"] for step in stage["steps"])  # type: ignore[attr-defined]
    assert stage["permissions"] == {"actions": "read", "pull-requests": "write"}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.stem)
def test_inputs_in_examples_exist_and_the_required_job_has_one_name(file: Path) -> None:
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    on = data.get("on", data.get(True))
    assert "pull_request_target" not in on
    ours = [s for j in data["jobs"].values() for s in j["steps"] if "aicost-review@" in s.get("uses", "")]
    assert len(ours) == 1
    assert set(ours[0].get("with", {})) <= set(ACTION["inputs"])
    if "pull_request" in on or "merge_group" in on:
        assert data["jobs"]["ai-cost"]["name"] == "ai-cost"
        assert not (on.get("pull_request") or {}).keys() & {"paths", "paths-ignore", "branches"}
        # A gate that is skipped, because another job failed for instance, would count as passed.
        assert data["jobs"]["ai-cost"].get("if", "") == ("always()" if "needs" in data["jobs"]["ai-cost"] else "")


def test_outputs_in_examples_exist() -> None:
    for file in EXAMPLES:
        for name in re.findall(r"steps\.cost\.outputs\.([a-z-]+)", file.read_text(encoding="utf-8")):
            assert name in OUTPUTS


def test_the_policy_of_the_monorepo_example_is_valid() -> None:
    file = ROOT / "examples/workflows/monorepo.aicost.yml"
    config = parse_config(file.read_text(encoding="utf-8"), file.name)
    assert [feature.name for feature in config.features] == ["support", "search"]


@pytest.mark.parametrize(
    ("path", "more_words", "verdict"),
    [
        ("packages/search/rank.py", 3, "pass"),
        ("packages/search/rank.py", 300, "fail"),
        ("packages/ranking/deep/rank.py", 300, "fail"),
        ("services/support/answer.py", 300, "pass"),
        ("experiments/rank.py", 300, "pass"),
    ],
)
def test_budgets_of_the_monorepo_example_are_decided_by_path(
    rig: Rig, path: str, more_words: int, verdict: str
) -> None:
    """600 tokens at run time and some 25 of prompt: five per cent are about 30 tokens, and none of it is unknown."""
    policy = (ROOT / "examples/workflows/monorepo.aicost.yml").read_text(encoding="utf-8")
    base = rig.repo.commit({path: shop(), ".aicost.yml": policy})
    head = rig.repo.commit({path: shop("You answer questions about orders. Be brief." + " Be brief." * more_words)})
    rig.hub.add_pull(7, head, base)
    done = rig.act(Change(base=base, head=head).payload(rig.hub.repository))
    assert done.outputs["verdict"] == verdict, done.log
    assert done.exit_codes["review"] == (1 if verdict == "fail" else 0)
    if path.startswith("packages"):
        assert float(done.outputs["unit-delta-percent"]) > 0


# -- other CI: the lines of the snippets, run as they stand ----------------------------------------------------------

DOCKER = """#!/bin/bash
# Stands in for docker: runs the program on the mounted folder, as the image would.
set -euo pipefail
args=()
while [[ "$1" != ghcr.io/* ]]; do [[ "$1" == "--volume" ]] && mount="${2%%:*}"; shift; done
shift
for one in "$@"; do args+=("${one/#\\/repo/$mount}"); done
exec aicost-review "${args[@]}"
"""


def lines_of(name: str) -> str:
    text = (ROOT / "examples" / "ci" / name).read_text(encoding="utf-8")
    if name == "Jenkinsfile":
        return text.split("sh '''")[1].split("'''")[0]
    data = yaml.safe_load(text)
    if name == "gitlab-ci.yml":
        return "\n".join(data["ai-cost"]["script"])
    if name == "azure-pipelines.yml":
        return str(data["steps"][1]["bash"])
    return "\n".join(data["pipelines"]["pull-requests"]["**"][0]["step"]["script"])


@pytest.fixture
def merge_request(repo: Repo, tmp_path: Path) -> tuple[Repo, dict[str, str]]:
    """A clone with the target branch at `origin`, as those CIs make it, and their variables."""
    budget = "budgets:\n  guardrails:\n    allowed_models: [gpt-4o-mini]\n"
    base = repo.commit({"shop/answer.py": shop(), ".aicost.yml": budget})
    repo.git("update-ref", "refs/remotes/origin/main", base)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "docker").write_text(DOCKER, encoding="utf-8")
    program = f'#!/bin/sh\nexec "{sys.executable}" -I -m bot.cli "$@"\n'
    (tools / "aicost-review").write_text(program, encoding="utf-8")
    for file in tools.iterdir():
        file.chmod(0o755)
    env = {
        "PATH": f"{tools}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "BITBUCKET_PR_DESTINATION_BRANCH": "main",
        "CHANGE_TARGET": "main",
        "TARGET": "refs/heads/main",
    }
    return repo, env


OTHER_CI = ["gitlab-ci.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", "Jenkinsfile"]


@pytest.mark.parametrize("name", OTHER_CI)
def test_snippets_for_other_ci_gate_and_keep_the_review(merge_request: tuple[Repo, dict[str, str]], name: str) -> None:
    repo, env = merge_request
    passing = [("gpt-4o-mini", 0)] if name == "gitlab-ci.yml" else []
    for model, expected in (*passing, ("gpt-4o", 1)):
        head = repo.commit({"shop/answer.py": shop("You answer questions. " * 30, model=model)})
        env |= {"CI_COMMIT_SHA": head, "BITBUCKET_COMMIT": head}
        done = subprocess.run(
            ["/bin/bash", "-e", "-c", lines_of(name)], cwd=repo.path, env=env, capture_output=True, text=True
        )
        assert done.returncode == expected, done.stdout + done.stderr
        told = repo.path / "aicost"
        assert {f.name for f in told.iterdir()} == {"comment.md", "summary.md", "review.json", "outputs.env"}
        assert "shop/answer.py" in (told / "comment.md").read_text(encoding="utf-8")
        shutil.rmtree(told)
        (repo.path / "review.json").unlink()
    env |= {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "nowhere", "BITBUCKET_PR_DESTINATION_BRANCH": "nowhere"}
    env |= {"CHANGE_TARGET": "nowhere", "TARGET": "refs/heads/nowhere"}
    broken = subprocess.run(
        ["/bin/bash", "-e", "-c", lines_of(name)], cwd=repo.path, env=env, capture_output=True, text=True
    )
    assert broken.returncode == 2, "a tool failure is not a gate failure"


# -- the image -----------------------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [(line.split(None, 1)[0].upper(), line.split(None, 1)[1]) for line in lines]


def test_the_dockerfile_is_linted(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM debian\nRUN cd /x && apt-get install git\nMAINTAINER me\n", encoding="utf-8")
    assert run(str(TOOLS / "hadolint"), str(bad)).returncode != 0, "it finds what is bad"
    done = run(str(TOOLS / "hadolint"), str(ROOT / "Dockerfile"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_shell_scripts_are_linted(tmp_path: Path) -> None:
    """Scripts, and what stands under `run:` in the action, the workflows and the examples, and in the other CI's files."""
    bad = tmp_path / "bad.sh"
    bad.write_text("#!/bin/bash\nrm -rf $1/*\n", encoding="utf-8")
    assert run(str(TOOLS / "shellcheck"), str(bad)).returncode != 0, "it finds what is bad"
    texts = {file.name: file.read_text(encoding="utf-8") for file in (*ROOT.glob("scripts/*.sh"), ROOT / ".ci" / "run")}
    for file in (ROOT / "action.yml", *WORKFLOWS, *EXAMPLES):
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        steps = data["runs"]["steps"] if "runs" in data else [s for j in data["jobs"].values() for s in j["steps"]]
        texts |= {f"{file.stem}-{i}": f"#!/bin/bash\n{s['run']}\n" for i, s in enumerate(steps) if "run" in s}
    texts |= {name: f"#!/bin/bash\n{lines_of(name)}\n" for name in OTHER_CI}
    for name, text in texts.items():
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        # SC2154: variables that the CI sets. SC2086: `$run` of the snippets is words on purpose.
        exclude = "SC2154,SC2086" if name in OTHER_CI else "SC2154"
        done = run(str(TOOLS / "shellcheck"), "--exclude", exclude, str(file))
        assert done.returncode == 0, f"{name}: {done.stdout}"


def test_the_image_is_built_in_stages_and_runs_as_nobody() -> None:
    words = instructions()
    starts = [i for i, (word, _) in enumerate(words) if word == "FROM"]
    assert len(starts) >= 2
    assert all("latest" not in words[i][1] and ":" in words[i][1] for i in starts)
    last = words[starts[-1] :]
    users = [value for word, value in last if word == "USER"]
    assert users
    assert users[-1].split(":")[0].isdigit()
    assert int(users[-1].split(":")[0]) > 0
    assert [word for word, _ in last].index("USER") < [word for word, _ in last].index("ENTRYPOINT")
    assert not any(word in ("RUN", "COPY", "ADD") for word, _ in last[[w for w, _ in last].index("USER") :])
    assert dict(last)["ENTRYPOINT"] == '["aicost-review"]'


def test_the_image_installs_only_what_has_a_hash() -> None:
    for word, value in instructions():
        assert word != "ADD"
        for command in value.split("&&") if word == "RUN" else ():
            if re.search(r"pip (install|wheel|download)", command):
                assert "--require-hashes" in command or "--no-deps" in command, command
    assert VERSION in (ROOT / "examples/ci/gitlab-ci.yml").read_text(encoding="utf-8")


def test_the_image_is_built_with_the_build_backend_alone() -> None:
    """Not with everything that develops it; and the environment that goes into the image has no installer."""
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements-build.lock").read_text(encoding="utf-8"), re.M)
    assert {re.split(r"[<>=]", one)[0] for one in backend} <= set(locked)
    assert not {"pytest", "mypy", "ruff"} & set(locked)
    ran = " ".join(value for word, value in instructions() if word == "RUN")
    assert "requirements-dev.lock" not in ran
    assert "venv --without-pip /opt/aicost-review" in ran
    copied = {one for word, value in instructions() if word == "COPY" for one in value.split() if "--from" not in value}
    context = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    assert context.splitlines()[0] == "*", "nothing is sent that is not named"
    assert all(f"!{one}" in context for one in copied if (ROOT / one).exists() and one != "./")


LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-build.lock", ".github/release.lock"]


@pytest.mark.parametrize("file", LOCKS)
def test_every_locked_package_has_a_hash(file: str) -> None:
    text = re.sub(r"\\\n", " ", (ROOT / file).read_text(encoding="utf-8"))
    packages = [line for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert packages
    assert all("==" in line and "--hash=sha256:" in line for line in packages)


def test_attack_38_the_step_takes_nothing_from_the_workspace() -> None:
    script = (ROOT / "scripts" / "action.sh").read_text(encoding="utf-8")
    for must in ("--require-hashes", "--no-config", "--only-binary", "-I -m bot.action", "unset PYTHONPATH"):
        assert must in script
    assert "GITHUB_WORKSPACE" not in script

"""Runs the steps of action.yml as a runner does, as far as this action needs it: a stand-in, not the runner.

What is kept from actions/runner: an otherwise empty environment with the documented GITHUB_* variables, `bash --noprofile
--norc -e -o pipefail FILE`, fresh command files for each step, their parsing, commands in stdout, default condition
`success()`, outputs of the action also after a failure. `uses:` steps are stand-ins that a test declares.
https://github.com/actions/runner
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Context = dict[str, Any]
StandIn = Callable[["Job", Mapping[str, str]], Mapping[str, str]]
COMMAND = re.compile(r"^\s*::([A-Za-z][A-Za-z-]*)(?: (.*?))?::(.*)$")
OLD_COMMAND = re.compile(r"##\[([a-z-]+)[^\]]*\]")
FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")


@dataclass
class Done:
    """What a run of the action left behind."""

    outcome: str = "success"
    exit_codes: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    commands: list[tuple[str, str, str]] = field(default_factory=list)
    log: str = ""
    summary: str = ""
    files: dict[str, str] = field(default_factory=dict)
    env_written: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """One job with one step that uses the action: the runner's folders, variables and contexts."""

    action: Path
    workspace: Path
    temp: Path
    event_name: str
    event_path: Path
    env: dict[str, str] = field(default_factory=dict)
    github: dict[str, str] = field(default_factory=dict)
    stand_ins: dict[str, StandIn] = field(default_factory=dict)
    path: str = "/usr/local/bin:/usr/bin:/bin"
    kept: dict[str, bytes] = field(default_factory=dict)

    def run(self, inputs: Mapping[str, str]) -> Done:
        spec = yaml.safe_load((self.action / "action.yml").read_text(encoding="utf-8"))
        context = self._context(spec, inputs)
        done = Done()
        for number, step in enumerate(spec["runs"]["steps"]):
            name = step.get("id", f"step{number}")
            if not truthy(evaluate(str(step.get("if", "success()")), context, wrap=True)):
                context["steps"][name] = {"outcome": "skipped", "outputs": {}}
                continue
            code, outputs = self._step(step, context, done, number)
            context["steps"][name] = {"outcome": "failure" if code else "success", "outputs": outputs}
            done.exit_codes[name] = code
            context["failed"] = context["failed"] or (code != 0 and step.get("continue-on-error") is not True)
        done.outcome = "failure" if context["failed"] else "success"
        done.outputs = {name: fill(one["value"], context) for name, one in spec.get("outputs", {}).items()}
        return done

    def run_here(self, inputs: Mapping[str, str], program: Callable[[Mapping[str, str]], int]) -> Done:
        """The step `review` alone, in this process: `program` gets the environment that the step makes."""
        spec = yaml.safe_load((self.action / "action.yml").read_text(encoding="utf-8"))
        (step,) = (s for s in spec["runs"]["steps"] if s.get("id") == "review")
        context = self._context(spec, inputs)
        files = self._command_files(0)
        extra = {key: fill(str(value), context) for key, value in step["env"].items()}
        env = {**self._environment(), **{k: str(v) for k, v in files.items()}, **self.env, **extra}
        log = io.StringIO()
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            code = program(env)
        done = Done(outcome="failure" if code else "success", exit_codes={"review": code})
        outputs = self._collect(done, log.getvalue(), files)
        context["steps"]["review"] = {"outputs": outputs}
        done.outputs = {name: fill(one["value"], context) for name, one in spec["outputs"].items()}
        if done.outputs["json-path"]:
            self.kept[context["inputs"]["artifact"]] = Path(done.outputs["json-path"]).read_bytes()
        return done

    def _context(self, spec: Mapping[str, Any], inputs: Mapping[str, str]) -> Context:
        unknown = set(inputs) - set(spec["inputs"])
        assert not unknown, f"not inputs of the action: {unknown}"
        context: Context = {
            "github": {"action_path": str(self.action), "workspace": str(self.workspace), **self.github},
            "runner": {"os": "Linux", "temp": str(self.temp)},
            "steps": {},
            "failed": False,
        }
        # Defaults are expressions of the action; what a workflow gives has been evaluated before.
        defaults = {name: fill(str(one.get("default", "")), context) for name, one in spec["inputs"].items()}
        context["inputs"] = defaults | dict(inputs)
        return context

    def _command_files(self, number: int) -> dict[str, Path]:
        folder = self.temp / f"_runner_file_commands_{number}"
        folder.mkdir(parents=True)
        files = {name: folder / name.lower() for name in FILES}
        for file in files.values():
            file.touch()
        return files

    @staticmethod
    def _collect(done: Done, log: str, files: Mapping[str, Path]) -> dict[str, str]:
        """What the step said and wrote; answers its outputs."""
        done.log += log
        done.commands += list(commands(log))
        done.summary += files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        done.files |= {name: file.read_text(encoding="utf-8") for name, file in files.items()}
        done.env_written |= key_values(files["GITHUB_ENV"].read_text(encoding="utf-8"))
        return key_values(files["GITHUB_OUTPUT"].read_text(encoding="utf-8"))

    def _step(self, step: Mapping[str, Any], context: Context, done: Done, number: int) -> tuple[int, dict[str, str]]:
        if "uses" in step:
            name = step["uses"].partition("@")[0]
            given = {key: fill(str(value), context) for key, value in step.get("with", {}).items()}
            return 0, dict(self.stand_ins[name](self, given))
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an expression in a script"
        files = self._command_files(number)
        script = files["GITHUB_OUTPUT"].with_name("script.sh")
        script.write_text(step["run"], encoding="utf-8")
        extra = {key: fill(str(value), context) for key, value in step.get("env", {}).items()}
        ran = subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.workspace,
            env={**self._environment(), **{k: str(v) for k, v in files.items()}, **self.env, **extra},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=False,
        )
        log = (ran.stdout + ran.stderr).decode("utf-8", "replace")
        return ran.returncode, self._collect(done, log, files)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": self.path,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(self.action),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_NAME": self.event_name,
            "GITHUB_EVENT_PATH": str(self.event_path),
            "GITHUB_JOB": "ai-cost",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(self.temp),
            "HOME": str(self.temp),
            **{f"GITHUB_{name.upper()}": value for name, value in self.github.items() if name != "token"},
        }


def commands(log: str) -> list[tuple[str, str, str]]:
    """(command, properties, data) of every line that the runner would take as one."""
    found = []
    for line in re.split(r"\r\n|\n|\r", log):
        match = COMMAND.match(line)
        if match:
            found.append((match[1], match[2] or "", match[3]))
        old = OLD_COMMAND.search(line)
        if old and not match:
            found.append((f"##{old[1]}", "", line))
    return found


def key_values(text: str) -> dict[str, str]:
    """The runner's way: the first of `=` and `<<` decides; a heredoc without its end is an error."""
    values: dict[str, str] = {}
    lines = text.split("\n")
    i = 0
    while i < len(lines):
        line = lines[i]
        i += 1
        if not line:
            continue
        equals, here = line.find("="), line.find("<<")
        if equals >= 0 and (here < 0 or equals < here):
            values[line[:equals]] = line[equals + 1 :]
            continue
        if here < 0:
            raise AssertionError(f"invalid format {line!r}")
        name, word = line[:here], line[here + 2 :]
        if word not in lines[i:]:
            raise AssertionError(f"matching delimiter not found {word!r}")
        end = lines.index(word, i)
        values[name] = "\n".join(lines[i:end])
        i = end + 1
    return values


# -- expressions: what this action.yml uses of them ------------------------------------------------------------------

TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<op>&&|\|\||==|!=|!|\(|\))|(?P<name>[A-Za-z_][\w.-]*))")


def fill(text: str, context: Context) -> str:
    def one(match: re.Match[str]) -> str:
        return shown(evaluate(match[1], context))

    return re.sub(r"\$\{\{(.*?)\}\}", one, text, flags=re.S)


def evaluate(text: str, context: Context, *, wrap: bool = False) -> Any:
    tokens = []
    at = 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        assert match, f"an expression beyond this executor: {text!r}"
        tokens.append(match)
        at = match.end()
    named = any(t["name"] in ("always", "failure", "success") for t in tokens)
    parser = _Parser(tokens, context)
    value = parser.either()
    assert not parser.tokens, f"an expression beyond this executor: {text!r}"
    return value if not wrap or named else truthy(value) and not context["failed"]


class _Parser:
    def __init__(self, tokens: list[re.Match[str]], context: Context) -> None:
        self.tokens = tokens
        self.context = context

    def take(self, *ops: str) -> str | None:
        if self.tokens and self.tokens[0]["op"] in ops:
            return self.tokens.pop(0)["op"]
        return None

    def either(self) -> Any:
        value = self.both()
        while self.take("||"):
            other = self.both()
            value = value if truthy(value) else other
        return value

    def both(self) -> Any:
        value = self.equal()
        while self.take("&&"):
            other = self.equal()
            value = other if truthy(value) else value
        return value

    def equal(self) -> Any:
        value = self.single()
        while op := self.take("==", "!="):
            same = shown(value).lower() == shown(self.single()).lower()
            value = same if op == "==" else not same
        return value

    def single(self) -> Any:
        if self.take("!"):
            return not truthy(self.single())
        if self.take("("):
            value = self.either()
            assert self.take(")")
            return value
        token = self.tokens.pop(0)
        if token["text"] is not None:
            return token["text"][1:-1].replace("''", "'")
        return self.name(token["name"])

    def name(self, name: str) -> Any:
        if self.take("("):
            assert self.take(")")
            return {"always": True, "success": not self.context["failed"], "failure": self.context["failed"]}[name]
        value: Any = self.context
        for part in name.split("."):
            value = value.get(part, "") if isinstance(value, dict) else ""
        return value


def truthy(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value != "")


def shown(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, "") if isinstance(value, bool) else str(value)


def path_of(program: str) -> str:
    """A search path that has the system's programs and this one."""
    found = [folder for folder in os.get_exec_path() if (Path(folder) / program).exists()]
    return ":".join(dict.fromkeys([*found[:1], "/usr/local/bin", "/usr/bin", "/bin"]))

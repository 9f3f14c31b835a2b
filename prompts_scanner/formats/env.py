"""Defaults of environment variables: dotenv files, docker-compose, GitHub workflows, Helm values.

They say what a run uses where the code has no default of its own. Secrets are not kept.
https://docs.docker.com/compose/how-tos/environment-variables/set-environment-variables/,
https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#env
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prompts_scanner.documents import read_document
from prompts_scanner.formats.base import EnvDefault, Files, InFile, ModelSetting, retrieval_item
from prompts_scanner.formats.walk import entries, fields, items, text_at
from prompts_scanner.model import RetrievalItem, Span
from prompts_scanner.names import MODEL_NAME, is_setting, looks_like_model, unit_of
from prompts_scanner.values import Lst, Map, Value

_DOTENV = re.compile(
    r"(^|/)(\.?env|\.env[\w.-]*|[\w-]+\.env([.-](example|sample|template|local|dist))?|env\.(example|sample|template))$"
)
_YAML = re.compile(
    r"(^|/)((docker-)?compose[\w.-]*\.ya?ml$|\.github/(workflows|actions)/.*\.ya?ml$|(values[\w.-]*|(configmap|deployment)[\w.-]*)\.ya?ml$|"
    r"(app|render|serverless|fly|railway|cloudbuild)\.(ya?ml|toml)$)"
)
_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*[=:]\s*(.*?)\s*$")
_SECRET = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|DSN|CONNECTION)", re.IGNORECASE)
# A small number under such a name is a limit: `MAX_TOKENS=800` is no more a secret than a model's name is.
_COUNT = re.compile(r"(^|_)(TOKENS|MAX|MIN|LIMIT|COUNT|SIZE|BUDGET|LENGTH)(_|$)", re.IGNORECASE)
_COUNT_DIGITS = 7
_NOT_VALUE = re.compile(r"^(<.*>|your[-_ ].*|\.\.\.|x{3,}|changeme|todo|none|null|\$\{\{.*|\$\(.*)$", re.IGNORECASE)
_DEFAULT = re.compile(r"^\$\{\w+:?-(.*)\}$")
_VARIABLE = re.compile(r"^[A-Z][A-Z0-9_]*$")
_IN_WORKFLOW = ("env", "environment", "extraEnv", "envVars", "data", "build_args", "args")


def claims(path: str, head: bytes) -> bool:
    return bool(head.strip()) and bool(_DOTENV.search(path) or _YAML.search(path))


def read(path: str, text: str, files: Files) -> InFile:
    del files
    found = list(_dotenv(path, text) if _DOTENV.search(path) else _document(path, text))
    return InFile(env=tuple(found), retrieval=tuple(_retrieval(found)), models=tuple(_models(found)))


def _dotenv(path: str, text: str) -> Iterator[EnvDefault]:
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.match(line)
        if match and not line.lstrip().startswith("#"):
            found = _default(path, match.group(1), _unquoted(match.group(2)), Span(path, number, number))
            if found is not None:
                yield found


def _unquoted(text: str) -> str:
    if text[:1] in "\"'" and text[:1]:
        end = text.find(text[0], 1)
        return text[1:end] if end > 0 else text[1:]
    return re.split(r"(?<!\s)\s+#", text)[0].strip()


def _default(path: str, name: str, value: str, span: Span) -> EnvDefault | None:
    del path
    inner = _DEFAULT.match(value)
    value = inner.group(1) if inner else value
    if not value or len(value) > 500 or "$" in value or _is_secret(name, value) or _NOT_VALUE.match(value):
        return None
    return EnvDefault(name=name, value=value, span=span)


def _is_secret(name: str, value: str) -> bool:
    counts = value.isdigit() and len(value) <= _COUNT_DIGITS and bool(_COUNT.search(name))
    return bool(_SECRET.search(name)) and not counts and not looks_like_model(value)


def _document(path: str, text: str) -> Iterator[EnvDefault]:
    document = read_document(path, text)
    for entry in entries(document) if document is not None else ():
        if entry.key in _IN_WORKFLOW or entry.key.lower().endswith(("env", "envvars", "environment")):
            yield from _block(path, entry.value, entry.span)


def _block(path: str, value: Value, span: Span) -> Iterator[EnvDefault]:
    """`NAME: value`, `- NAME=value`, or `- {name: NAME, value: value}`."""
    pairs: list[tuple[str, str, Span]] = []
    if isinstance(value, Map):
        for name, item in fields(value):
            shown = text_at(item)
            if shown is not None:
                pairs.append((name, shown, _place(item, span)))
    elif isinstance(value, Lst):
        for item in items(value):
            line = text_at(item)
            if line is not None and "=" in line:
                name, _, shown = line.partition("=")
                pairs.append((name, shown, _place(item, span)))
            elif isinstance(item, Map):
                named, given = text_at(item, "name") or text_at(item, "key"), text_at(item, "value")
                if named is not None and given is not None:
                    pairs.append((named, given, item.span))
    for name, shown, where in pairs:
        found = _default(path, name.strip(), shown.strip(), where) if _VARIABLE.match(name.strip()) else None
        if found is not None:
            yield found


def _place(value: Value, default: Span) -> Span:
    pieces = getattr(value, "pieces", ())
    span = pieces[0].span if pieces else getattr(value, "span", default)
    return span if isinstance(span, Span) else default


def _retrieval(found: list[EnvDefault]) -> Iterator[RetrievalItem]:
    for one in found:
        if is_setting(one.name):
            unit = unit_of(one.name)
            if unit == "model" or one.value.isdigit():
                yield retrieval_item(one.span, one.name, one.name, one.value, unit)


def _models(found: list[EnvDefault]) -> Iterator[ModelSetting]:
    for one in found:
        if MODEL_NAME.search(one.name) and looks_like_model(one.value):
            yield ModelSetting(path=one.span.path, key_path=one.name, value=one.value, span=one.span)

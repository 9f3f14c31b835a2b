"""Cuts the operations that we use out of GitHub's published OpenAPI description, for the loopback server of the tests.

    npm pack @octokit/openapi@23.0.2
    python scripts/cut_openapi.py octokit-openapi-23.0.2.tgz

The package (MIT, https://github.com/octokit/openapi) is 390 MB unpacked; the cut is some 40 KB and is committed with the
package's version and the digest of the description that it was cut from. Examples stay: they seed the server's answers.
Two conversions, because a JSON Schema validator reads it: OpenAPI 3.0's `nullable` becomes a type, and descriptions go.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any, Final

OUT: Final = Path(__file__).resolve().parent.parent / "tests" / "hosts" / "github-openapi.json.gz"
MEMBER: Final = "package/generated/api.github.com.json"
REPO: Final = "/repos/{owner}/{repo}"
OPERATIONS: Final = (
    ("/user", ("get",)),
    (REPO, ("get",)),
    (f"{REPO}/pulls", ("get",)),
    (f"{REPO}/pulls/{{pull_number}}", ("get",)),
    (f"{REPO}/issues/{{issue_number}}", ("get",)),
    (f"{REPO}/issues/{{issue_number}}/comments", ("get", "post")),
    (f"{REPO}/issues/comments/{{comment_id}}", ("get", "patch", "delete")),
    (f"{REPO}/issues/{{issue_number}}/labels", ("get", "post")),
    (f"{REPO}/issues/{{issue_number}}/labels/{{name}}", ("delete",)),
    (f"{REPO}/issues/{{issue_number}}/events", ("get",)),
    (f"{REPO}/check-runs", ("post",)),
    (f"{REPO}/check-runs/{{check_run_id}}", ("get", "patch")),
    (f"{REPO}/check-runs/{{check_run_id}}/annotations", ("get",)),
    (f"{REPO}/commits/{{ref}}/check-runs", ("get",)),
    (f"{REPO}/commits/{{ref}}/statuses", ("get",)),
    (f"{REPO}/statuses/{{sha}}", ("post",)),
    (f"{REPO}/collaborators/{{username}}/permission", ("get",)),
    (f"{REPO}/compare/{{basehead}}", ("get",)),
    (f"{REPO}/actions/runs", ("get",)),
    (f"{REPO}/actions/runs/{{run_id}}", ("get",)),
    (f"{REPO}/actions/runs/{{run_id}}/artifacts", ("get",)),
    (f"{REPO}/actions/artifacts/{{artifact_id}}/{{archive_format}}", ("get",)),
    (f"{REPO}/actions/runs/{{run_id}}/rerun-failed-jobs", ("post",)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path, help="the package file that `npm pack` wrote")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    with tarfile.open(chosen.package) as archive:
        raw = _member(archive, MEMBER)
        version = json.loads(_member(archive, "package/package.json"))["version"]
    spec = cut(json.loads(raw))
    spec["x-provenance"] = {
        "package": "@octokit/openapi",
        "version": version,
        "license": "MIT",
        "file": MEMBER,
        "sha256": hashlib.sha256(raw).hexdigest(),
    }
    text = json.dumps(spec, separators=(",", ":"), sort_keys=True)
    chosen.out.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{chosen.out}: {len(spec['paths'])} paths, {chosen.out.stat().st_size:,} bytes, {len(text):,} unpacked")


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    if stream is None:
        raise SystemExit(f"{name} is not in the package")
    return stream.read()


def cut(spec: dict[str, Any]) -> dict[str, Any]:
    """The chosen operations with everything they refer to."""
    paths: dict[str, Any] = {}
    for path, verbs in OPERATIONS:
        item = spec["paths"][path]
        paths[path] = {verb: _operation(item[verb]) for verb in verbs}
        if "parameters" in item:
            paths[path]["parameters"] = item["parameters"]
    components: dict[str, dict[str, Any]] = {}
    waiting = list(_references(paths))
    while waiting:
        _, _, kind, name = waiting.pop().split("/", 3)
        if name not in components.setdefault(kind, {}):
            components[kind][name] = spec["components"][kind][name]
            waiting += _references(components[kind][name])
    whole = {"openapi": spec["openapi"], "info": {"title": spec["info"]["title"]}}
    return whole | {"paths": _plain(paths), "components": _plain(components)}


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    return {k: operation[k] for k in ("operationId", "parameters", "requestBody", "responses") if k in operation}


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in _references(value)]
    if isinstance(node, list):
        return [ref for value in node for ref in _references(value)]
    return []


def _plain(node: Any, *, names: bool = False) -> Any:
    """Without prose, with `nullable` as a type. `names`: the keys are names of fields, not keywords."""
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: _plain(value) for key, value in node.items()}
    prose = {"description", "summary", "externalDocs", "nullable", "x-github", "x-multi-segment", "deprecated"}
    kept = {
        key: value if key in ("example", "examples", "enum", "default") else _plain(value, names=key == "properties")
        for key, value in node.items()
        if key not in prose or not isinstance(value, str | bool | dict)
    }
    if node.get("nullable") is True and ("type" in kept or "$ref" in kept or "allOf" in kept or "anyOf" in kept):
        return {"anyOf": [kept, {"type": "null"}]}
    return kept


if __name__ == "__main__":
    main()

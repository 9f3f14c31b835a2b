"""Takes GitHub's own examples of webhook events, and the schema of those that we read, for the tests.

    npm pack @octokit/webhooks-examples@7.6.1 @octokit/webhooks-schemas@7.6.1
    python scripts/take_payloads.py octokit-webhooks-examples-7.6.1.tgz octokit-webhooks-schemas-7.6.1.tgz

Both packages are MIT, https://github.com/octokit/webhooks. All 329 examples of all 58 events are kept; of the schema only
the definitions that the events which we read lead to. Each file says which version and digest it was taken from.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any, Final

OUT: Final = Path(__file__).resolve().parent.parent / "tests" / "hosts" / "payloads"
READ: Final = ("pull_request", "merge_group", "push", "workflow_run", "issue_comment")
WORDS: Final = ("description", "title", "$comment")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("examples", type=Path, help="@octokit/webhooks-examples, as `npm pack` wrote it")
    parser.add_argument("schemas", type=Path, help="@octokit/webhooks-schemas, as `npm pack` wrote it")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    raw, source = _take(chosen.examples, "package/api.github.com/index.json")
    examples = [
        {"event": event["name"], "payload": payload} for event in json.loads(raw) for payload in event["examples"]
    ]
    _write(chosen.out / "examples.json.gz", {"source": source, "examples": examples})
    raw, source = _take(chosen.schemas, "package/schema.json")
    _write(chosen.out / "schema.json.gz", {"source": source, "definitions": cut(json.loads(raw)["definitions"])})


def cut(definitions: dict[str, Any]) -> dict[str, Any]:
    """The definitions of the events that we read, with all that they point to, without words for people."""
    kept: dict[str, Any] = {}
    waiting = [name for name in definitions if name.partition("$")[0] in READ or name in READ]
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept[name] = _without_words(definitions[name])
            waiting.extend(_pointed_at(kept[name]))
    return dict(sorted(kept.items()))


def _without_words(value: Any) -> Any:
    if isinstance(value, dict):
        # A property may be named like a word for people; its schema is an object.
        return {k: _without_words(v) for k, v in value.items() if not (k in WORDS and isinstance(v, str))}
    return [_without_words(one) for one in value] if isinstance(value, list) else value


def _pointed_at(value: Any) -> list[str]:
    found: list[str] = []
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += [one.rpartition("/")[2]] if key == "$ref" else _pointed_at(one)
    return found


def _take(package: Path, member: str) -> tuple[bytes, dict[str, str]]:
    with tarfile.open(package) as archive:
        raw = _member(archive, member)
        about = json.loads(_member(archive, "package/package.json"))
    digest = hashlib.sha256(raw).hexdigest()
    return raw, {"package": about["name"], "version": about["version"], "member": member, "sha256": digest}


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise SystemExit(f"{name} is not in the package")
    return file.read()


def _write(file: Path, value: Any) -> None:
    # mtime 0: the same input makes the same bytes.
    file.write_bytes(gzip.compress(json.dumps(value, separators=(",", ":")).encode(), 9, mtime=0))
    print(file.name, file.stat().st_size, "bytes")


if __name__ == "__main__":
    main()

"""GitHub's published examples of webhook events, and its published schema of those that the action reads."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

FOLDER = Path(__file__).with_name("payloads")


@cache
def examples() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """(name of the event, payload), as published."""
    data = json.loads(gzip.decompress((FOLDER / "examples.json.gz").read_bytes()))
    return tuple((one["event"], one["payload"]) for one in data["examples"])


def example(event: str, action: str | None = None) -> Any:
    """A copy of the newest example of an event: the last one, the first ones are older than the schema."""
    found = [payload for name, payload in examples() if name == event and payload.get("action") == action]
    return copy.deepcopy(found[-1])


def made(event: str, action: str | None, changes: Mapping[str, Any]) -> Any:
    """The example with these values in place of its own, level by level; only what GitHub's schema allows."""
    payload = _laid_over(example(event, action), changes)
    assert is_valid(event, payload)
    return payload


def _laid_over(below: Any, above: Any) -> Any:
    if not (isinstance(below, dict) and isinstance(above, Mapping)):
        return above
    return below | {name: _laid_over(below.get(name), value) for name, value in above.items()}


def is_valid(event: str, payload: Mapping[str, Any]) -> bool:
    """Whether GitHub's schema of the event and its action allows the payload."""
    return bool(_validator(f"{event}${payload.get('action', 'event')}").is_valid(payload))


@cache
def _validator(name: str) -> Any:
    definitions = json.loads(gzip.decompress((FOLDER / "schema.json.gz").read_bytes()))["definitions"]
    return jsonschema_rs.validator_for(
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$ref": f"#/definitions/{name.replace('$', '%24')}",
            "definitions": definitions,
        }
    )

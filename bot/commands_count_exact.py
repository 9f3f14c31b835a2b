"""`aicost-review count --exact`: ask the provider's own free count endpoint, once for each request, and remember.

Anthropic: POST /v1/messages/count_tokens, https://docs.anthropic.com/en/api/messages-count-tokens
Gemini: POST /v1beta/models/{model}:countTokens, https://ai.google.dev/api/tokens

Only with the flag and a key. The answer is kept in the user's cache folder under the hash of what was asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot.console import cache_file
from bot.errors import ReviewError

TIMEOUT_SECONDS = 30
_ANTHROPIC_FIELDS = (
    "cache_control",
    "context_management",
    "mcp_servers",
    "messages",
    "output_config",
    "output_format",
    "system",
    "thinking",
    "tool_choice",
    "tools",
)
_GEMINI_FIELDS = ("contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "cachedContent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request to a count endpoint. `headers` hold the key and take no part in the cache's name."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    answer: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.url.encode() + b"\n" + self.body).hexdigest()


def exact_tokens(body: Mapping[str, Any], model: str) -> tuple[int, str]:
    """Input tokens by the provider's own count, and the address that said so."""
    question = _question(body, model)
    folder = cache_file("token-counts")
    kept = folder / f"{question.digest}.json" if folder is not None else None
    known = _remembered(kept) if kept is not None else None
    if known is None:
        known = _ask(question)
        if kept is not None:
            _remember(kept, known)
    return known, question.url


def _question(body: Mapping[str, Any], model: str) -> Question:
    name = model.removeprefix("models/")
    if re.match(r"(anthropic/)?claude", name) and "messages" in body:
        return _anthropic(body, name.removeprefix("anthropic/"))
    if re.match(r"(google/)?gemini", name) and "contents" in body:
        return _gemini(body, name.removeprefix("google/"))
    raise ReviewError(
        f"--exact: no free count endpoint for this request ({model or 'model not named'})",
        "Anthropic and Gemini have one, for their own request bodies; leave --exact out for the others.",
    )


def _anthropic(body: Mapping[str, Any], model: str) -> Question:
    key = _key("ANTHROPIC_API_KEY")
    base = os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com").rstrip("/")
    asked = {"model": model, **{k: body[k] for k in _ANTHROPIC_FIELDS if k in body}}
    return Question(
        url=f"{base}/v1/messages/count_tokens",
        body=_canonical(asked),
        headers={"x-api-key": key, "anthropic-version": "2023-06-01"},
        answer="input_tokens",
    )


def _gemini(body: Mapping[str, Any], model: str) -> Question:
    key = _key("GEMINI_API_KEY", "GOOGLE_API_KEY")
    base = os.environ.get("GOOGLE_GEMINI_BASE_URL", "https://generativelanguage.googleapis.com").rstrip("/")
    asked = {"model": f"models/{model}", **{k: body[k] for k in _GEMINI_FIELDS if k in body}}
    return Question(
        url=f"{base}/v1beta/models/{quote(model, safe='')}:countTokens",
        body=_canonical({"generateContentRequest": asked}),
        headers={"x-goog-api-key": key},
        answer="totalTokens",
    )


def _key(*names: str) -> str:
    for name in names:
        if value := os.environ.get(name, ""):
            return value
    raise ReviewError(f"--exact needs {' or '.join(names)}", "Set it in the environment, or leave --exact out.")


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _ask(question: Question) -> int:
    if not question.url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ReviewError("--exact: the endpoint is not https", "A key is never sent in the clear.")
    request = urllib.request.Request(  # noqa: S310 the scheme is checked above
        question.url,
        data=question.body,
        headers={"content-type": "application/json", "accept": "application/json", **question.headers},
        method="POST",
    )
    # A redirect would take the key with it to another host.
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            answer = json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            raise ReviewError(f"--exact: {question.url} answered {error.code}: {_message(error)}", _HINT) from error
    except (OSError, ValueError) as error:
        raise ReviewError(f"--exact: {question.url}: {error}", _HINT) from error
    count = answer.get(question.answer) if isinstance(answer, dict) else None
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ReviewError(f"--exact: {question.url} answered without {question.answer}", _HINT)
    return count


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_HINT = "Without --exact the count is made here, from a table of constants."


def _message(error: urllib.error.HTTPError) -> str:
    """The provider's own words; both wrap them as {"error": {"message": ...}}."""
    try:
        found = json.loads(error.read())["error"]["message"]
    except (OSError, ValueError, KeyError, TypeError):
        return str(error.reason)
    return str(found)[:300]


def _remembered(path: Path) -> int | None:
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return kept if isinstance(kept, int) and not isinstance(kept, bool) and kept >= 0 else None


def _remember(path: Path, count: int) -> None:
    """A cache that cannot be written costs a question next time, nothing else."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(str(count), encoding="utf-8")
        part.replace(path)

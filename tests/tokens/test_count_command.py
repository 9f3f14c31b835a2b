"""The real command: bodies, texts, streams, and a provider's count endpoint on the loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.tokens.vocabulary import count

ROOT = Path(__file__).resolve().parent.parent.parent
CHAT = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Why is the sky blue?"}]}
CLAUDE = {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
GEMINI = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
EXPECTED = count("Why is the sky blue?", "o200k_base") + 4 + 3


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY") and not k.endswith("_proxy")}
    return {**kept, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(folder / "cache"), "HOME": str(folder), **more}


def run(
    folder: Path, *arguments: str, given: str = "", command: str = "count", **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", command, *arguments],
        input=given,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(folder, **more),
        check=False,
        timeout=60,
    )


def test_a_stream_is_answered_line_by_line(tmp_path: Path) -> None:
    lines = [
        json.dumps({"provider": "openai", "endpoint": "chat.completions", "model": "gpt-4o", "request": CHAT}),
        "",
        "{broken",
        json.dumps(CLAUDE),
        json.dumps({"provider": "openai", "model": "gpt-4o", "request": {"model": "gpt-4o"}}),
        "[" * 100_000,
        json.dumps(CHAT),
    ]
    done = run(tmp_path, "--format", "json", "-", given="\n".join(lines) + "\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert [("error" in a) for a in answers] == [False, True, False, True, True, False]
    assert answers[0]["input_tokens"] == {"low": EXPECTED, "likely": EXPECTED, "high": EXPECTED}
    assert answers[0]["method"] == "exact"
    assert sum(answers[0]["parts"].values()) == EXPECTED
    assert "line 3" in answers[1]["error"]
    assert answers[2]["method"] == "calibrated"


def test_an_answer_comes_before_the_next_line(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "count", "--format", "json", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path),
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        for _ in range(2):
            child.stdin.write(json.dumps(CHAT) + "\n")
            child.stdin.flush()
            assert json.loads(child.stdout.readline())["input_tokens"]["likely"] == EXPECTED
        child.stdin.close()
    assert child.returncode == 0


def test_files(tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text(json.dumps(CHAT), encoding="utf-8")
    (tmp_path / "prompt.md").write_text("Why is the sky blue?", encoding="utf-8")
    done = run(tmp_path, "--format", "json", "--model", "gpt-4o", "body.json", "prompt.md")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["input_tokens"]["likely"] for a in answers] == [EXPECTED, EXPECTED - 7]
    assert [a["file"] for a in answers] == ["body.json", "prompt.md"]
    told = run(tmp_path, "body.json").stdout
    assert told.startswith(f"body.json: {EXPECTED} input tokens (exact)")


def test_a_text_without_a_model_is_counted_widely_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "prompt.md").write_text("Why is the sky blue?", encoding="utf-8")
    told = run(tmp_path, "prompt.md").stdout
    assert "ratio" in told
    assert "model not known" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing.json",), "cannot be read"),
        (("-", "x"), "stands alone"),
        (("--on", "soon", "x"), "not a date"),
        (("lines.jsonl",), "standard input"),
        (("--constants", "none.toml", "x"), "cannot be read"),
        ((), "Missing argument"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_own_constants_of_the_repository_are_used(tmp_path: Path) -> None:
    (tmp_path / ".aicost").mkdir()
    (tmp_path / ".aicost/tokens.toml").write_text(
        '[sources.m]\ntext="bills"\ndate=2026-01-01\n[[family]]\nname="h"\nlabel="house"\nmodels="house"\n'
        'vocabulary="o200k_base"\ntools="json"\nmethod="calibrated"\n'
        'constants=[{of="text_token", value=3, source="m"}]\n',
        encoding="utf-8",
    )
    done = run(tmp_path, "--format", "json", "-", given=json.dumps({**CHAT, "model": "house-1"}) + "\n")
    assert json.loads(done.stdout)["input_tokens"]["likely"] == 3 * count("Why is the sky blue?", "o200k_base")


# -- --exact -------------------------------------------------------------------------------------------------------


class Counter(BaseHTTPRequestHandler):
    """The two endpoints as their references describe them; everything else is refused."""

    asked: list[dict[str, Any]]
    answer: tuple[int, dict[str, Any]] | None = None

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append(body)
        status, answer = self.answer or self._count(body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        if status == 302:
            self.send_header("location", "https://elsewhere.example/")
        self.end_headers()
        self.wfile.write(data)

    def _count(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.path == "/v1/messages/count_tokens":
            known = {"model", "messages", "system", "tools", "tool_choice", "thinking", "output_config"}
            if self.headers["x-api-key"] != "k" or self.headers["anthropic-version"] != "2023-06-01":
                return 401, {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}
            if extra := set(body) - known:
                message = f"{extra.pop()}: Extra inputs are not permitted"
                return 400, {"type": "error", "error": {"type": "invalid_request_error", "message": message}}
            return 200, {"input_tokens": 4242}
        if self.path == "/v1beta/models/gemini-2.5-flash:countTokens" and self.headers["x-goog-api-key"] == "k":
            if set(body) != {"generateContentRequest"} or "model" not in body["generateContentRequest"]:
                return 400, {"error": {"code": 400, "message": "Invalid JSON payload", "status": "INVALID_ARGUMENT"}}
            return 200, {"totalTokens": 77, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 77}]}
        return 404, {"error": {"message": "not found"}}

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[tuple[str, type[Counter]]]:
    handler = type("Handler", (Counter,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}", handler
        http.shutdown()
        thread.join()


def ask(
    folder: Path, address: str, body: dict[str, Any], *more: str, key: str = "k"
) -> subprocess.CompletedProcess[str]:
    return run(
        folder,
        "--format",
        "json",
        *more,
        "-",
        given=json.dumps(body) + "\n",
        ANTHROPIC_API_KEY=key,
        GEMINI_API_KEY=key,
        ANTHROPIC_BASE_URL=address,
        GOOGLE_GEMINI_BASE_URL=address,
    )


def test_exact_asks_anthropic_once_and_remembers(tmp_path: Path, server: tuple[str, type[Counter]]) -> None:
    address, handler = server
    for _ in range(2):
        answer = json.loads(ask(tmp_path, address, CLAUDE, "--exact").stdout)
        assert answer["input_tokens"] == {"low": 4242, "likely": 4242, "high": 4242}
        assert answer["method"] == "exact"
    assert handler.asked == [{"model": "claude-sonnet-4-5", "messages": CLAUDE["messages"]}]
    kept = "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "cache").rglob("*") if p.is_file())
    assert kept == "4242"


def test_exact_asks_gemini(tmp_path: Path, server: tuple[str, type[Counter]]) -> None:
    address, handler = server
    answer = json.loads(ask(tmp_path, address, GEMINI, "--exact", "--model", "gemini-2.5-flash").stdout)
    assert answer["input_tokens"]["likely"] == 77
    assert handler.asked == [{"generateContentRequest": {"model": "models/gemini-2.5-flash", **GEMINI}}]


def test_nobody_is_asked_without_the_flag(tmp_path: Path, server: tuple[str, type[Counter]]) -> None:
    address, handler = server
    answer = json.loads(ask(tmp_path, address, CLAUDE).stdout)
    assert answer["input_tokens"]["likely"] < 100
    assert handler.asked == []


def test_a_refusal_is_told_and_not_remembered(tmp_path: Path, server: tuple[str, type[Counter]]) -> None:
    address, handler = server
    done = ask(tmp_path, address, CLAUDE, "--exact", key="wrong")
    assert done.returncode == 2
    assert "401: invalid x-api-key" in json.loads(done.stdout)["error"]
    assert json.loads(ask(tmp_path, address, CLAUDE, "--exact").stdout)["input_tokens"]["likely"] == 4242
    assert len(handler.asked) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, {"tokens": 3}), "without input_tokens"),
        ((200, {"input_tokens": -3}), "without input_tokens"),
        ((302, {}), "302"),
        ((500, {}), "500"),
    ],
)
def test_an_odd_answer_is_told(
    tmp_path: Path, server: tuple[str, type[Counter]], answer: tuple[int, dict[str, Any]], words: str
) -> None:
    address, handler = server
    handler.answer = answer
    assert words in json.loads(ask(tmp_path, address, CLAUDE, "--exact").stdout)["error"]


def test_exact_needs_a_key_a_request_and_a_provider_that_counts(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("Hi", encoding="utf-8")
    line = json.dumps(CLAUDE) + "\n"
    assert "ANTHROPIC_API_KEY" in run(tmp_path, "--exact", "-", given=line).stdout
    assert "no free count endpoint" in run(tmp_path, "--exact", "-", given=json.dumps(CHAT) + "\n").stdout
    assert "needs a request body" in run(tmp_path, "--exact", "--model", "claude-opus-5", "t.txt").stderr
    clear = run(tmp_path, "--exact", "-", given=line, ANTHROPIC_API_KEY="k", ANTHROPIC_BASE_URL="http://example.com")
    assert "not https" in clear.stdout

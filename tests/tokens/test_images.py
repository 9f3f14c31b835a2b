"""Pictures: the providers' own worked examples."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest

from bot.tokens.images import image_of, image_tokens
from bot.tokens.request import Image


def png(width: int, height: int) -> str:
    return base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height)).decode()


def jpeg(width: int, height: int) -> str:
    head = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08" + struct.pack(">HH", height, width) + b"\x03" * 12
    return base64.b64encode(head).decode()


def gif(width: int, height: int) -> str:
    return base64.b64encode(b"GIF89a" + struct.pack("<HH", width, height)).decode()


def webp(width: int, height: int) -> str:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return base64.b64encode(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + size).decode()


@pytest.mark.parametrize("make", [png, jpeg, gif, webp])
def test_the_size_is_read_from_the_header(make: Any) -> None:
    data = make(640, 480)
    blocks: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": f"data:image/x;base64,{data}", "detail": "low"}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/x", "data": data}},
        {"inlineData": {"mimeType": "image/x", "data": data}},
        {"image": {"format": "x", "source": {"bytes": data}}},
        {"type": "input_image", "image_url": f"data:image/x;base64,{data}"},
    ]
    assert [(i.width, i.height) for i in map(image_of, blocks)] == [(640, 480)] * len(blocks)
    assert image_of(blocks[0]).detail == "low"


@pytest.mark.parametrize("data", ["https://x/a.png", "AAAA", "%%%", "", base64.b64encode(b"\xff\xd8\xff").decode()])
def test_a_picture_without_a_readable_size_has_none(data: str) -> None:
    image = image_of({"type": "image_url", "image_url": {"url": data}})
    assert (image.width, image.height) == (None, None)


@pytest.mark.parametrize(
    ("family", "model", "width", "height", "detail", "expected"),
    [
        # https://platform.openai.com/docs/guides/images-vision#calculating-costs
        ("openai-o200k", "gpt-4o", 1024, 1024, "high", 765),
        ("openai-o200k", "gpt-4o", 2048, 4096, "high", 1105),
        ("openai-o200k", "gpt-4o", 4096, 8192, "low", 85),
        ("openai-o200k", "gpt-4o-mini", 1024, 1024, "low", 2833),
        ("openai-reasoning", "gpt-5", 1024, 1024, "high", 70 + 4 * 140),
        ("openai-reasoning", "o1", 1024, 1024, "high", 75 + 4 * 150),
        ("openai-o200k", "gpt-4-1-mini", 1024, 1024, "auto", 1659),  # 1,024 patches * 1.62
        ("openai-o200k", "gpt-4-1-nano", 1800, 2400, "auto", 3572),  # 1,452 patches * 2.46
        ("openai-reasoning", "o4-mini", 1024, 1024, "auto", 1762),  # 1,024 patches * 1.72
        # https://docs.anthropic.com/en/docs/build-with-claude/vision: about 54, 1,334 and 1,590 tokens
        ("claude-4.5", "claude-sonnet-4-5", 200, 200, "auto", 54),
        ("claude-4.5", "claude-sonnet-4-5", 1000, 1000, "auto", 1334),
        ("claude-4.5", "claude-sonnet-4-5", 1092, 1092, "auto", 1590),
        # https://ai.google.dev/gemini-api/docs/tokens
        ("gemini-2.5", "gemini-2-5-flash", 384, 384, "auto", 258),
        ("gemini-2.5", "gemini-2-5-flash", 960, 540, "auto", 2 * 258),
    ],
)
def test_published_examples(family: str, model: str, width: int, height: int, detail: str, expected: int) -> None:
    found = image_tokens(Image(width=width, height=height, detail=detail), family, model)
    assert found is not None
    assert found.likely == expected
    assert found.is_exact


@pytest.mark.parametrize("family", ["openai-o200k", "claude-4.5", "gemini-2.5"])
def test_an_unknown_size_is_a_range(family: str) -> None:
    found = image_tokens(Image(), family, "")
    assert found is not None
    assert 0 < found.low < found.likely <= found.high


def test_without_a_formula_there_is_no_number() -> None:
    assert image_tokens(Image(width=10, height=10), "mistral", "pixtral") is None

"""How many tokens a picture costs, by the provider's published formula.

OpenAI: tiles of 512 pixels or patches of 32 (https://platform.openai.com/docs/guides/images-vision#calculating-costs);
Anthropic: width × height ÷ 750 (https://docs.anthropic.com/en/docs/build-with-claude/vision); Gemini: 258 per tile of
768 pixels (https://ai.google.dev/gemini-api/docs/tokens). A picture behind an address has no size here: the answer is
then the range from the smallest to the largest picture.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from collections.abc import Mapping
from typing import Any

from bot.model import Range, Tokens
from bot.tokens.request import Image

# Base and tile tokens of the tile formula; multiplier of the patch formula. Model names as in the table file.
_TILES = (
    (re.compile(r"gpt-4o-mini"), 2833, 5667),
    (re.compile(r"^o[134]|^o1-pro"), 75, 150),
    (re.compile(r"computer-use"), 65, 129),
    (re.compile(r"gpt-5"), 70, 140),
)
_PATCHES = (
    (re.compile(r"(gpt-4-1|gpt-5(-\d+)?)-mini"), "1.62"),
    (re.compile(r"(gpt-4-1|gpt-5(-\d+)?)-nano"), "2.46"),
    (re.compile(r"^o4-mini"), "1.72"),
)
_MAX_PATCHES = 1536


def image_of(block: Mapping[str, Any]) -> Image:
    """The picture of a content block: size from the header of inline data, detail where it is given."""
    holder: Any = block
    detail = "auto"
    for key in ("image", "image_url", "inlineData", "inline_data", "source", "bytes"):
        while isinstance(holder, Mapping) and key in holder:
            detail = str(holder.get("detail") or detail)
            holder = holder[key]
    if isinstance(holder, Mapping):
        detail = str(holder.get("detail") or detail)
        holder = holder.get("data") or holder.get("url")
    width, height = _size(holder) if isinstance(holder, str) else (None, None)
    return Image(width=width, height=height, detail=detail)


def _size(data: str) -> tuple[int | None, int | None]:
    if data.startswith("data:"):
        data = data.partition(",")[2]
    try:
        raw = base64.b64decode(data[: 4 * 16384], validate=True)
    except (binascii.Error, ValueError):
        return None, None
    return _dimensions(raw)


def _dimensions(raw: bytes) -> tuple[int | None, int | None]:
    """Width and height from a PNG, GIF, WebP or JPEG header."""
    try:
        if raw.startswith(b"\x89PNG"):
            return struct.unpack(">II", raw[16:24])
        if raw.startswith(b"GIF8"):
            return struct.unpack("<HH", raw[6:10])
        if raw.startswith(b"RIFF") and raw[8:15] == b"WEBPVP8":
            return _webp(raw)
        if raw.startswith(b"\xff\xd8"):
            return _jpeg(raw)
    except (struct.error, IndexError):
        pass
    return None, None


def _webp(raw: bytes) -> tuple[int, int]:
    if raw[15:16] == b"X":
        return 1 + int.from_bytes(raw[24:27], "little"), 1 + int.from_bytes(raw[27:30], "little")
    if raw[15:16] == b"L":
        bits = int.from_bytes(raw[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", raw[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _jpeg(raw: bytes) -> tuple[int | None, int | None]:
    at = 2
    while at + 9 < len(raw):
        marker = raw[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", raw[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(raw[at + 2 : at + 4], "big")
    return None, None


def image_tokens(image: Image, family: str, model: str) -> Tokens | None:
    """Tokens of a picture, or None where the provider publishes no formula."""
    formula = _formula(family)
    if formula is None:
        return None
    if image.width and image.height:
        return Range.exactly(formula(image.width, image.height, image.detail, model))
    small, large = formula(1, 1, image.detail, model), formula(4096, 4096, image.detail, model)
    return Range(small, formula(1024, 1024, image.detail, model), max(small, large))


def _formula(family: str) -> Any:
    if family.startswith("openai"):
        return _openai
    if family.startswith("claude"):
        return _anthropic
    return _gemini if family.startswith("gemini") else None


def _openai(width: int, height: int, detail: str, model: str) -> int:
    patches = next((factor for pattern, factor in _PATCHES if pattern.search(model)), None)
    if patches is not None:
        return math.ceil(_patches(width, height) * float(patches))
    base, tile = next(((b, t) for pattern, b, t in _TILES if pattern.search(model)), (85, 170))
    if detail == "low":
        return base
    scale = min(1.0, 2048 / max(width, height))
    width, height = round(width * scale), round(height * scale)
    scale = min(1.0, 768 / min(width, height)) if min(width, height) else 1.0
    return base + tile * math.ceil(width * scale / 512) * math.ceil(height * scale / 512)


def _patches(width: int, height: int) -> int:
    plain = math.ceil(width / 32) * math.ceil(height / 32)
    if plain <= _MAX_PATCHES:
        return plain
    shrink = math.sqrt(32 * 32 * _MAX_PATCHES / (width * height))
    across, down = width * shrink / 32, height * shrink / 32
    shrink *= min(math.floor(across) / across, math.floor(down) / down)
    return min(_MAX_PATCHES, math.ceil(width * shrink / 32) * math.ceil(height * shrink / 32))


def _anthropic(width: int, height: int, detail: str, model: str) -> int:
    del detail, model
    scale = min(1.0, 1568 / max(width, height))
    return min(1600, max(1, math.ceil(width * scale * height * scale / 750)))


def _gemini(width: int, height: int, detail: str, model: str) -> int:
    del detail
    if re.search(r"gemini-[3-9]", model):
        return 1120  # media_resolution "high", the default of Gemini 3: https://ai.google.dev/gemini-api/docs/media-resolution
    if max(width, height) <= 384:
        return 258
    return 258 * math.ceil(width / 768) * math.ceil(height / 768)

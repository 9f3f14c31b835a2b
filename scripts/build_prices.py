"""Builds `bot/prices/snapshot.json.z` from the packages genai-prices and litellm.

    python scripts/build_prices.py [--genai-prices PATH] [--litellm PATH] [--date YYYY-MM-DD] [--out FILE]

PATH is a wheel, a folder to import from, or the data file itself; without it the installed package is read. Neither
package is imported, and neither is needed at run time. The same inputs and date give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.errors import ReviewError  # noqa: E402
from bot.prices.build import build, catalogue  # noqa: E402
from bot.prices.snapshot import Snapshot, decode, encode  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--genai-prices", type=Path)
    parser.add_argument("--litellm", type=Path)
    parser.add_argument("--date", type=date.fromisoformat, default=datetime.now(UTC).date())
    parser.add_argument("--out", type=Path, default=ROOT / "bot" / "prices" / "snapshot.json.z")
    args = parser.parse_args()
    try:
        snapshot = build(catalogue("genai-prices", args.genai_prices), catalogue("litellm", args.litellm), args.date)
    except ReviewError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return 2
    raw = encode(snapshot)
    assert encode(decode(raw)) == raw, "reading the file back must give the same"
    args.out.write_bytes(raw)
    print(f"{args.out}: {len(raw):,} bytes, {len(snapshot.rows):,} models")
    for source in snapshot.sources:
        print(f"  {source.name} {source.version} sha256 {source.sha256}")
    report(snapshot)
    return 0


def report(snapshot: Snapshot) -> None:
    """What a person should look at before committing the file."""
    by = {letters: sum(row.sources == letters for row in snapshot.rows) for letters in ("g", "gl", "l")}
    print(f"  rows: {by['g']} genai-prices only, {by['gl']} filled from litellm, {by['l']} litellm only")
    print(f"  second opinions: {sum(row.second is not None for row in snapshot.rows)}")
    for row in snapshot.rows:
        for dated in row.history:
            base = dated.prices
            for above, tier in base.tiers:
                if base.input and base.cache_write_1h and tier.input and tier.cache_write_1h:
                    expected = base.cache_write_1h * tier.input / base.input
                    if abs(expected - tier.cache_write_1h) > Decimal("0.01") * expected:
                        print(f"  1 h write above {above} is not in proportion: {row.provider}/{row.model}")


if __name__ == "__main__":
    sys.exit(main())

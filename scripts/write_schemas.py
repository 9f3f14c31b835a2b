"""Writes the published JSON Schemas of the three reports, of `.aicost.yml` and of traffic profiles: python scripts/write_schemas.py

The files in `schema/` are generated; tests hold them equal to the code.
"""

from __future__ import annotations

import json
from pathlib import Path

from bot.config_schema import json_schema
from bot.profiles.schema import json_schema as profile_schema
from bot.render.json_portfolio import report_schema
from bot.render.json_report import review_schema
from bot.render.json_scan import scan_schema

FOLDER = Path(__file__).resolve().parent.parent / "schema"
SCHEMAS = {
    "aicost.schema.json": json_schema,
    "profile.schema.json": profile_schema,
    "report.schema.json": report_schema,
    "review.schema.json": review_schema,
    "scan.schema.json": scan_schema,
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, make in SCHEMAS.items():
        (FOLDER / name).write_text(json.dumps(make(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

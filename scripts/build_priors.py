"""Writes the public traffic distributions of `bot/traffic/priors/` from their traces: python scripts/build_priors.py FOLDER

FOLDER holds the traces under the names of `TRACES`. Only counts and sums by size are kept, cells of fewer than ten calls
merged with their neighbours.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.profiles.codec import JOINT_BASE, bucket, pack  # noqa: E402
from bot.profiles.merging import merge_cells  # noqa: E402

AZURE = "https://github.com/Azure/AzurePublicDataset/blob/b469a113/data/"
MOONCAKE = "https://github.com/kvcache-ai/Mooncake/blob/3b5a5941/FAST25-release/traces/"
AZURE_LICENCE = "CC-BY-4.0; Patel et al., Splitwise, ISCA 2024"
MOONCAKE_LICENCE = "Apache-2.0; Qin et al., Mooncake, FAST 2025"
TRACES = {
    "azure-code-2023": (
        "AzureLLMInferenceTrace_code_2023.csv",
        "Azure LLM inference trace, code completion, 16 November 2023, about an hour",
        AZURE,
        AZURE_LICENCE,
    ),
    "azure-conv-2023": (
        "AzureLLMInferenceTrace_conv_2023.csv",
        "Azure LLM inference trace, conversation, 16 November 2023, about an hour",
        AZURE,
        AZURE_LICENCE,
    ),
    "mooncake-conv-2025": (
        "mooncake_conversation_trace.jsonl",
        "Mooncake trace of FAST 2025, conversation",
        MOONCAKE,
        MOONCAKE_LICENCE,
    ),
    "mooncake-synth-2025": (
        "mooncake_synthetic_trace.jsonl",
        "Mooncake trace of FAST 2025, synthetic long contexts",
        MOONCAKE,
        MOONCAKE_LICENCE,
    ),
}


def calls(path: Path) -> Iterator[tuple[int, int]]:
    with path.open(encoding="utf-8", newline="") as stream:
        if path.suffix == ".csv":
            yield from ((int(r["ContextTokens"]), int(r["GeneratedTokens"])) for r in csv.DictReader(stream))
        else:
            yield from ((r["input_length"], r["output_length"]) for r in map(json.loads, stream))


def main() -> None:
    folder = Path(sys.argv[1])
    for name, (file, title, base, licence) in TRACES.items():
        cells: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
        for came_in, went_out in calls(folder / file):
            cell = cells[bucket(came_in, JOINT_BASE), bucket(went_out, JOINT_BASE)]
            for at, value in enumerate((1, came_in, went_out)):
                cell[at] += value
        joint = [(*place, *sums) for place, sums in cells.items()]
        text = (
            f"# {title}.\n# Made by scripts/build_priors.py; the numbers of calls by input and output tokens.\n"
            f'title = "{title}"\nurl = "{base}{file.removeprefix("mooncake_")}"\nlicence = "{licence}"\n'
            f"calls = {sum(c[2] for c in joint)}\ninput_tokens = {sum(c[3] for c in joint)}\n"
            f"output_tokens = {sum(c[4] for c in joint)}\ncells = '{pack(merge_cells(joint, 10))}'\n"
        )
        (ROOT / "bot" / "traffic" / "priors" / f"{name}.toml").write_text(text, "utf-8")


if __name__ == "__main__":
    main()

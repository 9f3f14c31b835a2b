"""Coverage-guided fuzzing: python fuzz/run.py TARGET [--seconds 600] (see `make fuzz`).

Needs atheris (https://github.com/google/atheris). New inputs go to `.fuzz/TARGET/`, crashes to `.fuzz/crashes/`; a crash
that is mended becomes a file of `fuzz/corpus/TARGET/`, so that it is replayed on every test run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

with atheris.instrument_imports(include=["prompts_scanner", "bot"]):
    from fuzz.targets import TARGETS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=600)
    given = parser.parse_args()
    grown = HERE.parent / ".fuzz" / given.target
    crashes = HERE.parent / ".fuzz" / "crashes"
    seeds = HERE / "corpus" / given.target
    for folder in (grown, crashes, seeds):
        folder.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={given.seconds}",
        "-max_len=16384",
        "-timeout=20",
        "-rss_limit_mb=3072",
        f"-artifact_prefix={crashes}/{given.target}-",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(grown), str(seeds)], TARGETS[given.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()

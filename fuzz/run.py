"""Coverage-guided fuzzing: python fuzz/run.py TARGET [--seconds 600] (see `make fuzz`).

Needs atheris (https://github.com/google/atheris). New inputs go to `.fuzz/TARGET/`, crashes to `.fuzz/crashes/`; a crash
that is mended becomes a file of `fuzz/corpus/TARGET/`, so that it is replayed on every test run.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

import atheris

HERE = Path(__file__).resolve().parent
MAX_BYTES = 32_768
sys.path.insert(0, str(HERE.parent))

with atheris.instrument_imports(include=["prompts_scanner", "bot"]):
    import prompts_scanner
    from fuzz import mutate
    from fuzz.targets import JSON_TARGETS, TARGETS, YAML_TARGETS

    for _module in pkgutil.walk_packages(prompts_scanner.__path__, "prompts_scanner."):
        importlib.import_module(_module.name)  # also those that are loaded on use: they would not be instrumented


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--input", type=Path, help="only this one, once")
    given = parser.parse_args()
    if given.input:
        atheris.Setup([sys.argv[0], str(given.input)], TARGETS[given.target])
        atheris.Fuzz()
        return
    grown = HERE.parent / ".fuzz" / given.target
    crashes = HERE.parent / ".fuzz" / "crashes"
    seeds = HERE / "corpus" / given.target
    for folder in (grown, crashes, seeds):
        folder.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={given.seconds}",
        f"-max_len={MAX_BYTES}",
        "-timeout=20",
        "-rss_limit_mb=3072",
        f"-artifact_prefix={crashes}/{given.target}-",
        "-print_final_stats=1",
    ]
    mutators = {
        **dict.fromkeys(JSON_TARGETS, mutate.as_json),
        **dict.fromkeys(YAML_TARGETS, mutate.as_yaml),
    }
    more = {"custom_mutator": mutators[given.target]} if given.target in mutators else {}
    atheris.Setup([sys.argv[0], *options, str(grown), str(seeds)], TARGETS[given.target], **more)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

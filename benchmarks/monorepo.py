"""Makes a large monorepo to measure on: python benchmarks/monorepo.py DEST [--files 50000] [--sites 2000] [--seed 7]

A bare repository with two branches: `main`, and `pull` with one commit that touches ten files. Half the files are Python,
half TypeScript, about 100 lines each, most without any call to a model; call sites, prompts in files and constants in
other modules are spread over them. The same arguments give the same commit ids.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

STAMP = "1790000000 +0000"
LINES_PER_FILE = 100
WORDS = (
    "order invoice ledger parcel buyer seller refund basket stock price tax label route driver depot ticket agent rule "
    "plan seat quota token batch queue event audit report index cache shard lease grant badge scope claim digest".split()
)
MODELS = ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "claude-sonnet-4-5", "claude-haiku-4-5")
SENTENCES = (
    "Answer from the passages only, and say so when they do not hold the answer.",
    "Keep to the tone of the house: short, friendly, without promises about dates.",
    "Never quote an internal ticket number to a customer.",
    "Return the fields in the order in which they are listed below.",
    "If two rules disagree, the one that stands later wins.",
)


def plain_python(rng: random.Random, name: str) -> str:
    lines = ["from __future__ import annotations", "", "import logging", "", "log = logging.getLogger(__name__)", ""]
    while len(lines) < LINES_PER_FILE:
        a, b, c = rng.sample(WORDS, 3)
        lines += [
            "",
            f"def {a}_{b}_{rng.randrange(1000)}({b}: dict[str, int], {c}: int = {rng.randrange(90)}) -> int:",
            f'    """The {a} of a {b}, with its {c}."""',
            f"    total = {b}.get({c!r}, 0) + {rng.randrange(50)}",
            f"    for key, value in sorted({b}.items()):",
            f"        if value > {rng.randrange(9)} and key != {a!r}:",
            f"            total += value * {rng.randrange(1, 7)}",
            f"            log.debug('%s of %s', key, {name!r})",
            "    return total",
            "",
        ]
    return "\n".join(lines) + "\n"


def plain_typescript(rng: random.Random, name: str) -> str:
    lines = ['import { join } from "node:path";', "", f'export const NAME = "{name}";', ""]
    while len(lines) < LINES_PER_FILE:
        a, b, c = rng.sample(WORDS, 3)
        lines += [
            f"export interface {a.title()}{b.title()}{rng.randrange(1000)} {{",
            f"  {a}: string;",
            f"  {b}: number;",
            f"  {c}?: Record<string, number>;",
            "}",
            "",
            f"export function {a}{b.title()}{rng.randrange(1000)}({b}: Map<string, number>, {c} = {rng.randrange(90)}): number {{",
            f"  let total = {c} + {rng.randrange(50)};",
            f"  for (const [key, value] of {b}) {{",
            f'    if (value > {rng.randrange(9)} && key !== join("{a}", NAME)) total += value * {rng.randrange(1, 7)};',
            "  }",
            "  return total;",
            "}",
            "",
        ]
    return "\n".join(lines) + "\n"


def paragraph(rng: random.Random, sentences: int) -> str:
    return "\n".join(rng.choice(SENTENCES) for _ in range(sentences))


def site_python(rng: random.Random, name: str, package: str) -> str:
    model = rng.choice(MODELS)
    client = "anthropic" if model.startswith("claude") else "openai"
    head = [
        "from __future__ import annotations",
        "",
        f"from {client} import {'Anthropic' if client == 'anthropic' else 'OpenAI'}",
        f"from {package}.settings import MAX_TOKENS",
        "",
        f"client = {'Anthropic' if client == 'anthropic' else 'OpenAI'}()",
        f'MODEL = "{model}"',
        f'INSTRUCTIONS = """{paragraph(rng, rng.randrange(4, 30))}"""',
        "",
        f"def ask_{name}(question: str) -> str:",
    ]
    if client == "anthropic":
        call = [
            "    answer = client.messages.create(",
            "        model=MODEL,",
            "        max_tokens=MAX_TOKENS,",
            "        system=INSTRUCTIONS,",
            '        messages=[{"role": "user", "content": question}],',
            "    )",
            "    return answer.content[0].text",
        ]
    else:
        call = [
            "    answer = client.chat.completions.create(",
            "        model=MODEL,",
            "        max_tokens=MAX_TOKENS,",
            '        messages=[{"role": "system", "content": INSTRUCTIONS}, {"role": "user", "content": question}],',
            "    )",
            "    return answer.choices[0].message.content",
        ]
    return "\n".join([*head, *call]) + "\n\n" + plain_python(rng, name)


def site_typescript(rng: random.Random, name: str) -> str:
    return (
        "\n".join(
            [
                'import OpenAI from "openai";',
                'import { MAX_TOKENS } from "./settings";',
                "",
                "const client = new OpenAI();",
                f"const INSTRUCTIONS = `{paragraph(rng, rng.randrange(4, 30))}`;",
                "",
                f"export async function ask{name.title()}(question: string) {{",
                "  const answer = await client.chat.completions.create({",
                f'    model: "{rng.choice(MODELS[:3])}",',
                "    max_tokens: MAX_TOKENS,",
                "    messages: [",
                '      { role: "system", content: INSTRUCTIONS },',
                '      { role: "user", content: question },',
                "    ],",
                "  });",
                "  return answer.choices[0].message.content;",
                "}",
                "",
            ]
        )
        + "\n"
        + plain_typescript(rng, name)
    )


def files(count: int, sites: int, seed: int) -> Iterator[tuple[str, str]]:
    """Paths and texts of `main`."""
    rng = random.Random(seed)
    folders = max(1, count // 100)
    with_site = set(rng.sample(range(count), min(sites, count)))
    for folder in range(folders):
        yield f"py/team{folder % 40:02}/pkg{folder:04}/settings.py", f"MAX_TOKENS = {rng.randrange(2, 12) * 100}\n"
        yield (
            f"ts/team{folder % 40:02}/pkg{folder:04}/settings.ts",
            f"export const MAX_TOKENS = {rng.randrange(2, 12) * 100};\n",
        )
    for i in range(count):
        folder = i % folders
        name = f"{WORDS[i % len(WORDS)]}{i}"
        if i % 2:
            path = f"ts/team{folder % 40:02}/pkg{folder:04}/{name}.ts"
            yield path, site_typescript(rng, name) if i in with_site else plain_typescript(rng, name)
        else:
            package = f"py.team{folder % 40:02}.pkg{folder:04}"
            path = f"py/team{folder % 40:02}/pkg{folder:04}/{name}.py"
            yield path, site_python(rng, name, package) if i in with_site else plain_python(rng, name)


def touched(everything: dict[str, str], seed: int) -> Iterator[tuple[str, str]]:
    """Ten files of the pull request: five with a longer prompt, five without any call."""
    rng = random.Random(seed + 1)
    with_call = sorted(p for p, text in everything.items() if "INSTRUCTIONS" in text)
    without = sorted(p for p, text in everything.items() if "INSTRUCTIONS" not in text and "settings" not in p)
    for path in rng.sample(with_call, min(5, len(with_call))):
        text = everything[path]
        yield path, text.replace(SENTENCES[0], SENTENCES[0] + " " + SENTENCES[2], 1) + "\n"
    for path in rng.sample(without, 5):
        comment = "#" if path.endswith(".py") else "//"
        yield path, everything[path] + f"{comment} seen\n"


def _commit(out: IO[bytes], branch: str, message: str, changes: dict[str, str], mark: int, parent: int | None) -> None:
    note = message.encode()
    out.write(f"commit refs/heads/{branch}\nmark :{mark}\n".encode())
    out.write(f"committer Bench <bench@example.invalid> {STAMP}\ndata {len(note)}\n".encode() + note + b"\n")
    if parent is not None:
        out.write(f"from :{parent}\n".encode())
    for path, text in changes.items():
        data = text.encode()
        out.write(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")


def make(destination: Path, count: int, sites: int, seed: int) -> None:
    """Writes the repository; git's own bulk loader does it in seconds."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(destination)], check=True)
    everything = dict(files(count, sites, seed))
    loader = subprocess.Popen(["git", "-C", str(destination), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    if loader.stdin is None:
        raise RuntimeError("git fast-import has no input")
    _commit(loader.stdin, "main", "Everything", everything, 1, None)
    _commit(loader.stdin, "pull", "Ten files", dict(touched(everything, seed)), 2, 1)
    loader.stdin.close()
    if loader.wait() != 0:
        raise RuntimeError("git fast-import failed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("destination", type=Path)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--sites", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    if given.destination.exists():
        sys.exit(f"{given.destination} is there already")
    make(given.destination, given.files, given.sites, given.seed)


if __name__ == "__main__":
    main()

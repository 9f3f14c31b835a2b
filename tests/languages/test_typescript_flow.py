"""TypeScript from file to file: what a scan tells of a call whose parts stand elsewhere."""

from __future__ import annotations

import json

import pytest

from prompts_scanner.model import CallSite, Scan
from prompts_scanner.scan import scan
from prompts_scanner.tree import MemoryTree


def scanned(files: dict[str, str]) -> Scan:
    return scan(MemoryTree(files))


def only(files: dict[str, str]) -> CallSite:
    (site,) = scanned(files).sites
    return site


def text(site: CallSite) -> str:
    return " | ".join(s.text.literal for s in site.surfaces)


CALL = "import { generateText } from 'ai';\nimport { openai } from '@ai-sdk/openai';\n"
MODELS = {
    "literal": ("", "openai('gpt-4o')", {}),
    "constant": ("const M = 'gpt-4o';\n", "openai(M)", {}),
    "environment": ("", "openai(process.env.M ?? 'gpt-4o')", {}),
    "environment by key": ("", "openai(process.env['M'] || 'gpt-4o')", {}),
    "imported": ("import { M } from './m';\n", "openai(M)", {"m.ts": "export const M = 'gpt-4o';"}),
    "barrel": (
        "import { M } from './c';\n",
        "openai(M)",
        {"c/index.ts": "export * from './m';", "c/m.ts": "export const M = 'gpt-4o';"},
    ),
    "renamed export": (
        "import { Main } from './c';\n",
        "openai(Main)",
        {"c.ts": "export { M as Main } from './m';", "m.ts": "export const M = 'gpt-4o';"},
    ),
    "default export": ("import m from './m';\n", "openai(m.fast)", {"m.ts": "export default { fast: 'gpt-4o' };"}),
    "namespace": ("import * as m from './m';\n", "openai(m.M)", {"m.ts": "export const M = 'gpt-4o';"}),
    "commonjs": ("const { M } = require('./m');\n", "openai(M)", {"m.js": "module.exports = { M: 'gpt-4o' };"}),
    "dynamic import": ("const { M } = await import('./m');\n", "openai(M)", {"m.ts": "export const M = 'gpt-4o';"}),
    "enum": ("enum M { Fast = 'gpt-4o' }\n", "openai(M.Fast)", {}),
    "table": ("const M = { fast: 'gpt-4o' } as const;\n", "openai(M['fast'])", {}),
    "class field": ("class C { static readonly m = 'gpt-4o' }\n", "openai(C.m)", {}),
    "json": ("import c from './c.json';\n", "openai(c.model)", {"c.json": '{"model": "gpt-4o"}'}),
    "factory": ("function pick() { return openai('gpt-4o') }\n", "pick()", {}),
    "factory elsewhere": (
        "import { pick } from '@/lib/models';\n",
        "pick()",
        {"lib/models.ts": "import { openai } from '@ai-sdk/openai';\nexport const pick = () => openai('gpt-4o');"},
    ),
    "default of a destructured parameter": ("const m = ({ id = 'gpt-4o' } = {}) => openai(id);\n", "m()", {}),
    "gateway": ("", "'openai/gpt-4o'", {}),
    "workspace": (
        "import { M } from '@acme/c';\n",
        "openai(M)",
        {"pkg/c/package.json": json.dumps({"name": "@acme/c"}), "pkg/c/src/index.ts": "export const M = 'gpt-4o';"},
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_ways_to_a_model(name: str) -> None:
    before, model, files = MODELS[name]
    source = f"{CALL}{before}await generateText({{ model: {model}, prompt: 'Name a river.' }});\n"
    site = only({"a.ts": source, **files})
    assert [v.removeprefix("openai/") for v in site.model.values] == ["gpt-4o"], site.model


PROMPTS = {
    "template": ("const p = (n: string) => `You are ${n} the guide.`;\n", "p('Bo')", {}),
    "joined": ("const p = ['You are Bo', 'the guide.'].join(' ');\n", "p", {}),
    "sum": ("let p = 'You are Bo ';\np += 'the guide.';\n", "p", {}),
    "replaced": ("const p = 'You are NAME the guide.'.replace('NAME', 'Bo');\n", "p", {}),
    "dedent": ("import dedent from 'dedent';\nconst p = dedent`\n  You are Bo the guide.\n`;\n", "p", {}),
    "file": (
        "import fs from 'node:fs';\nimport path from 'path';\n"
        "const p = fs.readFileSync(path.join(process.cwd(), 'prompts', 'p.md'), 'utf8');\n",
        "p",
        {"prompts/p.md": "You are Bo the guide."},
    ),
    "imported text": ("import p from './p.md?raw';\n", "p", {"p.md": "You are Bo the guide."}),
    "mapped": ("const p = ['You are Bo', 'the guide.'].map((x) => x.trim()).join(' ');\n", "p", {}),
    "conditional": ("const p = cond ? 'You are Bo the guide.' : 'You are Bo.';\n", "p", {}),
    "class": (
        "class P { constructor(private n: string) {}\n text() { return `You are ${this.n} the guide.` } }\n",
        "new P('Bo').text()",
        {},
    ),
    "getter": ("class P { get text() { return 'You are Bo the guide.' } }\n", "new P().text", {}),
}


@pytest.mark.parametrize("name", PROMPTS)
def test_ways_to_a_prompt(name: str) -> None:
    before, system, files = PROMPTS[name]
    source = f"{CALL}{before}await generateText({{ model: openai('gpt-4o'), system: {system}, prompt: 'Go.' }});\n"
    site = only({"a.ts": source, **files})
    assert "You are Bo the guide." in text(site)


def test_an_injected_service_is_found_through_its_interface() -> None:
    files = {
        "llm.ts": "export interface Llm { complete(prompt: string): Promise<string> }\nexport type Deps = { llm: Llm };",
        "openai.ts": (
            "import OpenAI from 'openai';\nimport { Llm } from './llm';\nexport class OpenAiLlm implements Llm {\n"
            "  private client = new OpenAI();\n  async complete(prompt: string) {\n"
            "    return this.client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: prompt }] });\n"
            "  }\n}\n"
        ),
        "use.ts": (
            "import { Deps } from './llm';\nexport const greet = async ({ llm }: Deps, name: string) =>\n"
            "  llm.complete(`Write a warm greeting for ${name}.`);\n"
        ),
    }
    site = only(files)
    assert (site.span.path, site.model.values) == ("use.ts", ("gpt-4o",))
    assert "Write a warm greeting for" in text(site)


def test_a_typed_object_gives_its_functions_their_types() -> None:
    files = {
        "types.ts": (
            "import Anthropic from '@anthropic-ai/sdk';\nexport type Input = { client: Anthropic; q: string };\n"
            "export interface Step { name: string; run: (input: Input) => Promise<unknown> }\n"
        ),
        "step.ts": (
            "import { Step } from './types';\nconst step: Step = {\n  name: 'sum',\n  run: async (input) =>\n"
            "    input.client.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 99, messages: [{ role: 'user', content: input.q }] }),\n"
            "};\nexport default step;\n"
        ),
    }
    site = only(files)
    assert (site.sdk, site.symbol, site.model.values) == ("anthropic", "step.run", ("claude-sonnet-4-5",))


def test_a_component_and_a_loop() -> None:
    vue = (
        "<template><p>{{ r }}</p></template>\n<script setup lang=\"ts\">\nimport OpenAI from 'openai';\nconst c = new OpenAI();\n"
        "const r = await Promise.all(docs.map(async (d) =>\n"
        "  c.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: d }] })));\n</script>\n"
    )
    site = only({"src/C.vue": vue})
    assert (site.span.first_line, [loop.kind for loop in site.loops]) == (6, ["map"])


def test_comments_leave_out_and_name() -> None:
    body = "generateText({ model: openai('gpt-4o'), prompt: 'x' });\n"
    found = scanned({"a.ts": f"{CALL}// aicost: ignore\n{body}\n// aicost: feature=search\n{body}"})
    assert [s.feature for s in found.sites] == ["search"]


def test_modules_that_import_each_other_end() -> None:
    files = {
        "a.ts": f"{CALL}export * from './b';\nimport {{ M }} from './b';\ngenerateText({{ model: openai(M), prompt: 'x' }});",
        "b.ts": "export * from './a';\nimport { N } from './a';\nexport const M = N;",
    }
    assert only(files).model.values == ()


def test_what_could_not_be_read_is_a_gap() -> None:
    found = scanned({"a.ts": "const prompt = 'x';\nconst = = ;\n", "b.ts": "\x00openai"})
    assert {(g.span.path, g.span.first_line) for g in found.gaps} == {("a.ts", 2), ("b.ts", 1)}


LOOKALIKES = [
    "const messages = db.messages.create({ data: { model: 'x' } });",
    "class Agent { run() {} }\nnew Agent().run();",
    "import { Agent } from 'node:https';\nconst a = new Agent({ keepAlive: true });",
    "function generateText(o) { return o }\ngenerateText({ model: 'gpt-4o', prompt: 'x' });",
    "import { embed } from './video';\nembed('https://x');",
    "stripe.subscriptions.create({ model: 'x' });",
    "const tool = { name: 'hammer', description: 'hits', parameters: 3 };",
]


@pytest.mark.parametrize("source", LOOKALIKES)
def test_what_only_looks_alike_is_no_call(source: str) -> None:
    assert [s.span for s in scanned({"a.ts": source, "video.ts": "export const embed = (u) => u;"}).sites] == []


def test_a_function_promised_to_be_the_library_s_is_called_as_such() -> None:
    files = {
        "llm.ts": (
            f"{CALL}export function createGenerateText(label: string): typeof generateText {{\n"
            "  return async (...args) => { const [options] = args; return generateText({ ...harden(options), model: pick(label) }); };\n}\n"
        ),
        "use.ts": (
            "import { createGenerateText } from './llm';\nconst generateText = createGenerateText('sum');\n"
            "export const sum = (t: string) => generateText({ model: undefined as any, prompt: `Summarize in one line: ${t}` });\n"
        ),
    }
    found = [s for s in scanned(files).sites if s.span.path == "use.ts"]
    assert [(s.sdk, s.span.first_line) for s in found] == [("vercel-ai", 3)]
    assert "Summarize in one line" in text(found[0])

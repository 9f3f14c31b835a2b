"""The TypeScript front end, form by form: what is written left stands right in the language-neutral picture."""

from __future__ import annotations

import pytest

from prompts_scanner import ir, languages
from tests.languages.reading import binding, read, scope, shown, use, value

EXPRESSIONS = [
    ("'a\\n\\u0041\\x42\\u{1F600}'", "'a\\nAB😀'"),
    ('"line \\\ncontinued"', "'line continued'"),
    ("'\\ud83d\\ude00'", "'😀'"),
    ("'half \\ud83d'", "'half \ufffd'"),
    ("`plain`", "'plain'"),
    ("``", "''"),
    ("`a ${b} c`", "<'a ' + b + ' c'>"),
    ("`${a}${b}`", "<a + b>"),
    ("`keeps \\` and \\${this}`", "'keeps ` and ${this}'"),
    ("dedent`a ${b}`", "dedent(<'a ' + b>)"),
    ("'a' + b + 'c'", "<'a' + b + 'c'>"),
    ("a || b || 'c'", "(a or b or 'c')"),
    ("process.env.MODEL ?? 'gpt-4o'", "(process.env.MODEL or 'gpt-4o')"),
    ("process.env['MODEL'] || 'gpt-4o'", "(process.env.MODEL or 'gpt-4o')"),
    ("a ? 'x' : b ? 'y' : 'z'", "('x' if 'y' if 'z')"),
    ("a && 'x'", "('x' if None)"),
    ("1_000", "1000"),
    ("-5", "-5"),
    ("+5", "5"),
    ("0x10", "16"),
    ("1e3", "1000"),
    ("0.5", "0.5"),
    ("10n", "10"),
    ("8 * 1024", "(8 * 1024)"),
    ("100 - 1", "(100 - 1)"),
    ("null", "None"),
    ("undefined", "undefined"),
    ("true", "True"),
    ("this.model", "self.model"),
    ("a?.b?.[0]?.(1)!.c", "a.b[0](1).c"),
    ("new OpenAI({apiKey})", "OpenAI({'apiKey': apiKey})"),
    ("new OpenAI", "OpenAI()"),
    ("await f(x, ...rest)", "f(x, ...rest)"),
    ("{a: 1} as const", "{'a': 1}"),
    ("({a: 1}) satisfies T", "{'a': 1}"),
    ("<T>v", "v"),
    ("{sh, 'k-1': 2, [dyn]: 3, 4: 5, ...more}", "{'sh': sh, 'k-1': 2, dyn: 3, 4: 5, ...more}"),
    ("{m() { return 1 }, get g() { return 2 }, async *s() {}}", "{'m': function, 'g': function, 's': function}"),
    ("[1, ...xs]", "[1, spread?(xs)]"),
    ("MODELS['fast']", "MODELS.fast"),
    ("MODELS[name]", "MODELS[name]"),
    ("(first(), second())", "second()"),
    ("a === b", "===?(a, b)"),
    ("!a", "!?(a)"),
    ("z.object({q: z.string().describe('d')})", "z.object({'q': z.string().describe('d')})"),
    ("import('./x')", "import('./x')"),
    ("import.meta.env.MODEL", "import_meta.env.MODEL"),
    ("x => x + 1", "function"),
]


@pytest.mark.parametrize(("source", "expected"), EXPRESSIONS)
def test_expression(source: str, expected: str) -> None:
    assert shown(value(read(f"const x = {source};"), "x")) == expected


@pytest.mark.parametrize("suffix", [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"])
def test_every_suffix_reads_the_same(suffix: str) -> None:
    source = "import {generateText} from 'ai';\nexport const go = async ({k = 3}) => generateText({model: `m-${k}`});\n"
    module = read(source, f"src/a{suffix}")
    assert shown(use(module, "generateText").call) == "generateText({'model': <'m-' + k>})"
    assert [(p.name, shown(p.default), p.kind) for p in scope(module, "go").params] == [("k", "3", "field")]
    assert module.exports == (("go", "go"),)


BINDINGS = [
    ("const {a} = o;", "a", "o.a"),
    ("const {a: b} = o;", "b", "o.a"),
    ("const {a = 1} = o;", "a", "(o.a or 1)"),
    ("const {a: {b: {c = 2}}} = o;", "c", "(o.a.b.c or 2)"),
    ("const {'k-1': k} = o;", "k", "o.k-1"),
    ("const {a, ...rest} = o;", "rest", "o"),
    ("const [a, , c] = xs;", "c", "xs[2]"),
    ("const [a, b] = [f(), g()];", "b", "g()"),
    ("const [a = 1] = xs;", "a", "(xs[0] or 1)"),
    ("this.model = m;", "self.model", "m"),
    ("opts.model = m;", "opts.model", "m"),
    ("a.b.c = m;", "a.b.c", "m"),
    ("opts['model'] = m;", "opts[model]", "m"),
    ("({a: b} = o);", "b", "o.a"),
    ("let x; x = y = 'v';", "y", "'v'"),
]


@pytest.mark.parametrize(("source", "target", "expected"), BINDINGS)
def test_binding(source: str, target: str, expected: str) -> None:
    assert shown(value(read(source), target)) == expected


def test_growing_and_defaulting_assignments_say_what_they_are() -> None:
    module = read("let p = 'a';\np += 'b';\np ??= 'c';\n")
    assert [(b.kind, shown(b.value), b.line, b.branch) for b in module.scopes[0].bindings] == [
        ("assign", "'a'", 1, 0),
        ("aug", "'b'", 2, 0),
        ("assign", "'c'", 3, 1),
    ]


def test_branches_are_counted_and_else_if_is_no_deeper() -> None:
    module = read(
        "if (a) { x = 1 } else if (b) { x = 2 } else { if (c) x = 3 }\n"
        "try { x = 4 } catch { x = 5 } finally { x = 6 }\nswitch (a) { case 1: x = 7 }"
    )
    assert [(shown(b.value), b.branch) for b in module.scopes[0].bindings] == [
        ("1", 1),
        ("2", 1),
        ("3", 2),
        ("4", 0),
        ("5", 1),
        ("6", 0),
        ("7", 1),
    ]


# -- functions --------------------------------------------------------------------------------------------------------


def test_parameters_keep_their_places() -> None:
    module = read(
        "function f(this: Me, a: string, {b = 1, c}: {b?: number; c: OpenAI} = {}, d = 'x', ...rest: string[]) {}"
    )
    found = [(p.name, p.kind, p.position, shown(p.default), shown(p.annotation)) for p in scope(module, "f").params]
    assert found == [
        ("a", "positional", 0, "-", "string"),
        ("b", "field", 1, "1", "number"),
        ("c", "field", 1, "-", "OpenAI"),
        ("d", "positional", 2, "'x'", "-"),
        ("rest", "args", 3, "-", "array_type?"),
    ]


def test_a_renamed_or_nested_parameter_is_taken_apart_inside() -> None:
    module = read("const f = ({model: m = 'gpt', opts: {k}, ...rest}: Options) => m;")
    assert [(p.name, p.kind) for p in scope(module, "f").params] == [("#0", "positional")]
    assert shown(value(module, "m", "f")) == "(#0.model or 'gpt')"
    assert shown(value(module, "k", "f")) == "#0.opts.k"
    assert shown(value(module, "rest", "f")) == "#0"


def test_a_field_of_a_named_type_is_annotated_through_it() -> None:
    module = read("function f({llm, query}: ns.Options) {}")
    assert [shown(p.annotation) for p in scope(module, "f").params] == ["ns.Options.llm", "ns.Options.query"]


def test_functions_are_named_after_what_they_are_bound_to() -> None:
    module = read(
        "const arrow = async () => {};\nconst expr = function inner() {};\nexport default async (req) => {};\n"
        "const tools = {search: {execute: async () => {}}, run() {}};\nclass A { field = () => {}; method() {} }\n"
        "const cached = cache(async () => {});\nobj.on = () => {};\nxs.then(() => {});\n"
        "streamText({onFinish: () => {}});\n"
    )
    names = [s.qualname for s in module.scopes if s.kind == "function"]
    assert names == [
        "arrow",
        "expr",
        "default",
        "tools.search.execute",
        "tools.run",
        "A.field",
        "A.method",
        "cached",
        "obj.on",
        "<lambda>",
        "streamText.onFinish",
    ]
    assert module.exports == (("default", "default"),)


def test_returns_async_and_scope_lines() -> None:
    module = read("export async function f(a) {\n  if (a) return 'x';\n  return `y`;\n}\nconst g = (a) => ({b: a});\n")
    found = scope(module, "f")
    assert [shown(r) for r in found.returns] == ["'x'", "'y'"]
    assert (found.is_async, found.first_line, found.last_line) == (True, 1, 4)
    assert [shown(r) for r in scope(module, "g").returns] == ["{'b': a}"]


def test_jsdoc_directly_above_is_the_doc() -> None:
    module = read(
        "/**\n * Finds flights.\n *\n * @param to where\n */\nexport function find(to) {}\n\n/* no doc */\nfunction other() {}\n"
        "class T {\n  /** Runs it. */\n  run() {}\n}\n"
    )
    assert (scope(module, "find").doc, scope(module, "find").doc_line) == ("Finds flights.\n\n@param to where", 1)
    assert scope(module, "other").doc is None
    assert scope(module, "T.run").doc == "Runs it."


# -- classes, enums, interfaces ---------------------------------------------------------------------------------------


def test_class_members() -> None:
    module = read(
        "@Injectable()\nexport class Bot extends Base<X> implements Runner {\n"
        "  static model = 'gpt-4o';\n  private readonly client: OpenAI;\n  #key = 1;\n"
        "  constructor(private llm: LLM, plain: string) { super(); this.client = new OpenAI(); }\n"
        "  get current() { return this.client }\n  @tool('x') async ask(q: string): Promise<string> { return q }\n}\n"
    )
    bot = scope(module, "Bot")
    assert ([shown(b) for b in bot.bases], [shown(d) for d in bot.decorators]) == (["Base", "Runner"], ["Injectable()"])
    assert [(b.target, b.kind, shown(b.value), shown(b.annotation)) for b in bot.bindings] == [
        ("model", "field", "'gpt-4o'", "-"),
        ("client", "field", "-", "OpenAI"),
        ("#key", "field", "1", "-"),
    ]
    assert shown(value(module, "self.llm", "Bot.constructor")) == "llm"
    assert shown(value(module, "self.client", "Bot.constructor")) == "OpenAI()"
    assert [shown(d) for d in scope(module, "Bot.current").decorators] == ["property"]
    assert [shown(d) for d in scope(module, "Bot.ask").decorators] == ["tool('x')"]
    assert shown(scope(module, "Bot.ask").returns_annotation) == "Promise[string]"


def test_enum_members_are_fields() -> None:
    module = read("export enum Model { Fast = 'gpt-4o-mini', Smart = \"gpt-4o\" }\nconst enum N { A, B = 5, C }")
    assert [(b.target, shown(b.value)) for b in scope(module, "Model").bindings] == [
        ("Fast", "'gpt-4o-mini'"),
        ("Smart", "'gpt-4o'"),
    ]
    assert [(b.target, shown(b.value)) for b in scope(module, "N").bindings] == [("A", "0"), ("B", "5"), ("C", "6")]


def test_interfaces_and_object_types_say_what_fields_are() -> None:
    module = read(
        "interface LLM extends Base { complete(p: string): Promise<string>; name: string }\n"
        "export type Options = Common & { llm: LLM };\ntype Id = string;\ntype Part = Partial<Options>;"
    )
    assert [shown(d) for d in scope(module, "LLM").decorators] == ["interface"]
    assert scope(module, "LLM.complete").returns == ()
    assert [shown(b) for b in scope(module, "Options").bases] == ["Common"]
    assert shown(binding(module, "llm", "Options").annotation) == "LLM"
    assert [shown(b) for b in scope(module, "Part").bases] == ["Options"]
    assert "Id" not in {s.name for s in module.scopes}


def test_a_namespace_gives_its_names_here_and_as_members() -> None:
    module = read("namespace Prompts { export const system = 'You are'; const hidden = 1 }")
    assert shown(value(module, "system")) == "'You are'"
    assert shown(value(module, "Prompts")) == "{'system': system}"
    assert module.exports == ()


# -- modules ----------------------------------------------------------------------------------------------------------


def test_imports() -> None:
    module = read(
        "import OpenAI, { type X, Y as Z } from 'openai';\nimport * as ns from './x';\nimport 'side';\n"
        "import fs = require('fs');\nexport { a as b, default as c } from './y';\nexport * from './z';\n"
        "export * as q from '@/q';\n"
    )
    assert [(i.local, i.module, i.symbol, i.line, i.reexport) for i in module.imports] == [
        ("OpenAI", "openai", "default", 1, False),
        ("X", "openai", "X", 1, False),
        ("Z", "openai", "Y", 1, False),
        ("ns", "./x", None, 2, False),
        ("fs", "fs", "default", 4, False),
        ("b", "./y", "a", 5, True),
        ("c", "./y", "default", 5, True),
        ("*", "./z", "*", 6, True),
        ("q", "@/q", None, 7, True),
    ]


def test_commonjs() -> None:
    module = read(
        "const OpenAI = require('openai');\nconst { a, b: c } = require('./x');\nconst d = require('./y').e;\n"
        "function late() { const f = require('./z'); }\nmodule.exports = { run, model: 'gpt-4o' };\nexports.k = 3;\n",
        "a.cjs",
    )
    assert [(i.local, i.module, i.symbol) for i in module.imports] == [
        ("OpenAI", "openai", "default"),
        ("a", "./x", "a"),
        ("c", "./x", "b"),
        ("d", "./y", "e"),
    ]
    assert shown(value(module, "f", "late")) == "require('./z')"
    assert module.exports == (
        ("default", "module.exports"),
        ("run", "exports.run"),
        ("model", "exports.model"),
        ("k", "exports.k"),
    )
    assert shown(value(module, "exports.model")) == "'gpt-4o'"


def test_exports() -> None:
    module = read(
        "export const a = 1, b = 2;\nexport function f() {}\nexport class C {}\nexport enum E { X }\nconst z = 1;\n"
        "export { z as y };\nexport default f;\n"
    )
    assert module.exports == (("a", "a"), ("b", "b"), ("f", "f"), ("C", "C"), ("E", "E"), ("y", "z"), ("default", "f"))


def test_a_default_export_without_a_name() -> None:
    assert shown(value(read("export default { model: 'x' };"), "default")) == "{'model': 'x'}"
    module = read("export default class extends Base {}")
    assert (scope(module, "default").kind, module.exports) == ("class", (("default", "default"),))


# -- calls and loops --------------------------------------------------------------------------------------------------


def test_a_call_spans_its_chain_and_knows_the_line_of_its_name() -> None:
    module = read("const r = await client\n  .chat\n  .completions\n  .create({\n    model,\n  });\n")
    call = use(module, "client.chat.completions.create").call
    assert (call.line, call.end_line, call.name_line) == (1, 6, 4)


def test_calls_come_in_source_order_with_their_scope() -> None:
    module = read("class A {\n  go() { a(); [1].map((x) => b(x)); }\n}\nc(d());\n")
    found = [(shown(u.call.func), module.scopes[u.scope].qualname) for u in module.calls]
    assert found == [("a", "A.go"), ("[1].map", "A.go"), ("b", "A.go.<lambda>"), ("d", ""), ("c", "")]


LOOPS = [
    ("for (const x of xs) { f(x) }", [("for", "xs")]),
    ("for (const k in o) f(k)", [("for", "keys?(o)")]),
    ("for (let i = 0; i < 3; i++) f(i)", [("for", "range(3)")]),
    ("for (let i = 0; i < LIMIT; i++) f(i)", [("for", "range(LIMIT)")]),
    ("while (true) { f() }", [("while", "-")]),
    ("do { f() } while (x)", [("while", "-")]),
    ("await Promise.all(xs.map(async (x) => f(x)))", [("map", "xs")]),
    ("xs.forEach(function (x) { f(x) })", [("map", "xs")]),
    ("await pMap(xs, async (x) => f(x), {concurrency: 2})", [("map", "xs")]),
    ("for (const d of docs) { d.parts.map((p) => f(p)) }", [("for", "docs"), ("map", "d.parts")]),
    ("for (const x of xs) { await retry(async () => { await f(x) }) }", [("for", "xs")]),
    ("for (const x of xs) { const later = () => f(x) }", []),
    ("xs.map((x) => { const g = () => f(x) })", []),
]


@pytest.mark.parametrize(("source", "expected"), LOOPS)
def test_loops_around_a_call(source: str, expected: list[tuple[str, str]]) -> None:
    loops = use(read(source), "f").loops
    assert [(loop.kind, shown(loop.iterable)) for loop in loops] == expected


def test_a_mapped_parameter_is_a_loop_variable() -> None:
    module = read("xs.map(({id}, i) => f(id))")
    found = [(b.target, shown(b.value), b.kind) for b in scope(module, "<lambda>").bindings]
    assert found == [("#0", "xs", "loop"), ("id", "#0.id", "assign")]
    plain = read("xs.forEach((x) => f(x))")
    assert [(b.target, shown(b.value), b.kind) for b in scope(plain, "<lambda>").bindings] == [("x", "xs", "loop")]


# -- JSX and components -----------------------------------------------------------------------------------------------


def test_nothing_hides_in_jsx() -> None:
    module = read(
        "const v = <Chat prompt={build()} {...rest(1)} title='t'>\n  {xs.map((x) => <Item key={x} on={() => ask(x)} />)}\n"
        "  <>text & more</>\n</Chat>;\n",
        "a.tsx",
    )
    assert [shown(u.call.func) for u in module.calls] == ["build", "rest", "xs.map", "ask"]
    assert module.unread == ()


@pytest.mark.parametrize("path", ["C.vue", "C.svelte"])
def test_a_component_keeps_the_lines_of_its_script(path: str) -> None:
    source = (
        "<template>\n  <p>{{ x }}</p>\n</template>\n\n<script>\nexport default {}\n</script>\n"
        '<script setup lang="ts" generic="T extends Record<string, unknown>">\nconst r = await ask<T>("q");\n</script>\n'
        "<style>\n.a { color: red }\n</style>\n"
    )
    module = read(source, path)
    assert use(module, "ask").call.line == 9
    assert module.unread == ()


def test_a_component_without_a_script_is_an_empty_module() -> None:
    assert read("<template>\n<p/>\n</template>\n", "C.vue").calls == ()


def test_comments_that_speak_to_this_program() -> None:
    module = read(
        "// aicost: ignore\nf();\n/* aicost: feature=support */\ng(); // aicost: feature=x\n// nothing\nconst u = 'http://x';\n"
    )
    assert [(c.line, c.text) for c in module.comments] == [
        (1, "ignore"),
        (3, "feature=support"),
        (4, "feature=x"),
    ]


# -- code that is not right -------------------------------------------------------------------------------------------


def test_broken_code_is_read_as_far_as_it_goes_and_said() -> None:
    module = read("ask({model: 'a'});\nconst = = ;\nask({model: 'b'});\n")
    assert [shown(u.call) for u in module.calls] == ["ask({'model': 'a'})", "ask({'model': 'b'})"]
    assert module.unread == (2,)


def test_what_is_no_code_is_broken() -> None:
    for source in (b"\x00\x01binary", b"%PDF-1.7 " + b"<<< %%% )) ((" * 50):
        assert isinstance(languages.parse("a.ts", source), ir.Broken)


def test_generated_and_huge_files_are_named_as_such() -> None:
    minified = languages.parse("a.js", b"var a=1;" * 20_000)
    assert isinstance(minified, ir.Broken) and "minified" in minified.reason
    huge = languages.parse("a.ts", b"const a = 1;\n" * 200_000)
    assert isinstance(huge, ir.Broken) and "larger" in huge.reason


def test_javascript_with_types_after_all() -> None:
    module = read("// @flow\nfunction f(a: string): void { g(a) }\n", "a.js")
    assert shown(use(module, "g").call) == "g(a)"
    assert module.unread == ()

"""Where an import of TypeScript leads, through what projects configure."""

from __future__ import annotations

import json

import pytest

from prompts_scanner.program import Program
from prompts_scanner.tree import MemoryTree


def found(files: dict[str, str], importer: str, specifier: str, outside: frozenset[str] = frozenset()) -> str | None:
    program = Program(MemoryTree({importer: "", **files}), {}, outside=outside)
    return program.find_module(importer, specifier)


def config(**options: object) -> str:
    return "// settings\n" + json.dumps({"compilerOptions": options, "include": ["**/*.ts"]})[:-1] + ",}"


RELATIVE = [
    ("./b", "src/b.ts"),
    ("./b.js", "src/b.ts"),
    ("./barrel", "src/barrel/index.ts"),
    ("./barrel/index.js", "src/barrel/index.ts"),
    ("../lib/c", "lib/c.mts"),
    ("../lib/c.mjs", "lib/c.mts"),
    ("./View.vue", "src/View.vue"),
    ("./types", "src/types.d.ts"),
    (".", "src/index.tsx"),
    ("./gone", None),
    ("../../outside", None),
]


@pytest.mark.parametrize(("specifier", "expected"), RELATIVE)
def test_relative(specifier: str, expected: str | None) -> None:
    paths = ("src/b.ts", "src/barrel/index.ts", "lib/c.mts", "src/View.vue", "src/types.d.ts", "src/index.tsx")
    assert found(dict.fromkeys(paths, ""), "src/a.ts", specifier) == expected


def test_paths_of_tsconfig_the_longest_pattern_first() -> None:
    files = {
        "tsconfig.json": config(baseUrl=".", paths={"@/*": ["./src/*"], "@/ui/*": ["./ui/*"], "exact": ["src/x.ts"]}),
        "src/lib/p.ts": "",
        "ui/lib/p.ts": "",
        "src/x.ts": "",
    }
    assert found(files, "src/app/a.ts", "@/lib/p") == "src/lib/p.ts"
    assert found(files, "src/app/a.ts", "@/ui/lib/p") == "ui/lib/p.ts"
    assert found(files, "src/app/a.ts", "exact") == "src/x.ts"


def test_paths_are_relative_to_the_file_that_says_them() -> None:
    files = {
        "tsconfig.base.json": config(paths={"@shared/*": ["libs/shared/src/*"]}),
        "apps/web/tsconfig.json": json.dumps({"extends": "../../tsconfig.base.json"}),
        "libs/shared/src/p.ts": "",
    }
    assert found(files, "apps/web/src/a.ts", "@shared/p") == "libs/shared/src/p.ts"


def test_references_of_a_solution_file() -> None:
    files = {
        "tsconfig.json": json.dumps({"files": [], "references": [{"path": "./tsconfig.app.json"}]}),
        "tsconfig.app.json": config(paths={"~/*": ["./app/*"]}),
        "app/p.ts": "",
    }
    assert found(files, "app/a.ts", "~/p") == "app/p.ts"


def test_base_url_alone_gives_bare_names() -> None:
    files = {"tsconfig.json": config(baseUrl="src"), "src/prompts/system.ts": ""}
    assert found(files, "src/a.ts", "prompts/system") == "src/prompts/system.ts"


@pytest.mark.parametrize("specifier", ["@/lib/p", "~/lib/p", "$lib/p", "src/lib/p"])
def test_aliases_of_frameworks_without_a_tsconfig(specifier: str) -> None:
    assert found({"web/src/lib/p.ts": ""}, "web/src/app/a.ts", specifier) == "web/src/lib/p.ts"


def test_imports_of_package_json() -> None:
    files = {
        "package.json": json.dumps({"imports": {"#lib/*": "./src/lib/*.ts", "#db": {"node": "./src/db.ts"}}}),
        "src/lib/p.ts": "",
        "src/db.ts": "",
    }
    assert found(files, "src/a.ts", "#lib/p") == "src/lib/p.ts"
    assert found(files, "src/a.ts", "#db") == "src/db.ts"


MANIFESTS: list[tuple[dict[str, object], str, str]] = [
    ({}, "@acme/prompts", "packages/prompts/src/index.ts"),
    ({"main": "dist/index.js"}, "@acme/prompts", "packages/prompts/src/index.ts"),
    ({"source": "src/main.ts"}, "@acme/prompts", "packages/prompts/src/main.ts"),
    (
        {"exports": {".": {"types": "./dist/main.d.ts", "import": "./dist/main.js"}}},
        "@acme/prompts",
        "packages/prompts/src/main.ts",
    ),
    ({"exports": {"./*": "./dist/*.js"}}, "@acme/prompts/system", "packages/prompts/src/system.ts"),
    ({}, "@acme/prompts/system", "packages/prompts/src/system.ts"),
]


@pytest.mark.parametrize(("manifest", "specifier", "expected"), MANIFESTS)
def test_packages_of_the_workspace_lead_to_their_sources(
    manifest: dict[str, object], specifier: str, expected: str
) -> None:
    files = {"packages/prompts/package.json": json.dumps({"name": "@acme/prompts", **manifest})}
    files |= dict.fromkeys(
        ("packages/prompts/src/index.ts", "packages/prompts/src/main.ts", "packages/prompts/src/system.ts"), ""
    )
    assert found(files, "apps/web/a.ts", specifier) == expected


def test_a_library_is_outside_even_in_its_own_repository() -> None:
    files = {"packages/ai/package.json": json.dumps({"name": "ai"}), "packages/ai/src/index.ts": ""}
    assert found(files, "examples/a.ts", "ai") == "packages/ai/src/index.ts"
    assert found(files, "examples/a.ts", "ai", frozenset({"ai"})) is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"extends": 3, "compilerOptions": {"paths": {"@/*": "x"}}}', '{"extends": "./tsconfig.json"}'],
)
def test_broken_settings_are_no_settings(text: str) -> None:
    assert found({"tsconfig.json": text, "package.json": text, "src/b.ts": ""}, "src/a.ts", "@/b") == "src/b.ts"


def test_settings_that_extend_each_other_end() -> None:
    files = {
        "a/tsconfig.json": '{"extends": "../b/tsconfig.json"}',
        "b/tsconfig.json": '{"extends": "../a/tsconfig.json"}',
    }
    assert found(files, "a/x.ts", "@acme/y") is None


def test_data_files() -> None:
    program = Program(MemoryTree({"src/a.ts": "", "src/p/system.md": "You are", "src/m.json": "{}"}), {})
    for specifier in ("./p/system.md", "./p/system.md?raw", "raw-loader!./p/system.md", "@/p/system.md"):
        assert program.find_asset("src/a.ts", specifier) == "src/p/system.md"
    assert program.find_asset("src/a.ts", "./m.json") == "src/m.json"
    assert program.find_asset("src/a.ts", "./a") is None
    assert program.find_asset("src/a.ts", "./gone.md") is None

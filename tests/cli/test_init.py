"""`init` on real repositories: what it proposes is read back as it was meant, makes up no number and harms no file."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot import release, starter
from bot.config import Use, parse_config
from bot.pipeline import named_models
from bot.traffic import feature_for
from prompts_scanner.model import CallSite, Operation, Setting, Span
from tests.cli.conftest import Run, chat, run_cli
from tests.revisions.conftest import Repo

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ".aicost.yml"
WORKFLOW = ".github/workflows/ai-cost.yml"
LOOSE = """from openai import OpenAI


def answer(question: str, model: str) -> str:
    return OpenAI().chat.completions.create(model=model, messages=[{"role": "user", "content": question}])
"""
EMBED = """from openai import OpenAI


def vector(text: str):
    return OpenAI().embeddings.create(model="text-embedding-3-small", input=text)
"""
TAGGED = chat().replace("    done = ", "    # aicost: feature=Help:desk\n    done = ")


def site(path: str, *, feature: str | None = None, operation: Operation = "chat", model: str = "") -> CallSite:
    span = Span(path, 3, 4)
    setting = Setting(values=(model,) if model else (), resolution="literal" if model else "unresolved", span=span)
    return CallSite(
        id=f"{path}::f#1", sdk="openai", operation=operation, span=span, symbol="f", context="prod", model=setting,
        feature=feature,
    )  # fmt: skip


def uncommented(text: str) -> str:
    """With every proposed key (a comment of the form `# key:`) in force, its note still a comment."""
    return re.sub(r"^( *)# ((?:  )*(?:[a-z_]+|\"[^\n]*\"|[\w./*:\[\]-]+):(?: |$))", r"\1\2", text, flags=re.M)


# -- the command -------------------------------------------------------------------------------------------------------


def test_a_first_run_writes_both_files_and_says_what_is_next(repo: Repo, aicost: Run) -> None:
    repo.write("app/search/embed.py", EMBED)
    repo.write("app/router/pick.py", LOOSE)
    done = aicost("init", cwd=repo.path / "app")
    assert (done.code, done.err) == (0, "")
    text = (repo.path / CONFIG).read_text(encoding="utf-8")
    config = parse_config(text, CONFIG)
    assert {f.name: [m.path for m in f.matches] for f in config.features} == {
        "router": ["app/router/**"],
        "search": ["app/search/**", "app/search/**"],
        "chat": ["app/chat.py"],
    }
    assert [m.operation for f in config.features if f.name == "search" for m in f.matches] == ["embed", None]
    place = r"app/router/pick\.py"
    assert re.search(rf'^#   "{place}[^\n]*": \[\]   # {place}:5 chat, model chosen at run time$', text, re.M)
    assert (repo.path / WORKFLOW).read_text(encoding="utf-8") == starter.workflow()
    assert "Found 3 call sites, proposed as 3 features." in done.out
    assert "name the models          1 of 3 call sites choose theirs at run time: `models:` in .aicost.yml" in done.out
    assert re.findall(r"^  (\d)\. ", done.out.partition("Next:\n")[2], re.M) == ["1", "2", "3", "4"]
    # The features are in force at once.
    assert '"search"' in aicost("scan", "--format", "json", cwd=repo.path).out


def test_editors_find_the_schema_of_this_release() -> None:
    first = starter.config_text([site("a/b.py")]).splitlines()[0]
    path = first.partition(f"/{release.ACTION}/{release.TAG}/")[2]
    assert first.startswith("# yaml-language-server: $schema=https://") and (ROOT / path).is_file()


def test_no_number_is_made_up(repo: Repo, aicost: Run) -> None:
    repo.write("app/search/embed.py", EMBED)
    assert aicost("init", cwd=repo.path).code == 0
    config = parse_config((repo.path / CONFIG).read_text(encoding="utf-8"), CONFIG)
    assert all(f.use == Use() and all(m.use == Use() for m in f.matches) for f in config.features)
    assert all(f.success_share is None and f.outcome_share is None for f in config.features)
    assert not config.budgets.any and not config.prices and not config.models
    everything = yaml.safe_load((repo.path / CONFIG).read_text(encoding="utf-8"))
    assert set(everything) == {"version", "features"}


def test_every_key_that_it_names_is_a_key(repo: Repo, aicost: Run) -> None:
    repo.write("app/search/embed.py", EMBED)
    assert aicost("init", cwd=repo.path).code == 0
    _, _, policy = (repo.path / CONFIG).read_text(encoding="utf-8").partition("\n")
    text = uncommented(policy)
    data = yaml.safe_load(text)
    assert {"calls_per_month", "output_tokens", "outcome", "success_share"} <= set(data["features"]["chat"])
    assert "dynamic_input_tokens" in data["features"]["search"]["match"][0]
    assert set(data["budgets"]) == {"total", "every_feature", "unknown"}
    assert parse_config(text, CONFIG).features


def test_a_second_run_changes_nothing_unless_forced(repo: Repo, aicost: Run) -> None:
    assert aicost("init", cwd=repo.path).code == 0
    (repo.path / CONFIG).write_text("version: 1\n# mine\n")
    done = aicost("init", cwd=repo.path)
    assert done.code == 2
    assert f"{CONFIG} and {WORKFLOW} exist already; nothing was written." in done.err and "--force" in done.err
    assert (repo.path / CONFIG).read_text() == "version: 1\n# mine\n"
    done = aicost("init", "--force", cwd=repo.path)
    assert done.code == 0 and f"replaced {CONFIG}" in done.out
    assert "features:" in (repo.path / CONFIG).read_text()


def test_one_file_that_exists_is_kept_whatever_its_ending(repo: Repo, aicost: Run) -> None:
    repo.write(".aicost.yaml", "version: 1\n")
    done = aicost("init", cwd=repo.path)
    assert done.code == 0 and "kept     .aicost.yaml" in done.out
    assert "Found 1 call site.\n" in done.out and "proposed" not in done.out
    assert (repo.path / ".aicost.yaml").read_text() == "version: 1\n"
    assert not (repo.path / CONFIG).exists() and (repo.path / WORKFLOW).is_file()


def test_a_broken_policy_can_be_replaced(repo: Repo, aicost: Run) -> None:
    repo.write(CONFIG, "featurs: {}\n")
    assert aicost("init", "--force", cwd=repo.path).code == 0
    assert aicost("scan", cwd=repo.path).code == 0


def test_a_dry_run_prints_and_writes_nothing(repo: Repo, aicost: Run) -> None:
    done = aicost("init", "--dry-run", cwd=repo.path)
    assert done.code == 0
    assert f"# ---- {CONFIG} ----" in done.out and starter.workflow() in done.out
    assert repo.git("status", "--porcelain") == ""


def test_as_json_it_says_the_same(repo: Repo, aicost: Run) -> None:
    repo.write("app/router/pick.py", LOOSE)
    dry = json.loads(aicost("init", "--dry-run", "--format", "json", cwd=repo.path).out)
    assert [(f["path"], f["state"]) for f in dry["files"]] == [(CONFIG, None), (WORKFLOW, None)]
    assert parse_config(dry["files"][0]["text"], CONFIG).features and not (repo.path / CONFIG).exists()
    made = json.loads(aicost("init", "--format", "json", cwd=repo.path).out)
    assert made["files"] == [{"path": name, "state": "wrote", "text": None} for name in (CONFIG, WORKFLOW)]
    assert (repo.path / CONFIG).read_text(encoding="utf-8") == dry["files"][0]["text"]
    items = json.loads(aicost("scan", "--format", "json", cwd=repo.path).out)["items"]
    scanned = {item["id"] for item in items if item["kind"] == "call"}
    assert len(scanned) == 2
    assert {site_id for f in made["features"] for site_id in f["sites"]} == scanned
    assert {f["name"]: f["paths"] for f in made["features"]} == {"router": ["app/router/**"], "chat": ["app/chat.py"]}
    assert [site_id.partition("::")[0] for site_id in made["sites_without_model"]] == ["app/router/pick.py"]


def test_without_a_call_it_says_what_it_looked_at(tmp_path: Path, aicost: Run) -> None:
    empty = Repo(tmp_path / "empty")
    empty.write("a.py", "x = 1\n")
    empty.write("README.md", "hello\n")
    empty.write("tests/test_chat.py", chat())
    done = aicost("init", cwd=empty.path)
    assert done.code == 0
    assert (
        "No call to a language model found in code for production: 3 files looked at, 1 of them parsed" in done.out
        and "Nothing was written" in done.out
    )
    assert "1 call site in tests, examples or documentation only: aicost-review scan --all" in done.out
    nothing = {"files": [], "features": [], "sites_without_model": []}
    assert json.loads(aicost("init", "--format", "json", cwd=empty.path).out) == nothing
    assert sorted(p.name for p in empty.path.iterdir()) == [".git", "README.md", "a.py", "tests"]


def test_a_repository_without_a_commit_is_enough(tmp_path: Path, aicost: Run) -> None:
    new = Repo(tmp_path / "new")
    new.write("chat.py", chat())
    assert aicost("init", cwd=new.path).code == 0
    assert [f.name for f in parse_config((new.path / CONFIG).read_text(), CONFIG).features] == ["chat"]


def test_a_bare_repository_and_no_repository_are_errors_with_advice(tmp_path: Path, aicost: Run) -> None:
    bare = Repo(tmp_path / "bare.git", "--bare")
    done = aicost("init", str(bare.path))
    assert done.code == 2 and "bare repository" in done.err and "git clone" in done.err
    (tmp_path / "plain").mkdir()
    done = aicost("init", str(tmp_path / "plain"))
    assert done.code == 2 and "hint: " in done.err


def test_a_link_does_not_lead_it_out_of_the_repository(repo: Repo, aicost: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repo.path / ".github").symlink_to(outside)
    done = aicost("init", cwd=repo.path)
    assert done.code == 2 and "leaves the repository; nothing was written" in done.err
    assert list(outside.iterdir()) == [] and not (repo.path / CONFIG).exists()


def test_a_link_at_the_place_of_the_policy_is_replaced_not_followed(repo: Repo, aicost: Run, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine\n")
    (repo.path / CONFIG).symlink_to(precious)
    assert "kept" in aicost("init", cwd=repo.path).out
    assert aicost("init", "--force", cwd=repo.path).code == 0
    assert precious.read_text() == "mine\n" and not (repo.path / CONFIG).is_symlink()


def test_hostile_paths_stay_data(tmp_path: Path, aicost: Run) -> None:
    paths = ['a b/x: [y] # "q"/one.py', "'t/{z}/two.py", "- !!python/x/&a *b/three.py", "\u202eflip/\u2028line/four.py"]
    made = Repo(tmp_path / "hostile")
    for path in paths:
        made.write(path, chat())
    assert aicost("init", cwd=made.path).code == 0
    text = (made.path / CONFIG).read_text(encoding="utf-8")
    assert "\u202e" not in text and "\u2028" not in text
    config = parse_config(text, CONFIG)
    assert len(config.features) == len(paths)
    assert {feature_for(site(path), config) for path in paths} == {f.name for f in config.features}


def test_a_feature_that_the_code_names_is_taken_over(repo: Repo, aicost: Run) -> None:
    repo.write("app/desk.py", TAGGED)
    assert aicost("init", cwd=repo.path).code == 0
    config = parse_config((repo.path / CONFIG).read_text(), CONFIG)
    assert [(f.name, len(f.matches)) for f in config.features] == [("chat", 1), ("Help:desk", 0)]


# -- the proposal ------------------------------------------------------------------------------------------------------


def test_the_workflow_is_the_example() -> None:
    example = (ROOT / "examples/workflows/pull-request.yml").read_text(encoding="utf-8")
    assert starter.workflow() == example


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["chat.py"], ["chat"]),
        (["shop/help.py", "shop/sort.py"], ["help", "sort"]),
        (["web/src/main.ts"], ["web"]),
        (["app/api/chat/route.ts", "app/api/title/route.ts"], ["chat", "title"]),
        (["a/bot/x.py", "b/bot/y.py"], ["a-bot", "b-bot"]),
        (["a/bot/x.py", "a/bot/inner/y.py"], ["inner", "bot"]),
        (["(group)/[id]/x.ts"], ["id"]),
    ],
)
def test_names_say_what_tells_places_apart(paths: list[str], names: list[str]) -> None:
    assert [p.name for p in starter.propose([site(path) for path in paths])] == names


def test_many_places_become_fewer_by_whole_folders() -> None:
    paths = [f"area{a}/part{b}/f.py" for a in range(5) for b in range(30)]
    assert [p.globs for p in starter.propose([site(path) for path in paths])] == [(f"area{a}/**",) for a in range(5)]


PART = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=12).filter(
    lambda part: part not in (".", "..")
)
PATHS = st.lists(st.lists(PART, min_size=1, max_size=4).map("/".join), min_size=1, max_size=40, unique=True)
TAG = st.none() | st.text(max_size=12)


@given(PATHS, st.data())
def test_each_site_falls_into_the_feature_that_was_proposed_for_it(paths: list[str], data: st.DataObject) -> None:
    # A file is no folder of another.
    paths = [p for p in paths if not any(o.startswith(f"{p}/") for o in paths)]
    operations: st.SearchStrategy[Operation] = st.sampled_from(["chat", "embed"])
    sites = [site(p, feature=data.draw(TAG), operation=data.draw(operations)) for p in paths]
    config = parse_config(starter.config_text(sites), CONFIG)
    proposals = starter.propose(sites)
    assert [f.name for f in config.features] == [p.name for p in proposals]
    for proposal in proposals:
        assert {feature_for(s, config) for s in proposal.sites} == {proposal.name}
    proposed = {s.id for p in proposals for s in p.sites}
    assert {s.id for s in sites if s.feature is None} <= proposed


@given(PATHS, st.data())
def test_named_models_reach_every_site_and_do_not_mix_features_or_kinds_of_calls(
    paths: list[str], data: st.DataObject
) -> None:
    paths = [p for p in paths if not any(o.startswith(f"{p}/") for o in paths)]
    operations: st.SearchStrategy[Operation] = st.sampled_from(["chat", "embed"])
    sites = [site(p, operation=data.draw(operations)) for p in paths]
    lines = starter.config_text(sites).partition("\n# models:\n")[2].partition("\n\n")[0].splitlines()
    assert 0 < len(lines) <= len(sites)
    named = [line.removeprefix("#").replace(": []   #", f": [m{n}]   #") for n, line in enumerate(lines)]
    config = parse_config("models:\n" + "\n".join(named) + "\n", CONFIG)
    reached: dict[tuple[str, ...], set[tuple[str, str]]] = {}
    for proposal in starter.propose(sites):
        for one in proposal.sites:
            reached.setdefault(named_models(one, config), set()).add((proposal.name, one.operation))
    assert all(models and len(told) == 1 for models, told in reached.items())


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_a_quoted_text_is_read_back(text: str) -> None:
    assert yaml.safe_load(starter.quoted(text)) == text
    assert len(f"# {starter.shown_in_comment(text)}".splitlines()) == 1


def test_an_overlong_path_is_matched_by_its_beginning() -> None:
    path = "/".join(["[long]" * 8] * 8) + "/f.py"
    config = parse_config(starter.config_text([site(path)]), CONFIG)
    assert len(config.features[0].matches[0].path or "") <= starter.MAX_NAME_CHARS
    assert feature_for(site(path), config) == config.features[0].name


def test_a_choice_of_models_is_told_as_one() -> None:
    values = ("gpt-4o", "gpt-4o-mini", "o3")
    one = site("a/b/c.py", model="gpt-4o")
    text = starter.config_text([replace(one, model=replace(one.model, values=values))])
    assert "# a/b/c.py:3 chat, gpt-4o or one of 2 more\n" in text and "models:" not in text


def test_it_is_among_the_commands() -> None:
    assert run_cli("--help").out.count("  init ") == 1

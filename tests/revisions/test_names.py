"""Names of revisions: what resolves, what is refused, and the advice for what cannot be found."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ReviewError
from bot.git_plumbing import Plumbing, find_place
from bot.revisions import open_repository
from tests.revisions.conftest import GIT_VERSION, Repo, run_git


def test_names_resolve_to_full_ids(repo: Repo) -> None:
    repo.git("tag", "-a", "v1", "-m", "one", "main")
    main = repo.git("rev-parse", "main")
    with open_repository(repo.path) as opened:
        for name in ("main", "v1", "refs/heads/main", "HEAD~1", "change^", main, main[:10], "HEAD^{commit}~1"):
            assert opened.resolve(name) == main


def test_a_branch_that_only_the_remote_has(repo: Repo, tmp_path: Path) -> None:
    repo.git("branch", "release/2")
    run_git(tmp_path, "clone", "-q", str(repo.path), "clone")
    with open_repository(tmp_path / "clone") as opened:
        assert opened.resolve("release/2") == repo.git("rev-parse", "release/2")


@pytest.mark.parametrize(
    "rev",
    ["", "-x", "--output=/tmp/x", "--upload-pack=touch x", "--help", "a b", "a\nb", "a\0b", "\x1b[0m", "x" * 5000],
)
def test_what_could_be_an_option_is_refused(repo: Repo, tmp_path: Path, rev: str) -> None:
    with open_repository(repo.path) as opened:
        for ask in (opened.resolve, opened.tree, opened.default_base):
            with pytest.raises(ReviewError, match="not the name of a revision") as error:
                ask(rev)
            assert "\x1b" not in error.value.message
        with pytest.raises(ReviewError):
            opened.merge_base("main", rev)
        with pytest.raises(ReviewError):
            opened.renames("main", rev or "-")


def test_only_listed_verbs_run(repo: Repo) -> None:
    with pytest.raises(ValueError, match="plumbing"):
        Plumbing(find_place(repo.path)).run("show", "HEAD")


@pytest.mark.parametrize("rev", ["main..change", "HEAD:app.py", ":/second", "^main", "main^{tree}", "no/such/thing"])
def test_what_is_not_a_commit_is_unknown(repo: Repo, rev: str) -> None:
    with open_repository(repo.path) as opened, pytest.raises(ReviewError, match="Unknown revision"):
        opened.resolve(rev)


def test_an_unknown_name_is_answered_with_near_ones(repo: Repo) -> None:
    repo.git("tag", "v1.2.3")
    for number in range(10):
        repo.git("branch", f"topic-{number}")
    with open_repository(repo.path) as opened:
        for wrong, near in (("mian", "main"), ("chnage", "change"), ("v1.2.4", "v1.2.3")):
            with pytest.raises(ReviewError, match="Unknown revision") as error:
                opened.resolve(wrong)
            assert near in error.value.hint


def test_a_commit_id_that_is_not_here(repo: Repo) -> None:
    with open_repository(repo.path) as opened:
        for missing in ("1" * 40, "0" * 40, "abcdef1234"):
            with pytest.raises(ReviewError, match="not in this clone") as error:
                opened.resolve(missing)
            assert "git fetch origin" in error.value.hint


def test_not_a_repository(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match="not in a git repository"):
        open_repository(tmp_path)
    with pytest.raises(ReviewError, match="There is no folder"):
        open_repository(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReviewError, match="is a file"):
        open_repository(tmp_path / "file")
    (tmp_path / ".git").write_text("gitdir: \0elsewhere\n")
    with pytest.raises(ReviewError, match="does not lead to"):
        open_repository(tmp_path)


def test_empty_repository(tmp_path: Path) -> None:
    made = Repo(tmp_path / "empty")
    made.write("app.py", "x\n")
    with open_repository(made.path) as opened:
        assert opened.worktree().paths() == ("app.py",)
        for ask in (lambda: opened.tree("HEAD"), lambda: opened.resolve("main"), lambda: opened.default_base(None)):
            with pytest.raises(ReviewError, match="no commits yet"):
                ask()


def test_unborn_branch(repo: Repo) -> None:
    repo.git("switch", "-q", "--orphan", "fresh")
    with open_repository(repo.path) as opened:
        with pytest.raises(ReviewError, match="The branch fresh has no commits yet"):
            opened.default_base(None)
        assert opened.tree("main").paths() == ("app.py", "prompts/system.md")


def test_a_damaged_commit(repo: Repo) -> None:
    commit = repo.git("rev-parse", "main")
    loose = repo.path / ".git" / "objects" / commit[:2] / commit[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"rubbish")
    with open_repository(repo.path) as opened, pytest.raises(ReviewError) as error:
        opened.tree("main")
    assert "fsck" in error.value.hint


def test_broken_settings_of_the_repository(repo: Repo) -> None:
    (repo.path / ".git" / "config").write_text("[core\n")
    with pytest.raises(ReviewError, match="cannot open the repository"):
        open_repository(repo.path)


@pytest.mark.skipif(GIT_VERSION < (2, 32), reason="GIT_CONFIG_GLOBAL came with git 2.32")
def test_the_users_broken_settings_do_not_matter(repo: Repo, nobody: Path) -> None:
    (nobody / ".gitconfig").write_text("[core\n")
    with open_repository(repo.path) as opened:
        assert opened.worktree().paths() == ("app.py", "prompts/system.md")


def test_base_is_where_the_change_left_the_default_branch(repo: Repo) -> None:
    fork = repo.git("rev-parse", "main")
    repo.git("switch", "-q", "main")
    repo.write("later.md", "x\n")
    repo.commit()
    repo.git("switch", "-q", "change")
    with open_repository(repo.path) as opened:
        assert opened.default_base(None) == fork
        assert opened.default_base("change") == fork
        assert opened.merge_base("main", "change") == fork


def test_on_the_default_branch_the_base_is_its_head(repo: Repo) -> None:
    repo.git("switch", "-q", "main")
    with open_repository(repo.path) as opened:
        assert opened.default_base(None) == repo.git("rev-parse", "main")
        with pytest.raises(ReviewError, match="already part of main") as error:
            opened.default_base("main")
        assert "--base" in error.value.hint


def test_unrelated_histories(repo: Repo) -> None:
    alien = repo.commit_tree(repo.raw_tree([]))
    with open_repository(repo.path) as opened, pytest.raises(ReviewError, match="no common ancestor"):
        opened.default_base(alien)


def test_default_branch_order(repo: Repo, tmp_path: Path, nobody: Path) -> None:
    repo.git("branch", "develop", "main")
    repo.git("symbolic-ref", "HEAD", "refs/heads/develop")
    clone = Path(tmp_path / "clone")
    run_git(tmp_path, "clone", "-q", str(repo.path), "clone")

    def answer() -> str:
        with open_repository(clone) as opened:
            return opened.default_branch()

    assert answer() == "origin/develop"
    run_git(clone, "remote", "set-head", "origin", "-d")
    assert answer() == "origin/main"
    run_git(clone, "update-ref", "-d", "refs/remotes/origin/main")
    run_git(clone, "branch", "master")
    assert answer() == "master"
    run_git(clone, "branch", "-m", "master", "trunk")
    with pytest.raises(ReviewError, match="Cannot tell which branch") as error:
        answer()
    assert "trunk" in error.value.hint
    (nobody / ".gitconfig").write_text("[init]\n\tdefaultBranch = trunk\n")
    assert answer() == "trunk"


def test_the_only_branch_is_the_default(tmp_path: Path) -> None:
    made = Repo(tmp_path / "one")
    made.git("symbolic-ref", "HEAD", "refs/heads/stem")
    made.commit()
    with open_repository(made.path) as opened:
        assert opened.default_branch() == "stem"


def test_a_clone_of_one_branch_does_not_know_the_default(repo: Repo, tmp_path: Path) -> None:
    """Taking the only branch for the default would compare the change with itself, and call it free."""
    repo.git("switch", "-q", "main")
    run_git(tmp_path, "clone", "-q", "--depth=1", "--branch=change", f"file://{repo.path}", "one")
    with open_repository(tmp_path / "one") as opened, pytest.raises(ReviewError, match="Cannot tell") as error:
        opened.default_base(None)
    assert "--base BRANCH" in error.value.hint
    assert "fetch-depth: 0" in error.value.hint


def test_an_unborn_head_is_not_the_remotes_head(repo: Repo, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", str(repo.path), "clone")
    run_git(tmp_path / "clone", "switch", "-q", "--orphan", "fresh")
    with open_repository(tmp_path / "clone") as opened, pytest.raises(ReviewError, match="no commits yet"):
        opened.resolve("HEAD")


LONG = "".join(f"Line {n} of a prompt that is long enough to be recognised.\n" for n in range(20))


def test_renames_between_commits(repo: Repo) -> None:
    repo.write("old name.md", LONG)
    base = repo.commit()
    repo.git("mv", "old name.md", "new é.md")
    repo.write("new é.md", LONG + "One line more.\n")
    head = repo.commit()
    with open_repository(repo.path) as opened:
        assert opened.renames(base, head) == {"old name.md": "new é.md"}
        assert opened.renames(head, base) == {"new é.md": "old name.md"}
        assert opened.changed_paths(base, head) == ("new é.md", "old name.md")


def test_renames_in_the_work_tree_untracked_and_edited(repo: Repo, tmp_path: Path) -> None:
    repo.write("old name.md", LONG)
    repo.write("other.md", "Nothing like it.\n")
    base = repo.commit()
    (repo.path / "old name.md").unlink()
    (repo.path / "other.md").unlink()
    repo.write("deep/new é.md", LONG + "One line more.\n")
    repo.write("unlike.md", "A text of its own, with no line of another.\n")
    odd = repo.path.rename(tmp_path / 'odd: "name')
    with open_repository(odd) as opened:
        assert opened.renames(base, None) == {"old name.md": "deep/new é.md"}


def test_no_setting_turns_renames_off(repo: Repo) -> None:
    repo.git("config", "diff.renames", "false")
    repo.git("config", "diff.renameLimit", "1")
    repo.git("mv", "prompts/system.md", "prompts/moved.md")
    head = repo.commit()
    with open_repository(repo.path) as opened:
        assert opened.renames("main", head) == {"prompts/system.md": "prompts/moved.md"}

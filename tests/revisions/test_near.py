"""The head's files are told from the base's where git says what differs: the very listing that git would give of the head."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import git_objects
from bot.git_objects import FILE_LIMIT_BYTES, GitTree
from bot.revisions import open_repository
from tests.revisions.conftest import Repo


def told(tree: GitTree) -> object:
    listed = {path: (tree.key(path), tree.read(path)) for path in tree.paths()}
    return tree.name, list(listed.items()), tree.gaps()


def edits(repo: Repo, name: str) -> None:
    path: Path = repo.path
    if name == "edited":
        repo.write("app.py", "MODEL = 'c'\n")
    elif name == "added and removed":
        repo.write("a/first.py", "A = 1\n")
        repo.write("zz.py", "Z = 1\n")
        (path / "prompts/system.md").unlink()
    elif name == "a file became a folder":
        (path / "app.py").unlink()
        repo.write("app.py/inner.py", "A = 1\n")
    elif name == "a file became a link":
        (path / "app.py").unlink()
        (path / "app.py").symlink_to("prompts/system.md")
    elif name == "made to run":
        (path / "app.py").chmod(0o755)
    elif name == "a link beside":
        (path / "link").symlink_to("app.py")
    elif name == "too large":
        repo.write("app.py", b"x" * (FILE_LIMIT_BYTES + 1))


@pytest.mark.parametrize("first", ["edited", "a link beside"])
@pytest.mark.parametrize(
    "then",
    ["edited", "added and removed", "a file became a folder", "a file became a link", "made to run", "too large"],
)
def test_the_listing_of_a_near_tree_is_the_listing(repo: Repo, first: str, then: str) -> None:
    edits(repo, first)
    repo.commit("base")
    edits(repo, then)
    repo.commit("head")
    with open_repository(repo.path) as opened:
        plain = told(opened.tree_once(repo.git("rev-parse", "HEAD")))
    with open_repository(repo.path) as opened:
        before = told(opened.tree(repo.git("rev-parse", "HEAD~1")))
        assert told(opened.tree("HEAD")) == plain
        assert before != plain


def test_too_many_changes_are_listed_whole(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_objects, "MANY_CHANGES", 2)
    for number in range(5):
        repo.write(f"many/{number}.py", f"A = {number}\n")
    repo.commit("many")
    with open_repository(repo.path) as opened:
        plain = told(opened.tree_once(repo.git("rev-parse", "HEAD")))
        opened.tree("HEAD~1")
        assert told(opened.tree("HEAD")) == plain


@pytest.mark.parametrize("names", [[b"app.py", b"app.py"], [b".."], [b"a\xff"], [b".git"], [b"a\nb"]])
def test_a_tree_that_no_work_tree_could_have_is_listed_whole(repo: Repo, names: list[bytes]) -> None:
    blob, other = repo.blob(b"A = 1\n"), repo.blob(b"A = 2\n")
    plain_tree = repo.raw_tree([("100644", b"app.py", blob)])
    odd_tree = repo.raw_tree([("100644", name, oid) for name, oid in zip(names, (blob, other), strict=False)])
    plain, odd = repo.commit_tree(plain_tree), repo.commit_tree(odd_tree)
    for base, head in ((plain, odd), (odd, plain), (odd, odd)):
        with open_repository(repo.path) as opened:
            whole = told(opened.tree_once(head))
        with open_repository(repo.path) as opened:
            opened.tree(base)
            assert told(opened.tree(head)) == whole

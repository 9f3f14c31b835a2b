"""Commits as trees: what is listed and read from work tree, bare, shallow, linked and partial clones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.errors import ReviewError
from bot.git_objects import FILE_LIMIT_BYTES
from bot.revisions import open_repository
from tests.revisions.conftest import Repo, run_git


def reasons(tree: object) -> dict[str, str]:
    return {gap.span.path: gap.reason for gap in tree.gaps()}  # type: ignore[attr-defined]


def test_a_commit_lists_and_reads_its_files(repo: Repo) -> None:
    with open_repository(repo.path) as opened:
        tree = opened.tree("main")
        assert tree.name == repo.git("rev-parse", "main")
        assert tree.paths() == ("app.py", "prompts/system.md")
        assert tree.read("prompts/system.md") == b"You are kind.\n"
        assert tree.read("nowhere.py") is None
        assert tree.key("app.py") == repo.git("rev-parse", "main:app.py")
        assert tree.key("app.py") != opened.tree("change").key("app.py")
        assert tree.key("prompts/system.md") == opened.tree("change").key("prompts/system.md")
        assert tree.gaps() == ()


def test_a_folder_of_the_work_tree_opens_the_whole_repository(repo: Repo) -> None:
    with open_repository(repo.path / "prompts") as opened:
        assert opened.root == repo.path
        assert opened.tree("HEAD").paths() == ("app.py", "prompts/system.md")
        assert opened.worktree().paths() == ("app.py", "prompts/system.md")


def test_prefetch_answers_the_same_as_single_reads(repo: Repo) -> None:
    for number in range(300):
        repo.write(f"many/{number:03}.txt", f"text {number}\n" * (number + 1))
    repo.commit()
    with open_repository(repo.path) as opened:
        tree = opened.tree("HEAD")
        tree.prefetch([*tree.paths(), "nowhere.py"])
        assert [tree.read(f"many/{n:03}.txt") for n in range(300)] == [
            f"text {n}\n".encode() * (n + 1) for n in range(300)
        ]


def test_bytes_that_look_like_the_protocol_come_back_whole(repo: Repo) -> None:
    contents = {"empty": b"", "newline": b"\n", "header": b"0" * 40 + b" blob 3\nabc\n", "nul": b"a\0b", "no-end": b"x"}
    for name, content in contents.items():
        repo.write(name, content)
    repo.commit()
    with open_repository(repo.path) as opened:
        tree = opened.tree("HEAD")
        tree.prefetch(tree.paths())
        assert {name: tree.read(name) for name in contents} == contents


def test_a_large_file_is_a_gap_only_when_someone_wants_it(repo: Repo) -> None:
    repo.write("at-limit.txt", b"x" * FILE_LIMIT_BYTES)
    repo.write("over.txt", b"x" * (FILE_LIMIT_BYTES + 1))
    repo.commit()
    with open_repository(repo.path) as opened:
        for tree in (opened.tree("HEAD"), opened.worktree()):
            assert tree.gaps() == ()
            assert tree.read("at-limit.txt") == b"x" * FILE_LIMIT_BYTES
            assert tree.read("over.txt") is None
            assert reasons(tree) == {"over.txt": "larger than 1 MiB, not read"}


def test_bare_repository(repo: Repo, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", "--bare", str(repo.path), "bare.git")
    with open_repository(tmp_path / "bare.git") as opened:
        assert opened.tree("change").read("app.py") == b"MODEL = 'b'\n"
        assert opened.default_branch() == "main"
        assert opened.default_base("change") == repo.git("rev-parse", "main")
        with pytest.raises(ReviewError, match="bare repository") as error:
            opened.worktree()
        assert "--head" in error.value.hint


def test_bare_repository_behind_a_git_file(repo: Repo, tmp_path: Path) -> None:
    hub = tmp_path / "hub"
    hub.mkdir()
    run_git(tmp_path, "clone", "-q", "--bare", str(repo.path), "hub/.bare")
    (hub / ".git").write_text("gitdir: ./.bare\n")
    with open_repository(hub) as opened, pytest.raises(ReviewError, match="bare repository"):
        opened.worktree()
    run_git(hub, "worktree", "add", "-q", "work", "change")
    with open_repository(hub / "work") as opened:
        assert opened.worktree().read("app.py") == b"MODEL = 'b'\n"


def test_linked_worktree_has_its_own_head_and_files(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"), "main")
    (tmp_path / "linked" / "prompts" / "system.md").write_text("You are brief.\n")
    with open_repository(tmp_path / "linked" / "prompts") as opened:
        assert opened.resolve("HEAD") == repo.git("rev-parse", "main")
        assert opened.worktree().read("prompts/system.md") == b"You are brief.\n"
        assert opened.worktree().read("app.py") == b"MODEL = 'a'\n"


def test_a_linked_worktree_whose_clone_is_gone(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"), "main")
    repo.path.rename(tmp_path / "moved")
    with pytest.raises(ReviewError, match="does not lead to a git repository") as error:
        open_repository(tmp_path / "linked")
    assert "worktree repair" in error.value.hint


def test_shallow_clone_without_the_base_gives_advice(repo: Repo, tmp_path: Path) -> None:
    base = repo.git("rev-parse", "main")
    run_git(tmp_path, "clone", "-q", "--depth=1", "--branch=change", f"file://{repo.path}", "shallow")
    with open_repository(tmp_path / "shallow") as opened:
        assert opened.tree("HEAD").read("app.py") == b"MODEL = 'b'\n"
        for failing in (lambda: opened.resolve(base), lambda: opened.resolve("HEAD~1"), lambda: opened.tree("main")):
            with pytest.raises(ReviewError, match="not in this clone") as error:
                failing()
            assert "--deepen" in error.value.hint
            assert "fetch-depth: 0" in error.value.hint


def test_shallow_clone_that_cannot_join_the_branches(repo: Repo, tmp_path: Path) -> None:
    repo.git("switch", "-q", "main")
    repo.write("other.md", "more\n")
    repo.commit()
    run_git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", f"file://{repo.path}", "shallow")
    with open_repository(tmp_path / "shallow") as opened, pytest.raises(ReviewError, match="common ancestor") as error:
        opened.default_base("origin/change")
    assert "fetch-depth: 0" in error.value.hint


@pytest.fixture
def partial(repo: Repo, tmp_path: Path) -> Path:
    """A clone without blobs: only those of the checked-out branch `change` have come."""
    repo.git("config", "uploadpack.allowFilter", "true")
    run_git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{repo.path}", "partial")
    return tmp_path / "partial"


def test_partial_clone_gaps_what_is_not_here_and_fetches_nothing(partial: Path) -> None:
    objects = sorted(str(path) for path in (partial / ".git" / "objects").rglob("*"))
    with open_repository(partial) as opened:
        here, before = opened.tree("HEAD"), opened.tree("origin/main")
        here.prefetch(here.paths())
        before.prefetch(before.paths())
        assert here.read("app.py") == b"MODEL = 'b'\n"
        assert here.gaps() == ()
        assert before.paths() == ("app.py", "prompts/system.md")
        assert before.read("app.py") is None
        assert before.read("prompts/system.md") == b"You are kind.\n"
        assert reasons(before) == {"app.py": "not in this partial clone, not fetched"}
        assert opened.changed_paths("origin/main", "HEAD") == ("app.py",)
        assert opened.renames("origin/main", "HEAD") == {}
        assert opened.worktree().read("app.py") == b"MODEL = 'b'\n"
    assert sorted(str(path) for path in (partial / ".git" / "objects").rglob("*")) == objects


def test_partial_clone_knows_its_size_limit(repo: Repo, tmp_path: Path) -> None:
    repo.write("over.txt", b"x" * (FILE_LIMIT_BYTES + 1))
    repo.write("small.txt", b"small")
    repo.commit()
    repo.git("config", "uploadpack.allowFilter", "true")
    run_git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{repo.path}", "partial")
    with open_repository(tmp_path / "partial") as opened:
        tree = opened.tree("HEAD")
        tree.prefetch(tree.paths())
        assert tree.read("over.txt") is None
        assert tree.read("small.txt") == b"small"
        assert reasons(tree) == {"over.txt": "larger than 1 MiB, not read"}


def test_exact_renames_in_a_partial_clone(repo: Repo, tmp_path: Path) -> None:
    repo.git("mv", "prompts/system.md", "prompts/support.md")
    repo.commit()
    repo.git("config", "uploadpack.allowFilter", "true")
    run_git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{repo.path}", "partial")
    with open_repository(tmp_path / "partial") as opened:
        assert opened.renames("origin/main", "HEAD") == {"prompts/system.md": "prompts/support.md"}


def test_sha256_repository(tmp_path: Path) -> None:
    made = Repo(tmp_path / "sha256", "--object-format=sha256")
    made.write("app.py", "one\n")
    first = made.commit()
    made.write("app.py", "two\n")
    with open_repository(made.path) as opened:
        assert opened.resolve("HEAD") == first
        assert len(opened.tree("HEAD").name) == 64
        assert opened.tree("HEAD").read("app.py") == b"one\n"
        work = opened.worktree()
        assert work.key("app.py") == made.git("hash-object", "app.py")
        made.git("add", ".")
        made.git("mv", "app.py", "moved.py")
        assert opened.renames("HEAD", None) == {}
        made.write("moved.py", "one\n")
        assert opened.renames("HEAD", None) == {"app.py": "moved.py"}


def test_links_submodules_and_lfs_pointers_are_gaps(repo: Repo, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (repo.path / "outside.md").symlink_to("/etc/passwd")
    (repo.path / "waits.md").symlink_to(pipe)
    (repo.path / "folder").symlink_to(tmp_path)
    repo.write("big.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n")
    repo.write("about.md", "version https://git-lfs.github.com/spec/v1 is how a pointer begins.\n" + "text\n" * 300)
    sub = Repo(tmp_path / "sub")
    sub.commit()
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(sub.path), "vendored")
    repo.commit()
    with open_repository(repo.path) as opened:
        for tree in (opened.tree("HEAD"), opened.worktree()):
            assert tree.paths() == (".gitmodules", "about.md", "app.py", "big.bin", "prompts/system.md")
            tree.prefetch(tree.paths())
            assert tree.read("outside.md") is None
            assert tree.read("waits.md") is None
            assert tree.read("folder/pipe") is None
            assert tree.read("big.bin") is None
            assert tree.read("about.md") is not None
            assert reasons(tree) == {
                "big.bin": "kept in Git LFS, only the pointer is in git",
                "folder": "symbolic link, not followed",
                "outside.md": "symbolic link, not followed",
                "vendored": "submodule, not read",
                "waits.md": "symbolic link, not followed",
            }


def test_a_submodule_opened_by_itself(repo: Repo, tmp_path: Path) -> None:
    sub = Repo(tmp_path / "sub")
    sub.write("inner.py", "x\n")
    sub.commit()
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(sub.path), "vendored")
    with open_repository(repo.path / "vendored") as opened:
        assert opened.worktree().paths() == ("inner.py",)
        assert opened.tree("HEAD").read("inner.py") == b"x\n"


HOSTILE_NAMES = [
    (b"../evil.py", "../evil.py"),
    (b"..", ".."),
    (b"/abs.py", "/abs.py"),
    (b"a\nb.py", "a\\nb.py"),
    (b"\xff.py", "\\xff.py"),
    (b".git", ".git"),
    (b".GIT", ".GIT"),
    (b"\x1b[31mred", "\\x1b[31mred"),
]


@pytest.mark.parametrize(("raw", "shown"), HOSTILE_NAMES, ids=[shown for _, shown in HOSTILE_NAMES])
def test_hostile_names_become_gaps(repo: Repo, raw: bytes, shown: str) -> None:
    blob = repo.blob(b"boo")
    commit = repo.commit_tree(repo.raw_tree([("100644", raw, blob), ("100644", b"good.py", blob)]))
    with open_repository(repo.path) as opened:
        tree = opened.tree(commit)
        assert tree.paths() == ("good.py",)
        assert [gap.span.path for gap in tree.gaps()] == [shown]
        assert opened.changed_paths(commit, "main") == ("app.py", "good.py", "prompts/system.md")


def test_odd_but_honest_names_are_read(repo: Repo) -> None:
    names = [
        "-rf.py",
        "with space.py",
        "tab-less é.py",
        ":(glob)x.py",
        "*.py",
        '"quoted".py',
        "back\\slash.py",
        ".gitx",
    ]
    for name in names:
        repo.write(name, name)
    repo.commit()
    repo.write(":(glob)x.py", "changed")
    with open_repository(repo.path) as opened:
        assert {name: opened.tree("HEAD").read(name) for name in names} == {name: name.encode() for name in names}
        assert opened.changed_paths("HEAD", None) == (":(glob)x.py",)
        assert opened.worktree().read(":(glob)x.py") == b"changed"


def test_one_path_twice_in_a_tree(repo: Repo) -> None:
    first, second = repo.blob(b"first"), repo.blob(b"second")
    commit = repo.commit_tree(repo.raw_tree([("100644", b"a.py", first), ("100644", b"a.py", second)]))
    with open_repository(repo.path) as opened:
        tree = opened.tree(commit)
        assert tree.read("a.py") == b"first"
        assert reasons(tree) == {"a.py": "the tree has this path twice, not read"}


def test_a_tree_that_unfolds_without_end_is_refused(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.git_objects.LISTING_LIMIT_BYTES", 1 << 20)
    tree = repo.raw_tree([("100644", b"leaf.py", repo.blob(b"x"))])
    for _ in range(12):
        tree = repo.raw_tree([("40000", f"d{n}".encode(), tree) for n in range(10)])
    commit = repo.commit_tree(tree)
    with open_repository(repo.path) as opened, pytest.raises(ReviewError, match="over 1 MiB"):
        opened.tree(commit)


def test_a_damaged_blob_is_a_gap_and_the_rest_is_read(repo: Repo) -> None:
    for number in range(5):
        repo.write(f"{number}.txt", f"text {number}")
    repo.commit()
    bad = repo.git("rev-parse", "HEAD:2.txt")
    loose = repo.path / ".git" / "objects" / bad[:2] / bad[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"not an object")
    gone = repo.git("rev-parse", "HEAD:3.txt")
    (repo.path / ".git" / "objects" / gone[:2] / gone[2:]).unlink()
    with open_repository(repo.path) as opened:
        tree = opened.tree("HEAD")
        tree.prefetch(tree.paths())
        found = {name: tree.read(name) for name in tree.paths() if name.endswith(".txt")}
        assert found == {"0.txt": b"text 0", "1.txt": b"text 1", "2.txt": None, "3.txt": None, "4.txt": b"text 4"}
        assert set(reasons(tree)) == {"2.txt", "3.txt"}
        assert opened.worktree().read("3.txt") == b"text 3"


def test_a_missing_tree_is_an_error_not_an_empty_tree(repo: Repo) -> None:
    tree = repo.git("rev-parse", "HEAD:prompts")
    (repo.path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with open_repository(repo.path) as opened, pytest.raises(ReviewError, match="could not read") as error:
        opened.tree("HEAD")
    assert "fsck" in error.value.hint


def test_a_replaced_commit_is_read_as_it_is(repo: Repo) -> None:
    main, change = repo.git("rev-parse", "main"), repo.git("rev-parse", "change")
    repo.git("replace", change, main)
    with open_repository(repo.path) as opened:
        assert opened.tree(change).read("app.py") == b"MODEL = 'b'\n"

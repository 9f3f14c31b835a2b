"""The work tree: uncommitted, untracked, ignored, deleted and hidden files, links, and what never runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.git_objects import FILE_LIMIT_BYTES
from bot.revisions import open_repository
from bot.worktree import blob_id, read_inside
from tests.revisions.conftest import Repo


def test_uncommitted_untracked_ignored_and_deleted(repo: Repo) -> None:
    repo.write(".gitignore", "*.log\nbuild/\n")
    repo.write("kept.log", "tracked although ignored\n")
    repo.write("gone.py", "x\n")
    repo.git("add", "-f", ".")
    repo.commit()
    repo.write("app.py", "MODEL = 'c'\n")
    repo.write("new/agent.py", "new\n")
    repo.write("staged.py", "staged\n")
    repo.git("add", "staged.py")
    repo.write("noise.log", "ignored\n")
    repo.write("build/out.py", "ignored\n")
    (repo.path / "gone.py").unlink()
    with open_repository(repo.path) as opened:
        work = opened.worktree()
        assert work.name == "worktree"
        assert work.paths() == (".gitignore", "app.py", "kept.log", "new/agent.py", "prompts/system.md", "staged.py")
        assert work.read("app.py") == b"MODEL = 'c'\n"
        assert work.read("gone.py") is None
        assert work.read("noise.log") is None
        assert opened.changed_paths("HEAD", None) == ("app.py", "gone.py", "new/agent.py", "staged.py")
        for path in work.paths():
            assert work.key(path) == repo.git("hash-object", path)
        work.prefetch(work.paths())
        assert work.read("prompts/system.md") == b"You are kind.\n"


def test_a_clean_work_tree_has_the_keys_of_its_commit(repo: Repo) -> None:
    with open_repository(repo.path) as opened:
        assert opened.worktree().keys() == opened.tree("HEAD").keys()
        assert opened.changed_paths("HEAD", None) == ()


def test_a_touched_file_is_not_a_change(repo: Repo) -> None:
    os.utime(repo.path / "app.py", (1, 1))
    with open_repository(repo.path) as opened:
        assert opened.changed_paths("HEAD", None) == ()


def test_line_endings_of_the_checkout_are_not_a_change(repo: Repo) -> None:
    repo.write("prompts/system.md", b"You are kind.\r\n")
    repo.write("app.py", b"MODEL = 'c'\r\nX = 1\r\n")
    with open_repository(repo.path) as opened:
        assert opened.changed_paths("HEAD", None) == ("app.py",)
        assert opened.worktree().read("prompts/system.md") == b"You are kind.\n"
        assert opened.worktree().read("app.py") == b"MODEL = 'c'\nX = 1\n"


def test_the_users_own_ignore_files_count(repo: Repo, nobody: Path) -> None:
    (nobody / "everywhere").write_text(".idea/\n")
    (nobody / ".gitconfig").write_text("[core]\n\texcludesFile = ~/everywhere\n")
    repo.write(".idea/prompt.md", "ignored by the user\n")
    repo.write("new.md", "new\n")
    with open_repository(repo.path) as opened:
        assert opened.worktree().paths() == ("app.py", "new.md", "prompts/system.md")


def test_sparse_checkout_still_has_the_files_that_are_left_out(repo: Repo) -> None:
    repo.git("sparse-checkout", "set", "--no-cone", "/app.py")
    assert not (repo.path / "prompts").exists()
    with open_repository(repo.path) as opened:
        work = opened.worktree()
        assert work.paths() == ("app.py", "prompts/system.md")
        assert work.read("prompts/system.md") == b"You are kind.\n"
        assert opened.changed_paths("HEAD", None) == ()


def test_an_open_merge_lists_a_path_once(repo: Repo) -> None:
    repo.git("switch", "-q", "main")
    repo.write("app.py", "MODEL = 'z'\n")
    repo.commit()
    repo.git("merge", "-q", "change", check=False)
    with open_repository(repo.path) as opened:
        work = opened.worktree()
        assert work.paths() == ("app.py", "prompts/system.md")
        assert b"<<<<<<<" in (work.read("app.py") or b"")


def test_intent_to_add(repo: Repo) -> None:
    repo.write("soon.py", "soon\n")
    repo.git("add", "-N", "soon.py")
    with open_repository(repo.path) as opened:
        assert opened.worktree().read("soon.py") == b"soon\n"
        assert opened.changed_paths("HEAD", None) == ("soon.py",)


def test_a_repository_inside_is_not_read(repo: Repo) -> None:
    inner = Repo(repo.path / "inner")
    inner.write("agent.py", "x\n")
    inner.commit()
    with open_repository(repo.path) as opened:
        work = opened.worktree()
        assert work.paths() == ("app.py", "prompts/system.md")
        assert [(gap.span.path, gap.reason) for gap in work.gaps()] == [
            ("inner", "another git repository inside this one, not read")
        ]


def test_a_folder_that_became_a_link_is_not_entered(repo: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "system.md").write_text("secret\n")
    (repo.path / "prompts" / "system.md").unlink()
    (repo.path / "prompts").rmdir()
    (repo.path / "prompts").symlink_to(outside)
    with open_repository(repo.path) as opened:
        work = opened.worktree()
        assert work.paths() == ("app.py",)
        assert work.read("prompts/system.md") is None
        assert [gap.span.path for gap in work.gaps()] == ["prompts"]


def test_a_file_that_became_a_pipe_does_not_hang(repo: Repo) -> None:
    (repo.path / "app.py").unlink()
    os.mkfifo(repo.path / "app.py")
    with open_repository(repo.path) as opened:
        work = opened.worktree()
        assert work.paths() == ("prompts/system.md",)
        assert [gap.span.path for gap in work.gaps()] == ["app.py"]


def test_a_file_swapped_after_it_was_listed(repo: Repo, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    repo.write("app.py", "changed\n")
    repo.write("new.py", "changed\n")
    with open_repository(repo.path) as opened:
        work = opened.worktree()
        (repo.path / "app.py").unlink()
        (repo.path / "app.py").symlink_to(secret)
        (repo.path / "new.py").unlink()
        os.mkfifo(repo.path / "new.py")
        assert work.read("app.py") is None
        assert work.read("new.py") is None
        assert {gap.span.path for gap in work.gaps()} == {"app.py", "new.py"}


def test_read_inside_follows_no_link_in_any_part(tmp_path: Path) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "real" / "deep" / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "loop").symlink_to(tmp_path / "real" / "loop")
    assert read_inside(tmp_path, "real/deep/file") == b"x"
    for path in ("link/deep/file", "real/loop", "real/deep", "real/deep/file/more", "none", "a" * 5000):
        assert not isinstance(read_inside(tmp_path, path), bytes)


def test_what_lfs_put_in_a_pointers_place_is_not_a_change(repo: Repo) -> None:
    repo.write("data.json", "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 9\n")
    repo.commit()
    repo.git("config", "filter.lfs.clean", "git-lfs clean -- %f")
    repo.write("data.json", '{"a": 1}\n')
    with open_repository(repo.path) as opened:
        work = opened.worktree()
        assert opened.changed_paths("HEAD", None) == ()
        assert work.read("data.json") is None
        assert [gap.reason for gap in work.gaps()] == ["kept in Git LFS, only the pointer is in git"]


def test_a_large_file_is_compared_although_not_read(repo: Repo) -> None:
    repo.write("same.bin", b"x" * (FILE_LIMIT_BYTES + 5))
    repo.write("other.bin", b"x" * (FILE_LIMIT_BYTES + 5))
    repo.commit()
    os.utime(repo.path / "same.bin", (1, 1))
    repo.write("other.bin", b"y" * (FILE_LIMIT_BYTES + 5))
    with open_repository(repo.path) as opened:
        assert opened.changed_paths("HEAD", None) == ("other.bin",)


@pytest.mark.parametrize("content", [b"", b"hi\n", b"\0\xff"])
def test_blob_id_is_gits(repo: Repo, content: bytes) -> None:
    assert blob_id(content, "sha1") == repo.blob(content)


def test_nothing_of_the_repository_runs(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hooks, fsmonitor, filters, text conversion, external diff, pagers, editors: each would leave a file behind."""
    canary = tmp_path / "canary"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho ran >> {canary}\ncat\n")
    program.chmod(0o755)
    hooks = repo.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "post-checkout", "reference-transaction", "fsmonitor-watchman", "pre-commit"):
        (hooks / hook).write_bytes(program.read_bytes())
        (hooks / hook).chmod(0o755)
    repo.write(".gitattributes", "* filter=evil diff=evil merge=evil\n")
    repo.write("prompts/second.md", "A prompt that is moved later on, long enough to be known again.\n")
    repo.commit()
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.askPass",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "diff.external",
        "pager.diff-tree",
        "alias.ls-tree",
    ):
        repo.git("config", key, str(program))
    canary.unlink(missing_ok=True)
    for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_ASKPASS", "GIT_SSH_COMMAND"):
        monkeypatch.setenv(name, str(program))
    repo.write("app.py", "MODEL = 'c'\n")
    (repo.path / "prompts" / "second.md").rename(repo.path / "prompts" / "third.md")
    with open_repository(repo.path) as opened:
        base, work = opened.tree("main"), opened.worktree()
        for tree in (base, work):
            tree.prefetch(tree.paths())
            assert all(tree.read(path) is not None for path in tree.paths())
        assert opened.changed_paths("HEAD", None) == ("app.py", "prompts/second.md", "prompts/third.md")
        assert opened.renames("HEAD", None) == {"prompts/second.md": "prompts/third.md"}
        opened.renames("main", "HEAD")
        opened.changed_paths("main", "HEAD")
        opened.default_base(None)
    assert not canary.exists()
    # The canary works: plain git with the same settings does run it.
    repo.git("diff", check=False)
    assert canary.exists()


def test_the_repository_is_only_read(repo: Repo) -> None:
    def state() -> dict[str, tuple[int, int]]:
        return {
            str(path): (path.lstat().st_mtime_ns, path.lstat().st_size)
            for path in sorted((repo.path / ".git").rglob("*"))
        }

    os.utime(repo.path / "app.py", (1, 1))
    (repo.path / "prompts" / "system.md").rename(repo.path / "moved.md")
    before = state()
    with open_repository(repo.path) as opened:
        opened.worktree()
        assert opened.renames("HEAD", None) == {"prompts/system.md": "moved.md"}
        opened.default_base(None)
    assert state() == before


def test_variables_of_a_calling_hook_do_not_lead_astray(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repo(tmp_path / "other")
    other.write("wrong.py", "x\n")
    other.commit()
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git" / "index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.path / ".git" / "objects"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.bare")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    with open_repository(repo.path) as opened:
        assert opened.worktree().paths() == ("app.py", "prompts/system.md")
        assert opened.tree("HEAD").read("app.py") == b"MODEL = 'b'\n"
    # GitPython asks git for its version once, when it is imported, in the environment as it is; ours writes no trace.
    trace = tmp_path / "trace"
    assert not trace.exists() or "ls-tree" not in trace.read_text()


def test_a_repository_of_another_owner_is_read(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with open_repository(repo.path) as opened:
        assert opened.worktree().paths() == ("app.py", "prompts/system.md")
        assert opened.tree("HEAD").read("app.py") == b"MODEL = 'b'\n"

"""A listing of a monorepo looks at each folder once: what it takes for sound is what the rule for one path takes for it."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from bot.git_objects import _Sound, path_problem

PARTS = st.sampled_from(["a", "", ".", "..", ".git", ".GIT", ".gitignore", "ü", "a b", "a\tb", "\x7f", "\u202e"])
PATHS = st.lists(PARTS, min_size=1, max_size=5).map(lambda parts: "/".join(parts).encode()) | st.binary(max_size=12)


@given(st.lists(PATHS, max_size=8))
@example([b"a/b", b"a/../b", b"/a", b"a//b", b"", b"a/", b"\xff/a", b"a/\xff", b".git/a", b"a/.Git/b"])
def test_no_path_with_a_problem_is_taken_for_sound(paths: list[bytes]) -> None:
    sound = _Sound()
    for raw in paths:
        told = sound.path(raw)
        if told is not None:
            assert path_problem(raw) is None
            assert told == raw.decode("utf-8")
        elif path_problem(raw) is None:  # left to the slower rule: only what does not print as it stands
            assert not raw.decode("utf-8").isprintable()

"""Whether a change edits the policy that it is judged by. It is judged by the old one, and the edit is called out."""

from __future__ import annotations

from bot.config import CONFIG_NAMES, PROFILES_FOLDER, load_config
from prompts_scanner.tree import FileTree


def policy_notes(before: FileTree, after: FileTree) -> tuple[str, ...]:
    """What to say of it. A broken policy is an error now, not when it is merged."""
    old, new = _policy_files(before), _policy_files(after)
    if old == new:
        return ()
    load_config(after)
    touched = ", ".join(sorted(path for path in {*old, *new} if old.get(path) != new.get(path)))
    if not old:
        return (f"This change adds {touched}; it governs from the next change on.",)
    if not new:
        return (f"This change deletes {touched}; what the base says still governs here.",)
    return (f"This change edits {touched}; what the base says still governs here.",)


def _policy_files(tree: FileTree) -> dict[str, str]:
    paths = tree.paths()
    return {p: tree.key(p) for p in paths if p in CONFIG_NAMES or p.startswith(PROFILES_FOLDER)}

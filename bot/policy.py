"""Whether a change edits the policy that it is judged by. It is judged by the old one, and the edit is called out."""

from __future__ import annotations

from bot.config import CONFIG_NAMES, PROFILES_FOLDER, load_config
from bot.config_changes import policy_changes
from bot.errors import ReviewError
from bot.prices import PINNED_PATH
from bot.tokens.table import OWN_PATH
from prompts_scanner.tree import FileTree

# As many changed keys are told, budgets first; the file's own diff has the rest.
MAX_TOLD = 8


def policy_notes(before: FileTree, after: FileTree) -> tuple[str, ...]:
    """What to say of it. A broken policy is an error now, not when it is merged."""
    _must_be_files(before)
    _must_be_files(after)
    old, new = _policy_files(before), _policy_files(after)
    if old == new:
        return ()
    changes = policy_changes(load_config(before), load_config(after))
    told = tuple(f"It would change {change}." for change in changes[:MAX_TOLD])
    told += (f"It would change {len(changes) - MAX_TOLD} more keys.",) if len(changes) > MAX_TOLD else ()
    touched = ", ".join(sorted(path for path in {*old, *new} if old.get(path) != new.get(path)))
    if not old:
        return (f"This change adds {touched}; it governs from the next change on.",)
    if not new:
        return (f"This change deletes {touched}; what the base says still governs here.", *told)
    return (f"This change edits {touched}; what the base says still governs here.", *told)


def _must_be_files(tree: FileTree) -> None:
    """A policy that is a link or cannot be read is not the same as no policy."""
    for gap in tree.gaps():
        if gap.span.path in CONFIG_NAMES:
            raise ReviewError(
                f"{gap.span.path} is not a plain file: {gap.reason}",
                "Commit the policy itself, no link and no pointer.",
            )


def _policy_files(tree: FileTree) -> dict[str, str]:
    paths = tree.paths()
    names = (*CONFIG_NAMES, PINNED_PATH, OWN_PATH)
    return {p: tree.key(p) for p in paths if p in names or p.startswith(PROFILES_FOLDER)}

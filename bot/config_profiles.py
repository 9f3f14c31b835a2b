"""The traffic profiles of a repository, beside its policy. Apart from `config_schema`, so that only their users load it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.config import Config
from bot.errors import ReviewError
from bot.profiles.schema import Profile, read_profile


def with_profiles(policy: Config, files: Mapping[str, str]) -> Config:
    """The policy with the profiles in `files` (path -> text), under the names of their features."""
    found: dict[str, Profile] = {}
    origin: dict[str, str] = {}
    for path, text in sorted(files.items()):
        profile = read_profile(text, path)
        if profile.feature in found:
            raise ReviewError(f"{path} and {origin[profile.feature]} are both for {profile.feature!r}", "Keep one.")
        found[profile.feature], origin[profile.feature] = profile, path
    return replace(policy, profiles=found)

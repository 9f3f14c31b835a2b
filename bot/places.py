"""Where a repository keeps its policy. Names only: to see that a tree has none of these files costs no import."""

from __future__ import annotations

from typing import Final

CONFIG_NAMES: Final = (".aicost.yml", ".aicost.yaml")
# All other files of a policy lie in this folder.
FOLDER: Final = ".aicost/"
PROFILES_FOLDER: Final = ".aicost/profiles/"
# Where `aicost-review prices update` puts a repository's own snapshot.
PINNED_PATH: Final = ".aicost/prices.json.z"
# A team's own table of token constants; `aicost-review calibrate tokens` writes it.
OWN_PATH: Final = ".aicost/tokens.toml"

"""Names of models as logs, bills and code spell them."""

from __future__ import annotations

import re

_DATED = re.compile(r"[-@]20\d\d-?\d\d-?\d\d$")


def plain_name(model: str) -> str:
    """Without the date of a release, and without the place that serves it: bills, logs and code differ in these."""
    return _DATED.sub("", model.rpartition("/")[2])

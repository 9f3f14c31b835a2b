"""The one file out of a stranger's zip: nothing is unpacked to disk, and what is not a plain small zip is refused.

Whoever opens a pull request decides what its artifact holds: paths that climb, links, bombs, two files of one name.
"""

from __future__ import annotations

import io
import stat
import zipfile
from typing import Final

from bot.errors import ReviewError

FILE: Final = "review.json"
MAX_ZIP_BYTES: Final = 16 << 20
MAX_JSON_BYTES: Final = 32 << 20
MAX_ENTRIES: Final = 20


def read_artifact(data: bytes) -> bytes:
    """The review JSON out of the zip, or a ReviewError that says what is wrong with it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entry = _entry(archive)
            with archive.open(entry) as stream:
                content = stream.read(MAX_JSON_BYTES + 1)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError):
        raise _refused("is not a zip file that can be read") from None
    if len(content) > MAX_JSON_BYTES:
        raise _refused(f"holds a file larger than {MAX_JSON_BYTES:,} bytes")
    return content


def _entry(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise _refused(f"holds {len(entries)} files")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise _refused("holds two files of one name")
    for entry in entries:
        mode = entry.external_attr >> 16
        strange = entry.filename.startswith("/") or "\\" in entry.filename or ".." in entry.filename.split("/")
        if strange or (stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)) or entry.flag_bits & 1:
            raise _refused("holds something else than plain files")
    found = [entry for entry in entries if entry.filename == FILE]
    if not found:
        raise _refused(f"holds no {FILE}")
    if found[0].file_size > MAX_JSON_BYTES:
        raise _refused(f"holds a file larger than {MAX_JSON_BYTES:,} bytes")
    return found[0]


def _refused(what: str) -> ReviewError:
    return ReviewError(f"The artifact of the first stage {what}.", "Nothing was posted. Look at the run that made it.")

"""The terminal around a command: how much is said on stderr, progress of long work, where a cache may lie, `--out`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from bot.errors import ReviewError

# Work shorter than this shows nothing.
PATIENCE_SECONDS = 1.0
Progress = Callable[[str], None]


def colour_wanted() -> bool:
    """Colour only for a person at a terminal who did not ask for none. https://no-color.org"""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and sys.stdout.isatty()


def width_columns() -> int:
    """Of the terminal; a fixed width elsewhere, so that a log or a file does not depend on who ran it."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS"):
        return 120
    try:
        size = os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else 0
    except OSError:
        size = 0
    given = os.environ.get("COLUMNS", "")
    return max(40, int(given) if given.isdigit() else size or 120)


def note(text: str, *, quiet: bool = False) -> None:
    """Something a person should know about the run, not about the result: on stderr."""
    if not quiet:
        click.echo(f"note: {text}", err=True)


@contextmanager
def progress(*, quiet: bool = False, verbose: bool = False) -> Iterator[Progress]:
    """Hand out a function that says what is being done: a line that goes away, or with `verbose` lines that stay."""
    if verbose:
        yield lambda text: click.echo(f"{text} ...", err=True)
        return
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    line = _Line()
    try:
        yield line.say
    finally:
        line.clear()


class _Line:
    """One line on stderr that appears after a while, is rewritten, and leaves no trace."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown = False
        self._text = "working"
        self._timer = threading.Timer(PATIENCE_SECONDS, self._appear)
        self._timer.daemon = True
        self._timer.start()

    def say(self, text: str) -> None:
        with self._lock:
            self._text = text
            if self._shown:
                self._write()

    def clear(self) -> None:
        self._timer.cancel()
        with self._lock:
            if self._shown:
                click.echo("\r\x1b[K", err=True, nl=False)
            self._shown = False

    def _appear(self) -> None:
        with self._lock:
            self._shown = True
            self._write()

    def _write(self) -> None:
        click.echo(f"\r\x1b[K{self._text} ...", err=True, nl=False)


def end_when_told() -> None:
    """SIGTERM ends the run as an exit does: files under way are taken back, git and the parsers are ended."""
    with suppress(ValueError, AttributeError):  # not the main thread; no such signal here
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


@contextmanager
def ctrl_c_later() -> Iterator[None]:
    """Ctrl-C in the block is raised at its end: what the block makes is known, what it takes away is gone."""
    usual = signal.getsignal(signal.SIGINT)
    if usual is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        if pressed:
            raise KeyboardInterrupt


@contextmanager
def work_folder(prefix: str) -> Iterator[Path]:
    """A folder for what can be lost, taken away at the end, by Ctrl-C too."""
    import tempfile  # noqa: PLC0415

    made: tempfile.TemporaryDirectory[str] | None = None
    try:
        with ctrl_c_later():
            made = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
        yield Path(made.name)
    finally:
        with ctrl_c_later():
            if made is not None:
                made.cleanup()


def cache_file(name: str) -> Path | None:
    """In the platform's folder for what can be lost; None where the user has none (a container's nameless user).

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # no HOME, and nobody of this number in the system's list of users
        return None
    return base / "aicost-review" / name


def workers() -> int:
    """Processes to parse in: as many as there are cores that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return min(8, len(usable(0)) if usable is not None else os.cpu_count() or 1)


def emit(text: str, out: Path | None) -> None:
    """To standard output, or to a file that is either the old one or the whole new one."""
    if out is None:
        sys.stdout.flush()
        stream = sys.stdout.buffer
        stream.write(text.encode("utf-8", "backslashreplace"))
        stream.flush()
        return
    try:
        write_whole(out, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise ReviewError(f"{out}: cannot be written ({error.strerror}).", "Give another place: --out FILE.") from error


def write_whole(out: Path, data: bytes) -> None:
    """The file is the old one or the whole new one, whenever the run is ended. Raises OSError."""
    import tempfile  # noqa: PLC0415

    handle, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        part.chmod(0o666 & ~_umask())
        part.replace(out)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _umask() -> int:
    """The process's mask; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask

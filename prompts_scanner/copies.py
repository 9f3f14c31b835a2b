"""Processes that go on from what this one knows: each is a copy of it (`os.fork`), asks through one pipe and answers through it.

A copy begins with every value that there is, so nothing is sent to it. It is cut off from the world: no file, pipe or
terminal of ours stays open in it but that one, and it has a limit of memory. What comes back are values of known classes
(`frozen`); a copy that dies is told as one that died. Where processes cannot be copied (Windows) there are none.
"""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import signal
import socket
import struct
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from prompts_scanner.frozen import ERRORS, Codec

POSSIBLE: Final = sys.platform != "win32" and hasattr(os, "fork")
# What a copy may take beside what it begins with.
LIMIT_BYTES: Final = 2 << 30
_LENGTH: Final = struct.Struct("<I")
_MOST_FILES: Final = 1 << 16
_NO_MEMORY: Final = 77
# The first word of the message of a copy in which something was raised; it ends with that.
FAILED: Final = "failed"


class Wire:
    """One end of the pipe between two processes: whole messages, each a tuple."""

    def __init__(self, end: socket.socket, codec: Codec) -> None:
        self._end = end
        self._codec = codec

    def send(self, *message: Any) -> None:
        """Raises OSError where the other process is gone."""
        body = self._codec.dumps(message)
        self._end.sendall(_LENGTH.pack(len(body)) + body)

    def receive(self) -> tuple[Any, ...] | None:
        """None where the other process is gone. Waits."""
        head = self._bytes(_LENGTH.size)
        body = self._bytes(_LENGTH.unpack(head)[0]) if head is not None else None
        if body is None:
            return None
        try:
            message = self._codec.loads(body)
        except ERRORS:
            return None
        return message if isinstance(message, tuple) else None

    def ask(self, *message: Any) -> Any:
        """The one value of the answer. Raises EOFError where there is nobody to ask."""
        self.send(*message)
        answer = self.receive()
        if answer is None:
            raise EOFError
        return answer[0]

    def close(self) -> None:
        self._end.close()

    def fileno(self) -> int:
        return self._end.fileno()

    def _bytes(self, count: int) -> bytes | None:
        parts = []
        while count:
            try:
                part = self._end.recv(min(count, 1 << 20))
            except ConnectionError:
                return None
            if not part:
                return None
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


class Copy:
    """A process that was copied from this one."""

    def __init__(self, pid: int, wire: Wire) -> None:
        self._pid = pid
        self.wire = wire

    def kill(self) -> None:
        with contextlib.suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)
        self.end()

    def end(self) -> str:
        """Waits for the end of one that has closed its pipe; why it died, and "" where its work was done."""
        self.wire.close()
        try:
            status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        except OSError:  # somebody else has waited for it
            return "its end was not seen"
        if status == _NO_MEMORY:
            return "it needs more memory than a reader has"
        return "" if status == 0 else f"signal {-status}" if status < 0 else f"status {status}"


class Copies:
    """Some copies that do one work. `with` ends them all, whatever happens."""

    def __init__(self, count: int, work: Callable[[Wire], None], codec: Codec) -> None:
        """Fewer than `count`, or none, where the system gives no more processes."""
        self._alive: dict[int, Copy] = {}
        self._selector = selectors.DefaultSelector()
        # What is there now is in use by all: looking through it for garbage would make each copy's memory its own.
        gc.freeze()
        try:
            for _ in range(count):
                self._start(work, codec)
        except OSError:
            pass
        finally:
            gc.unfreeze()

    def __len__(self) -> int:
        return len(self._alive)

    def __enter__(self) -> Copies:
        return self

    def __exit__(self, *_: object) -> None:
        for copy in self._alive.values():
            copy.kill()
        self._alive.clear()
        self._selector.close()

    def messages(self) -> Iterator[tuple[Copy, tuple[Any, ...] | str]]:
        """What each says, until all have ended; the last of each is why it died, "" where it did not."""
        while self._alive:
            for key, _ in self._selector.select():
                copy = self._alive[key.fd]
                message = copy.wire.receive()
                if message is not None:
                    yield copy, message
                    continue
                self._selector.unregister(key.fd)
                del self._alive[key.fd]
                yield copy, copy.end()

    def _start(self, work: Callable[[Wire], None], codec: Codec) -> None:
        ours, theirs = socket.socketpair()
        with warnings.catch_warnings():
            # The one thread that may be there shows what goes on; a copy shows nothing.
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                pid = os.fork()
            except OSError:
                ours.close()
                theirs.close()
                raise
        if pid == 0:
            _be_a_copy(theirs, work, codec)
        theirs.close()
        copy = Copy(pid, Wire(ours, codec))
        self._alive[ours.fileno()] = copy
        self._selector.register(ours, selectors.EVENT_READ)


def _be_a_copy(end: socket.socket, work: Callable[[Wire], None], codec: Codec) -> None:
    """Never returns: nothing of what this process would do at its end is the copy's to do."""
    status = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        wire = Wire(_alone(end), codec)
        _limit()
        try:
            work(wire)
            status = 0
        except MemoryError:
            status = _NO_MEMORY
        except (OSError, EOFError):  # nobody is there to tell
            pass
        except BaseException:  # noqa: BLE001 told to the one who raises it
            wire.send(FAILED, traceback.format_exc())
            status = 0
    finally:
        os._exit(status)


def _alone(end: socket.socket) -> socket.socket:
    """The pipe, and nothing else that this process could read or write."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    kept = end.fileno()
    os.closerange(3, kept)
    os.closerange(kept + 1, _MOST_FILES)
    return end


def _limit() -> None:
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415 not on Windows

        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            most = _inherited_bytes() + LIMIT_BYTES
            resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _inherited_bytes() -> int:
    """The address space that a copy begins with, where the system tells (Linux)."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0

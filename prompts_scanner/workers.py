"""The processes that parse what strangers wrote: without the caller's environment, with a time limit, thrown away when
one dies. One is kept between batches, for the files that are asked for one at a time.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterable
from typing import Final

# An answer that takes more seconds than this is given up; 1 MiB of ordinary code takes about one.
FILE_LIMIT_SECONDS: Final = 20.0
# Of one run, from the first file on, for all that workers read. What was read until then is kept for the next run, which
# gets further. Below the ten minutes that our workflows give a job.
RUN_LIMIT_SECONDS: Final = 480.0
FRAME: Final = struct.Struct("<I")
_KEPT: Final = 1
# A worker serves at least so many files: starting one takes as long as parsing them.
_FILES_EACH: Final = 8

# Name, path, bytes of a file; name, path and what the parser answered, None where it died or took too long.
Task = tuple[str, str, bytes]
Answer = tuple[str, str, bytes | None]


class Clock:
    """The time of one run; it starts with the first look."""

    def __init__(self) -> None:
        self._begun: float | None = None

    def late(self) -> str:
        """Why a further file is not read; "" where there is time."""
        now = time.monotonic()
        self._begun = now if self._begun is None else self._begun
        if now - self._begun <= RUN_LIMIT_SECONDS:
            return ""
        return f"beyond the {RUN_LIMIT_SECONDS:.0f} seconds that a run parses, not read; the next run goes on from here"


class Workers:
    """At most so many processes at once."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._idle: list[_Worker] = []
        weakref.finalize(self, _end, self._idle)

    def start_ahead(self) -> None:
        """Starts one while there is something else to do."""
        if not self._idle:
            worker = _Worker()
            worker.start()
            self._idle.append(worker)

    def close(self) -> None:
        _end(self._idle)

    def ask(self, path: str, data: bytes) -> bytes | None:
        """One answer, waited for; None where the process died over it or took too long."""
        worker = self._idle.pop() if self._idle else _Worker()
        try:
            return worker.parse(path, data)
        finally:
            self._idle.append(worker)

    def parsed(self, tasks: Iterable[Task], count: int) -> Iterable[Answer]:
        """Each thread talks to one process. Answers come in any order; the caller files them by name."""
        workers = min(self.most, max(1, count // _FILES_EACH))
        todo: queue.Queue[Task | None] = queue.Queue(maxsize=workers * 4)
        done: queue.Queue[Answer] = queue.Queue()
        mine = [self._idle.pop() if self._idle else _Worker() for _ in range(workers)]

        def serve(worker: _Worker) -> None:
            while (task := todo.get()) is not None:
                name, path, data = task
                done.put((name, path, worker.parse(path, data)))

        threads = [threading.Thread(target=serve, args=(worker,), daemon=True) for worker in mine]
        started = False
        sent = received = 0
        try:
            for task in tasks:
                if not started:
                    started = True
                    for thread in threads:
                        thread.start()
                todo.put(task)
                sent += 1
                while not done.empty():
                    received += 1
                    yield done.get()
            while received < sent:
                received += 1
                yield done.get()
        finally:
            if started:
                for _ in threads:
                    todo.put(None)
                for thread in threads:
                    thread.join()
            self._idle += mine[:_KEPT]
            _end(mine[_KEPT:])


class _Worker:
    """One process that parses one file at a time; started anew when it dies."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with contextlib.suppress(OSError):
            self._process = self._process or _start()

    def parse(self, path: str, data: bytes) -> bytes | None:
        name = path.encode("utf-8", "surrogateescape")
        frame = FRAME.pack(len(name)) + name + FRAME.pack(len(data)) + data
        answer = None
        with contextlib.suppress(OSError):
            process = self._process = self._process or _start()
            answer = _exchange(process, frame)
        if answer is None:
            self.close()
        return answer

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()


def _end(workers: list[_Worker]) -> None:
    while workers:
        workers.pop().close()


def _start() -> subprocess.Popen[bytes]:
    keep = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV")
    return subprocess.Popen(  # noqa: S603 a list of our own words, no shell
        # `-I` takes nothing from the environment; that nothing is to be written beside the program is still obeyed.
        [sys.executable, "-IB" if sys.dont_write_bytecode else "-I", "-m", "prompts_scanner.parsing"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={k: v for k in keep if (v := os.environ.get(k)) is not None},
        bufsize=0,
    )


def _exchange(process: subprocess.Popen[bytes], frame: bytes) -> bytes | None:
    if process.stdin is None or process.stdout is None:
        return None
    end = time.monotonic() + FILE_LIMIT_SECONDS
    view = memoryview(frame)
    while view:
        if not select.select([], [process.stdin], [], max(0.0, end - time.monotonic()))[1]:
            return None
        view = view[process.stdin.write(view[: select.PIPE_BUF]) :]
    head = _receive(process, FRAME.size, end)
    return _receive(process, FRAME.unpack(head)[0], end) if head is not None else None


def _receive(process: subprocess.Popen[bytes], count: int, end: float) -> bytes | None:
    parts = []
    while count:
        left = max(0.0, end - time.monotonic())
        if process.stdout is None or not select.select([process.stdout], [], [], left)[0]:
            return None
        part = process.stdout.read(count)
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)

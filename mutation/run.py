"""Mutation testing of what decides about money and verdicts: one small change at a time, does a test notice?

    .mutants/venv/bin/python mutation/run.py [--shard 1/2] [--only bot/cost.py] [--again]

The changes are those of cosmic-ray (https://cosmic-ray.readthedocs.io), as `mutation/mutants.py` chooses them. Instead of a
test run in a new process each, everything is imported and collected once; every mutant is a fork of that process, in which
the changed functions get their new code and the tests that reach the changed line are run until one fails. A change outside
of functions (a constant, a default, a field) is a fork of an earlier state, in which the package is not yet imported.

What is known is kept in `.mutants/known-*.json`, so that a run goes on where it was cut off; `mutation/table.py` writes
`mutation/RESULTS.md` out of it. Linux and macOS.
"""

from __future__ import annotations

import argparse
import gc
import importlib.abc
import importlib.util
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
KEPT = ROOT / ".mutants"
sys.path[:0] = [str(ROOT), str(HERE)]

import hypothesis  # noqa: E402
import pytest  # noqa: E402
from mutants import Mutant, files, in_order  # noqa: E402

TESTS = [
    f"tests/{name}"
    for name in ("cost", "compare", "gate", "levers", "economics", "traffic", "quality", "quarter", "render", "docs/test_levers.py")
]  # fmt: skip
# Tests that start processes: what they run is not this process, and they are slow.
ELSEWHERE = {"aicost", "tmp_repo", "run", "repo"}
# What is done on import no line of a test reaches: constants, and that values are frozen.
WHOLE = ("tests/cost/test_values.py", "tests/levers/test_thresholds.py")
# Drawn examples are the same each time and are not shrunk: which one fails does not matter here.
hypothesis.settings.register_profile(
    "mutants",
    database=None,
    derandomize=True,
    deadline=None,
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    suppress_health_check=list(hypothesis.HealthCheck),
)
SPARE_SECONDS = 20.0
# So many are tried in a running process, then those among them that need a new one: what was tried stays a fair sample.
ROUND = 240
# A test that takes longer by itself than this kills too few for its time.
SLOW_SECONDS = 9.0


class Stop:
    """A pytest plugin that takes the collected tests and runs what it is told."""

    def __init__(self, then: Callable[[list[pytest.Item]], None]) -> None:
        self.then = then

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.then(list(session.items))
        return True


def collected(then: Callable[[list[pytest.Item]], None], where: list[str]) -> None:
    quiet = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:logging", "-o", "filterwarnings=default"]
    code = pytest.main([*quiet, "--hypothesis-profile=mutants", *where], plugins=[Stop(then)])
    if code not in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
        sys.exit(f"the tests cannot be collected: {code}")


def passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    from _pytest.runner import runtestprotocol  # noqa: PLC0415

    hypothesis.settings.load_profile("mutants")  # the suite's own conftest has loaded another
    return all(r.outcome != "failed" for r in runtestprotocol(item, log=False, nextitem=following))


def forked(work: Callable[[], int], cpu_seconds: float = 600.0) -> int | None:
    """The exit code of `work` in a copy of this process; None where it was ended for taking too long."""
    child = os.fork()
    if child == 0:
        code = 3
        try:
            quiet = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(quiet, number)
            limit = max(1, round(cpu_seconds))
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
            code = work()
        except BaseException:  # noqa: BLE001 whatever a mutant does, it is a failed test
            code = 1
        finally:
            os._exit(code)
    begun = time.monotonic()
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        if time.monotonic() - begun > 20 * cpu_seconds:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)


# -- which test reaches which line ----------------------------------------------------------------------------------------


def reached() -> dict[str, Any]:
    """{"seconds": {test: CPU seconds}, "lines": {file: {line: [tests]}}}; made once, in forks of their own."""
    kept = KEPT / "reached.json"
    if not kept.is_file():
        KEPT.mkdir(exist_ok=True)

        def measure() -> int:
            collected(_measured, TESTS)
            return 0

        if forked(measure, 3600) != 0 or not kept.is_file():
            sys.exit("the tests could not be measured")
    return json.loads(kept.read_text(encoding="utf-8"))


def _measured(items: list[pytest.Item]) -> None:
    import coverage  # noqa: PLC0415

    wanted = {str(ROOT / f): f for f in files()}
    seconds: dict[str, float] = {}
    lines: dict[str, dict[int, list[str]]] = {f: {} for f in wanted.values()}
    items = [i for i in items if "ten_thousand" not in i.name and not ELSEWHERE & set(getattr(i, "fixturenames", ()))]
    for number, (item, following) in enumerate(zip(items, [*items[1:], None], strict=True)):
        (KEPT / "measuring.txt").write_text(f"{number} of {len(items)} {item.nodeid}\n", encoding="utf-8")
        seen = coverage.Coverage(data_file=None, include=list(wanted), config_file=False)
        begun = time.process_time()
        seen.start()
        good = passes(item, following)
        seen.stop()
        if not good:
            continue  # one that fails untouched proves nothing
        seconds[item.nodeid] = time.process_time() - begun
        data = seen.get_data()
        for path in data.measured_files():
            for line in data.lines(path) or ():
                lines[wanted[path]].setdefault(line, []).append(item.nodeid)
    (KEPT / "reached.json").write_text(json.dumps({"seconds": seconds, "lines": lines}), encoding="utf-8")


def tests_for(mutant: Mutant, known: dict[str, Any]) -> list[str]:
    """The tests that reach the changed line, the quickest first.

    For a name outside of functions, the uses of the name, and the tests that look at the modules as a whole.
    """
    found = set() if mutant.in_function() else {t for t in known["seconds"] if t.startswith(WHOLE)}
    for path, lines in mutant.reached_by():
        table = known["lines"].get(path, {})
        for line in lines:
            found.update(table.get(str(line), ()))
    seconds = known["seconds"]
    return sorted((t for t in found if seconds.get(t, 99) < SLOW_SECONDS), key=lambda t: (seconds[t], t))


# -- a change in a running process ----------------------------------------------------------------------------------------


def codes_in(code: CodeType, inside: tuple[str, ...] = ()) -> Iterator[tuple[tuple[object, ...], CodeType]]:
    """Every function of a module, also those of classes and of functions, by its place: names, line, and which of its kind."""
    seen: dict[tuple[object, ...], int] = {}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            place = (*inside, const.co_name, const.co_firstlineno)
            number = seen[place] = seen.get(place, -1) + 1
            if const.co_flags & CO_OPTIMIZED:  # a function and not a class's body
                yield (*place, number), const
            yield from codes_in(const, (*place, number))


def live(path: str) -> list[FunctionType]:
    """The functions of a file that are there, wherever they are held: by a module, a class, a property, a cache, a closure."""
    return [f for f in gc.get_objects() if isinstance(f, FunctionType) and f.__code__.co_filename == path]


def patched(source: str, path: str) -> bool:
    """Gives the functions of a file the code of the changed source, in place; False where that is not all that changed.

    A function keeps its closure, its class and its defaults, so that those of classes with slots, which dataclasses makes
    twice, and those that another function made are changed too. One that is still to be made has the new code from the
    one that makes it.
    """
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 as the compiler reads it
        old = compile(file.read(), path, "exec", dont_inherit=True)
    new = compile(source, path, "exec", dont_inherit=True)
    if _outside(old) != _outside(new):
        return False
    was, now = dict(codes_in(old)), dict(codes_in(new))
    if was.keys() != now.keys():
        return False
    different = [key for key in was if was[key] != now[key]]
    if any(was[key].co_freevars != now[key].co_freevars for key in different):
        return False
    functions = live(path)
    outermost = False
    for key in different:
        for function in functions:
            if _place(function.__code__) == _place(was[key]):
                function.__code__ = now[key]
                outermost |= len(key) == 3 or "<locals>" not in function.__qualname__
    return outermost


def _place(code: CodeType) -> tuple[object, ...]:
    """Tells functions of a file apart, also two of one line. (Codes that have run are not equal to those that have not.)"""
    return code.co_qualname, code.co_firstlineno, code.co_linetable


def _outside(code: CodeType) -> object:
    """What a module or class body does by itself, without the bodies of functions."""
    consts = tuple(
        (_outside(c) if not c.co_flags & CO_OPTIMIZED else c.co_name) if isinstance(c, CodeType) else (type(c), c)
        for c in code.co_consts
    )
    return code.co_code, code.co_names, consts


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from another source."""

    def __init__(self, mutant: Mutant, source: str) -> None:
        self.mutant, self.source = mutant, source

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        if name != self.mutant.module:
            return None
        return importlib.util.spec_from_file_location(name, ROOT / self.mutant.path, loader=self)  # type: ignore[arg-type]

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, str(ROOT / self.mutant.path), "exec", dont_inherit=True), vars(module))  # noqa: S102


# -- the run ----------------------------------------------------------------------------------------------------------------


class Known:
    def __init__(self, shard: str) -> None:
        self.file = KEPT / f"known-{shard.replace('/', '-')}.json"
        self.of: dict[str, list[str]] = {}
        if self.file.is_file():
            self.of = json.loads(self.file.read_text(encoding="utf-8"))

    def add(self, mutant: Mutant, what: str, test: str = "") -> None:
        self.of[mutant.key] = [what, test]
        self.keep()

    def keep(self) -> None:
        self.file.with_suffix(".part").write_text(json.dumps(self.of, indent=0), encoding="utf-8")
        self.file.with_suffix(".part").replace(self.file)


def run_items(chosen: list[pytest.Item]) -> int:
    """0 where all pass; the number of the first one that does not is told by the file of the process."""
    for item, following in zip(chosen, [*chosen[1:], None], strict=True):
        if not passes(item, following):
            return 1
    return 0


def limit(tests: list[str], known: dict[str, Any]) -> float:
    return SPARE_SECONDS + 4 * sum(known["seconds"][t] for t in tests)


def cold(todo: list[Mutant], reach: dict[str, Any], known: Known) -> None:
    """Mutants outside of functions: the package is imported anew, with the change."""
    for mutant in todo:
        tests = tests_for(mutant, reach)
        if not tests:
            known.add(mutant, "no test")
            continue

        def work(mutant: Mutant = mutant, tests: list[str] = tests) -> int:
            sys.meta_path.insert(0, Changed(mutant, mutant.source()))
            verdict = [1]

            def then(items: list[pytest.Item]) -> None:
                by_name = {i.nodeid: i for i in items}
                verdict[0] = run_items([by_name[t] for t in tests if t in by_name])

            collected(then, sorted({t.split("::")[0] for t in tests}))
            return verdict[0]

        code = forked(work, 30 + limit(tests, reach))
        known.add(mutant, "survived" if code == 0 else "too long" if code is None else "killed")
        print(mutant.key, known.of[mutant.key], len(tests), flush=True)


def warm(todo: list[Mutant], reach: dict[str, Any], known: Known) -> list[Mutant]:
    """Mutants inside of functions; what cannot be patched is given back."""
    left: list[Mutant] = []

    def then(items: list[pytest.Item]) -> None:
        by_name = {i.nodeid: i for i in items}
        for mutant in todo:
            tests = [t for t in tests_for(mutant, reach) if t in by_name]
            if not tests:
                known.add(mutant, "no test")
                continue

            def work(mutant: Mutant = mutant, tests: list[str] = tests) -> int:
                if not patched(mutant.source(), str(ROOT / mutant.path)):
                    return 9
                return run_items([by_name[t] for t in tests])

            code = forked(work, limit(tests, reach))
            if code == 9:
                left.append(mutant)
                continue
            known.add(mutant, "survived" if code == 0 else "too long" if code is None else "killed")
            print(mutant.key, known.of[mutant.key], len(tests), flush=True)

    collected(then, TESTS)
    return left


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shard", default="1/1")
    parser.add_argument("--only", action="append", help="this file alone")
    parser.add_argument("--again", action="store_true", help="what survived or had no test so far, once more")
    given = parser.parse_args()
    os.chdir(ROOT)
    number, of = map(int, given.shard.split("/"))
    reach = reached()
    known = Known(given.shard)
    if given.again:
        known.of = {k: v for k, v in known.of.items() if v[0] not in ("survived", "no test")}
    chosen = [m for m in in_order() if not given.only or m.path in given.only]
    todo = [m for m in chosen[number - 1 :: of] if m.key not in known.of]
    print(f"{len(todo)} of {len(chosen)}", flush=True)
    # in forks, so that this process stays one that has not imported the package
    resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    left_file = KEPT / f"left-{number}.json"
    known.keep()
    for start in range(0, len(todo), ROUND):
        some = todo[start : start + ROUND]

        def first(some: list[Mutant] = some) -> int:
            out = os.open(KEPT / f"log-{number}.txt", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
            os.dup2(out, 1)
            os.dup2(out, 2)
            left = warm([m for m in some if m.in_function()], reach, Known(given.shard))
            left_file.write_text(json.dumps([m.key for m in left]), encoding="utf-8")
            return 0

        if forked(first, 1e6) != 0:
            sys.exit(f"the run ended early: see {KEPT}/log-{number}.txt")
        left = set(json.loads(left_file.read_text(encoding="utf-8")))
        cold([m for m in some if m.key in left or not m.in_function()], reach, Known(given.shard))


if __name__ == "__main__":
    main()

# make demo   build the example repository and print the review of its last pull request
# make test   everything that a change must pass: check, then all tests
# make check  ruff (lint and format) and mypy --strict
# make bench  speed and memory as ratios, side by side (a quarter of an hour; ROUNDS=3, FILES=50000, REPO=path of your own)
# make fuzz   each reader of strangers' bytes for SECONDS=60, guided by coverage
# make mutants  small changes of what decides about money and verdicts, and whether a test notices (hours)
# make test-engines  equal answers of DuckDB, Spark and ClickHouse (needs Java 17; downloads about 1 GB, once)
# make docs   the documentation as a site, in .site/
# make clean  remove what the other targets made
#
# Needs Python >= 3.11 and git. All else goes into .venv, from the hash-pinned lock file, once.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The first of these that is new enough; `make PYTHON=/path/to/python test` names another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
DEMO := .demo

.PHONY: help setup demo test browser docs check bench fuzz mutants test-engines clean

help:
	@grep -E '^# make ' Makefile | cut -c 3-

setup: $(READY)

$(READY): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python $(MAKECMDGOALS)" >&2; exit 2; }
	@command -v git >/dev/null || { echo "git is needed" >&2; exit 2; }
	@test -x $(BIN)/python || { echo "Making $(VENV) with $$($(PYTHON) --version)" >&2; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the locked packages into $(VENV)" >&2
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)
	@$(BIN)/python scripts/make_demo.py $(DEMO) >&2
	@echo "$$ aicost-review diff $(DEMO) --format markdown" >&2
	@$(BIN)/aicost-review diff $(DEMO) --format markdown

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: check browser
	$(BIN)/python -m pytest -n 2

# The page of `report --html` is tested in a real browser. Debian's is installed where that can be done without asking.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing chromium for the tests of the page" >&2; \
			{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null \
				|| echo "chromium could not be installed: THE TESTS OF THE PAGE ARE SKIPPED" >&2; \
		else echo "There is no chromium: THE TESTS OF THE PAGE ARE SKIPPED" >&2; fi; }

docs: $(READY)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -W ignore -m mkdocs build --strict --quiet
	@echo ".site/index.html"

ROUNDS := 3
FILES := 50000
REPO :=
bench: $(READY)
	$(BIN)/python benchmarks/run.py --rounds $(ROUNDS) --files $(FILES) $(if $(REPO),--repo "$(REPO)")

# The fuzzer is no package that tests or users need: it has an environment of its own.
SECONDS := 60
fuzz: .fuzz/.ready
	@for target in $$(.fuzz/venv/bin/python -c 'from fuzz.targets import TARGETS; print(*TARGETS)'); do \
		echo "== $$target"; .fuzz/venv/bin/python fuzz/run.py "$$target" --seconds $(SECONDS); done

.fuzz/.ready: fuzz/requirements.lock requirements.lock
	@$(PYTHON) -m venv .fuzz/venv
	@.fuzz/venv/bin/python -m pip --quiet --disable-pip-version-check --no-input install --require-hashes -r requirements.lock -r fuzz/requirements.lock
	@touch $@

mutants: .mutants/.ready
	@.mutants/venv/bin/python mutation/run.py
	@.mutants/venv/bin/python mutation/table.py

.mutants/.ready: mutation/requirements.lock requirements-dev.lock pyproject.toml
	@$(PYTHON) -m venv .mutants/venv
	@.mutants/venv/bin/python -m pip --quiet --disable-pip-version-check --no-input install --require-hashes -r requirements-dev.lock
	@.mutants/venv/bin/python -m pip --quiet --disable-pip-version-check --no-input install --require-hashes -r mutation/requirements.lock
	@.mutants/venv/bin/python -m pip --quiet --disable-pip-version-check --no-input install --no-deps --no-build-isolation -e .
	@touch $@

# Spark and chDB are ten times the size of everything else: no lock holds them, and they have an environment of their own.
test-engines: .engines/.ready
	.engines/venv/bin/python -m pytest -n 0 tests/profiles/test_engines.py

.engines/.ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -m venv .engines/venv
	@.engines/venv/bin/python -m pip --quiet --disable-pip-version-check --no-input install --require-hashes -r requirements-dev.lock
	@# PySpark comes as source: it is built apart, with the newest setuptools and not the one of this Python.
	@.engines/venv/bin/python -m pip --quiet --disable-pip-version-check --no-input install -e ".[engines]"
	@touch $@

clean:
	rm -rf $(VENV) $(DEMO) .site .fuzz .mutants .engines .mypy_cache .ruff_cache

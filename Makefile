# make demo   build the example repository and print the review of its last pull request
# make test   everything that a change must pass: check, then all tests
# make check  ruff (lint and format) and mypy --strict
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

.PHONY: help setup demo test check clean

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

test: check
	$(BIN)/python -m pytest -n 2

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .ruff_cache

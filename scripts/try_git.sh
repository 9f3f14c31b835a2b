#!/usr/bin/env bash
# Runs the tests of revisions with other versions of git: scripts/try_git.sh 2.30.0 2.55.0
# Builds each from GIT_SOURCE (a clone of https://github.com/git/git, bare or not) into .git-versions/, once.
# Needs a C compiler, make and zlib's headers.
set -euo pipefail

cd "$(dirname "$0")/.."
source_of_git="${GIT_SOURCE:-https://github.com/git/git}"
test "$#" -gt 0 || { echo "usage: scripts/try_git.sh VERSION ..." >&2; exit 2; }
for version in "$@"; do
  place="${PWD}/.git-versions/${version}"
  if ! test -x "${place}/bin/git"; then
    sources="$(mktemp -d)"
    git -c advice.detachedHead=false clone --quiet --depth 1 --branch "v${version}" "${source_of_git}" "${sources}"
    make --silent -C "${sources}" -j2 prefix="${place}" NO_GETTEXT=1 NO_CURL=1 NO_EXPAT=1 NO_OPENSSL=1 NO_TCLTK=1 \
      NO_PERL=1 NO_PYTHON=1 NO_RUST=1 CFLAGS=-O1 install
    rm -rf "${sources}"
  fi
  echo "== $("${place}/bin/git" --version)"
  PATH="${place}/bin:${PATH}" .venv/bin/python -m pytest -n 0 tests/revisions tests/history
done

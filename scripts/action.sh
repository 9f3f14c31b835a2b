#!/usr/bin/env bash
# The step of action.yml: an environment of hash-locked packages of its own, then the review.
#
# Nothing of the workspace has a say: the working directory is elsewhere, Python runs isolated (no PYTHONPATH, no user
# packages, no file of the current folder), and uv reads no configuration file.
set -euo pipefail

: "${GITHUB_ACTION_PATH:?is set by the runner}" "${RUNNER_TEMP:?is set by the runner}"
home="${RUNNER_TEMP}/aicost-review"
mkdir -p "${home}/cache"
cd "${home}"

unset PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV CONDA_PREFIX
python="${home}/venv/bin/python"

if [[ ! -x "${python}" ]]; then
  uv venv --quiet --no-config --no-project --python '>=3.11' "${home}/venv"
  uv pip sync --quiet --no-config --require-hashes --only-binary ':all:' --python "${python}" \
    "${GITHUB_ACTION_PATH}/requirements.lock"
  # The program itself is used where it lies.
  site="$("${python}" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
  printf '%s\n' "${GITHUB_ACTION_PATH}" > "${site}/aicost_review.pth"
fi

exec "${python}" -I -m bot.action

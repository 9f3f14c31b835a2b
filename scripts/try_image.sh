#!/usr/bin/env bash
# Builds the Dockerfile without a container engine and tries the result: as root, on Debian, with buildah and debootstrap.
#
#   scripts/try_image.sh [FOLDER] [-- ARGUMENTS OF buildah build]
#
# What is real: every instruction of the Dockerfile, the packages by their hashes, the user, the entry point. What stands
# in: a Debian made by debootstrap has the base image's name (PYTHON_PREFIX names a Python to lay under its /usr/local;
# else Debian's own is used), and buildah's chroot isolation is no container: the trial itself takes the network away.
# The folder (default: a temporary one) takes about 2 GB and can be kept: what is there is used again.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="${1:-}"
[[ "${work}" == "--" ]] && work=""
if [[ -z "${work}" ]]; then
  work="$(mktemp -d)"
  trap 'rm -rf "${work}"' EXIT
else
  shift
fi
[[ "${1:-}" == "--" ]] && shift
mkdir -p "${work}"
work="$(cd "${work}" && pwd)"

base="$(sed -n 's/^FROM \([^ ]*\).*/\1/p' "${root}/Dockerfile" | tail -1)"
tag="localhost/aicost-review:tried"
build() { buildah --storage-driver vfs --root "${work}/store" --runroot "${work}/run" "$@"; }

if [[ ! -f "${work}/rootfs/etc/debian_version" ]]; then
  echo "== a Debian that stands in for ${base}"
  packages=ca-certificates,libbz2-1.0,libffi8,liblzma5,libncursesw6,libreadline8,libsqlite3-0,libssl3,zlib1g
  [[ -n "${PYTHON_PREFIX:-}" ]] || packages+=,python3-venv,python-is-python3
  debootstrap --variant=minbase --include="${packages}" bookworm "${work}/rootfs" > "${work}/debootstrap.log"
  if [[ -n "${PYTHON_PREFIX:-}" ]]; then
    cp -a "${PYTHON_PREFIX}/." "${work}/rootfs/usr/local/"
    ln -sf python3 "${work}/rootfs/usr/local/bin/python"
    chroot "${work}/rootfs" ldconfig
  fi
fi
printf 'FROM scratch\nCOPY rootfs/ /\nENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin\n' > "${work}/Base"
build bud --isolation chroot --file "${work}/Base" --tag "docker.io/library/${base}" "${work}" > "${work}/base.log" 2>&1

echo "== the Dockerfile"
build bud --isolation chroot --network host --pull-never --format docker "$@" \
  --file "${root}/Dockerfile" --tag "${tag}" "${root}" > "${work}/build.log" 2>&1 || { tail -40 "${work}/build.log"; exit 1; }

echo "== what it is configured to be"
build inspect --type image --format \
  'user {{.OCIv1.Config.User}}, folder {{.OCIv1.Config.WorkingDir}}, entry point {{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.Cmd}}' "${tag}"
echo
user="$(build inspect --type image --format '{{.OCIv1.Config.User}}' "${tag}")"
[[ "${user}" =~ ^[1-9][0-9]*$ ]] || { echo "it would run as ${user:-root}"; exit 1; }

echo "== a review by that user, with no network, of a repository that belongs to somebody else"
demo="${work}/demo"
rm -rf "${demo}"
python3 "${root}/scripts/make_demo.py" "${demo}" > /dev/null
build inspect --type image --format '{{range .OCIv1.Config.Env}}{{println .}}{{end}}' "${tag}" | sed '/^$/d' > "${work}/environment"
container="$(build from --pull-never "${tag}")"
image="$(build mount "${container}")"
mkdir -p "${image}/repo"
# A network namespace without a route, the image as the root folder, the repository in it and read-only.
cat > "${work}/inside.sh" <<'INSIDE'
set -eu
mount --bind "$2" "$1/repo"
mount -o remount,bind,ro "$1/repo"
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/tmp"
mkdir -p "$1/dev"
[ -c "$1/dev/null" ] || mknod -m 666 "$1/dev/null" c 1 3
mapfile -t variables < "$4/environment"
inside() { chroot --userspec="$3:$3" "$1" /usr/bin/env -i -C /repo "${variables[@]}" "${@:4}"; }
try() { inside "${first[@]}" "$@"; }
first=("$1" "$2" "$3")
routes="$(tail -n +2 /proc/net/route | wc -l)"
[ "$(try id -u)" = "$3" ] && [ "${routes}" = 0 ]
echo "user $(try id -u), routes to a network: ${routes}, $(try python --version)"
if try python -m pip --version > /dev/null 2>&1; then echo "pip is in the image"; exit 1; fi
try aicost-review --version
try aicost-review prices show gpt-4o-mini | head -3
try aicost-review diff /repo --no-cache --base main --head warranty-answers --format json > "$4/review.json"
try aicost-review diff /repo --no-cache --base main --head warranty-answers > "$4/review.txt"
head -20 "$4/review.txt"
INSIDE
unshare --mount --net --pid --fork bash "${work}/inside.sh" "${image}" "${demo}" "${user}" "${work}"
build rm "${container}" > /dev/null

echo "== vocabularies and prices are inside"
python3 - "${work}/review.json" <<'PYTHON'
import json, sys
review = json.load(open(sys.argv[1], encoding="utf-8"))
methods = sorted({line["method"] for change in review["changes"] for side in ("before", "after") if change[side]
                  for line in change[side]["cost"]["lines"]})
print("direction", review["summary"]["direction"], "· dollars a month", review["summary"]["delta_usd_per_month"])
print("counted by", *methods)
assert review["changes"] and "exact" in methods, "the vocabularies are not inside"
PYTHON

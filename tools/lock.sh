#!/usr/bin/env bash
# Writes the lock files of the tool sets anew: requirements.txt with hashes from
# requirements.in, package-lock.json from package.json.
#
#   tools/lock.sh [SET...]        all sets, or the named ones
#
# Lock files name no registry: they are installed from whichever one the machine
# is set up for, and the hashes say that it gave the right files.
set -euo pipefail

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# lock_python SET resolves for Python 3.11 and newer on every system.
lock_python() {
  (cd "$tools/$1" && "$uv" pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-emit-find-links \
    --custom-compile-command "make tools-lock" --upgrade requirements.in -o requirements.txt)
}

# lock_image writes what the emitted dbt image installs: the part of the judge's
# lock file that it needs.
lock_image() {
  (cd "$tools/../compiler/emit/dbt/image" && "$uv" pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
    --custom-compile-command "make tools-lock" --constraint "$tools/dbt/requirements.txt" requirements.in -o requirements.txt)
  check_hosts "$tools/../compiler/emit/dbt/image/requirements.txt"
}

lock_node() {
  rm -f "$tools/$1/package-lock.json"
  (cd "$tools/$1" && npm install --package-lock-only --ignore-scripts --no-audit --no-fund \
    --omit-lockfile-registry-resolved)
}

# check_hosts fails where a lock file names the host that its packages came from.
check_hosts() {
  if grep -nE '"resolved"|^--|@ *https?:' "$1"; then
    echo "error: $1 names where its packages come from (the lines above)" >&2
    return 1
  fi
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
uv=""

for dir in "$tools"/*/; do
  set_name=$(basename "$dir")
  if [ $# -gt 0 ] && [[ " $* " != *" $set_name "* ]]; then
    continue
  fi
  if [ -f "$dir/requirements.in" ]; then
    if [ -z "$uv" ]; then
      python3 -m venv "$scratch" && "$scratch/bin/pip" install --quiet uv
      uv=$scratch/bin/uv
    fi
    echo "tools: lock $set_name (Python)"
    lock_python "$set_name"
    check_hosts "$dir/requirements.txt"
    [ "$set_name" != dbt ] || lock_image
  elif [ -f "$dir/package.json" ]; then
    echo "tools: lock $set_name (Node)"
    lock_node "$set_name"
    check_hosts "$dir/package-lock.json"
  fi
done

#!/usr/bin/env bash
# Installs the independent tools that tests hold our output against.
#
#   tools/install.sh [SET...]     all sets, or the named ones
#
# A set is a folder beside this script with a lock file: requirements.txt (with
# hashes) for Python, package-lock.json for Node. It is installed into
# ${TAPESTRY_CACHE:-the user's cache folder/tapestry-ci}/SET-DIGEST, where DIGEST
# is the first 12 hex digits of the lock file's SHA-256. The marker .complete is
# written last: a set with the marker is left alone, one without is built anew.
# internal/judge finds the sets by the same rule.
set -euo pipefail

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python3}

fail() {
  echo "error: $*" >&2
  exit 1
}

# cache_dir prints what Go's os.UserCacheDir gives, with our name below it.
cache_dir() {
  if [ -n "${TAPESTRY_CACHE:-}" ]; then
    echo "$TAPESTRY_CACHE"
  elif [ "$(uname -s)" = Darwin ]; then
    echo "$HOME/Library/Caches/tapestry-ci"
  else
    echo "${XDG_CACHE_HOME:-$HOME/.cache}/tapestry-ci"
  fi
}

digest() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -c1-12
}

need_python() {
  command -v "$python" >/dev/null ||
    fail "$python is not installed; install Python 3.11 or newer, or name one: make tools PYTHON=python3.12"
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old; name one that is 3.11 or newer: make tools PYTHON=python3.12"
}

need_node() {
  command -v npm >/dev/null || fail "npm is not installed; install Node.js 20 or newer"
}

install_python() { # LOCK DIR
  need_python
  "$python" -m venv "$2"
  "$2/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --no-deps --require-hashes --only-binary :all: -r "$1"
}

# No install scripts: what a package would run on this machine is not pinned by
# its hash, and none of the tools needs it.
install_node() { # LOCK DIR
  need_node
  mkdir -p "$2"
  cp "$(dirname "$1")/package.json" "$1" "$2/"
  (cd "$2" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error)
}

install_set() { # NAME KIND LOCK
  local dir started
  dir=$cache/$1-$(digest "$3")
  if [ -f "$dir/.complete" ]; then
    echo "tools: $1 is installed"
    return
  fi
  echo "tools: installing $1 ($2) into $dir"
  started=$SECONDS
  rm -rf "$dir"
  "install_$2" "$3" "$dir"
  touch "$dir/.complete"
  echo "tools: $1 is ready after $((SECONDS - started)) s"
}

install_named() { # NAME
  if [ -f "$tools/$1/requirements.txt" ]; then
    install_set "$1" python "$tools/$1/requirements.txt"
  elif [ -f "$tools/$1/package-lock.json" ]; then
    install_set "$1" node "$tools/$1/package-lock.json"
  else
    fail "tool set $1: no requirements.txt and no package-lock.json in tools/$1"
  fi
}

all_sets() {
  local lock
  for lock in "$tools"/*/requirements.txt "$tools"/*/package-lock.json; do
    [ ! -f "$lock" ] || basename "$(dirname "$lock")"
  done | sort -u
}

cache=$(cache_dir)
mkdir -p "$cache"

# Everything below runs under one lock, so that two runs do not write one folder.
if [ "${TAPESTRY_TOOLS_LOCKED:-}" != 1 ]; then
  need_python
  export TAPESTRY_TOOLS_LOCKED=1
  exec "$python" "$tools/under-lock.py" "$cache/.lock" "${BASH_SOURCE[0]}" "$@"
fi

if [ $# -eq 0 ]; then
  # Names of sets have no spaces: they are folders of this repository.
  # shellcheck disable=SC2046
  set -- $(all_sets)
fi
for name in "$@"; do
  install_named "$name"
done

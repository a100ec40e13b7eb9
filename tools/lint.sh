#!/usr/bin/env bash
# gofmt, go vet and, where it is installed, shellcheck.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
  echo "$unformatted"
  echo "error: the files above are not formatted: run gofmt -w on them" >&2
  exit 1
fi
go vet ./...
if command -v shellcheck >/dev/null; then
  shellcheck tools/*.sh action/*.sh .ci/run
else
  echo "shellcheck is not installed: the scripts are not checked"
fi

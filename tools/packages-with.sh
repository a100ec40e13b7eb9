#!/usr/bin/env bash
# Prints the packages that have a test file with a line that matches a regular
# expression (as of grep), one a line; fails where there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

files=$(grep -rl --include='*_test.go' --exclude-dir=testdata -e "$1" . || true)
if [ -z "$files" ]; then
  echo "error: no test file has a line that matches $1" >&2
  exit 1
fi
echo "$files" | while IFS= read -r file; do dirname "$file"; done | sort -u

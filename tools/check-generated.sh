#!/usr/bin/env bash
# Fails where a generated file that is committed is not what golden.sh writes.
#
# The files are compared before and after, not with the last commit, so that it
# can be run while one works. In a clean checkout both mean the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# digests prints the checksum, size and name of every file that git keeps or would take
# in, Go files apart: none of them is generated.
digests() {
  git ls-files -z --cached --others --exclude-standard -- ':!*.go' | sort -zu |
    while IFS= read -r -d '' file; do
      if [ -f "$file" ]; then printf '%s %s\n' "$(cksum <"$file")" "$file"; fi
    done
}

mkdir -p build
digests >build/generated-before.txt
tools/golden.sh >build/golden.log 2>&1 || {
  cat build/golden.log >&2
  exit 1
}
digests >build/generated-after.txt
stale=$({ diff build/generated-before.txt build/generated-after.txt || true; } |
  sed -n 's/^[<>] [0-9]* [0-9]* //p' | sort -u)
if [ -n "$stale" ]; then
  echo "$stale"
  echo "error: the generated files above were out of date and are written anew now: look at them with git diff and commit them" >&2
  exit 1
fi
echo "generated files are up to date"

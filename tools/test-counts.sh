#!/usr/bin/env bash
# Run by gotestsum after the tests: the counts in one plain line, which `make
# test` prints last.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A package that does not build is both an error and a failed test.
failed=$((TESTS_FAILED > 0 ? TESTS_FAILED : TESTS_ERRORS))
counts="$((TESTS_TOTAL - TESTS_FAILED - TESTS_SKIPPED)) passed, $failed failed, $TESTS_SKIPPED skipped"
echo "$counts" >build/test-counts.txt
if [ "$failed" -gt 0 ]; then
  echo "$counts"
fi

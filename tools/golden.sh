#!/usr/bin/env bash
# Writes anew what is generated and committed: the golden files of every package
# whose tests know the flag -update, and the JSON Schema.
#
# The judges are hidden from the tests meanwhile: they say whether a golden file
# is right, not what is in it, and would take minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=$(tools/packages-with.sh 'flag\.Bool("update"')
# One package a line, without spaces.
# shellcheck disable=SC2086
TAPESTRY_CACHE=$PWD/build/no-judges TAPESTRY_REQUIRE_JUDGES='' go test -count=1 $packages -update

if [ -d cmd/tapestry-ci ]; then
  mkdir -p schema build
  go run ./cmd/tapestry-ci schema >build/schema.json
  mv build/schema.json schema/tapestry.schema.json
fi

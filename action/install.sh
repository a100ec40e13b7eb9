#!/usr/bin/env bash
# Gets tapestry-ci and prints its path. All else goes to standard error.
#
#   action/install.sh [VERSION | source]
#
# A release is used only if its archive has the SHA-256 that checksums.txt beside
# this script names: it is part of the commit that the caller has pinned. Anything
# that does not fit ends this script; nothing is tried instead.
#
# Without a version it is the one that checksums.txt has, and where it has none, as
# on every commit that is not one of a release, the source of this very commit.
set -euo pipefail

action=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
releases=${TAPESTRY_RELEASES:-https://github.com/tapestry-ci/tapestry-ci/releases/download}
into=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/tapestry-ci.XXXXXX")

fail() {
  echo "::error::tapestry-ci was not installed: $*" >&2
  rm -rf "$into"
  exit 1
}

# platform prints what a release calls this machine.
platform() {
  local os arch
  case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) fail "there is no release for $(uname -s)" ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) arch=amd64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "there is no release for $(uname -m)" ;;
  esac
  echo "${os}_$arch"
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# newest prints the version that the checksums are of.
newest() {
  sed -n 's/^[0-9a-f]\{64\}  tapestry-ci_\([^_]*\)_.*\.tar\.gz$/\1/p' "$action/checksums.txt" | tail -n 1
}

build() {
  command -v go >/dev/null || fail "building it from source needs Go: put actions/setup-go before this step"
  echo "building tapestry-ci from the source of the action" >&2
  (cd "$action/.." && go build -trimpath -buildvcs=false -o "$into/tapestry-ci" ./cmd/tapestry-ci) >&2 || fail "its source does not build here"
}

download() { # VERSION
  local name wanted got
  [[ $1 =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || fail "the version is not of the form 1.2.3"
  name="tapestry-ci_$1_$(platform).tar.gz"
  wanted=$(awk -v name="$name" '$2 == name { print $1 }' "$action/checksums.txt")
  [[ $wanted =~ ^[0-9a-f]{64}$ ]] || fail "this commit of the action has no checksum of $name"
  curl --fail --silent --show-error --location --retry 3 --proto '=https,http' --proto-redir '=https' \
    --output "$into/$name" "$releases/v$1/$name" >&2 || fail "$name could not be downloaded"
  got=$(sha256 "$into/$name")
  [ "$got" = "$wanted" ] || fail "$name has the SHA-256 $got, and not the $wanted that the action knows"
  tar -xzf "$into/$name" -C "$into" tapestry-ci || fail "$name holds no tapestry-ci"
}

version=${1:-}
version=${version#v}
if [ -z "$version" ]; then
  version=$(newest)
fi
case $version in
  "" | source) build ;;
  *) download "$version" ;;
esac
chmod 755 "$into/tapestry-ci"
echo "$into/tapestry-ci"

#!/usr/bin/env bash
# Runs "tapestry-ci ci" with what the action was given. All values come as
# variables (TAPESTRY_IN_…); each becomes one argument, whatever is in it.
set -euo pipefail

program=$("$(dirname "${BASH_SOURCE[0]}")/install.sh" "${TAPESTRY_IN_VERSION:-}")

args=(ci
  "--command=${TAPESTRY_IN_COMMAND:-auto}"
  "--file=${TAPESTRY_IN_FILE:-tapestry.yaml}"
  "--target=${TAPESTRY_IN_TARGET:-auto}")
if [ -n "${TAPESTRY_IN_ENV:-}" ]; then
  args+=("--env=$TAPESTRY_IN_ENV")
fi
case ${TAPESTRY_IN_COMMENT:-true} in
  true) ;;
  false) args+=(--no-comment) ;;
  *)
    echo "::error::the input comment is neither true nor false"
    exit 2
    ;;
esac
while IFS= read -r id; do
  id=${id#"${id%%[![:space:]]*}"}
  id=${id%"${id##*[![:space:]]}"}
  if [ -n "$id" ]; then
    args+=("--allow=$id")
  fi
done < <(tr ',' '\n' <<<"${TAPESTRY_IN_ALLOW:-}")

exec "$program" "${args[@]}"

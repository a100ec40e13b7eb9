#!/usr/bin/env bash
# Builds the dependency image of grouparoo and pushes it: everything but the
# pipeline's own files. It is the same for every pipeline, and is built anew only
# when its tag, a digest over all that it is made of, is another one.
#
#   bash dependencies.sh REPOSITORY
#
# REPOSITORY is the output of the foundation stack, or a repository anywhere:
# "tapestry-ci apply" copies the image from there where TAPESTRY_GROUPAROO_BASE
# names it as REPOSITORY:deps-45bfd3f9f1fe1d9f11d1274ffa3554ca.
# Needs Docker with buildx, signed in to the registry; for ECR:
#
#   aws ecr get-login-password | docker login --username AWS --password-stdin REGISTRY
#
# NODE_IMAGE in the environment takes another image of the operating system.
set -euo pipefail

if [ "$#" -ne 1 ]; then
  echo "usage: $0 REPOSITORY" >&2
  exit 2
fi
repository=$1
base=${NODE_IMAGE:-node:24.21.0-bookworm-slim}

cd "$(dirname "$0")"

# What is built is what was looked up here, whatever becomes of the tag.
case $base in
*@sha256:*) ;;
*) base=$base@$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$base") ;;
esac

docker buildx build . \
  --target dependencies \
  --platform linux/amd64 \
  --provenance=false \
  --build-arg "NODE_IMAGE=$base" \
  --label "io.tapestry-ci.base=$base" \
  --label "io.tapestry-ci.dependencies=deps-45bfd3f9f1fe1d9f11d1274ffa3554ca" \
  --tag "$repository:deps-45bfd3f9f1fe1d9f11d1274ffa3554ca" \
  --push

echo "pushed $repository:deps-45bfd3f9f1fe1d9f11d1274ffa3554ca"

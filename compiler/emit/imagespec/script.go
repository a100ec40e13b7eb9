package imagespec

import "strings"

// ScriptFile is the name of the script in the folder of an image.
const ScriptFile = "dependencies.sh"

// Script is what a person with Docker runs to build the dependency image and
// push it, once for each version of the lock file.
func Script(i Image) []byte {
	return []byte(strings.NewReplacer(
		"%NAME%", i.Name, "%TAG%", i.Dependencies.Tag, "%BASE%", i.Dependencies.Base, "%ARGUMENT%", i.Dependencies.Argument,
		"%PLATFORM%", i.Platform, "%TARGET%", Target, "%LABEL_DEPENDENCIES%", LabelDependencies, "%LABEL_BASE%", LabelBase,
		"%VARIABLE%", BaseVariable(i.Name),
	).Replace(script))
}

// BaseVariable is the environment variable that names a dependency image which
// is ready in another registry.
func BaseVariable(name string) string { return "TAPESTRY_" + strings.ToUpper(name) + "_BASE" }

const script = `#!/usr/bin/env bash
# Builds the dependency image of %NAME% and pushes it: everything but the
# pipeline's own files. It is the same for every pipeline, and is built anew only
# when its tag, a digest over all that it is made of, is another one.
#
#   bash dependencies.sh REPOSITORY
#
# REPOSITORY is the output of the foundation stack, or a repository anywhere:
# "tapestry-ci apply" copies the image from there where %VARIABLE%
# names it as REPOSITORY:%TAG%.
# Needs Docker with buildx, signed in to the registry; for ECR:
#
#   aws ecr get-login-password | docker login --username AWS --password-stdin REGISTRY
#
# %ARGUMENT% in the environment takes another image of the operating system.
set -euo pipefail

if [ "$#" -ne 1 ]; then
  echo "usage: $0 REPOSITORY" >&2
  exit 2
fi
repository=$1
base=${%ARGUMENT%:-%BASE%}

cd "$(dirname "$0")"

# What is built is what was looked up here, whatever becomes of the tag.
case $base in
*@sha256:*) ;;
*) base=$base@$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$base") ;;
esac

docker buildx build . \
  --target %TARGET% \
  --platform %PLATFORM% \
  --provenance=false \
  --build-arg "%ARGUMENT%=$base" \
  --label "%LABEL_BASE%=$base" \
  --label "%LABEL_DEPENDENCIES%=%TAG%" \
  --tag "$repository:%TAG%" \
  --push

echo "pushed $repository:%TAG%"
`

package dbt

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

func imageArtifact(t *testing.T, path string) emit.Artifact {
	t.Helper()
	for _, a := range Emit(irtest.RainShield()) {
		if a.Path == path {
			return a
		}
	}
	require.Fail(t, "no artefact "+path)
	return emit.Artifact{}
}

// locked reads a lock file: each package with its version and marker, and its
// hashes.
func locked(t *testing.T, text string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	name := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(strings.TrimSpace(line), ` \`)
		switch hash, isHash := strings.CutPrefix(line, "--hash="); {
		case line == "" || strings.HasPrefix(line, "#"):
		case isHash:
			out[name] = append(out[name], hash)
		default:
			name, _, _ = strings.Cut(line, " ;")
			require.Regexp(t, `^[a-z0-9._-]+==[0-9][0-9a-z.]*$`, name, "a version, and no place to get it from")
			require.NotContains(t, out, name)
			out[name] = nil
		}
	}
	return out
}

// What the image runs is what the tests ran: every package of the image is in
// the lock file of the judge, with the same version and the same hashes.
func TestImageRunsWhatTheJudgeRan(t *testing.T) {
	judged, err := os.ReadFile("../../../tools/dbt/requirements.txt")
	require.NoError(t, err)
	all := locked(t, string(judged))
	image := locked(t, string(imageArtifact(t, "dbt/requirements.txt").Content))
	require.Greater(t, len(image), 30)
	for name, hashes := range image {
		assert.NotEmpty(t, hashes, name)
		assert.Equal(t, all[name], hashes, name)
	}
	names := strings.Join(keysOf(image), " ")
	assert.Contains(t, names, "dbt-core==")
	assert.Contains(t, names, "dbt-snowflake==")
	assert.Contains(t, names, "snowflake-connector-python==")
	assert.NotContains(t, names, "duckdb")
}

func keysOf(m map[string][]string) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	return out
}

// The sync stack runs the container with a read-only root as this user, with
// /tmp as the only folder to write to, and without a command of its own.
func TestImageIsWhatTheStackRuns(t *testing.T) {
	a := imageArtifact(t, "dbt/Dockerfile")
	assert.Equal(t, []string{"image:dbt"}, a.Provides)
	assert.Equal(t, []string{"stack:foundation"}, a.Needs)
	text := string(a.Content)
	for _, want := range []string{
		`(?m)^ARG PYTHON_IMAGE=python:\d+\.\d+\.\d+-slim-[a-z]+$`, `(?m)^USER 1000:1000$`, `(?m)^VOLUME /tmp$`,
		`(?m)^RUN pip install --no-deps --require-hashes --only-binary :all: -r requirements.txt$`,
		`(?m)^CMD \["dbt", "build", "--target", "snowflake"\]$`, `DBT_TARGET_PATH=/tmp/\S+ DBT_LOG_PATH=/tmp/`,
	} {
		assert.Regexp(t, regexp.MustCompile(want), text)
	}
	packages, project := strings.Index(text, "COPY requirements.txt"), strings.Index(text, "COPY . ")
	assert.Positive(t, packages)
	assert.Less(t, packages, strings.Index(text, "RUN pip"))
	assert.Less(t, strings.Index(text, "RUN pip"), project, "a changed pipeline installs nothing")
	assert.NotContains(t, text, "://", "the registry is that of whoever builds it")
}

// A laptop's left-overs stay out of the image.
func TestImageLeavesOut(t *testing.T) {
	ignored := strings.Split(string(imageArtifact(t, "dbt/.dockerignore").Content), "\n")
	for _, name := range []string{"target", "logs", "dbt_packages", "*.duckdb"} {
		assert.Contains(t, ignored, name)
	}
}

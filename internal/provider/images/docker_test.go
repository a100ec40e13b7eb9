package images_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	fakeregistry "github.com/tapestry-ci/tapestry-ci/internal/fake/registry"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/images"
)

// docker puts a program in the path that answers as docker does: it copies an
// image that is ready to where the real one would write it.
func docker(t *testing.T, build string) (calls string) {
	t.Helper()
	folder := t.TempDir()
	calls = filepath.Join(folder, "calls")
	text := `#!/bin/sh
echo "$*" >> '` + calls + `'
case "$*" in
*imagetools*) echo sha256:0123 ;;
*) ` + build + ` ;;
esac
`
	require.NoError(t, os.WriteFile(filepath.Join(folder, "docker"), []byte(text), 0o755))
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	t.Setenv("TMPDIR", t.TempDir())
	return calls
}

// ready.tar is the image that the program copies.
func archive(t *testing.T, tag string) string {
	t.Helper()
	img, err := fakeregistry.Dependencies(tag)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "ready.tar")
	ref, err := name.NewTag("x:y")
	require.NoError(t, err)
	require.NoError(t, tarball.WriteToFile(file, ref, img))
	return file
}

func TestDockerBuilds(t *testing.T) {
	tag := spec(t, "dbt").Dependencies.Tag
	calls := docker(t, `test -f "$3/Dockerfile" && test -f "$3/requirements.txt" && test "$(ls -A "$3" | wc -l)" = 2 || exit 9
for word; do case $word in type=docker,dest=*) cp '`+archive(t, tag)+`' "${word#type=docker,dest=}" ;; esac; done
echo '#7 [dependencies 4/4] RUN pip install' >&2; echo '#8 other' >&2`)
	r := registry(t)
	c := config(r)
	c.Builder = images.Docker()
	require.NotNil(t, c.Builder)
	p := images.New(c)
	out := plan(t, p, input(rainShield()))
	assert.NoFileExists(t, calls, "a plan asks Docker nothing")
	var said []string
	_, err := p.Apply(context.Background(), change(t, out, "images:base:dbt"), input(rainShield()), func(m string) { said = append(said, m) })
	require.NoError(t, err)
	assert.Contains(t, r.Tags(repoDbt), tag)
	assert.Equal(t, "#7 [dependencies 4/4] RUN pip install", said[0])
	text, err := os.ReadFile(calls)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	require.Len(t, lines, 2)
	base := spec(t, "dbt").Dependencies.Base
	assert.Equal(t, "buildx imagetools inspect --format {{.Manifest.Digest}} "+base, lines[0])
	for _, want := range []string{"--target dependencies", "--platform linux/amd64", "--provenance=false", "--build-arg PYTHON_IMAGE=" + base + "@sha256:0123",
		"--label io.tapestry-ci.base=" + base + "@sha256:0123", "--label io.tapestry-ci.dependencies=" + tag} {
		assert.Contains(t, lines[1], want)
	}
	assert.NotContains(t, string(text), "login")
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	assert.Empty(t, left, "nothing is left behind")
}

func TestDockerFails(t *testing.T) {
	docker(t, `for i in 1 2 3 4 5 6 7 8 9 10; do echo "line $i" >&2; done; exit 1`)
	r := registry(t)
	c := config(r)
	c.Builder = images.Docker()
	p := images.New(c)
	out := plan(t, p, input(rainShield()))
	_, err := p.Apply(context.Background(), change(t, out, "images:base:dbt"), input(rainShield()), quiet)
	require.ErrorContains(t, err, "building the dependency image deps-")
	assert.ErrorContains(t, err, "line 10")
	assert.NotContains(t, err.Error(), "line 2\n", "the last lines are enough")
	left, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.Empty(t, r.Tags(repoDbt))
}

func TestWithoutDocker(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	assert.Nil(t, images.Docker())
}

package images_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
	fakeregistry "github.com/tapestry-ci/tapestry-ci/internal/fake/registry"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// pushedImages are both images as they are in the registry, by name.
func pushedImages(t *testing.T) map[string]v1.Image {
	t.Helper()
	r := ready(t)
	got := apply(t, provider(r), input(rainShield()), plan(t, provider(r), input(rainShield())))
	return map[string]v1.Image{"grouparoo": pulled(t, r, repoGrou, got["image.grouparoo"]), "dbt": pulled(t, r, repoDbt, got["image.dbt"])}
}

// entries are the headers of an archive with their contents.
func entries(t *testing.T, archive io.ReadCloser) (all []tar.Header, content map[string][]byte) {
	t.Helper()
	defer archive.Close()
	content = map[string][]byte{}
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, content
		}
		require.NoError(t, err)
		body, err := io.ReadAll(r)
		require.NoError(t, err)
		all, content[h.Name] = append(all, *h), body
	}
}

func last(t *testing.T, img v1.Image) v1.Layer {
	t.Helper()
	layers, err := img.Layers()
	require.NoError(t, err)
	require.Len(t, layers, 3, "two of the dependency image, one of ours")
	return layers[2]
}

// small is a build that no emitter changes.
func small(t *testing.T) []emit.Artifact {
	t.Helper()
	files := map[string]string{"package.json": "{}\n", "config/a.json": "[]\n", "config/deep/b.json": "[1]\n", "start.js": "// start\n", "bill": "x\n"}
	s, err := imagespec.Tagged(imagespec.Image{
		Version: imagespec.Version, Name: "grouparoo", Platform: imagespec.Platform, Workdir: "/app",
		Dependencies: imagespec.Dependencies{Base: "node:1", Argument: "NODE", Files: []string{"package.json"}, Env: []imagespec.Variable{{Name: "A", Value: "1"}}, Run: "npm ci"},
		Files:        []string{"config/a.json", "config/deep/b.json", "start.js"}, Env: []imagespec.Variable{{Name: "B", Value: "2"}},
		User: "1000:1000", Volumes: []string{"/tmp"}, Ports: []int{8080}, Cmd: []string{"node", "start.js"}, Bill: "bill",
		Healthcheck: &imagespec.Healthcheck{Command: []string{"true"}, IntervalSeconds: 1, TimeoutSeconds: 2, StartPeriodSeconds: 3},
	}, func(path string) ([]byte, bool) { c, ok := files[path]; return []byte(c), ok })
	require.NoError(t, err)
	text, err := s.JSON()
	require.NoError(t, err)
	all := []emit.Artifact{{Path: "grouparoo/image.json", Kind: "image-spec", Content: text}}
	for path, content := range files {
		all = append(all, emit.Artifact{Path: "grouparoo/" + path, Content: []byte(content)})
	}
	return all
}

// A golden value for each digest: another one means that every image out there
// is pushed anew. The tag must not change with it unless form does.
func TestDigestsArePinned(t *testing.T) {
	r := registry(t)
	_, err := r.PushDependencies(repoGrou, imageTag(t, small(t)))
	require.NoError(t, err)
	out := plan(t, provider(r), input(small(t)))
	img := pulled(t, r, repoGrou, apply(t, provider(r), input(small(t)), out)["image.grouparoo"])
	digest, err := img.Digest()
	require.NoError(t, err)
	layer, err := last(t, img).Digest()
	require.NoError(t, err)
	archive, err := last(t, img).Uncompressed()
	require.NoError(t, err)
	content, _, err := v1.SHA256(archive)
	require.NoError(t, errors.Join(err, archive.Close()))
	assert.Equal(t, rootFS(t, img).DiffIDs[2], content, "the image's configuration names the layer")
	got := fmt.Sprintf("tag %s\nimage %s\nlayer %s\nits content %s\n", out.Changes[0].Content, digest, layer, content)

	file := filepath.Join("testdata", "digests.txt")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// imageTag is the tag of the dependency image of a build.
func imageTag(t *testing.T, all []emit.Artifact) string {
	t.Helper()
	var s imagespec.Image
	require.NoError(t, json.Unmarshal(all[0].Content, &s))
	return s.Dependencies.Tag
}

// The layer holds what image.json lists, with owner, mode and time the same for
// all, and the whole image holds that and the dependency image's two files.
func TestLayerHoldsTheFiles(t *testing.T) {
	for name, img := range pushedImages(t) {
		t.Run(name, func(t *testing.T) {
			archive, err := last(t, img).Uncompressed()
			require.NoError(t, err)
			headers, content := entries(t, archive)
			var files, names []string
			for _, h := range headers {
				names = append(names, h.Name)
				assert.Equal(t, [2]int{0, 0}, [2]int{h.Uid, h.Gid}, h.Name)
				assert.Empty(t, h.Uname+h.Gname+h.Linkname, h.Name)
				assert.Empty(t, h.PAXRecords, h.Name)
				assert.True(t, h.ModTime.Equal(time.Unix(0, 0)), h.Name)
				if h.Typeflag == tar.TypeDir {
					assert.EqualValues(t, 0o755, h.Mode, h.Name)
					continue
				}
				assert.EqualValues(t, 0o644, h.Mode, h.Name)
				files = append(files, h.Name)
			}
			assert.True(t, slices.IsSorted(names))
			var want []string
			for _, f := range spec(t, name).Files {
				want = append(want, "app/"+f)
				assert.Equal(t, string(artifact(t, name+"/"+f)), string(content["app/"+f]), f)
			}
			assert.ElementsMatch(t, want, files)

			whole, _ := entries(t, mutate.Extract(img))
			var all []string
			for _, h := range whole {
				if h.Typeflag == tar.TypeReg {
					all = append(all, h.Name)
				}
			}
			assert.ElementsMatch(t, append(want, "etc/os-release", "app/installed"), all)
		})
	}
}

func artifact(t *testing.T, path string) []byte {
	t.Helper()
	for _, a := range rainShield() {
		if a.Path == path {
			return a.Content
		}
	}
	require.Fail(t, "no artefact "+path)
	return nil
}

// What a container begins with is what the Dockerfile says; the rest is the
// dependency image's.
func TestConfigurationIsTheDockerfiles(t *testing.T) {
	path := "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	none := map[string]struct{}(nil)
	tmp := map[string]struct{}{"/tmp": {}}
	bill := "sha256:" + imagespec.Digest(artifact(t, "grouparoo/sbom.cdx.json"))
	for name, want := range map[string]v1.Config{
		"grouparoo": {
			Env: []string{path, "NODE_ENV=production"}, Cmd: []string{"node", "start.js"}, User: "1000:1000", WorkingDir: "/app", Volumes: tmp,
			ExposedPorts: map[string]struct{}{"8080/tcp": {}}, Entrypoint: []string{"docker-entrypoint.sh"},
			Healthcheck: &v1.HealthConfig{Test: []string{"CMD", "node", "health.js"}, Interval: 15 * time.Second, Timeout: 5 * time.Second, StartPeriod: time.Minute},
			Labels:      map[string]string{imagespec.LabelBase: "debian:bookworm@sha256:0123", imagespec.LabelDependencies: spec(t, "grouparoo").Dependencies.Tag, imagespec.LabelBill: bill},
		},
		"dbt": {
			Env: []string{path, "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1", "PIP_NO_CACHE_DIR=1", "PIP_DISABLE_PIP_VERSION_CHECK=1",
				"HOME=/tmp", "DBT_PROFILES_DIR=/app", "DBT_TARGET_PATH=/tmp/target", "DBT_LOG_PATH=/tmp/logs", "DBT_SEND_ANONYMOUS_USAGE_STATS=false"},
			Cmd: []string{"dbt", "build", "--target", "snowflake"}, User: "1000:1000", WorkingDir: "/app", Volumes: tmp, ExposedPorts: none,
			Entrypoint: []string{"docker-entrypoint.sh"},
			Labels:     map[string]string{imagespec.LabelBase: "debian:bookworm@sha256:0123", imagespec.LabelDependencies: spec(t, "dbt").Dependencies.Tag},
		},
	} {
		file, err := pushedImages(t)[name].ConfigFile()
		require.NoError(t, err)
		assert.Equal(t, want, file.Config, name)
		assert.Equal(t, "linux/amd64", file.OS+"/"+file.Architecture)
		require.Len(t, file.History, 3)
		assert.Equal(t, file.Created, file.History[2].Created, "no time of its own")
		for label, value := range file.Config.Labels {
			assert.Less(t, len(label)+len(value), 4096, "containerd takes no longer one")
		}
	}
}

// Docker's and OCI's kinds are not mixed in one manifest.
func TestKindsAreThoseOfTheDependencyImage(t *testing.T) {
	r := registry(t)
	tag := spec(t, "grouparoo").Dependencies.Tag
	base, err := fakeregistry.Dependencies(tag)
	require.NoError(t, err)
	oci := mutate.ConfigMediaType(mutate.MediaType(base, types.OCIManifestSchema1), types.OCIConfigJSON)
	_, err = r.Push(repoGrou, tag, oci)
	require.NoError(t, err)
	_, err = r.PushDependencies(repoDbt, spec(t, "dbt").Dependencies.Tag)
	require.NoError(t, err)
	got := apply(t, provider(r), input(rainShield()), plan(t, provider(r), input(rainShield())))
	for repository, want := range map[string][3]types.MediaType{
		repoGrou: {types.OCIManifestSchema1, types.OCIConfigJSON, types.OCILayer},
		repoDbt:  {types.DockerManifestSchema2, types.DockerConfigJSON, types.DockerLayer},
	} {
		m, err := pulled(t, r, repository, got["image."+filepath.Base(repository)]).Manifest()
		require.NoError(t, err)
		assert.Equal(t, want, [3]types.MediaType{m.MediaType, m.Config.MediaType, m.Layers[2].MediaType}, repository)
	}
}

// unpack lays an image's layer over a folder, as a container sees it.
func unpack(t *testing.T, img v1.Image) string {
	t.Helper()
	folder := t.TempDir()
	archive, err := last(t, img).Compressed()
	require.NoError(t, err)
	defer archive.Close()
	packed, err := io.ReadAll(archive)
	require.NoError(t, err)
	// The real tar, so that not our own reader says that it is an archive.
	cmd := exec.Command("tar", "--extract", "--gzip", "--no-same-owner", "--directory", folder)
	cmd.Stdin = bytes.NewReader(packed)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return filepath.Join(folder, "app")
}

// The real Grouparoo takes what is in the image.
func TestRealGrouparooTakesTheImage(t *testing.T) {
	judge.Dir(t, "grouparoo")
	home := unpack(t, pushedImages(t)["grouparoo"])
	output, ok := judge.Grouparoo(t, home, judge.Postgres(t))
	require.True(t, ok, output)
	assert.Contains(t, output, "Validation succeeded")
}

// The real dbt reads the project that is in the image.
func TestRealDbtTakesTheImage(t *testing.T) {
	dbt := judge.Program(t, "dbt", "dbt")
	image := pushedImages(t)["dbt"]
	home := unpack(t, image)
	config, err := image.ConfigFile()
	require.NoError(t, err)
	environment := []string{"DBT_ENV_SECRET_PRIVATE_KEY=not-a-key", "DO_NOT_TRACK=1"}
	scratch := t.TempDir()
	for _, v := range config.Config.Env {
		if strings.HasPrefix(v, "DBT_") {
			environment = append(environment, strings.NewReplacer("/tmp", scratch, "/app", home).Replace(v))
		}
	}
	output, ok := judge.Run(t, home, environment, dbt, "--warn-error", "parse", "--target", "snowflake")
	require.True(t, ok, output)
	assert.FileExists(t, filepath.Join(scratch, "target", "manifest.json"))
}

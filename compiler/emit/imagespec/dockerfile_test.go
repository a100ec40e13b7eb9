package imagespec_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/dbt"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

// build is the folder of one image.
type build map[string]string

func builds() map[string]build {
	out := map[string]build{}
	for name, artifacts := range map[string][]emit.Artifact{"grouparoo": grouparoo.Emit(irtest.RainShield()), "dbt": dbt.Emit(irtest.RainShield())} {
		out[name] = build{}
		for _, a := range artifacts {
			out[name][strings.TrimPrefix(a.Path, name+"/")] = string(a.Content)
		}
	}
	return out
}

func (b build) read(path string) ([]byte, bool) {
	content, ok := b[path]
	return []byte(content), ok
}

// copied gives the files of the folder that COPY takes for a source.
func (b build) copied(t *testing.T, source string) []string {
	t.Helper()
	var out []string
	for name := range b {
		if name == source || strings.HasPrefix(name, source+"/") || source == "." && !b.ignored(t, name) {
			out = append(out, name)
		}
	}
	require.NotEmpty(t, out, "COPY %s finds nothing", source)
	return out
}

// ignored is the part of .dockerignore's rules that ours uses: names and
// patterns at the top of the folder.
func (b build) ignored(t *testing.T, name string) bool {
	t.Helper()
	top, _, _ := strings.Cut(name, "/")
	for line := range strings.Lines(b[".dockerignore"]) {
		line = strings.TrimSpace(line)
		require.NotContains(t, line, "!")
		if match, err := path.Match(line, top); err == nil && match && line != "" {
			return true
		}
	}
	return false
}

// dockerfile reads a Dockerfile of the two stages into what it makes. Words that
// it does not know fail the test.
func dockerfile(t *testing.T, name string, b build) imagespec.Image {
	t.Helper()
	i := imagespec.Image{Version: imagespec.Version, Name: name, Platform: imagespec.Platform}
	stage := 0
	for line := range strings.Lines(b["Dockerfile"]) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if word == "" || word == "#" {
			continue
		}
		if word == "FROM" {
			stage++
			want := map[int]string{1: "${" + i.Dependencies.Argument + "} AS " + imagespec.Target, 2: imagespec.Target}[stage]
			require.Equal(t, want, rest)
			continue
		}
		require.Contains(t, []string{"0 ARG", "1 WORKDIR", "1 ENV", "1 COPY", "1 RUN", "2 COPY", "2 ENV", "2 USER", "2 VOLUME", "2 EXPOSE", "2 HEALTHCHECK", "2 CMD"},
			strconv.Itoa(stage)+" "+word)
		if stage == 2 {
			final(t, &i, b, word, rest)
		} else {
			dependencies(t, &i, b, word, rest)
		}
	}
	require.Equal(t, 2, stage)
	// Files that the dependency image has already are copied over themselves.
	i.Files = slices.DeleteFunc(i.Files, func(f string) bool { return slices.Contains(i.Dependencies.Files, f) })
	slices.Sort(i.Files)
	return i
}

func dependencies(t *testing.T, i *imagespec.Image, b build, word, rest string) {
	t.Helper()
	d := &i.Dependencies
	switch word {
	case "ARG":
		d.Argument, d.Base, _ = strings.Cut(rest, "=")
	case "WORKDIR":
		i.Workdir = rest
	case "ENV":
		d.Env = append(d.Env, variables(rest)...)
	case "COPY":
		files, _ := sources(t, rest)
		for _, f := range files {
			require.False(t, b.ignored(t, f), "%s is kept from Docker by .dockerignore", f)
			d.Files = append(d.Files, b.copied(t, f)...)
		}
	case "RUN":
		d.Run = rest
	}
}

func final(t *testing.T, i *imagespec.Image, b build, word, rest string) {
	t.Helper()
	switch word {
	case "ENV":
		i.Env = append(i.Env, variables(rest)...)
	case "COPY":
		files, to := sources(t, rest)
		for _, f := range files {
			require.Contains(t, []string{"./", "./" + f}, to, "files stand where they are in the folder")
			i.Files = append(i.Files, b.copied(t, f)...)
		}
	case "USER":
		i.User = rest
	case "VOLUME":
		i.Volumes = append(i.Volumes, rest)
	case "EXPOSE":
		port, err := strconv.Atoi(rest)
		require.NoError(t, err)
		i.Ports = append(i.Ports, port)
	case "HEALTHCHECK":
		i.Healthcheck = healthcheck(t, rest)
	case "CMD":
		require.NoError(t, json.Unmarshal([]byte(rest), &i.Cmd))
	}
}

func sources(t *testing.T, rest string) (files []string, to string) {
	t.Helper()
	words := strings.Fields(rest)
	require.NotContains(t, rest, "--", "owner and mode are the usual ones")
	return words[:len(words)-1], words[len(words)-1]
}

func variables(rest string) []imagespec.Variable {
	var out []imagespec.Variable
	for pair := range strings.FieldsSeq(rest) {
		name, value, _ := strings.Cut(pair, "=")
		out = append(out, imagespec.Variable{Name: name, Value: value})
	}
	return out
}

func healthcheck(t *testing.T, rest string) *imagespec.Healthcheck {
	t.Helper()
	options, command, ok := strings.Cut(rest, " CMD ")
	require.True(t, ok)
	h := &imagespec.Healthcheck{}
	require.NoError(t, json.Unmarshal([]byte(command), &h.Command))
	for option := range strings.FieldsSeq(options) {
		name, value, _ := strings.Cut(option, "=")
		d, err := time.ParseDuration(value)
		require.NoError(t, err)
		field := map[string]*int{"--interval": &h.IntervalSeconds, "--timeout": &h.TimeoutSeconds, "--start-period": &h.StartPeriodSeconds}[name]
		require.NotNil(t, field, name)
		*field = int(d.Seconds())
	}
	return h
}

// Whoever builds with Docker and whoever builds from image.json get the same.
func TestDockerfileAndImageFileSayTheSame(t *testing.T) {
	for name, b := range builds() {
		t.Run(name, func(t *testing.T) {
			got, err := imagespec.Parse([]byte(b[imagespec.File]), b.read)
			require.NoError(t, err)
			want := dockerfile(t, name, b)
			want.Dependencies.Tag, want.Bill = got.Dependencies.Tag, got.Bill
			assert.Equal(t, want, got)
			if got.Bill != "" {
				assert.Contains(t, b, got.Bill)
			}
		})
	}
}

func TestEveryFileIsThere(t *testing.T) {
	for name, b := range builds() {
		i, err := imagespec.Parse([]byte(b[imagespec.File]), b.read)
		require.NoError(t, err)
		for _, f := range slices.Concat(i.Files, i.Dependencies.Files) {
			assert.Contains(t, b, f, name)
		}
		assert.True(t, slices.IsSorted(i.Files), name)
	}
}

// The script is one of this very dependency image, and a shell takes it.
func TestScript(t *testing.T) {
	for name, b := range builds() {
		t.Run(name, func(t *testing.T) {
			i, err := imagespec.Parse([]byte(b[imagespec.File]), b.read)
			require.NoError(t, err)
			script := b[imagespec.ScriptFile]
			assert.Equal(t, string(imagespec.Script(i)), script)
			assert.NotContains(t, regexp.MustCompile(`%[A-Z_]+%`).FindString(script), "%", "a place that was not filled")
			shellcheck(t, script)
		})
	}
}

func shellcheck(t *testing.T, script string) {
	t.Helper()
	program, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("shellcheck is not installed")
	}
	file := filepath.Join(t.TempDir(), imagespec.ScriptFile)
	require.NoError(t, os.WriteFile(file, []byte(script), 0o755))
	out, err := exec.Command(program, "--enable=all", "--exclude=SC2250,SC2292", file).CombinedOutput()
	assert.NoError(t, err, string(out))
}

// The script runs with a docker that only writes down how it was called.
func TestScriptCallsDocker(t *testing.T) {
	b := builds()["grouparoo"]
	folder := t.TempDir()
	calls := filepath.Join(folder, "calls")
	docker := "#!/bin/sh\nprintf '%s\\n' \"$(pwd) $*\" >> '" + calls + "'\ncase $* in *imagetools*) echo sha256:abc ;; esac\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "docker"), []byte(docker), 0o755))
	home := t.TempDir()
	script := filepath.Join(home, imagespec.ScriptFile)
	require.NoError(t, os.WriteFile(script, []byte(b[imagespec.ScriptFile]), 0o755))

	run := func(environment string, args ...string) (string, error) {
		cmd := exec.Command("bash", append([]string{script}, args...)...)
		cmd.Env = []string{"PATH=" + folder + ":" + os.Getenv("PATH"), environment}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run("X=1")
	require.Error(t, err)
	assert.Contains(t, out, "usage:")

	_, err = run("X=1", "registry.example/grouparoo")
	require.NoError(t, err)
	_, err = run("NODE_IMAGE=mirror.example/node@sha256:def", "registry.example/grouparoo")
	require.NoError(t, err)
	text, err := os.ReadFile(calls)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	require.Len(t, lines, 3, "what is by digest already is not looked up")
	i, err := imagespec.Parse([]byte(b[imagespec.File]), b.read)
	require.NoError(t, err)
	assert.Contains(t, lines[0], "buildx imagetools inspect")
	for line, base := range map[string]string{lines[1]: i.Dependencies.Base + "@sha256:abc", lines[2]: "mirror.example/node@sha256:def"} {
		assert.Contains(t, line, home+" buildx build . --target dependencies --platform linux/amd64 --provenance=false --build-arg NODE_IMAGE="+base)
		assert.Contains(t, line, "--label "+imagespec.LabelBase+"="+base+" --label "+imagespec.LabelDependencies+"="+i.Dependencies.Tag)
		assert.Contains(t, line, "--tag registry.example/grouparoo:"+i.Dependencies.Tag+" --push")
	}
}

// Everything that the dependency image is made of is in its tag, and nothing of
// the pipeline.
func TestTag(t *testing.T) {
	for name, b := range builds() {
		i, err := imagespec.Parse([]byte(b[imagespec.File]), b.read)
		require.NoError(t, err)
		tag := i.Dependencies.Tag
		assert.Regexp(t, `^deps-[0-9a-f]{32}$`, tag)
		for what, change := range map[string]func(*imagespec.Image){
			"base": func(i *imagespec.Image) { i.Dependencies.Base += "x" }, "run": func(i *imagespec.Image) { i.Dependencies.Run += "x" },
			"env": func(i *imagespec.Image) { i.Dependencies.Env = nil },
			"files": func(i *imagespec.Image) {
				i.Dependencies.Files = append([]string{"Dockerfile"}, i.Dependencies.Files...)
			},
			"platform": func(i *imagespec.Image) { i.Platform = "linux/arm64" }, "workdir": func(i *imagespec.Image) { i.Workdir = "/srv" },
		} {
			other := i
			change(&other)
			other, err := imagespec.Tagged(other, b.read)
			require.NoError(t, err)
			assert.NotEqual(t, tag, other.Dependencies.Tag, "%s: %s", name, what)
		}
		other := i
		other.Files, other.Cmd, other.User, other.Env = nil, nil, "", nil
		other, err = imagespec.Tagged(other, b.read)
		require.NoError(t, err)
		assert.Equal(t, tag, other.Dependencies.Tag, name)
	}
}

func TestParseRefuses(t *testing.T) {
	b := builds()["grouparoo"]
	text := b[imagespec.File]
	for what, c := range map[string]struct{ text, want string }{
		"no JSON":     {"{", "cannot be read"},
		"unknown key": {strings.Replace(text, `"version"`, `"verzion"`, 1), "cannot be read"},
		"other form":  {strings.Replace(text, `"version": 1`, `"version": 2`, 1), "compile again"},
		"other tag":   {regexp.MustCompile(`deps-[0-9a-f]+`).ReplaceAllString(text, "deps-0"), "compile again"},
		"no file":     {strings.Replace(text, `"package.json"`, `"packages.json"`, 1), "packages.json, which is not there"},
	} {
		_, err := imagespec.Parse([]byte(c.text), b.read)
		assert.ErrorContains(t, err, c.want, what)
	}
	changed := build{}
	for k, v := range b {
		changed[k] = v
	}
	changed["package-lock.json"] += " "
	_, err := imagespec.Parse([]byte(text), changed.read)
	assert.ErrorContains(t, err, "compile again")
}

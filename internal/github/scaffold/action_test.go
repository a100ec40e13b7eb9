package scaffold_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// program stands for the released tapestry-ci: it says how it was called.
const program = "#!/bin/sh\nfor a in \"$@\"; do printf '[%s]\\n' \"$a\"; done\n"

// release is an archive as the release workflow makes it.
func release(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "tapestry-ci", Mode: 0o755, Size: int64(len(content))}))
	_, err := w.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	return b.Bytes()
}

func archive(version string) string {
	return fmt.Sprintf("tapestry-ci_%s_%s_%s.tar.gz", version, runtime.GOOS, runtime.GOARCH)
}

// site serves a release, and gives the line of its checksum.
func site(t *testing.T, version string, served, known []byte) (url, line string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v"+version+"/"+archive(version) {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(served)
	}))
	t.Cleanup(s.Close)
	return s.URL, fmt.Sprintf("%x  %s\n", sha256.Sum256(known), archive(version))
}

// runAction runs the action's script with some checksums, and inputs as
// action.yml hands them over.
func runAction(t *testing.T, checksums string, env ...string) (out string, ok bool) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "action"), os.DirFS(filepath.Join(root, "action"))))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "action", "checksums.txt"), []byte("# comment\n"+checksums), 0o644))
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "action", "run.sh"))
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "RUNNER_TEMP=" + t.TempDir()}, env...)
	text, err := cmd.CombinedOutput()
	return string(text), err == nil
}

func TestActionInstallsAVerifiedRelease(t *testing.T) {
	good := release(t, program)
	url, line := site(t, "1.2.3", good, good)
	for _, version := range []string{"", "1.2.3", "v1.2.3"} {
		out, ok := runAction(t, line, "TAPESTRY_RELEASES="+url, "TAPESTRY_IN_VERSION="+version)
		assert.True(t, ok, out)
		assert.Equal(t, "[ci]\n[--command=auto]\n[--file=tapestry.yaml]\n[--target=auto]\n", out)
	}
}

func TestActionFailsClosed(t *testing.T) {
	good, bad := release(t, program), release(t, program+"# and more\n")
	for _, c := range []struct {
		name, version, want string
		served              []byte
		line                func(string) string
	}{
		{"another archive", "1.2.3", "has the SHA-256", bad, nil},
		{"no archive", "1.2.3", "has the SHA-256", []byte("<html>"), nil},
		{"no checksum of it", "1.2.4", "no checksum of", good, nil},
		{"a checksum that is none", "1.2.3", "no checksum of", good, func(l string) string { return "abc" + l[64:] }},
		{"two checksums", "1.2.3", "no checksum of", good, func(l string) string { return l + l }},
		{"a version that is none", "1.2.3/../../evil", "not of the form", good, nil},
		{"a version that is an option", "--help", "not of the form", good, nil},
		{"a version with a command", "$(touch /tmp/x)", "not of the form", good, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, line := site(t, "1.2.3", c.served, good)
			if c.line != nil {
				line = c.line(line)
			}
			out, ok := runAction(t, line, "TAPESTRY_RELEASES="+url, "TAPESTRY_IN_VERSION="+c.version)
			assert.False(t, ok)
			assert.Contains(t, out, "::error::tapestry-ci was not installed")
			assert.Contains(t, out, c.want)
			assert.NotContains(t, out, "[ci]", "nothing ran")
		})
	}
	_, line := site(t, "1.2.3", good, good)
	out, ok := runAction(t, line, "TAPESTRY_RELEASES=http://127.0.0.1:1", "TAPESTRY_IN_VERSION=")
	assert.False(t, ok)
	assert.Contains(t, out, "could not be downloaded")
}

// Every input becomes one argument, whatever is in it.
func TestActionHandsInputsOver(t *testing.T) {
	good := release(t, program)
	url, line := site(t, "1.2.3", good, good)
	hostile := "$(touch gone) `id` '; \" --evil\n::set-output name=x::y"
	out, ok := runAction(t, line, "TAPESTRY_RELEASES="+url, "TAPESTRY_IN_FILE="+hostile, "TAPESTRY_IN_COMMAND=plan", "TAPESTRY_IN_TARGET=aws",
		"TAPESTRY_IN_ENV=staging", "TAPESTRY_IN_COMMENT=false", "TAPESTRY_IN_ALLOW=aws:stack:a, snowflake:table:B.C\n\n  x y  \n")
	assert.True(t, ok, out)
	assert.Equal(t, "[ci]\n[--command=plan]\n[--file="+hostile+"]\n[--target=aws]\n[--env=staging]\n[--no-comment]\n"+
		"[--allow=aws:stack:a]\n[--allow=snowflake:table:B.C]\n[--allow=x y]\n", out)

	out, ok = runAction(t, line, "TAPESTRY_RELEASES="+url, "TAPESTRY_IN_COMMENT=perhaps")
	assert.False(t, ok)
	assert.Contains(t, out, "neither true nor false")
}

// Without a release it is the source of the very commit: here a module that says
// how it was called.
func TestActionBuildsItsSource(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "action"), os.DirFS(filepath.Join(root, "action"))))
	for name, content := range map[string]string{
		"go.mod":                  "module example.com/m\n\ngo 1.22\n",
		"cmd/tapestry-ci/main.go": "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() { fmt.Println(os.Args[1:]) }\n",
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	for _, version := range []string{"", "source"} {
		cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "action", "run.sh"))
		cmd.Env = append(os.Environ(), "RUNNER_TEMP="+t.TempDir(), "TAPESTRY_IN_VERSION="+version, "GOFLAGS=-mod=mod")
		out, err := cmd.Output()
		require.NoError(t, err)
		assert.Equal(t, "[ci --command=auto --file=tapestry.yaml --target=auto]\n", string(out))
	}
}

// action.yml hands every input over, as a variable, and nothing else of a caller
// gets near the shell.
func TestActionFile(t *testing.T) {
	var action struct {
		Inputs  map[string]struct{ Default any }
		Outputs map[string]struct{ Value string }
		Runs    struct {
			Using string
			Steps []struct {
				ID, Run, Shell string
				Env            map[string]string
			}
		}
		Branding map[string]string
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, root, "action.yml")), &action))
	assert.Equal(t, "composite", action.Runs.Using)
	require.Len(t, action.Runs.Steps, 1)
	step := action.Runs.Steps[0]
	assert.NotContains(t, step.Run, "${{")
	script := read(t, root, "action", "run.sh")
	for input := range action.Inputs {
		variable := "TAPESTRY_IN_" + strings.ToUpper(input)
		switch input {
		case "working-directory":
			continue
		case "github-token":
			variable = "GITHUB_TOKEN"
		default:
			assert.Contains(t, script, variable)
		}
		assert.Equal(t, "${{ inputs."+input+" }}", step.Env[variable])
	}
	assert.NotContains(t, script, "GITHUB_TOKEN", "the token is no argument")
	for output, o := range action.Outputs {
		assert.Equal(t, "${{ steps."+step.ID+".outputs."+output+" }}", o.Value)
	}
	assert.NotEmpty(t, action.Branding["icon"])
}

package connector

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// FoldersVariable names the folders that connectors are looked for in first.
const FoldersVariable = "TAPESTRY_CONNECTORS"

//go:embed launch.py
var launcher []byte

// program is a connector that was found.
type program struct {
	about   string
	environ []string
	python  string   // starts launch.py, where it is set
	words   []string // what comes before the connector's own arguments
	docker  string   // the docker command, where it is an image
	image   string
	name    string // of the container
}

// handedOn are the variables that a connector gets: how to find programs, files
// and the way out, and nothing else. A name that ends in * stands for all that
// begin so.
var handedOn = []string{"PATH", "HOME", "USER", "LANG", "LC_*", "TZ", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "DOCKER_*"}

// proxied are those of them that make sense within a container.
var proxied = []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"}

// find looks for the connector, in the order that doc.go gives.
func find(ctx context.Context, p pinned, environ []string) (program, error) {
	name := path.Base(p.Repository) // source-zoom
	env := handOn(environ)
	folders := filepath.SplitList(value(environ, FoldersVariable))
	for _, dir := range folders {
		if found, ok := inFolder(dir, name, folders); ok {
			found.environ = env
			return found, nil
		}
	}
	if docker, ok := onPath("docker", environ); ok && answers(ctx, docker, env) {
		image := p.Repository + ":" + p.Version
		return program{about: "Docker image " + image, environ: env, docker: docker, image: image}, nil
	}
	if file, ok := onPath(name, environ); ok {
		return program{about: file, environ: env, words: []string{file}}, nil
	}
	return program{}, fmt.Errorf(`there is no connector %s on this machine.
Start Docker, whose image %s:%s is then used; or install the Python package and say where:
  python3 -m venv connectors && connectors/bin/pip install airbyte-%s
  export %s="$PWD/connectors"`, name, p.Repository, p.Version, name, FoldersVariable)
}

// inFolder looks into one folder of TAPESTRY_CONNECTORS.
func inFolder(dir, name string, folders []string) (program, bool) {
	if manifest := filepath.Join(dir, name); isFile(filepath.Join(manifest, "manifest.yaml")) {
		for _, other := range append([]string{dir}, folders...) {
			if python := filepath.Join(other, "bin", "python"); runs(python) {
				return program{about: "manifest " + manifest, python: python, words: []string{manifest}}, true
			}
		}
	}
	file, python := filepath.Join(dir, "bin", name), filepath.Join(dir, "bin", "python")
	switch {
	case runs(file) && runs(python):
		return program{about: "Python package airbyte-" + name + " in " + dir, python: python, words: []string{name}}, true
	case runs(file):
		return program{about: file, words: []string{file}}, true
	case runs(filepath.Join(dir, name)):
		return program{about: filepath.Join(dir, name), words: []string{filepath.Join(dir, name)}}, true
	}
	return program{}, false
}

// command is the process with its arguments. dir is the folder of its files.
func (p *program) command(ctx context.Context, dir string, args []string) (*exec.Cmd, error) {
	words := slices.Clone(p.words)
	switch {
	case p.docker != "":
		p.name = filepath.Base(dir) // as unique as the folder
		words = []string{p.docker, "run", "--rm", "--init", "--name", p.name, "--user", fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()), "--volume", dir + ":" + insideContainer}
		for _, name := range proxied {
			words = append(words, "--env", name) // without a value: Docker takes ours
		}
		words = append(words, p.image)
	case p.python != "":
		script := filepath.Join(dir, "launch.py")
		if err := os.WriteFile(script, launcher, 0o600); err != nil {
			return nil, err
		}
		words = append([]string{p.python, script}, words...)
	}
	words = append(words, args...)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	// A manifest may bring code of its own; it came with the package, and is no
	// less trusted than a connector that is all code.
	cmd.Dir, cmd.Env = dir, append(slices.Clone(p.environ), "PYTHONUNBUFFERED=1", "PYTHONUTF8=1", "PYTHONDONTWRITEBYTECODE=1", "AIRBYTE_ENABLE_UNSAFE_CODE=true")
	return cmd, nil
}

// insideContainer is where the files of a run are for an image.
const insideContainer = "/tapestry"

// inside is where the connector finds one of its files.
func (p *program) inside(dir, file string) string {
	if p.docker != "" {
		return insideContainer + "/" + file
	}
	return filepath.Join(dir, file)
}

// clean takes away a container that outlived the command that started it.
func (p *program) clean() {
	if p.docker == "" {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	cmd := exec.CommandContext(ctx, p.docker, "rm", "--force", p.name)
	cmd.Env = p.environ
	_ = cmd.Run() // mostly there is none any more
}

// answers reports whether Docker's engine is there, beside the command.
func answers(ctx context.Context, docker string, env []string) bool {
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	cmd := exec.CommandContext(ctx, docker, "version", "--format", "{{.Server.Version}}")
	cmd.Env, cmd.WaitDelay = env, time.Second
	return cmd.Run() == nil
}

func handOn(environ []string) []string {
	var env []string
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if slices.ContainsFunc(handedOn, func(h string) bool {
			stem, many := strings.CutSuffix(h, "*")
			return name == h || many && strings.HasPrefix(name, stem)
		}) {
			env = append(env, pair)
		}
	}
	return env
}

// value is a variable of an environment; the last counts, as for a process.
func value(environ []string, name string) string {
	for _, pair := range slices.Backward(environ) {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			return v
		}
	}
	return ""
}

func onPath(name string, environ []string) (string, bool) {
	for _, dir := range filepath.SplitList(value(environ, "PATH")) {
		if file := filepath.Join(dir, name); filepath.IsAbs(dir) && runs(file) {
			return file, true
		}
	}
	return "", false
}

func runs(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

func isFile(file string) bool {
	info, err := os.Stat(file)
	return !errors.Is(err, os.ErrNotExist) && err == nil && info.Mode().IsRegular()
}

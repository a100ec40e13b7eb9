package ci

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// project is one pipeline file in one environment.
type project struct {
	file string // to be opened
	path string // in the repository, with slashes
	env  string
}

// name is what people call it.
func (p project) name() string {
	if p.env == defaultEnvironment {
		return p.path
	}
	return p.path + " (" + p.env + ")"
}

const defaultEnvironment = "production"

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// projects are the pipeline files that are meant, sorted. A name without a * is
// one project, whether there is such a file or not.
func (r *run) projects() ([]project, error) {
	pattern := path.Clean(filepath.ToSlash(orElse(r.File, "tapestry.yaml")))
	names := []string{pattern}
	if strings.ContainsAny(pattern, "*?[") {
		var err error
		if names, err = fs.Glob(os.DirFS(r.Dir), pattern); err != nil {
			return nil, fmt.Errorf("the input file is %q, which is no pattern: %w", r.File, err)
		}
	}
	var list []project
	for _, name := range names {
		file := filepath.Join(r.Dir, filepath.FromSlash(name))
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			name, file = path.Join(name, "tapestry.yaml"), filepath.Join(file, "tapestry.yaml")
		}
		p := project{file: file, path: r.repositoryPath(name), env: orElse(r.Env, defaultEnvironment)}
		if meant(p, r.event.Arguments) {
			list = append(list, p)
		}
	}
	if len(list) == 0 && len(r.event.Arguments) > 1 && r.event.Arguments[1] != orElse(r.Env, defaultEnvironment) {
		return nil, nil // the command is for a step with another environment
	}
	if len(list) == 0 && len(r.event.Arguments) > 0 {
		return nil, fmt.Errorf("no pipeline is called %q here", strings.Join(r.event.Arguments, " "))
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no pipeline file fits %q: name one, or a pattern such as pipelines/*/tapestry.yaml, as the input file", r.File)
	}
	return list, nil
}

// repositoryPath is a name as the repository has it, which is seen from its root.
func (r *run) repositoryPath(name string) string {
	name = path.Clean(filepath.ToSlash(name))
	dir, err := filepath.Rel(r.root, r.Dir)
	if err != nil || !filepath.IsLocal(dir) {
		return name
	}
	return path.Join(filepath.ToSlash(dir), name)
}

// meant reports whether a command is about a project: after its word, it may name
// the project's file, its folder or the last part of that, and an environment.
func meant(p project, arguments []string) bool {
	if len(arguments) > 1 && arguments[1] != p.env {
		return false
	}
	if len(arguments) == 0 {
		return true
	}
	name, dir := strings.TrimSuffix(arguments[0], "/"), path.Dir(p.path)
	return name == p.path || name == dir || name == path.Base(dir)
}

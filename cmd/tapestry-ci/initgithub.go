package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/github/scaffold"
)

// forGitHub writes what a repository on GitHub needs, to its root. What is there
// and differs stays: somebody has set it up.
func (v initVerb) forGitHub(s stdio) error {
	root, err := repositoryRoot(v.Dir)
	if err != nil {
		return err
	}
	options, err := v.scaffold(root, s)
	if err != nil {
		return err
	}
	files, err := scaffold.Files(options)
	if err != nil {
		return err
	}
	for _, f := range files {
		to := filepath.Join(root, filepath.FromSlash(f.Path))
		is, err := os.ReadFile(to)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := write(to, f.Content); err != nil {
				return err
			}
			fmt.Fprintln(s.out, "  wrote", near(to))
		case err != nil:
			return err
		case !bytes.Equal(is, f.Content):
			fmt.Fprintf(s.out, "  kept  %s: it is there already, and is not what this would write\n", near(to))
		}
	}
	if options.Action == unknownCommit {
		fmt.Fprintf(s.out, "\nThis build does not know the commit of its action. In %s, put the commit of the action's\nrelease in the place of %s, or give --action.\n",
			near(filepath.Join(root, filepath.FromSlash(scaffold.WorkflowPath))), unknownCommit)
	}
	return nil
}

// near is a path as seen from where the command was started, if it is below.
func near(path string) string {
	if dir, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return path
}

// checkFlags finds a flag that cannot stand in the files before any is written.
func (v initVerb) checkFlags() error {
	o, err := v.flags()
	if err == nil {
		o.File, o.Pipeline = "tapestry.yaml", "any"
		_, err = scaffold.Files(o)
	}
	return err
}

// flags are the options that do not come from the pipeline.
func (v initVerb) flags() (scaffold.Options, error) {
	o := scaffold.Options{Action: v.Action, Version: version(), Branch: v.Branch}
	if o.Action == "" {
		o.Action = builtFrom()
	}
	if v.Repository == "" {
		return o, nil
	}
	if !repositoryName.MatchString(v.Repository) {
		return o, fmt.Errorf("--repository is %q, not OWNER/NAME, nor OWNER@ID/NAME@ID", v.Repository)
	}
	owner, name, _ := strings.Cut(v.Repository, "/")
	o.Owner, o.OwnerID, _ = strings.Cut(owner, "@")
	o.Name, o.NameID, _ = strings.Cut(name, "@")
	return o, nil
}

// scaffold is what the files are written for: the pipeline that is there now.
func (v initVerb) scaffold(root string, s stdio) (scaffold.Options, error) {
	dir, err := filepath.Abs(v.Dir)
	if err != nil {
		return scaffold.Options{}, err
	}
	at, err := filepath.Rel(root, dir)
	if err != nil {
		return scaffold.Options{}, err
	}
	l, err := project{Path: v.Dir}.load(s, "")
	if err != nil {
		return scaffold.Options{}, err
	}
	r := compiler.Compile(l.fsys, l.file, l.options)
	if r.Pipeline == nil {
		return scaffold.Options{}, fmt.Errorf("%s has mistakes: look at them with tapestry-ci validate, and use --no-github until then", filepath.Join(v.Dir, l.file))
	}
	o, err := v.flags()
	if err != nil {
		return o, err
	}
	o.File, o.Pipeline = filepath.ToSlash(filepath.Join(at, l.file)), r.Pipeline.Name
	if o.Branch == "" {
		o.Branch = defaultBranch(root)
	}
	for _, a := range r.Artifacts {
		if a.Path != settings.Path {
			continue
		}
		read, err := settings.Parse(a.Content)
		if err != nil {
			return o, err
		}
		for _, secret := range read.Secrets {
			o.Secrets = append(o.Secrets, secret.Name)
		}
	}
	return o, nil
}

// defaultBranch is the branch that the repository was cloned with or begun on, or
// empty.
func defaultBranch(root string) string {
	for _, place := range []struct{ file, before string }{{"refs/remotes/origin/HEAD", "ref: refs/remotes/origin/"}, {"HEAD", "ref: refs/heads/"}} {
		text, err := os.ReadFile(filepath.Join(root, ".git", filepath.FromSlash(place.file)))
		if err != nil {
			continue
		}
		if branch, ok := strings.CutPrefix(strings.TrimSpace(string(text)), place.before); ok {
			return branch
		}
	}
	return ""
}

// repositoryRoot is the next folder upwards with a .git, or the folder itself.
func repositoryRoot(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return dir, nil
		}
	}
}

// unknownCommit stands where the commit of the action belongs.
var unknownCommit = strings.Repeat("0", 40)

// builtFrom is the commit that this program was built from. The action at that
// commit is the same program, but for a release: its checksums come with a later
// commit.
func builtFrom() string {
	if released != "" {
		return unknownCommit
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unknownCommit
	}
	revision, modified := "", false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if len(revision) != 40 || modified {
		return unknownCommit
	}
	return revision
}

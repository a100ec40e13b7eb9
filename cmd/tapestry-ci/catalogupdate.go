package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/lock"
	"github.com/tapestry-ci/tapestry-ci/internal/registry"
)

type catalogUpdate struct {
	beside
	Registry string   `short:"r" help:"Airbyte's connector registry: a file or a URL, .gz or not. Default: the one that Airbyte publishes." placeholder:"FILE|URL"`
	Names    []string `arg:"" optional:"" name:"name" help:"Connectors to lock, such as airtable. Default: those that the pipeline uses and the catalogue lacks."`
}

// Help is shown below the flags.
func (catalogUpdate) Help() string {
	return `Definition id, version and specification of each connector are written into
tapestry.lock beside tapestry.yaml. From then on a source may say connector: NAME, its
config is held against the specification, and no network is needed. Commit the lock.

Examples:
  tapestry-ci catalog update airtable
  tapestry-ci catalog update --registry oss_registry.json.gz
  tapestry-ci catalog show airtable`
}

// patience is how long a registry may take to come.
const patience = 2 * time.Minute

// Run writes the lock anew and says what moved.
func (v catalogUpdate) Run(ctx context.Context, s stdio) error {
	dir, file := v.place()
	old, err := v.locked(dir, s)
	if err != nil {
		return err
	}
	used, err := v.used(file, s)
	if err != nil {
		return err
	}
	if v.Registry == "" {
		v.Registry = registry.Official
	}
	r, err := registry.Open(ctx, v.Registry, &http.Client{Timeout: patience})
	if err != nil {
		return fmt.Errorf("%w\nNothing was changed. Name a file or another address with --registry", err)
	}
	wanted, missing := choose(v.Names, used, old, r)
	if len(missing) > 0 {
		return unknownNames(missing, r, v.Registry)
	}
	now, err := relock(old, wanted, len(v.Names) > 0, used, r)
	if err != nil {
		return err
	}
	return v.write(s.out, dir, old, now)
}

// locked reads the lock that is there. One that is broken would be written over,
// so that is only done with what can still be read of it said.
func (v catalogUpdate) locked(dir string, s stdio) (*lock.Lock, error) {
	old, broken := lock.Open(os.DirFS(dir), ".")
	if len(broken) == 0 {
		return old, nil
	}
	data, _ := os.ReadFile(filepath.Join(dir, lock.Name))
	list := slices.Clone(broken)
	for i := range list {
		list[i].Severity = diag.Warning
	}
	fmt.Fprintf(s.err, "%s has mistakes; what can be read of it is kept, the rest is written anew:\n", lock.Name)
	return old, diag.WriteText(s.err, relocate(list, dir), diag.Options{Color: s.colour(s.err), Source: func(string) []byte { return data }})
}

// used are the connectors of the pipeline that the catalogue does not have. A
// folder without a pipeline uses none, as long as names are given.
func (v catalogUpdate) used(file string, s stdio) ([]string, error) {
	p := project{Path: v.Project, Format: "text"}
	l, err := p.load(s, "")
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(l.fsys, file); errors.Is(err, fs.ErrNotExist) && len(v.Names) > 0 {
		return nil, nil
	}
	names, r := compiler.Connectors(l.fsys, l.file, l.options)
	if err := p.show(s.err, r, l.dir, s); err != nil {
		return nil, err
	}
	return names, nil
}

// choose decides which connectors are locked anew: those that are named, or
// else those that the pipeline uses and either the catalogue lacks or the lock
// has. missing are those that neither the registry nor the lock has.
func choose(names, used []string, old *lock.Lock, r *registry.Registry) (wanted, missing []string) {
	if len(names) == 0 {
		for _, name := range used {
			if old.Get(name) != nil || !slices.Contains(catalog.Embedded().SourceNames(), name) {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		short := registry.ShortName(name)
		switch {
		case r.Has(short):
			wanted = append(wanted, short)
		case r.Has(name):
			wanted = append(wanted, name)
		case old.Get(name) == nil:
			missing = append(missing, name)
		}
	}
	return wanted, missing
}

func unknownNames(missing []string, r *registry.Registry, where string) error {
	var lines []string
	for _, name := range missing {
		line := fmt.Sprintf("the registry has no source %q", name)
		if near := diag.Nearest(name, r.Names()); near != "" {
			line += fmt.Sprintf("; did you mean %q?", near)
		}
		lines = append(lines, line)
	}
	return fmt.Errorf("%s\nNothing was changed. %s has %d sources", strings.Join(lines, "\n"), where, len(r.Names()))
}

// relock is the lock with the wanted connectors as the registry has them. Where
// they were named, the others stay as they are; else those that the pipeline no
// longer uses are left out.
func relock(old *lock.Lock, wanted []string, named bool, used []string, r *registry.Registry) (*lock.Lock, error) {
	now := &lock.Lock{}
	for _, c := range old.Connectors {
		if named || slices.Contains(used, c.Name) {
			now.Set(c)
		}
	}
	for _, name := range wanted {
		c, err := r.Connector(name)
		if err != nil {
			return nil, err
		}
		now.Set(c)
	}
	return now, nil
}

func (v catalogUpdate) write(w io.Writer, dir string, old, now *lock.Lock) error {
	sayMoves(w, old, now)
	path := filepath.Join(dir, lock.Name)
	data, err := os.ReadFile(path)
	if err == nil && bytes.Equal(data, now.Text()) || errors.Is(err, fs.ErrNotExist) && len(now.Connectors) == 0 {
		fmt.Fprintf(w, "%s: nothing changed\n", path)
		return nil
	}
	if err := write(path, now.Text()); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %d locked\n", path, len(now.Connectors))
	return nil
}

func sayMoves(w io.Writer, old, now *lock.Lock) {
	for _, c := range now.Connectors {
		was := old.Get(c.Name)
		if was == nil {
			fmt.Fprintf(w, "+ %s %s\n", c.Name, c.Version)
			continue
		}
		if moves := registry.Moves(*was, c); len(moves) > 0 {
			fmt.Fprintf(w, "~ %s %s\n", c.Name, strings.Join(moves, "; "))
		}
	}
	for _, c := range old.Connectors {
		if now.Get(c.Name) == nil {
			fmt.Fprintf(w, "- %s %s: no source uses it\n", c.Name, c.Version)
		}
	}
}

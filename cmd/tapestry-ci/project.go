package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// project are the flags of every verb that reads a pipeline.
type project struct {
	Path   string `arg:"" optional:"" default:"." help:"Folder with a tapestry.yaml, or the file itself."`
	Format string `short:"f" default:"text" help:"Form of the output: ${enum}." enum:"text,json,sarif,github"`
}

// loaded is a pipeline that was found.
type loaded struct {
	dir, file string
	fsys      fs.FS
	options   compiler.Options
	variables variables
}

// load finds the pipeline, in the environment of that name or, where it is empty,
// in production.
func (p project) load(s stdio, environmentName string) (loaded, error) {
	l := loaded{dir: p.Path, file: "tapestry.yaml"}
	info, err := os.Stat(p.Path)
	if err == nil && !info.IsDir() {
		l.dir, l.file = filepath.Dir(p.Path), filepath.Base(p.Path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return l, fmt.Errorf("there is no %s\nStart a pipeline with: tapestry-ci init %s", p.Path, p.Path)
	}
	if err != nil {
		return l, err
	}
	l.fsys = os.DirFS(l.dir)
	l.variables, err = readVariables(l.dir, s)
	l.options = compiler.Options{Environment: environmentName, Env: l.variables.forFile(), Tool: version()}
	return l, err
}

// show writes the diagnostics in the form that was asked for and fails where
// there is an error among them.
func (p project) show(w io.Writer, r *compiler.Result, dir string, s stdio) error {
	var err error
	list := relocate(r.Diagnostics, dir)
	text := func(file string) []byte { return r.Source(unprefixed(file, dir)) }
	switch p.Format {
	case "json":
		err = diag.WriteJSON(w, list)
	case "sarif":
		err = diag.WriteSARIF(w, list, version())
	case "github":
		err = diag.WriteGitHub(w, list)
	default:
		err = diag.WriteText(w, list, diag.Options{Color: s.colour(w), Source: text})
	}
	if err == nil && list.HasErrors() {
		err = errReported
	}
	return err
}

// relocate puts the folder before each file name, so that a terminal or an
// editor can follow it from where the command was started.
func relocate(list diag.List, dir string) diag.List {
	if dir == "." {
		return list
	}
	move := func(span source.Span) source.Span {
		span.File = filepath.ToSlash(filepath.Join(dir, span.File))
		return span
	}
	out := make(diag.List, len(list))
	for i, d := range list {
		d.Span = move(d.Span)
		d.Related, d.Hidden = slices.Clone(d.Related), slices.Clone(d.Hidden)
		for j := range d.Related {
			d.Related[j].Span = move(d.Related[j].Span)
		}
		for j := range d.Hidden {
			d.Hidden[j] = move(d.Hidden[j])
		}
		out[i] = d
	}
	return out
}

func unprefixed(file, dir string) string {
	rel, err := filepath.Rel(dir, filepath.FromSlash(file))
	if err != nil {
		return file
	}
	return filepath.ToSlash(rel)
}

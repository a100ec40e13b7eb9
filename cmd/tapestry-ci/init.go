package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
)

type initVerb struct {
	Dir      string `arg:"" help:"Folder to make."`
	Template string `short:"t" default:"rain-shield" help:"Template to start from; --list shows them." placeholder:"NAME"`
	List     bool   `help:"List the templates."`
	Force    bool   `help:"Write over files that are there."`
}

// Help is shown below the flags.
func (initVerb) Help() string {
	return `Examples:
  tapestry-ci init my-pipeline
  tapestry-ci init my-pipeline --template blank
  tapestry-ci init --list .`
}

// Run writes the files of a template.
func (v initVerb) Run(s stdio) error {
	cat := catalog.Embedded()
	if v.List {
		for _, t := range cat.Templates() {
			fmt.Fprintf(s.out, "%-18s %s\n", t.Name, t.Description)
		}
		return nil
	}
	files, ok := cat.Template(v.Template)
	if !ok {
		return v.unknown(cat)
	}
	if err := v.free(files); err != nil {
		return err
	}
	written, err := copyTree(files, v.Dir)
	if err != nil {
		return err
	}
	for _, f := range written {
		fmt.Fprintln(s.out, "  wrote", filepath.Join(v.Dir, f))
	}
	fmt.Fprintf(s.out, "\nNext: look at %s, then run: tapestry-ci validate %s\n", filepath.Join(v.Dir, "tapestry.yaml"), v.Dir)
	return nil
}

func (v initVerb) unknown(cat *catalog.Catalog) error {
	var names []string
	for _, t := range cat.Templates() {
		names = append(names, t.Name)
	}
	near := diag.Nearest(v.Template, names)
	if near != "" {
		near = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Errorf("there is no template %q%s\nThere are: %s", v.Template, near, strings.Join(names, ", "))
}

// free reports the files that would be written over.
func (v initVerb) free(files fs.FS) error {
	if v.Force {
		return nil
	}
	return fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if _, err := os.Lstat(filepath.Join(v.Dir, path)); err == nil {
			return fmt.Errorf("%s is there already; nothing was written\nName another folder, or use --force to write over it", filepath.Join(v.Dir, path))
		}
		return nil
	})
}

func copyTree(files fs.FS, dir string) ([]string, error) {
	var written []string
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		beside := to + ".tapestry-tmp"
		if err := os.WriteFile(beside, data, 0o644); err != nil {
			return err
		}
		written = append(written, path)
		return os.Rename(beside, to)
	})
	return written, err
}

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/internal/langschema"
)

type initVerb struct {
	Dir      string `arg:"" help:"Folder to make."`
	Template string `short:"t" default:"rain-shield" help:"Template to start from; --list shows them." placeholder:"NAME"`
	List     bool   `help:"List the templates."`
	Force    bool   `help:"Write over files that are there."`

	GitHub     bool   `name:"github" negatable:"" default:"true" help:"Write the workflow for GitHub and the template of its AWS roles, too."`
	Repository string `help:"Repository on GitHub, for the roles. Without it, the template asks. GitHub names repositories that were made or renamed since July 2026 with ids: ACME@123/DATA@456." placeholder:"OWNER/NAME"`
	Branch     string `help:"Branch that a merge into applies. Default: that of the repository, or main." placeholder:"NAME"`
	Action     string `help:"Commit of the action that the workflow uses. Default: that of this program, where it was built from source." placeholder:"COMMIT"`
}

// Help is shown below the flags.
func (initVerb) Help() string {
	return `Examples:
  tapestry-ci init my-pipeline
  tapestry-ci init my-pipeline --template blank
  tapestry-ci init . --repository acme/data
  tapestry-ci init my-pipeline --no-github
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
	template, ok := cat.Template(v.Template)
	if !ok {
		return v.unknown(cat)
	}
	files, err := projectFiles(template, cat)
	if err != nil {
		return err
	}
	if err := v.free(files); err != nil {
		return err
	}
	if v.GitHub {
		if err := v.checkFlags(); err != nil {
			return err
		}
	}
	for _, f := range files {
		to := filepath.Join(v.Dir, filepath.FromSlash(f.path))
		if err := write(to, f.content); err != nil {
			return err
		}
		fmt.Fprintln(s.out, "  wrote", to)
	}
	if v.GitHub {
		if err := v.forGitHub(s); err != nil {
			return err
		}
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

// schemaFile is where the first line of every template looks for the schema.
const schemaFile = "schema/tapestry.schema.json"

type projectFile struct {
	path    string
	content []byte
}

// projectFiles gives the files of a new project: those of the template, and the
// schema, so that an editor knows the language at once.
func projectFiles(template fs.FS, cat *catalog.Catalog) ([]projectFile, error) {
	var files []projectFile
	err := fs.WalkDir(template, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(template, path)
		files = append(files, projectFile{path, content})
		return err
	})
	if err != nil {
		return nil, err
	}
	schema, err := langschema.Build(cat)
	return append(files, projectFile{schemaFile, schema}), err
}

// free reports a file that would be written over.
func (v initVerb) free(files []projectFile) error {
	if v.Force {
		return nil
	}
	for _, f := range files {
		to := filepath.Join(v.Dir, filepath.FromSlash(f.path))
		if _, err := os.Lstat(to); err == nil {
			return fmt.Errorf("%s is there already; nothing was written\nName another folder, or use --force to write over it", to)
		}
	}
	return nil
}

// write puts a file in its place in one step.
func write(to string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	beside := to + ".tapestry-tmp"
	if err := os.WriteFile(beside, content, 0o644); err != nil {
		return err
	}
	return os.Rename(beside, to)
}

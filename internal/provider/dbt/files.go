package dbt

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// folder is where the project's artefacts are.
const folder = "dbt/"

// notBuilt are kinds of files that belong to the image of the scheduled run and
// have no part in what a build makes.
var notBuilt = []string{"image", "image-spec", "ignore", "lockfile", "script"}

// File is one file of the project, as it was built.
type File struct {
	Path   string `json:"path"` // below the project
	SHA256 string `json:"sha256"`
	// Makes is what dbt makes of it in the database, as table:ANALYTICS.PEOPLE.
	Makes string `json:"makes,omitempty"`
}

// project is what the artefacts say.
type project struct {
	all     []emit.Artifact // with the files of the image
	files   []File          // sorted by path
	content map[string]string
	origins map[string][]string
	needs   []string
}

func projectOf(artifacts []emit.Artifact) *project {
	p := &project{content: map[string]string{}, origins: map[string][]string{}}
	var provided []string
	for _, a := range artifacts {
		if a.Provider != "dbt" {
			continue
		}
		p.all = append(p.all, a)
		if slices.Contains(notBuilt, a.Kind) {
			continue
		}
		name := strings.TrimPrefix(a.Path, folder)
		sum := sha256.Sum256(a.Content)
		p.files = append(p.files, File{name, hex.EncodeToString(sum[:]), makes(a)})
		p.content[name] = string(a.Content)
		for _, span := range a.Origins {
			p.origins[name] = append(p.origins[name], span.File+":"+strconv.Itoa(span.Start.Line))
		}
		p.needs = append(p.needs, a.Needs...)
		provided = append(provided, a.Provides...)
	}
	slices.SortFunc(p.files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	slices.Sort(p.needs)
	p.needs = slices.DeleteFunc(slices.Compact(p.needs), func(need string) bool { return slices.Contains(provided, need) })
	return p
}

// builds reports whether there is anything to build.
func (p *project) builds() bool {
	return slices.ContainsFunc(p.files, func(f File) bool { return nodeOf(f.Path) != "" })
}

func digest(files []File) string {
	h := sha256.New()
	for _, f := range files {
		h.Write([]byte(f.Path + "\x00" + f.SHA256 + "\n"))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// nodeOf is the name of the model, snapshot or test that a file holds; empty for
// another file.
func nodeOf(file string) string {
	top, _, _ := strings.Cut(file, "/")
	switch ext := path.Ext(file); {
	case (top == "models" || top == "tests") && ext == ".sql", top == "snapshots":
		return strings.TrimSuffix(path.Base(file), ext)
	}
	return ""
}

// changed compares the files with those that were built last, and says for each
// what reads it.
func (p *project) changed(built []File) []deploy.FieldChange {
	was, is := byPath(built), byPath(p.files)
	var names []string
	for name := range was {
		names = append(names, name)
	}
	for name := range is {
		names = append(names, name)
	}
	slices.Sort(names)
	var out []deploy.FieldChange
	for _, name := range slices.Compact(names) {
		f := deploy.FieldChange{Path: name, Affects: p.readers(name)}
		switch {
		case was[name] == is[name]:
			continue
		case was[name] == "":
			f.After = "new"
		case is[name] == "":
			f.Before, f.After = "there", "gone"
		default:
			f.Before, f.After = was[name][:8], is[name][:8]
		}
		out = append(out, f)
	}
	return out
}

func byPath(files []File) map[string]string {
	m := map[string]string{}
	for _, f := range files {
		m[f.Path] = f.SHA256
	}
	return m
}

// reference is how a file of dbt names another node.
var reference = regexp.MustCompile(`\bref\(\s*['"]([^'"]+)['"]\s*\)`)

// readers are the models, snapshots and sync views that read a node, directly or
// not. Tests are left out: they read, and nobody reads them.
func (p *project) readers(file string) []string {
	start := nodeOf(file)
	if start == "" {
		return nil
	}
	direct := map[string][]string{}
	for name, content := range p.content {
		node := nodeOf(name)
		if node == "" || strings.HasPrefix(name, "tests/") {
			continue
		}
		for _, m := range reference.FindAllStringSubmatch(content, -1) {
			direct[m[1]] = append(direct[m[1]], node)
		}
	}
	seen := map[string]bool{start: true}
	var out []string
	for next := []string{start}; len(next) > 0; next = next[1:] {
		for _, node := range direct[next[0]] {
			if !seen[node] {
				seen[node] = true
				out = append(out, node)
				next = append(next, node)
			}
		}
	}
	slices.Sort(out)
	return out
}

package compiler

import (
	"io/fs"
	"path"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/lock"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// Connectors lists the connectors that the file's sources name, in all its
// environments, sorted. The Result holds what keeps the file from being read; of
// what it says besides nothing is checked.
func Connectors(fsys fs.FS, file string, opt Options) ([]string, *Result) {
	r := &Result{files: map[string][]byte{}}
	data, err := readBounded(fsys, file)
	if err != nil {
		r.Diagnostics.Add(unreadable(file, err))
		return nil, r
	}
	r.files[file] = data
	root, problems := source.Parse(file, data)
	r.Diagnostics = diag.FromProblems(problems)
	if root == nil || r.Diagnostics.HasErrors() {
		return nil, r
	}
	lookup := func(name string) (string, bool) { v, ok := opt.Env[name]; return v, ok }
	var names []string
	for _, env := range append(spec.EnvironmentNames(root), spec.Production) {
		var ignored diag.List
		decoded, _ := spec.Decode(root, env, lookup, &ignored)
		for _, s := range decoded.Sources.Items {
			names = append(names, s.Value.Connector.Or(s.Key))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), r
}

// Catalog is the catalogue that the file is held against: base, nil for the one
// that the program carries, with what the lock beside the file has. The list is
// what is wrong with the lock.
func Catalog(fsys fs.FS, file string, base *catalog.Catalog) (*catalog.Catalog, diag.List) {
	if base == nil {
		base = catalog.Embedded()
	}
	locked, broken := lock.Open(fsys, path.Dir(file))
	return locked.Catalog(base), broken
}

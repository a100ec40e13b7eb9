package archtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Package is what `go list -json` says about one package. Imports are those of
// the files that are not tests.
type Package struct {
	ImportPath string
	Imports    []string
}

// checkImports gives one line for each import and each package that breaks a rule.
func checkImports(packages []Package) []string {
	var wrong []string
	for _, p := range packages {
		name := within(p.ImportPath)
		if slices.Contains(vagueNames, path.Base(name)) {
			wrong = append(wrong, fmt.Sprintf("%s: the name says nothing; call the package after what it holds", name))
		}
		l, known := layerOf(name)
		if !known && under(name, "compiler/") {
			wrong = append(wrong, fmt.Sprintf("%s: not in the table of layers; enter it in internal/archtest/layers.go", name))
		}
		for _, imported := range p.Imports {
			if reason := refuse(name, l, known, imported); reason != "" {
				wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", name, within(imported), reason))
			}
		}
	}
	return wrong
}

// refuse says why the package name may not import another, or nothing.
func refuse(name string, l layer, known bool, imported string) string {
	compiler := name == "compiler" || under(name, "compiler/")
	inModule := imported == module || under(imported, module+"/")
	switch {
	case inModule && known && !matches(within(imported), l.may):
		return "against the direction of imports (internal/archtest/layers.go)"
	case inModule && compiler && !under(within(imported), "compiler/"):
		return "the compiler is a library of its own and imports nothing outside compiler/"
	case name != yamlOwner && (imported == yamlLibrary || under(imported, yamlLibrary+"/")):
		return "only " + yamlOwner + " reads YAML"
	case compiler && matches(imported, compilerImports):
		return "the compiler touches neither network, clock, process nor text templates"
	case name == "internal/deploy" && matches(imported, deployImports):
		return "deploy reaches the clouds through its providers only"
	}
	return ""
}

func layerOf(name string) (layer, bool) {
	for _, l := range layers {
		if matches(name, []string{l.name}) {
			return l, true
		}
	}
	return layer{}, false
}

// matches reports whether name is one of the entries, or below one that ends in
// a slash.
func matches(name string, entries []string) bool {
	return slices.ContainsFunc(entries, func(e string) bool {
		return name == e || strings.HasSuffix(e, "/") && under(name, e)
	})
}

func under(name, folder string) bool { return strings.HasPrefix(name, folder) }

// within is an import path without the path of this module.
func within(importPath string) string { return strings.TrimPrefix(importPath, module+"/") }

package compiler

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// CheckEnvironments checks every environment of the file. The Pipeline is that
// of production. A diagnostic that several environments share is there once; one
// that production does not have says where it was found.
func CheckEnvironments(fsys fs.FS, file string, opt Options) *Result {
	opt.Environment = spec.Production
	r := Check(fsys, file, opt)
	var others []found
	for _, name := range r.Environments {
		if name == spec.Production {
			continue
		}
		opt.Environment = name
		other := Check(fsys, file, opt)
		for f, data := range other.files {
			r.files[f] = data
		}
		for _, d := range other.Diagnostics {
			if !contains(r.Diagnostics, d) {
				others = note(others, d, name)
			}
		}
	}
	for _, f := range others {
		r.Diagnostics.Add(f.named())
	}
	r.Diagnostics.Sort()
	if r.Diagnostics.HasErrors() {
		r.Pipeline = nil
	}
	return r
}

// found is a diagnostic of environments other than production.
type found struct {
	diag.Diagnostic
	environments []string
}

func same(a, b diag.Diagnostic) bool {
	return a.Code == b.Code && a.Span == b.Span && a.Message == b.Message
}

func contains(list diag.List, d diag.Diagnostic) bool {
	return slices.ContainsFunc(list, func(other diag.Diagnostic) bool { return same(other, d) })
}

func note(list []found, d diag.Diagnostic, environment string) []found {
	for i := range list {
		if same(list[i].Diagnostic, d) {
			list[i].environments = append(list[i].environments, environment)
			return list
		}
	}
	return append(list, found{d, []string{environment}})
}

func (f found) named() diag.Diagnostic {
	word := "environment"
	if len(f.environments) > 1 {
		word += "s"
	}
	f.Message += fmt.Sprintf(" (%s %s)", word, strings.Join(f.environments, ", "))
	return f.Diagnostic
}

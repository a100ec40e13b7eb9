package diag

import "github.com/tapestry-ci/tapestry-ci/compiler/source"

// problemCodes gives each kind of problem its code.
var problemCodes = map[source.ProblemKind]Code{
	source.BadSyntax: "TAP001", source.DuplicateKey: "TAP002", source.BadAlias: "TAP004", source.BadMerge: "TAP005",
	source.LimitPassed: "TAP006", source.BadEncoding: "TAP007", source.BraceNeedsQuotes: "TAP008", source.UnsupportedYAML: "TAP009",
}

// FromProblems turns what is wrong with the YAML itself into diagnostics.
func FromProblems(problems []source.Problem) List {
	var list List
	for _, p := range problems {
		d := Diagnostic{Code: problemCodes[p.Kind], Span: p.Span, Message: p.Message}
		if p.Related.IsValid() {
			d.Related = []Note{{Span: p.Related, Message: p.RelatedMessage}}
		}
		list.Add(d)
	}
	return list
}

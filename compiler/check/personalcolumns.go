package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkPersonalColumns: pii of a model names columns that it has (TAP315).
func checkPersonalColumns(p *resolve.Program, add report) {
	for _, m := range p.Models {
		if m.Spec.PII == nil || !hasModelColumns(m) {
			continue
		}
		for _, t := range *m.Spec.PII {
			if t.Set && m.Column(t.V) == nil {
				add(noModelColumn(UnknownPersonal, m, t.V, t.Span))
			}
		}
	}
}

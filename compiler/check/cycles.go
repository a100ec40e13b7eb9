package check

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// checkCycles: no model reads itself, on whatever way (TAP304).
func checkCycles(p *resolve.Program, add report) {
	for _, m := range p.Models {
		if len(m.Cycle) == 0 {
			continue
		}
		first := m.Cycle[0]
		names := []string{}
		for _, step := range m.Cycle {
			names = append(names, step.Name)
		}
		d := problem(Cycle, first.KeySpan, "models read each other in a circle: %s", strings.Join(append(names, first.Name), " → "))
		if len(m.Cycle) == 1 {
			d.Message = "the model " + quote(first.Name) + " reads itself"
		}
		d.Detail = "dbt cannot say which of them to build first. Take out one of the ways, or put what they share into a model that both read."
		for i, step := range m.Cycle {
			next := m.Cycle[(i+1)%len(m.Cycle)]
			if at, ok := whereRead(step, next); ok {
				d.Related = append(d.Related, note(at, "%s reads %s here", quote(step.Name), itself(step, next)))
			}
		}
		add(d)
	}
}

func itself(reader, read *resolve.Model) string {
	if reader == read {
		return "itself"
	}
	return quote(read.Name)
}

// whereRead is the place at which reader names the model that it reads.
func whereRead(reader, read *resolve.Model) (source.Span, bool) {
	for _, in := range reader.Inputs {
		if in.Model == read {
			return in.Spec.From.Span, true
		}
	}
	for _, r := range reader.Refs {
		if r.Model == read {
			return r.Span, true
		}
	}
	return source.Span{}, false
}

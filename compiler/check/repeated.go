package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkRepeated: a list of names has each once (TAP105).
func checkRepeated(p *resolve.Program, add report) {
	eachStream(p, func(st *resolve.Stream) {
		once(st.Spec.PrimaryKey.Items, add)
		once(st.Spec.PII, add)
	})
	for _, m := range p.Models {
		once(m.Spec.UniqueBy.Items, add)
		if m.Spec.PII != nil {
			once(*m.Spec.PII, add)
		}
	}
	eachSync(p, func(s *resolve.Sync) {
		once(s.Spec.Tags, add)
		once(s.Spec.AllowPII, add)
	})
}

func once(names []spec.Text, add report) {
	if len(names) < 2 {
		return
	}
	first := make(map[string]spec.Text, len(names))
	for _, t := range names {
		if !t.Set {
			continue
		}
		if other, twice := first[t.V]; twice {
			d := problem(spec.RepeatedName, t.Span, "%s stands twice in this list", quote(t.V))
			d.Related = append(d.Related, note(other.Span, "it is first named here"))
			add(d)
			continue
		}
		first[t.V] = t
	}
}

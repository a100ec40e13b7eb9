package check

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// checkRefs: every ref() and source() of a SQL file leads somewhere (TAP303).
func checkRefs(p *resolve.Program, add report) {
	for _, m := range p.Models {
		if !hasOneBody(m) {
			continue
		}
		for _, r := range m.Refs {
			if r.Stream == nil && r.Model == nil {
				add(danglingRef(p, m, r))
			}
		}
	}
}

func danglingRef(p *resolve.Program, m *resolve.Model, r resolve.Ref) diag.Diagnostic {
	d := problem(DanglingRef, r.Span, "the model %s reads the model %s, which is not in the pipeline", quote(m.Name), quote(r.Name))
	names := p.ModelNames()
	if r.Source {
		names = p.StreamIDs()
		d.Message = "the model " + quote(m.Name) + " reads the stream " + quote(r.Name) + ", which is not in the pipeline"
	}
	d.Suggest = nearest(r.Name, names)
	switch {
	case r.Source && !strings.Contains(r.Name, "."):
		d.Detail = "source() takes two names: source('source', 'stream'). " + known("streams", names)
	case !r.Source && p.Stream(r.Name) != nil:
		from, stream, _ := strings.Cut(r.Name, ".")
		d.Suggest, d.Detail = "", "That is a stream: read it with source('"+from+"', '"+stream+"')."
	case r.Source:
		d.Detail = known("streams", names)
	default:
		d.Detail = known("models", names)
	}
	if place, ok := placeOf(p, d.Suggest); ok {
		d.Related = append(d.Related, note(place, "%s is here", quote(d.Suggest)))
	}
	return d
}

// placeOf is where a stream or a model stands in the file.
func placeOf(p *resolve.Program, name string) (source.Span, bool) {
	if name == "" {
		return source.Span{}, false
	}
	if st := p.Stream(name); st != nil {
		return st.KeySpan, true
	}
	if m := p.Model(name); m != nil {
		return m.KeySpan, true
	}
	return source.Span{}, false
}

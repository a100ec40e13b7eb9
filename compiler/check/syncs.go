package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkSyncModels: a sync reads a model of the pipeline (TAP401) and columns
// that it has (TAP402).
func checkSyncModels(p *resolve.Program, add report) {
	eachSync(p, func(s *resolve.Sync) {
		if s.Model == nil {
			if s.Spec.Model.Set {
				add(unknownModel(p, s))
			}
			return
		}
		if !hasModelColumns(s.Model) {
			return
		}
		eachPair(s, func(pair spec.Pair) {
			if pair.From.Set && s.Model.Column(pair.From.V) == nil {
				d := noModelColumn(UnknownSyncColumn, s.Model, pair.From.V, pair.From.Span)
				d.Related = append(d.Related, note(s.Model.KeySpan, "the model is here"))
				add(d)
			}
		})
	})
}

func unknownModel(p *resolve.Program, s *resolve.Sync) diag.Diagnostic {
	name := s.Spec.Model
	d := problem(UnknownModel, name.Span, "the sync %s sends the model %s, which is not in the pipeline", quote(s.ID), quote(name.V))
	d.Suggest = nearest(name.V, p.ModelNames())
	d.Detail = known("models", p.ModelNames())
	if p.Stream(name.V) != nil {
		d.Detail = "That is a stream. A sync sends a model: make one with union: [{from: " + name.V + ", columns: [..]}]."
	}
	if place, ok := placeOf(p, d.Suggest); ok {
		d.Related = append(d.Related, note(place, "%s is here", quote(d.Suggest)))
	}
	return d
}

// eachPair visits the key of a sync and then its fields.
func eachPair(s *resolve.Sync, visit func(spec.Pair)) {
	for _, pair := range s.Spec.Key.Pairs {
		visit(pair)
	}
	for _, pair := range s.Spec.Fields.Pairs {
		visit(pair)
	}
}

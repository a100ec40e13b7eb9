package check

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkPersonalData: a column with personal data reaches a destination only
// where allow_pii names it (TAP412), and allow_pii names what is sent (TAP413)
// and what the model has (TAP414). What may be sent to a destination that is not
// known is not asked.
func checkPersonalData(p *resolve.Program, add report) {
	eachSync(p, func(s *resolve.Sync) {
		if s.Model == nil || destinationEntry(s.Destination) == nil || slices.ContainsFunc(s.Spec.AllowPII, func(t spec.Text) bool { return !t.Set }) {
			return
		}
		allowed := spec.Strings(s.Spec.AllowPII)
		sent := map[string]bool{}
		eachPair(s, func(pair spec.Pair) {
			c := s.Model.Column(pair.From.V)
			if c == nil {
				sent[nearest(pair.From.V, modelColumns(s.Model))] = true // what was meant
				return
			}
			if sent[c.Name] {
				return
			}
			sent[c.Name] = true
			if c.PII && !slices.Contains(allowed, c.Name) && !isMisspelt(s, c) && !lost(s.Spec.Given, "allow_pii", s.Spec.AllowPII != nil) {
				add(notAllowed(p, s, c, pair))
			}
		})
		if hasModelColumns(s.Model) {
			checkAllowances(s, sent, add)
		}
	})
}

func notAllowed(p *resolve.Program, s *resolve.Sync, c *resolve.ModelColumn, pair spec.Pair) diag.Diagnostic {
	d := problem(PersonalData, pair.From.Span, "%s would get the column %s, which is personal data", quote(s.ID), quote(c.Name))
	allowed := append(spec.Strings(s.Spec.AllowPII), c.Name)
	allowed = slices.DeleteFunc(allowed, func(name string) bool { return s.Model.Column(name) == nil })
	d.Detail = "If it may, say so: allow_pii: [" + strings.Join(allowed, ", ") + "]. If it is not personal data, take it out of `pii` where it comes from."
	if s.Model.Spec.SQL.Set && s.Model.Spec.PII == nil {
		d.Detail = "If it may, say so: allow_pii: [" + strings.Join(allowed, ", ") + "]. The model " + s.Model.Name +
			" is SQL that reads personal data, so every text in it counts as such until its `pii` says which columns do."
	}
	d.Related = firstNotes(append(d.Related, lineage(p, s.Model, c, map[string]bool{})...))
	return d
}

// lineage says where the personal data in a column comes from.
func lineage(p *resolve.Program, m *resolve.Model, c *resolve.ModelColumn, seen map[string]bool) []diag.Note {
	var notes []diag.Note
	for _, from := range c.From {
		kind, node, _ := strings.Cut(from.Node, ":")
		id := node + "." + from.Column
		if seen[id] || len(notes) >= mostNotes {
			continue
		}
		seen[id] = true
		switch kind {
		case "stream":
			notes = append(notes, streamNote(p.Stream(node), from)...)
		case "model":
			parent := p.Model(node)
			if column := parent.Column(from.Column); column != nil && column.PII {
				notes = append(notes, lineage(p, parent, column, seen)...)
			}
		}
	}
	if len(notes) == 0 {
		notes = append(notes, note(c.Span, "the column %s of the model %s is here", quote(c.Name), quote(m.Name)))
	}
	return notes
}

func streamNote(st *resolve.Stream, from ir.ColumnRef) []diag.Note {
	c := st.Column(from.Column)
	if c == nil || !c.PII {
		return nil
	}
	for _, t := range st.Spec.PII {
		if t.V == c.Name {
			return []diag.Note{note(t.Span, "it comes from %s.%s, which is marked here", st.ID, c.Name)}
		}
	}
	return []diag.Note{note(c.Span, "it comes from %s.%s", st.ID, c.Name)}
}

// isMisspelt says that allow_pii has a name which the model does not have and
// which is most like c: then that is the mistake.
func isMisspelt(s *resolve.Sync, c *resolve.ModelColumn) bool {
	return hasModelColumns(s.Model) && slices.ContainsFunc(s.Spec.AllowPII, func(t spec.Text) bool {
		return s.Model.Column(t.V) == nil && nearest(t.V, modelColumns(s.Model)) == c.Name
	})
}

func checkAllowances(s *resolve.Sync, sent map[string]bool, add report) {
	for _, t := range s.Spec.AllowPII {
		c := s.Model.Column(t.V)
		if c == nil {
			d := problem(UnknownAllowance, t.Span, "allow_pii names the column %s, which the model %s does not have", quote(t.V), quote(s.Model.Name))
			d.Suggest = nearest(t.V, modelColumns(s.Model))
			d.Detail = known("columns", modelColumns(s.Model))
			d.Related = append(d.Related, note(s.Model.KeySpan, "the model is here"))
			add(d)
			continue
		}
		if !s.Spec.Key.Set || sent[t.V] && (c.PII || !personalKnown(s.Model, nil)) {
			continue
		}
		d := warning(NeedlessAllowance, t.Span, "allow_pii names the column %s, which is not sent", quote(t.V))
		d.Detail = "An allowance that is not needed would let the column through later without a word. Remove it."
		if sent[t.V] {
			d.Message = "allow_pii names the column " + quote(t.V) + ", which is not personal data"
			d.Detail = "Mark it with `pii` where its stream is declared, or take it out of allow_pii."
		}
		add(d)
	}
}

// personalKnown reports whether it is known of every column of the model if it
// holds personal data: where an input could not be followed, it is not.
func personalKnown(m *resolve.Model, way []*resolve.Model) bool {
	if slices.Contains(way, m) || !hasOneBody(m) {
		return false
	}
	if m.Spec.PII != nil {
		return !slices.ContainsFunc(*m.Spec.PII, func(t spec.Text) bool { return m.Column(t.V) == nil })
	}
	way = append(way, m)
	for _, in := range m.Inputs {
		if in.Stream == nil && in.Model == nil || in.Stream != nil && !marksKnown(in.Stream) || in.Model != nil && !personalKnown(in.Model, way) {
			return false
		}
	}
	for _, r := range m.Refs {
		if r.Stream == nil && r.Model == nil || r.Stream != nil && !marksKnown(r.Stream) || r.Model != nil && !personalKnown(r.Model, way) {
			return false
		}
	}
	return m.SQLError == nil && len(m.JinjaFaults) == 0
}

// marksKnown says the same of a stream.
func marksKnown(st *resolve.Stream) bool {
	return hasColumns(st) && !slices.ContainsFunc(st.Spec.PII, func(t spec.Text) bool { return st.Column(t.V) == nil })
}

package check

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// checkTargets: where two syncs write into one place, neither may take out
// members (TAP420), since those of the other are not in its model; and they do
// not fill one field from different columns (TAP421). A sync that only updates
// has no members of its own, so it may stand beside a mirror.
func checkTargets(p *resolve.Program, add report) {
	met := map[string]*target{}
	eachSync(p, func(s *resolve.Sync) {
		e := destinationEntry(s.Destination)
		if e == nil || isOff(s) || lost(s.Spec.Given, "mode", s.Spec.Mode.Set) {
			return
		}
		place, ok := targetOf(e, s)
		if !ok {
			return
		}
		t := met[place]
		switch {
		case t == nil:
			t = &target{fields: map[string]filler{}}
			met[place] = t
		case s.Mode != ir.Update && t.mirror != nil:
			add(mirrorShares(e, s, t.mirror))
		case s.Mode == ir.Mirror && t.adds != nil:
			add(mirrorShares(e, s, t.adds))
		default:
			t.sameField(s, add)
		}
		t.fill(s)
	})
}

// target is one place with the syncs that write into it.
type target struct {
	adds   *resolve.Sync     // the first that adds members
	mirror *resolve.Sync     // the first that takes them out
	fields map[string]filler // by field, what fills it first
}

// filler is one field of one sync.
type filler struct {
	sync *resolve.Sync
	pair spec.Pair
}

func (t *target) fill(s *resolve.Sync) {
	if t.adds == nil && s.Mode != ir.Update {
		t.adds = s
	}
	if t.mirror == nil && s.Mode == ir.Mirror {
		t.mirror = s
	}
	for _, pair := range s.Spec.Fields.Pairs {
		if _, filled := t.fields[pair.To.V]; pair.To.Set && pair.From.Set && !filled {
			t.fields[pair.To.V] = filler{s, pair}
		}
	}
}

// sameField warns where a member would get now the one and now the other value.
func (t *target) sameField(s *resolve.Sync, add report) {
	for _, pair := range s.Spec.Fields.Pairs {
		other, filled := t.fields[pair.To.V]
		if !filled || !pair.To.Set || !pair.From.Set || other.sync.Model == s.Model && other.pair.From.V == pair.From.V {
			continue
		}
		d := warning(FieldOfTwoSyncs, pair.To.Span, "the syncs %s and %s fill the field %s of one place from different columns", quote(other.sync.ID), quote(s.ID), quote(pair.To.V))
		d.Detail = "A member that both send gets now the one and now the other value. Fill the field in one of the syncs."
		d.Related = append(d.Related, note(other.pair.To.Span, "%s fills it here", quote(other.sync.ID)))
		add(d)
		return
	}
}

// isOff reports whether the file itself says that the sync sends nothing.
func isOff(s *resolve.Sync) bool {
	off := func(set, v bool) bool { return set && !v }
	return off(s.Spec.Enabled.Set, s.Spec.Enabled.V) || off(s.Destination.Spec.Enabled.Set, s.Destination.Spec.Enabled.V)
}

// targetOf names the place that the sync writes into: the fields that the
// catalogue says make it out, or else all there are. It is not known where one
// of them is missing, which has been reported.
func targetOf(e *catalog.Destination, s *resolve.Sync) (string, bool) {
	fields := e.Target
	if len(fields) == 0 {
		fields = slices.Concat(below("config", e.Config), below("to", e.To))
	}
	parts := []string{s.Destination.Connector}
	for _, path := range fields {
		block, name, _ := strings.Cut(path, ".")
		listed, given := e.Config, s.Destination.Spec.Config
		if block == "to" {
			listed, given = e.To, s.Spec.To
		}
		f, _ := listed.Get(name)
		n := given.Get(name)
		if n == nil || n.Kind == source.Null {
			n = f.Default
		}
		if n == nil && isRequired(&f) || n != nil && n.Style == source.Unknown {
			return "", false
		}
		parts = append(parts, canonical(n))
	}
	return strings.Join(parts, "\n"), true
}

func below(block string, fields catalog.Fields) []string {
	paths := make([]string, len(fields.Keys))
	for i, name := range fields.Keys {
		paths[i] = block + "." + name
	}
	return paths
}

// canonical is one text for all ways to write a value.
func canonical(n *source.Node) string {
	if n == nil {
		return ""
	}
	var parts []string
	switch n.Kind {
	case source.Scalar:
		if n.Style == source.Reference {
			return "secret " + n.Text
		}
		return strconv.Quote(n.Text)
	case source.Map:
		for _, e := range n.Entries {
			parts = append(parts, strconv.Quote(e.Key)+": "+canonical(e.Value))
		}
		slices.Sort(parts)
	case source.List:
		for _, item := range n.Items {
			parts = append(parts, canonical(item))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// placeOfTarget is where the file says what the sync writes into.
func placeOfTarget(s *resolve.Sync) source.Span {
	if s.Spec.To != nil && s.Spec.To.Span.IsValid() {
		return s.Spec.To.Span
	}
	return s.KeySpan
}

// mirrorShares says that one of two syncs would take out members of the other.
func mirrorShares(e *catalog.Destination, s, other *resolve.Sync) diag.Diagnostic {
	mirror, victim := s, other
	if s.Mode != ir.Mirror {
		mirror, victim = other, s
	}
	d := problem(MirrorShares, placeOfTarget(s), "the syncs %s and %s write into one place, and %s is a mirror", quote(other.ID), quote(s.ID), quote(mirror.ID))
	d.Detail = "A mirror takes out who leaves its model, also where " + victim.ID + " still sends them, and the two would undo each other's work on every run. " +
		"Make one model of both and mirror that, or write into another place"
	if i := slices.IndexFunc(e.Modes.Keys, func(mode string) bool { return mode != string(ir.Mirror) }); i >= 0 {
		d.Detail += ", or take nobody out, with mode: " + e.Modes.Keys[i] + " in both"
	}
	if _, ok := e.Modes.Get(string(ir.Update)); ok {
		d.Detail += ". A sync that only changes who is there already may stand beside a mirror: mode: update"
	}
	d.Detail += "."
	d.Related = append(d.Related, note(placeOfTarget(other), "%s writes into it here", quote(other.ID)))
	return d
}

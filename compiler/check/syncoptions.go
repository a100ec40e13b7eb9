package check

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkSyncOptions: the engine of the destination can do the mode (TAP407), the
// removal (TAP408) and the tags (TAP409); limits of removals have a sense
// (TAP410).
func checkSyncOptions(p *resolve.Program, add report) {
	eachSync(p, func(s *resolve.Sync) {
		e := destinationEntry(s.Destination)
		if lost(s.Spec.Given, "mode", s.Spec.Mode.Set) || !slices.Contains([]ir.Mode{ir.Upsert, ir.Update, ir.Mirror}, s.Mode) {
			if e != nil {
				checkTags(e, s, add)
				checkWay(e, s, add)
			}
			return
		}
		if e != nil {
			checkMode(e, s, add)
			checkTags(e, s, add)
		}
		checkRemoval(e, s, add)
		if limit := s.Spec.Guard.MaxRemovals; limit.Set && s.Mode != ir.Mirror {
			d := warning(GuardWithoutSense, limit.Span, "max_removals has no effect in mode %s", s.Mode)
			d.Detail = "Only mirror takes members out. Remove the limit, or set mode: mirror."
			add(d)
		}
	})
}

func checkMode(e *catalog.Destination, s *resolve.Sync, add report) {
	if _, ok := e.Modes.Get(string(s.Mode)); ok {
		return
	}
	at := s.KeySpan
	if s.Spec.Mode.Set {
		at = s.Spec.Mode.Span
	}
	d := problem(BadMode, at, "%s cannot be sent to with mode %s", quote(s.Destination.Connector), s.Mode)
	if !s.Spec.Mode.Set {
		d.Message += ", which is the default"
	}
	d.Detail = known("modes", e.Modes.Keys)
	if e.Modes.Len() > 0 {
		d.Suggest = e.Modes.Keys[0]
	}
	add(d)
}

func checkRemoval(e *catalog.Destination, s *resolve.Sync, add report) {
	way := s.Spec.OnRemoved
	switch {
	case way.Set && s.Mode != ir.Mirror:
		d := problem(BadRemoval, way.Span, "on_removed has no effect in mode %s", s.Mode)
		d.Detail = "Only mirror takes members out. Remove the line, or set mode: mirror."
		if s.Spec.Mode.Set {
			d.Related = append(d.Related, note(s.Spec.Mode.Span, "the mode is set here"))
		}
		add(d)
	case e == nil || checkWay(e, s, add):
	case s.Spec.OnDestroy.V == "remove" && len(e.OnRemoved) == 0:
		d := problem(BadRemoval, s.Spec.OnDestroy.Span, "%s cannot remove members", quote(s.Destination.Connector))
		d.Suggest = "keep"
		d.Detail = "Members stay when the sync leaves the file. Remove the line."
		add(d)
	}
}

// checkWay reports whether on_removed is a way that the destination does not
// have.
func checkWay(e *catalog.Destination, s *resolve.Sync, add report) bool {
	way := s.Spec.OnRemoved
	if !way.Set || slices.Contains(e.OnRemoved, way.V) {
		return false
	}
	d := problem(BadRemoval, way.Span, "%s cannot %s members", quote(s.Destination.Connector), quote(way.V))
	d.Suggest = nearest(way.V, e.OnRemoved)
	d.Detail = known("ways", e.OnRemoved)
	add(d)
	return true
}

func checkTags(e *catalog.Destination, s *resolve.Sync, add report) {
	for _, t := range s.Spec.Tags {
		switch {
		case !t.Set:
		case !e.Tags:
			d := problem(BadTag, t.Span, "members of %s have no tags", quote(s.Destination.Connector))
			d.Detail = "Remove `tags`, or send a field with the value instead."
			add(d)
			return
		case t.V == "" || !matches(e.TagPattern, t.V):
			d := problem(BadTag, t.Span, "%s is no tag for %s", quote(t.V), quote(s.Destination.Connector))
			d.Detail = "A tag is of the form " + e.TagPattern + "."
			if e.TagPattern == "" {
				d.Detail = "A tag is a text that is not empty."
			}
			add(d)
		}
	}
}

package dbt

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// seenStreams is the relation that remembers which streams ever had a row: a
// source that is empty all of a sudden is not one that has nobody yet.
const seenStreams = "SEEN_STREAMS"

// remembered begins the model with what it holds: a table is replaced in one step,
// and a --full-refresh forgets nothing.
const remembered = `{# The streams that ever had a row, for the guards. #}
{%- set before = adapter.get_relation(database=this.database, schema=this.schema, identifier=this.identifier) if execute else none %}
{%- if before is not none %}
select STREAM
from {{ before }}
union
{%- endif %}
`

// seen writes the model of that relation. It only ever gets longer.
func (e *emitter) seen() {
	var parts []string
	var origins []source.Span
	for i := range e.p.Sources {
		src := &e.p.Sources[i]
		for j := range src.Streams {
			st := &src.Streams[j]
			if !e.guarded(st.ID) {
				continue
			}
			parts = append(parts, "select min("+literal(st.ID)+") as STREAM\nfrom {{ "+sourceCall(src, st)+" }}\nhaving count(*) > 0")
			origins = append(origins, st.Origin)
		}
	}
	if parts == nil {
		return
	}
	head := config(setting{"alias", word(seenStreams)}, setting{"materialized", "'table'"}) + remembered
	e.add(file{path: "models/audit/seen_streams.sql", kind: "model", origins: origins,
		content:  head + strings.Join(parts, "\nunion\n"),
		provides: []string{e.analytics("table", seenStreams)}})
}

// guarded reports whether a sync with a guard reads a stream.
func (e *emitter) guarded(stream string) bool {
	for i := range e.p.Destinations {
		for j := range e.p.Destinations[i].Syncs {
			s := &e.p.Destinations[i].Syncs[j]
			if heedsEmpty(s) && slices.Contains(e.upstream(s.Model), stream) {
				return true
			}
		}
	}
	return false
}

// heedsEmpty reports whether a sync stops where a source is empty all of a sudden:
// not where the file lets everybody be removed, and not without any limit.
func heedsEmpty(s *ir.Sync) bool { return limited(s.Guard) && s.Guard.MaxRemovalsPercent < 100 }

func limited(g ir.Guard) bool {
	return g.MinRows > 0 || g.MaxRemovals >= 0 || g.MaxRemovalsPercent >= 0
}

// upstream lists the ids of the streams that a model comes from, sorted.
func (e *emitter) upstream(model string) []string {
	var out []string
	looked := map[string]bool{}
	var look func(id string)
	look = func(id string) {
		for i := range e.p.Models {
			if m := &e.p.Models[i]; m.ID == id && !looked[id] {
				looked[id] = true
				out = append(out, m.Streams...)
				for _, ref := range m.Refs {
					look(ref)
				}
			}
		}
	}
	look(model)
	slices.Sort(out)
	return slices.Compact(out)
}

// sourcesOf is a list for Jinja: each stream upstream of a sync with its raw table.
func (e *emitter) sourcesOf(s *ir.Sync) string {
	var items []string
	if heedsEmpty(s) {
		for _, id := range e.upstream(s.Model) {
			for i := range e.p.Sources {
				src := &e.p.Sources[i]
				for j := range src.Streams {
					if st := &src.Streams[j]; st.ID == id {
						items = append(items, "["+word(id)+", "+sourceCall(src, st)+"]")
					}
				}
			}
		}
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// literal is a text as SQL.
func literal(text string) string { return "'" + strings.ReplaceAll(verbatim(text), "'", "''") + "'" }

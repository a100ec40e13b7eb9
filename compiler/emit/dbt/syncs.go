package dbt

import (
	"fmt"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	y "github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// syncs writes, for each sync, its segment, guard, snapshot and view.
func (e *emitter) syncs() {
	for i := range e.p.Destinations {
		d := &e.p.Destinations[i]
		for j := range d.Syncs {
			s := &d.Syncs[j]
			enabled := d.Enabled && s.Enabled
			e.segment(s, enabled)
			e.guard(s, enabled)
			e.snapshot(s, enabled)
			e.view(s, enabled)
		}
	}
}

// viewModel is the dbt name of a sync view.
func viewModel(s *ir.Sync) string { return strings.ToLower(s.View) }

func (e *emitter) segment(s *ir.Sync, enabled bool) {
	alias := strings.ToUpper(s.Segment)
	settings := append([]setting{{"alias", word(alias)}, {"enabled", boolean(enabled)}}, e.tagHooks("table", personalOf(s))...)
	e.add(file{path: "models/segments/" + s.Segment + ".sql", kind: "model",
		content:  config(settings...) + e.sql.Segment(s),
		provides: []string{e.analytics("table", alias)}, origins: []source.Span{s.Origin}})
}

// guard is a test of the segment. A sync without limits needs none.
func (e *emitter) guard(s *ir.Sync, enabled bool) {
	g := s.Guard
	if !limited(g) {
		return
	}
	name := "guard_" + strings.TrimPrefix(s.Segment, "seg_")
	keys := modelsql.SyncKeys(s)
	columns := make([]string, len(keys))
	for i, k := range keys {
		columns[i] = sqlname.Ident(k.SQL)
	}
	call := "{{ tapestry_guard(\n" + strings.Join([]string{
		"    sync=" + word(s.ID),
		"    segment=ref(" + word(s.Segment) + ")",
		"    snapshot_schema=" + word(e.p.Snowflake.Schemas.Snapshots),
		"    snapshot_name=" + word(strings.ToUpper(s.Snapshot)),
		"    keys=" + words(columns),
		"    seen_schema=" + word(e.p.Snowflake.Schemas.Analytics),
		"    streams=" + e.sourcesOf(s),
		fmt.Sprintf("    limits={'min_rows': %d, 'max_removals': %d, 'max_removals_percent': %d}", g.MinRows, g.MaxRemovals, g.MaxRemovalsPercent),
	}, ",\n") + "\n) }}"
	e.add(file{path: "tests/" + name + ".sql", kind: "test", origins: []source.Span{g.Origin, s.Origin},
		content: config(setting{"alias", word(strings.ToUpper(name))}, setting{"enabled", boolean(enabled)},
			setting{"severity", "'error'"}, setting{"store_failures", "true"}) + call,
		provides: []string{e.analytics("table", strings.ToUpper(name))}})
}

// snapshot keeps every version of the members of a segment.
func (e *emitter) snapshot(s *ir.Sync, enabled bool) {
	var keys, columns []string
	for _, c := range modelsql.SyncKeys(s) {
		keys = append(keys, sqlname.Ident(c.SQL))
	}
	for _, c := range modelsql.SyncColumns(s) {
		columns = append(columns, sqlname.Ident(c.SQL))
	}
	alias := strings.ToUpper(s.Snapshot)
	e.add(file{path: "snapshots/" + s.Snapshot + ".yml", kind: "snapshot", origins: []source.Span{s.Origin},
		provides: []string{"table:" + e.p.Snowflake.Schemas.Snapshots + "." + alias},
		content: string(y.Document{Root: y.Map{y.K("snapshots", y.Seq{y.Map{
			y.K("name", y.Str(s.Snapshot)),
			y.K("description", y.Str(verbatim("Every version of the rows that "+s.ID+" sends."))),
			y.K("relation", y.Str("ref("+word(s.Segment)+")")),
			y.K("config", y.Map{
				y.K("enabled", y.Bool(enabled)),
				y.K("alias", y.Str(alias)),
				y.K("strategy", y.Str("check")),
				y.K("unique_key", y.Strs(keys...)),
				y.K("check_cols", y.Strs(columns...)),
				y.K("hard_deletes", y.Str("invalidate")),
			}),
		}})}}.Bytes())})
}

// view is what the destination's engine reads.
func (e *emitter) view(s *ir.Sync, enabled bool) {
	e.add(file{path: "models/syncs/" + viewModel(s) + ".sql", kind: "model", origins: []source.Span{s.Origin},
		provides: []string{"view:" + e.p.Snowflake.Schemas.Syncs + "." + s.View},
		content:  config(setting{"alias", word(s.View)}, setting{"enabled", boolean(enabled)}) + e.sql.SyncView(s)})
}

// exposures tell dbt's lineage about the destinations.
func (e *emitter) exposures() y.Seq {
	var list y.Seq
	for i := range e.p.Destinations {
		d := &e.p.Destinations[i]
		var refs []string
		var keys y.Seq
		for j := range d.Syncs {
			if s := &d.Syncs[j]; d.Enabled && s.Enabled {
				refs = append(refs, "ref("+word(viewModel(s))+")")
				keys = append(keys, y.Str(s.Key))
			}
		}
		if len(refs) == 0 {
			continue
		}
		list = append(list, y.Map{
			y.K("name", y.Str(exposureName(d.ID))),
			y.K("label", y.Str(verbatim(d.Title+" ("+d.ID+")"))),
			y.K("type", y.Str("application")),
			y.K("description", y.Str(verbatim(d.Title+" receives these rows."))),
			y.K("owner", e.owner()),
			y.K("depends_on", y.Strs(refs...)),
			y.K("config", y.Map{y.K("meta", y.Map{y.K("destination", y.Str(d.ID)), y.K("syncs", keys)})}),
		})
	}
	return list
}

func (e *emitter) owner() y.Map {
	owner := y.Map{y.K("name", y.Str(e.p.Name))}
	if len(e.p.Alerts) > 0 {
		owner = append(owner, y.K("email", y.Str(e.p.Alerts[0])))
	}
	return owner
}

// exposureName has only letters, digits and underscores: dbt takes no other.
func exposureName(id string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, id)
}

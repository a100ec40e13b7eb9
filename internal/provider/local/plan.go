//go:build cgo

package local

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// planner compares what would be with what is.
type planner struct {
	*provider
	pl       *pipeline
	pre      *preview
	live     *live
	showRows bool
	salt     []byte
	changes  []deploy.Change
	notes    []string
	sums     []string // of the outbox
}

// Plan is part of deploy.Provider.
func (p *provider) Plan(ctx context.Context, in deploy.Input) (deploy.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pl, err := readArtifact(in.Artifacts)
	if err != nil {
		return deploy.Outcome{}, err
	}
	n := &planner{provider: p, pl: pl, showRows: in.ShowRows, salt: p.salt()}
	if n.live, err = p.readLive(ctx, pl); err != nil {
		return deploy.Outcome{}, err
	}
	if in.Destroy {
		err = n.destroy(ctx, in.Purge)
	} else {
		err = n.plan(ctx)
	}
	if err != nil {
		return deploy.Outcome{}, err
	}
	return deploy.Outcome{Changes: n.changes, State: digest(append(n.sums, n.live.sum())...), Notes: n.notes}, nil
}

func (n *planner) plan(ctx context.Context) error {
	d, err := openDatabase(ctx, "", false)
	if err != nil {
		return err
	}
	defer d.close()
	n.pre = newPreview(n.pl, d, n.Samples)
	if err := n.pre.load(ctx); err != nil {
		return err
	}
	syncs, err := n.loadSyncs(ctx, d)
	if err != nil {
		return err
	}
	if err := d.lock(ctx); err != nil {
		return err
	}
	if err := n.pre.build(ctx); err != nil {
		return err
	}
	n.tables()
	n.models()
	if err := n.syncs(ctx, syncs); err != nil {
		return err
	}
	n.notes = append(n.pre.notes, n.notes...)
	return nil
}

func (n *planner) tables() {
	for i := range n.pl.Streams {
		s := &n.pl.Streams[i]
		c := deploy.Change{ID: tableID(s.tableName()), Provider: Name, Kind: kindTable, Name: s.tableName(), Risk: deploy.Safe, Origins: n.pl.origins["stream:"+s.ID]}
		if n.object(&c, s.record(), n.pre.tables[s.ID]) {
			n.columnChanges(&c, s)
			n.changes = append(n.changes, c)
		}
	}
	n.gone(kindTable)
}

func (n *planner) models() {
	for i := range n.pl.Models {
		m := &n.pl.Models[i]
		c := deploy.Change{ID: modelID(m.ID), Provider: Name, Kind: kindModel, Name: m.ID, Risk: deploy.Safe,
			DependsOn: n.dependsOn(m.Reads), Origins: n.pl.origins["model:"+m.ID]}
		if n.object(&c, m.record(), n.pre.built[m.ID]) {
			n.changes = append(n.changes, c)
		}
	}
	n.gone(kindModel)
}

func (n *planner) dependsOn(reads []string) []string {
	var out []string
	for _, id := range reads {
		kind, name, _ := strings.Cut(id, ":")
		if kind == "model" {
			out = append(out, modelID(name))
		} else {
			out = append(out, tableID(n.pl.stream(name).tableName()))
		}
	}
	slices.Sort(out)
	return out
}

// object fills in what happens to a table or model, and reports whether
// anything does.
func (n *planner) object(c *deploy.Change, want *record, would *object) bool {
	id := want.kind + ":" + want.name
	was, is := n.live.records[id], n.live.objects[id]
	if would.unknown() {
		c.Action, c.Reason, c.Next = deploy.Deferred, would.why, would.next
		return true
	}
	c.Effect = &deploy.Effect{RowsIn: would.rowsIn, RowsOut: would.rows, Merged: would.merged, Dropped: would.dropped}
	c.Content = digest(want.definition, would.digest)
	if would.unsteady {
		c.Content = digest(want.definition)
	}
	switch {
	case is == nil && n.live.strange[strings.ToUpper(want.details.Relation.String())]:
		c.Action, c.Risk = deploy.Replace, deploy.Destructive
		c.Reason = "there is a table of this name that no apply made"
		return true
	case is == nil && was != nil:
		c.Action, c.Reason = deploy.Create, "it was dropped by hand"
		return true
	case is == nil:
		c.Action, c.Reason = deploy.Create, "it is not there yet"
		return true
	}
	reasons := n.reasons(was, want, is, would)
	c.Action, c.Reason = deploy.Update, strings.Join(reasons, "; ")
	if is.rows != would.rows {
		c.Fields = append(c.Fields, deploy.FieldChange{Path: "rows", Before: fmt.Sprint(is.rows), After: fmt.Sprint(would.rows)})
	}
	if want.kind == kindModel {
		c.Fields = append(c.Fields, fieldChanges(is.columns, would.columns)...)
	}
	return len(reasons) > 0
}

// reasons says why a table is changed; none means that it is not.
func (n *planner) reasons(was, want *record, is, would *object) []string {
	var out []string
	switch {
	case is.digest == would.digest:
	case was.digest != is.digest && was.details.Engine == n.pre.d.version:
		out = append(out, "what is in it was changed by hand")
	case want.kind == kindTable:
		out = append(out, "its sample changed")
	case was.definition == want.definition:
		out = append(out, "its rows change")
	}
	if was.definition == want.definition {
		return out
	}
	switch {
	case want.kind == kindModel && is.digest == would.digest:
		out = append(out, "its SQL changed, and gives the same rows of these samples")
	case want.kind == kindModel:
		out = append(out, "its SQL changed")
	case was.details.Staging != want.details.Staging:
		out = append(out, "how its rows are cleaned changed")
	default:
		out = append(out, "its columns changed")
	}
	return out
}

// fieldChanges compares columns.
func fieldChanges(is, would []field) []deploy.FieldChange {
	before, after := map[string]string{}, map[string]string{}
	var names []string
	for _, f := range is {
		before[f.Name] = f.Type
		names = append(names, f.Name)
	}
	for _, f := range would {
		after[f.Name] = f.Type
		names = append(names, f.Name)
	}
	slices.Sort(names)
	var out []deploy.FieldChange
	for _, name := range slices.Compact(names) {
		if before[name] != after[name] {
			out = append(out, deploy.FieldChange{Path: "column " + name, Before: before[name], After: after[name]})
		}
	}
	return out
}

// columnChanges compares the declared columns of a raw table with those of the
// last apply, and says what reads each.
func (n *planner) columnChanges(c *deploy.Change, s *stream) {
	was := n.live.records[kindTable+":"+s.tableName()]
	if was == nil {
		return
	}
	list := func(columns []declared) []field {
		var out []field
		for _, d := range columns {
			f := field{d.Name, d.Type}
			if d.At != "" {
				f.Type += " at " + d.At
			}
			out = append(out, f)
		}
		return out
	}
	for _, f := range fieldChanges(list(was.details.Columns), list(s.record().details.Columns)) {
		f.Affects = n.pl.downstream(s.ID, strings.TrimPrefix(f.Path, "column "))
		c.Fields = append(c.Fields, f)
	}
}

// gone are tables and models that left the file. Raw tables hold data and are
// kept; a model is computed from them and can be again.
func (n *planner) gone(kind string) {
	wanted := map[string]bool{}
	for i := range n.pl.Streams {
		wanted[kindTable+":"+n.pl.Streams[i].tableName()] = true
	}
	for i := range n.pl.Models {
		wanted[kindModel+":"+n.pl.Models[i].ID] = true
	}
	for _, id := range n.live.ids() {
		r := n.live.records[id]
		if r.kind != kind || wanted[id] {
			continue
		}
		c := deploy.Change{ID: Name + ":" + id, Provider: Name, Kind: kind, Name: r.name, Risk: deploy.Safe, Action: deploy.Delete,
			Reason: "it left the file; it can be computed again", Content: digest(r.definition)}
		if kind == kindTable {
			c.Action, c.Reason = deploy.Keep, "it left the file, and holds data"
		}
		n.changes = append(n.changes, c)
	}
}

//go:build cgo

package local

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// planned is a sync with what is there of it.
type planned struct {
	id  string
	s   *syncer // nil where it left the file
	v   *view
	aud *audience
	// compared says that there is a relation of what would happen.
	compared bool
	// after are ids of changes that add the members which this one changes.
	after []string
}

// loadSyncs reads what is at every destination.
func (n *planner) loadSyncs(ctx context.Context, d *database) ([]*planned, error) {
	out, err := n.lookAtSyncs()
	if err != nil {
		return nil, err
	}
	for i, p := range out {
		n.sums = append(n.sums, p.id, p.v.sum)
		var keys []mapped
		if p.s != nil {
			keys = mappings(p.s.Keys)
		}
		if p.aud, err = d.loadAudience(ctx, i, p.v, keys); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// lookAtSyncs finds the syncs of the file, and those that left it.
func (n *planner) lookAtSyncs() ([]*planned, error) {
	var out []*planned
	present := map[string]bool{}
	for i := range n.pl.Syncs {
		s := &n.pl.Syncs[i]
		v, err := n.outbox().look(s.ID, s.RenamedFrom)
		if err != nil {
			return nil, err
		}
		present[s.ID] = true
		if v.from != nil {
			present[v.from.id] = true
		}
		if v.pending != nil && v.pending.From != "" {
			present[v.box.sibling(v.pending.From).id] = true
		}
		out = append(out, &planned{id: s.ID, s: s, v: v})
	}
	ids, err := n.outbox().list()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if present[id] {
			continue
		}
		v, err := n.outbox().look(id, "")
		if err != nil {
			return nil, err
		}
		out = append(out, &planned{id: id, v: v})
	}
	return out, nil
}

func (n *planner) syncs(ctx context.Context, all []*planned) error {
	// Those that only change members come last: whom they find is known then.
	slices.SortStableFunc(all, func(a, b *planned) int { return cmp.Compare(a.rank(), b.rank()) })
	for _, p := range all {
		var c *deploy.Change
		var err error
		if p.s != nil && p.s.Mode == "update" && p.s.Enabled {
			if err := n.others(ctx, p, all); err != nil {
				return err
			}
		}
		switch {
		case p.s == nil:
			c, err = n.left(ctx, p)
		case !p.s.Enabled:
			n.notes = append(n.notes, "sync "+p.id+" is off in "+n.pl.Environment+": nothing is sent")
		default:
			c, err = n.sync(ctx, p)
		}
		if err != nil {
			return fmt.Errorf("planning sync %s: %w", p.id, err)
		}
		if c = n.unfinished(p, c); c != nil {
			n.changes = append(n.changes, *c)
		}
	}
	return nil
}

// unfinished is what is said of an apply that was interrupted: what was approved,
// or, where more is to be done by now, that.
func (n *planner) unfinished(p *planned, c *deploy.Change) *deploy.Change {
	if p.v.pending == nil {
		return c
	}
	if c == nil || c.Action == deploy.Keep || c.Action == deploy.Deferred {
		again := p.v.pending.Change
		again.Origins, again.DependsOn = n.pl.origins["sync:"+p.id], nil // all that it needs is written
		return &again
	}
	c.Reason += "; an apply of it was interrupted, and is finished first"
	return c
}

func (p *planned) rank() int {
	if p.s != nil && p.s.Mode == "update" {
		return 1
	}
	return 0
}

// others makes the relation of the members that other syncs have, or will have
// when they are applied, in the same place.
func (n *planner) others(ctx context.Context, p *planned, all []*planned) error {
	keys := []string{"select cast(null as VARCHAR) as KEY where false"}
	for _, other := range all {
		if other.s == nil || !p.s.besides(other.s) {
			continue
		}
		if other.compared {
			p.after = append(p.after, syncID(other.id))
			keys = append(keys, "select KEY from "+other.aud.rel("diff")+" where EVENT = 'create' or EVENT <> 'remove' and OLD is not null")
		} else {
			keys = append(keys, "select KEY from "+other.aud.rel("members"))
		}
	}
	return p.aud.d.exec(ctx, "create temp view "+p.aud.rel("others")+" as "+strings.Join(keys, " union all "))
}

// besides reports whether another sync adds members in the same place.
func (s *syncer) besides(other *syncer) bool {
	return other.ID != s.ID && other.Destination == s.Destination && other.Mode != "update" && slices.Equal(other.Options, s.Options)
}

func (n *planner) syncChange(id string) *deploy.Change {
	return &deploy.Change{ID: syncID(id), Provider: Name, Kind: "sync", Name: id, Risk: deploy.Safe, Origins: n.pl.origins["sync:"+id]}
}

// sync says what one sync would send, or nil where nothing changes.
func (n *planner) sync(ctx context.Context, p *planned) (*deploy.Change, error) {
	c, model := n.syncChange(p.id), n.pre.built[p.s.Model]
	c.DependsOn = append([]string{modelID(p.s.Model)}, p.after...)
	if model.unknown() {
		c.Action, c.Reason, c.Next = deploy.Deferred, "it reads "+p.s.Model+", of which nothing is known: "+model.cause, model.next
		return c, nil
	}
	if p.aud.broken != "" {
		c.Action, c.Reason = deploy.Blocked, p.aud.broken
		c.Next = "Put the file back as it was, or delete it with the other files of this sync: it then begins anew."
		return c, nil
	}
	if err := p.aud.choose(ctx, p.s); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c.Action, c.Reason, c.Next = deploy.Deferred, "no preview: "+err.Error(), "The local target cannot run the SQL of where. Nothing is sent here; dbt runs it in Snowflake."
		return c, nil
	}
	seg, err := p.aud.segment(ctx, p.s)
	if err != nil {
		return nil, err
	}
	p.compared = true
	seg.unsteady = model.unsteady || isUnsteady(p.s.Where)
	if seg.effect, err = p.aud.effect(ctx, p.s, seg); err != nil {
		return nil, err
	}
	if err := n.decide(ctx, c, p, seg); err != nil || c.Action == "" {
		return nil, err
	}
	return c, nil
}

// decide fills in what happens. c.Action is left empty where nothing does.
func (n *planner) decide(ctx context.Context, c *deploy.Change, p *planned, seg *segment) error {
	e := &seg.effect
	c.Effect, c.Content = &e.Effect, p.content(seg)
	var reasons []string
	switch {
	case p.v.from != nil:
		reasons = append(reasons, "it was "+p.v.from.id+"; its members are kept")
		c.Fields = append(c.Fields, deploy.FieldChange{Path: "name", Before: p.v.from.id, After: p.id})
	case p.v.state == nil:
		reasons = append(reasons, "it was never applied")
	}
	if p.v.state != nil {
		if fields := settingChanges(p.v.state.Settings, p.s.settings()); len(fields) > 0 {
			reasons, c.Fields = append(reasons, "its settings changed"), append(c.Fields, fields...)
		}
	}
	if e.adopted > 0 {
		c.Fields = append(c.Fields, deploy.FieldChange{Path: "members that are there already", After: fmt.Sprint(e.adopted)})
	}
	if p.v.state != nil && e.Created+e.Changed+e.Removed+e.adopted > 0 {
		reasons = append(reasons, "its rows change")
	}
	if e.Removed > 0 {
		c.Risk = deploy.Disruptive
	}
	if c.Action = deploy.Update; p.v.state == nil {
		c.Action = deploy.Create
	}
	c.Reason = strings.Join(reasons, "; ")
	if why, next := n.guard(p.s, seg); why != "" {
		c.Action, c.Reason, c.Next = deploy.Blocked, why, next
	} else if len(reasons) == 0 {
		c.Action = ""
		return nil
	}
	return n.samples(ctx, p, e)
}

// content is over what an apply would use: the settings, the rows, and what is
// there. Rows that are others each time are left out.
func (p *planned) content(seg *segment) string {
	text, _ := json.Marshal(p.s.settings()) // plain data
	rows := seg.digest
	if seg.unsteady {
		rows = ""
	}
	return digest(string(text), rows, seg.entering, p.v.sum)
}

// guard says why the sync must not run, and how to go on.
func (n *planner) guard(s *syncer, seg *segment) (why, next string) {
	e := seg.effect
	if broken := n.pre.built[s.Model].broken; broken != "" {
		return broken, "Correct the rows or the SQL, or take the test out of the file."
	}
	if seg.rows < s.Guard.MinRows {
		return fmt.Sprintf("guard min_rows: %s would be sent, and the least is %d", counted(seg.rows, "row"), s.Guard.MinRows),
			"Look at the rows of " + s.Model + ". If so few are right, lower guard.min_rows of this sync."
	}
	if e.Removed == 0 {
		return "", ""
	}
	if s.Guard.MaxRemovalsPercent < 100 {
		for _, id := range n.pre.built[s.Model].empty {
			if was := n.live.objects[kindTable+":"+n.pl.stream(id).tableName()]; was != nil && was.rows > 0 {
				return fmt.Sprintf("%s has no rows (it had %d), and %s would be removed", id, was.rows, counted(e.Removed, "member")),
					"Look at the source. If it is really empty, allow it for one apply with guard: {max_removals: 100%, min_rows: 0}."
			}
		}
	}
	return removals(s.Guard, e.Removed, e.members)
}

// removals is the limit of removals alone.
func removals(g guard, removed, members int) (why, next string) {
	limit := ""
	switch {
	case g.MaxRemovals >= 0 && removed > g.MaxRemovals:
		limit = fmt.Sprint(g.MaxRemovals)
	case g.MaxRemovalsPercent >= 0 && removed*100 > members*g.MaxRemovalsPercent:
		limit = fmt.Sprintf("%d%%", g.MaxRemovalsPercent)
	default:
		return "", ""
	}
	return fmt.Sprintf("guard max_removals: %d of %s would be removed, and the most is %s", removed, counted(members, "member"), limit),
		"Look at who would go. If that is right, raise guard.max_removals of this sync for one apply."
}

// settingChanges compares what a sync was asked to do with what it is.
func settingChanges(was, is settings) []deploy.FieldChange {
	before, after := was.flat(), is.flat()
	var out []deploy.FieldChange
	names := map[string]bool{}
	for _, list := range [][]option{before, after} {
		for _, o := range list {
			names[o.Name] = true
		}
	}
	var sorted []string
	for name := range names {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	for _, name := range sorted {
		if b, a := find(before, name), find(after, name); a != b {
			out = append(out, deploy.FieldChange{Path: name, Before: b, After: a})
		}
	}
	return out
}

func find(list []option, name string) string {
	for _, o := range list {
		if o.Name == name {
			return o.Value
		}
	}
	return ""
}

func (s settings) flat() []option {
	out := []option{{"model", s.Model}, {"where", s.Where}, {"mode", s.Mode}, {"on_removed", s.OnRemoved}, {"on_destroy", s.OnDestroy},
		{"guard.min_rows", limit(s.Guard.MinRows, "")}, {"guard.max_removals", limit(s.Guard.MaxRemovals, "") + limit(s.Guard.MaxRemovalsPercent, "%")},
		{"tags", strings.Join(s.Tags, ", ")}}
	for _, o := range s.Options {
		out = append(out, option{"to." + o.Name, o.Value})
	}
	for _, k := range s.Keys {
		out = append(out, option{"key." + k.Field, k.Column + " (" + k.Type + ")"})
	}
	for _, f := range s.Fields {
		out = append(out, option{"fields." + f.Field, f.Column + " (" + f.Type + ")"})
	}
	return out
}

func limit(n int, unit string) string {
	if n < 0 {
		return ""
	}
	return fmt.Sprint(n) + unit
}

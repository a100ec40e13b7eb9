//go:build cgo

package local

import (
	"context"
	"fmt"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// left says what becomes of the members of a sync that is no longer in the
// file: what the file said when the sync was last applied.
func (n *planner) left(ctx context.Context, p *planned) (*deploy.Change, error) {
	if p.v.state == nil {
		return nil, nil // it is taken away already, or about to be
	}
	c := n.syncChange(p.id)
	var all int
	if err := p.aud.d.one(ctx, "select count(*) from "+p.aud.rel("members"), &all); err != nil {
		return nil, err
	}
	if p.v.state.Settings.OnDestroy != "remove" {
		c.Action, c.Reason, c.Effect = deploy.Keep, "it left the file; its members stay (on_destroy: keep)", &deploy.Effect{Kept: all}
		if n.pl.has(p.id) {
			c.Reason = "its members stay (on_destroy: keep)"
		}
		return c, nil
	}
	if p.aud.broken != "" {
		c.Action, c.Reason, c.Next = deploy.Blocked, p.aud.broken, "Put the file back as it was."
		return c, nil
	}
	if err := p.aud.wantNothing(ctx); err != nil {
		return nil, err
	}
	e := &effect{}
	if err := p.aud.countEvents(ctx, e); err != nil {
		return nil, err
	}
	c.Action, c.Risk, c.Effect = deploy.Delete, deploy.Destructive, &e.Effect
	c.Reason, c.Content = "it left the file; its members are removed (on_destroy: remove)", digest("remove", p.v.sum)
	if e.Kept = all - e.Removed; e.Kept > 0 {
		c.Reason += fmt.Sprintf(", but %s that it did not make", counted(e.Kept, "member"))
	}
	if why, next := removals(p.v.state.Settings.Guard, e.Removed, e.members); why != "" {
		c.Action, c.Reason = deploy.Blocked, why
		c.Next = next + " Put the sync back, set guard: {max_removals: 100%}, apply, and take it out again."
		if e.Removed == 0 {
			c.Next = next
		}
	}
	return c, n.samples(ctx, p, e)
}

func (p *pipeline) has(sync string) bool {
	return slices.ContainsFunc(p.Syncs, func(s syncer) bool { return s.ID == sync })
}

// destroy is the plan that takes everything away but what holds data: the
// warehouse file itself, and members that are to stay.
func (n *planner) destroy(ctx context.Context, purge []string) error {
	d, err := openDatabase(ctx, "", false)
	if err != nil {
		return err
	}
	defer d.close()
	named := func(id, name string) bool { return slices.Contains(purge, id) || slices.Contains(purge, name) }
	var before []string
	for _, kind := range []string{kindModel, kindTable} {
		for _, id := range n.live.ids() {
			if r := n.live.records[id]; r.kind == kind {
				n.changes = append(n.changes, deploy.Change{ID: Name + ":" + id, Provider: Name, Kind: kind, Name: r.name, Risk: deploy.Safe,
					Action: deploy.Delete, Reason: "the pipeline is taken down; the samples stay", Content: digest(r.definition), DependsOn: slices.Clone(before)})
			}
		}
		for _, c := range n.changes {
			before = append(before, c.ID)
		}
	}
	if err := n.destroySyncs(ctx, d, named); err != nil {
		return err
	}
	if !n.live.exists {
		return nil
	}
	c := deploy.Change{ID: warehouseID, Provider: Name, Kind: "warehouse", Name: "warehouse", Risk: deploy.Safe, Action: deploy.Keep, Reason: "the file may hold data of others"}
	if named(c.ID, c.Name) {
		c.Action, c.Risk, c.Reason = deploy.Delete, deploy.Destructive, "the file is to be purged"
		for _, other := range n.changes {
			if other.Kind == kindModel || other.Kind == kindTable {
				c.DependsOn = append(c.DependsOn, other.ID)
			}
		}
	}
	n.changes = append(n.changes, c)
	return nil
}

func (n *planner) destroySyncs(ctx context.Context, d *database, named func(id, name string) bool) error {
	all := *n.pl
	n.pl = &pipeline{Environment: all.Environment, State: all.State, origins: all.origins} // no sync is wanted
	syncs, err := n.loadSyncs(ctx, d)
	n.pl = &all
	if err != nil {
		return err
	}
	for _, p := range syncs {
		c, err := n.left(ctx, p)
		if err != nil {
			return err
		}
		if c = n.unfinished(p, c); c == nil {
			continue
		}
		if named(c.ID, c.Name) {
			e := c.Effect
			c = n.syncChange(p.id)
			c.Action, c.Risk, c.Reason, c.Effect = deploy.Delete, deploy.Destructive, "its members and its log are to be purged", e
			c.Content = digest("purge", p.v.sum)
		}
		n.changes = append(n.changes, *c)
	}
	return nil
}

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

// segment is what a sync would send.
type segment struct {
	object
	effect effect
	// entering is over the members of others that a sync in mode update finds.
	entering string
}

// effect are the counts, and two that nobody is shown by themselves.
type effect struct {
	deploy.Effect
	adopted int // members that are there already and become the sync's
	members int // that the sync made or changed, before
}

// choose computes the rows that a sync sends. It runs SQL of the user: where.
func (a *audience) choose(ctx context.Context, s *syncer) error {
	return a.d.exec(ctx, "create temp table "+a.rel("segment")+" as (\n"+s.Segment.SQL+"\n)")
}

// segment measures the rows that were chosen, and says what should be there.
func (a *audience) segment(ctx context.Context, s *syncer) (*segment, error) {
	rows := a.rel("segment")
	measured, err := a.d.hashed(ctx, rows, nil)
	if err != nil {
		return nil, err
	}
	seg := &segment{object: *measured}
	if err := a.want(ctx, s, rows); err != nil || s.Mode != "update" {
		return seg, err
	}
	var n int
	var sum, xor string
	err = a.d.one(ctx, "select "+hashes([]field{{Name: "KEY"}})+" from "+a.rel("diff")+" where EVENT = 'enter'", &n, &sum, &xor)
	seg.entering = digest(fmt.Sprint(n), sum, xor)
	return seg, err
}

// effect counts what would happen at the destination.
func (a *audience) effect(ctx context.Context, s *syncer, seg *segment) (effect, error) {
	e := effect{}
	into, refused := []any{&e.RowsIn, &e.Dropped}, make([]int, len(s.Refused))
	for i := range refused {
		into = append(into, &refused[i])
	}
	if err := a.d.one(ctx, s.Counts, into...); err != nil {
		return e, err
	}
	e.RowsOut, e.Merged = seg.rows, e.RowsIn-e.Dropped-seg.rows
	for i, r := range s.Refused {
		e.reject(r.Name, refused[i])
		if r.Row {
			e.Merged -= refused[i]
		}
	}
	if err := a.countEvents(ctx, &e); err != nil {
		return e, err
	}
	if e.Changed == 0 {
		return e, nil
	}
	return e, a.countFields(ctx, s, &e)
}

func (a *audience) countEvents(ctx context.Context, e *effect) error {
	err := a.d.each(ctx, "select EVENT, coalesce(REJECT, ''), count(*), count(*) filter (where OURS) from "+a.rel("diff")+" group by all order by all",
		func(scan func(...any) error) error {
			var event, reason string
			var n, ours int
			if err := scan(&event, &reason, &n, &ours); err != nil {
				return err
			}
			e.members += ours
			switch event {
			case "create":
				e.Created = n
			case "update", "enter":
				e.Changed += n
			case "remove":
				e.Removed = n
			case "keep":
				e.Kept = n
			case "same":
				e.Unchanged = n
			case "adopt":
				e.adopted = n
			case "reject":
				e.reject(reason, n)
			case "absent":
				e.reject("no such member, and mode: update adds none", n)
			}
			return nil
		})
	slices.SortFunc(e.Rejected, func(a, b deploy.Count) int { return cmp.Compare(a.Name, b.Name) })
	return err
}

// reject adds to the rows that are refused for one reason.
func (e *effect) reject(reason string, n int) {
	if n == 0 {
		return
	}
	for i := range e.Rejected {
		if e.Rejected[i].Name == reason {
			e.Rejected[i].N += n
			return
		}
	}
	e.Rejected = append(e.Rejected, deploy.Count{Name: reason, N: n})
}

func (a *audience) countFields(ctx context.Context, s *syncer, e *effect) error {
	names := a.fields(s)
	if len(names) == 0 {
		return nil
	}
	counts, into := make([]string, len(names)), make([]any, len(names))
	numbers := make([]int, len(names))
	for i, name := range names {
		counts[i], into[i] = "count(*) filter (where "+differs("OLD", "BODY", name)+")", &numbers[i]
	}
	if err := a.d.one(ctx, "select "+strings.Join(counts, ", ")+" from "+a.rel("diff")+" where EVENT in ('update', 'enter')", into...); err != nil {
		return err
	}
	for i, name := range names {
		if numbers[i] > 0 {
			e.ChangedFields = append(e.ChangedFields, deploy.Count{Name: name, N: numbers[i]})
		}
	}
	return nil
}

// samplesOfEach is how many members of each event are shown.
const samplesOfEach = 5

// samples shows some of the members that something happens to.
func (n *planner) samples(ctx context.Context, p *planned, e *effect) error {
	if n.salt == nil {
		return nil
	}
	rejected := 0
	for _, r := range e.Rejected {
		rejected += r.N
	}
	for _, kind := range []struct {
		events, shown string
		n             int
	}{{"'create'", "create", e.Created}, {"'update', 'enter'", "change", e.Changed}, {"'remove'", "remove", e.Removed}, {"'reject'", "reject", len(e.Rejected)}} {
		if kind.n == 0 {
			continue
		}
		where := " where EVENT in (" + kind.events + ")"
		if kind.n == e.RowsOut && p.aud.there == 0 {
			where = "" // all of them, and to ask each takes long
		}
		some, err := n.some(ctx, p, kind.shown, where)
		if err != nil {
			return err
		}
		// In another order than that of the keys, which would say something of
		// them.
		slices.SortFunc(some, func(a, b deploy.Sample) int { return cmp.Compare(a.Member, b.Member) })
		e.Samples = append(e.Samples, some...)
	}
	return nil
}

// some shows the first members of those that where lets through.
func (n *planner) some(ctx context.Context, p *planned, event, where string) (some []deploy.Sample, err error) {
	lines := "'', ''"
	if n.showRows {
		lines = "coalesce(OLD, '{}'), coalesce(BODY, '{}')"
	}
	query := fmt.Sprintf("select KEY, %s from %s%s order by KEY limit %d", lines, p.aud.rel("diff"), where, samplesOfEach)
	err = p.aud.d.each(ctx, query, func(scan func(...any) error) error {
		var key, old, body string
		if err := scan(&key, &old, &body); err != nil {
			return err
		}
		s := deploy.Sample{Event: event, Member: memberID(n.salt, key)}
		if n.showRows {
			s.Fields = rowChanges(old, body)
		}
		some = append(some, s)
		return nil
	})
	return some, err
}

// rowChanges are the fields of a member, for the eyes of who asked for them.
func rowChanges(old, body string) []deploy.FieldChange {
	before, after := members(old), members(body)
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	var out []deploy.FieldChange
	for name := range names {
		out = append(out, deploy.FieldChange{Path: name, Before: shown(before[name]), After: shown(after[name])})
	}
	slices.SortFunc(out, func(a, b deploy.FieldChange) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

func members(line string) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	_ = json.Unmarshal([]byte(line), &out) // what is no object shows as nothing
	return out
}

func shown(v json.RawMessage) string {
	var text string
	if json.Unmarshal(v, &text) == nil {
		return text
	}
	return string(v)
}

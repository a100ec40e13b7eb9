package snowflake

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// syncPrefix begins the ids of lines of the ledger that are about syncs. They
// hold what the file said of a sync's members when its containers were last
// started: when the sync leaves the file, that is what happens to them.
const syncPrefix = "sync/"

// notes are the lines of syncs in the ledger, and those of the former one that it
// lacks. There are none after an apply by an earlier version.
func (l *live) notes() map[string]row {
	out := map[string]row{}
	for _, ledger := range []map[string]row{l.former.ledger, l.ledger} {
		for line, r := range ledger {
			if strings.HasPrefix(line, syncPrefix) {
				out[line] = r
			}
		}
	}
	return out
}

// noted is what is noted of a sync. One that is taken back is still told of.
func (l *live) noted(id string) (s migration.Sync, r row, known bool) {
	r, known = l.notes()[syncPrefix+id]
	return s, r, known && json.Unmarshal([]byte(r.detail), &s) == nil
}

// note is the text that stands for a sync in the ledger.
func note(s migration.Sync) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic("snowflake: " + err.Error()) // texts always can
	}
	return string(text)
}

// syncs are what changes in the notes of syncs, and what becomes of the members
// of those that left. They come after the containers were started anew: until
// then those go by what was noted before. Only that members are to be removed is
// noted before that: of an apply that is cut off between the two, the note is
// the worse of what the containers may go by.
func (p *planner) syncs() []deploy.Change {
	var out []deploy.Change
	if c, unknown := p.unknownSyncs(); unknown {
		out = append(out, c)
	}
	for _, s := range p.set.Syncs {
		if c := p.renote(s); c.ID != "" {
			out = append(out, c)
		}
	}
	for _, s := range p.left() {
		out = append(out, p.leaves(s))
	}
	return out
}

func syncChange(s migration.Sync, action deploy.Action, reason string) deploy.Change {
	return deploy.Change{ID: changeID(syncPrefix + s.ID), Provider: Name, Kind: "sync", Name: s.ID, Action: action, Risk: deploy.Safe, Reason: reason,
		Content: sum(note(s)), Needs: []string{"stack:sync"}}
}

// renote compares a sync of the file with its note.
func (p *planner) renote(s migration.Sync) deploy.Change {
	before, r, known := p.live.noted(s.ID)
	known = known && r.status == done
	old, renamed := p.renamed(s)
	if _, here := p.live.ledger[syncPrefix+s.ID]; here && known && !renamed && r.digest == sum(note(s)) {
		return deploy.Change{}
	}
	c := syncChange(s, deploy.Update, "it is noted anew what becomes of its members when it leaves the file")
	c.Origins = p.origins[s.Made]
	if known && before.Enabled && !s.Enabled {
		c.Reason = "it is off now; its members stay, nobody is removed"
	}
	if !known {
		c.Action, c.Reason = deploy.Create, "it is noted what becomes of its members when it leaves the file"
		before = migration.Sync{}
	}
	if renamed {
		c.Reason = "it was " + old + "; its members are kept, nobody is removed"
		c.Fields = append(c.Fields, deploy.FieldChange{Path: "name", Before: old, After: s.ID})
	}
	if s.Enabled && s.OnDestroy == "remove" {
		p.beforeContainers(&c, s)
	}
	if before.OnDestroy != s.OnDestroy {
		c.Fields = append(c.Fields, deploy.FieldChange{Path: "on_destroy", Before: before.OnDestroy, After: s.OnDestroy})
	}
	return c
}

// beforeContainers lets the sync stack wait for a note, and the note for its table.
func (p *planner) beforeContainers(c *deploy.Change, s migration.Sync) {
	c.Needs, c.Provides = nil, []string{"view:" + strings.Join(s.View.Parts[1:], ".")}
	for _, st := range p.set.Statements {
		if st.Kind == migration.Create && keyOf(st.Object) == keyOf(p.set.Ledger) && p.runs[st.ID] {
			c.DependsOn = []string{changeID(st.ID)}
		}
	}
}

// renamed says that the note of the name which a sync had is still there.
func (p *planner) renamed(s migration.Sync) (old string, still bool) {
	_, r, known := p.live.noted(s.RenamedFrom)
	return s.RenamedFrom, s.RenamedFrom != "" && known && r.status == done
}

// left are the syncs with a note that neither are in the file nor go on in it
// under another name.
func (p *planner) left() []migration.Sync {
	var out []migration.Sync
	for _, line := range slices.Sorted(maps.Keys(p.live.notes())) {
		id := strings.TrimPrefix(line, syncPrefix)
		s, r, known := p.live.noted(id)
		if known && r.status == done && !slices.ContainsFunc(p.set.Syncs, func(f migration.Sync) bool { return f.ID == id || f.RenamedFrom == id }) {
			out = append(out, s)
		}
	}
	return out
}

// leaves says what becomes of the members of a sync that left.
func (p *planner) leaves(s migration.Sync) deploy.Change {
	kept := syncChange(s, deploy.Delete, "it left the file; its members stay, nobody is removed")
	switch {
	case !p.running():
		kept.Reason += ": nothing runs that could"
	case !s.Enabled:
		kept.Reason += ": it was off"
	case s.OnDestroy != "remove":
		kept.Reason += " (on_destroy: keep)"
	case len(missing(p.set.Secrets, s.Secrets)) > 0:
		return p.locked(s)
	default:
		return removes(s)
	}
	return kept
}

// locked is a sync whose members are to be removed by containers that have no key
// any more: nobody would be removed, and nobody would say so.
func (p *planner) locked(s migration.Sync) deploy.Change {
	destination, _, _ := strings.Cut(s.ID, ".")
	c := syncChange(s, deploy.Blocked, fmt.Sprintf("it left the file, and its members are to be removed (on_destroy: remove), but %s, which that takes, leaves with it", strings.Join(missing(p.set.Secrets, s.Secrets), ", ")))
	c.Next = fmt.Sprintf("Do it in two steps. First leave destination %[1]s in the file, enabled and with no sync (`syncs: {}`), and apply. Once Grouparoo's page no longer lists the sync, its members are removed: then take %[1]s out. "+
		"Or keep the members: apply the sync with `on_destroy: keep` before it leaves.", destination)
	return c
}

// missing are those of want that are not in have.
func missing(have, want []string) []string {
	return slices.DeleteFunc(slices.Clone(want), func(name string) bool { return slices.Contains(have, name) })
}

func removes(s migration.Sync) deploy.Change {
	c := syncChange(s, deploy.Delete, "it left the file; its members are removed (on_destroy: remove)")
	if s.Mode != "mirror" {
		c.Reason = "it left the file; its members lose its tags, and are removed where the destination has no modes (on_destroy: remove)"
	}
	_, key, _ := strings.Cut(s.ID, ".")
	c.Risk, c.Next = deploy.Destructive, "Was it renamed? `renamed_from: "+key+"` under its new name keeps them."
	return c
}

// running says that there are containers, which know of the syncs.
func (p *planner) running() bool {
	for name := range p.outputs {
		if strings.HasPrefix(name, "output.sync.") {
			return true
		}
	}
	return false
}

// untilBuilt says what a statement leaves to dbt: an empty view is made once, and
// the one that is there has rows, so that it must not be made anew without them.
func untilBuilt(st migration.Statement) string {
	if st.Object.Type != "view" || st.Change != "" {
		return ""
	}
	return "; the view that is there stays as it is until dbt builds next, by this apply where dbt is installed, else on its schedule: a sync of columns that it lacks fails until then"
}

// drops is the change that drops a view which no sync reads any more. It comes
// after the containers were started anew: those that run read it. Where nothing
// was noted of the sync, an earlier version made it, and nobody can say here
// what becomes of its members.
func (p *planner) drops(c deploy.Change) deploy.Change {
	c.Needs = []string{"stack:sync"}
	known := false
	for line := range p.live.ledger {
		id, _ := strings.CutPrefix(line, syncPrefix)
		s, _, ok := p.live.noted(id)
		known = known || ok && changeID(s.Made) == c.ID
	}
	if !known && p.running() {
		c.Risk = deploy.Destructive
		c.Reason += "; its sync was made by an earlier version, which noted nothing: if it said on_destroy: remove, its members are removed"
	}
	return c
}

// stay says on the way down that nobody is removed: what could do so is taken
// away first.
func (p *planner) stay() []deploy.Change {
	var out []deploy.Change
	for _, line := range slices.Sorted(maps.Keys(p.live.ledger)) {
		id, ok := strings.CutPrefix(line, syncPrefix)
		if s, r, known := p.live.noted(id); ok && known && r.status == done {
			c := syncChange(s, deploy.Keep, "the pipeline is taken away; its members stay, nobody is removed")
			c.Needs = nil
			out = append(out, c)
		}
	}
	return out
}

// count says how many members a plan removes: the rows of the view that are not
// gone. Notes say where that cannot be known. Neither is part of a plan's digest.
func (p *Provider) count(ctx context.Context, l *live, changes []deploy.Change) (notes []string) {
	for i := range changes {
		c := &changes[i]
		if c.Kind != "sync" || c.Risk != deploy.Destructive {
			continue
		}
		s, _, _ := l.noted(c.Name)
		rows, err := query(p.open.tag.with(ctx, "plan"), p.open.db, "SELECT COUNT(*) AS N FROM "+quote(s.View.Parts...)+" WHERE NOT REMOVED")
		n := -1
		if err == nil && len(rows) == 1 {
			n, err = strconv.Atoi(rows[0]["n"])
		}
		switch {
		case isDenied(err), isGone(err):
			notes = append(notes, fmt.Sprintf("Snowflake: how many members of %s are removed is not known: role %s may not read %s, or it is not there. plan --live and apply sign in as one that may.", c.Name, p.who.role, s.View.Name))
		case err != nil:
			notes = append(notes, fmt.Sprintf("Snowflake: how many members of %s are removed is not known: %s", c.Name, oneLine(err.Error())))
		case n == 0:
			notes = append(notes, fmt.Sprintf("Snowflake: %s has no members as far as its view %s tells, so that nobody should be removed.", c.Name, s.View.Name))
		default:
			c.Effect = &deploy.Effect{Removed: n, Moves: true}
		}
	}
	return notes
}

// sync notes what the file says of a sync now, and that the one whose name it
// had is over.
func (w worker) sync(ctx context.Context, id string, action deploy.Action) error {
	l := newLive()
	if err := w.cl.look(ctx, []question{ledgerQuestion(w.pl.set)}, l); err != nil {
		return err
	}
	over := id
	var rows []row
	if action != deploy.Delete {
		i := slices.IndexFunc(w.pl.set.Syncs, func(s migration.Sync) bool { return s.ID == id })
		if i < 0 {
			return fmt.Errorf("there is no sync %s in the manifest", id)
		}
		s := w.pl.set.Syncs[i]
		r := w.line(migration.Statement{ID: syncPrefix + id, As: w.pl.set.Deploy, Digest: sum(note(s))})
		r.status, r.detail, r.finished = done, note(s), r.started
		rows, over = append(rows, r), s.RenamedFrom
	}
	if r, known := l.ledger[syncPrefix+over]; known && r.status == done {
		r.status, r.finished, r.plan, r.by = undone, w.c.Now(), w.c.Run, w.who.user
		rows = append(rows, r)
	}
	if rows == nil {
		return nil
	}
	return w.note(ctx, rows...)
}

package snowflake

import (
	"fmt"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// placeOutput is the output of the sync stack that says where the notes are of what
// runs in it, as migration.Set.Place gives it.
const placeOutput = "output.sync.SnowflakeLedger"

// formerName is the id of the change that stands for syncs of which nothing can be
// told.
const formerName = "former-syncs"

// former is what is known of the ledger of another place. Whoever moves to another
// database or account has an empty ledger there, while the containers still go by
// what the former one has noted.
type former struct {
	place  string // empty where the containers run by the ledger of this set
	read   bool
	ledger map[string]row
}

// formerQuestion reads the notes of the place before, where this account has it.
func (l *live) formerQuestion(set migration.Set, in deploy.Input) []question {
	place := in.Outputs[placeOutput]
	if in.Destroy || place == "" || place == set.Place() {
		return nil
	}
	l.former.place = place
	account, table, _ := strings.Cut(place, " ")
	if account != set.Account {
		return nil
	}
	there := set
	there.Ledger = migration.Object{Type: "table", Name: table, Parts: parse(table)}
	q := ledgerQuestion(there)
	tell := q.tell
	q.gone = nil
	q.tell = func(l *live, rows []record) {
		before := newLive()
		tell(before, rows)
		l.former.read, l.former.ledger = true, before.ledger
	}
	return []question{q}
}

// unknownSyncs is the change that somebody has to allow where it cannot be told
// which syncs left: the place before cannot be read, or an earlier version, which
// did not say where it is, started what runs.
func (p *planner) unknownSyncs() (deploy.Change, bool) {
	f := p.live.former
	c := deploy.Change{ID: changeID(formerName), Provider: Name, Kind: "members", Name: "of syncs that left", Action: deploy.Update, Risk: deploy.Destructive,
		Content: sum(f.place), Needs: []string{"stack:sync"}}
	const worst = "which syncs left the file cannot be told: those that said on_destroy: remove empty their audience"
	switch {
	case !p.running():
		return c, false
	case f.place != "" && !f.read:
		c.Reason = fmt.Sprintf("the notes of what runs now are in %s, which cannot be read here; %s", f.place, worst)
	case p.outputs[placeOutput] == "" && len(p.live.notes()) == 0:
		c.Reason = fmt.Sprintf("an earlier version started what runs now, and database %s has no notes of it; %s", p.set.Database.Name, worst)
	default:
		return c, false
	}
	c.Next = "Take no sync out of the file and give none another name in the same apply; then it is safe to allow it."
	return c, true
}

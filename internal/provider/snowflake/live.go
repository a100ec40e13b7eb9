package snowflake

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
)

// live is what was read of an account.
type live struct {
	// things are objects by kind and stored name. Kinds are those of
	// migration.Object; what is of a kind in seen and not in things is not there.
	things map[string]thing
	seen   map[string]bool
	grants map[string]bool
	// told are the lists of grants that were shown: to a role, of a role, and
	// future ones to a role. A grant of another list is known by the ledger alone.
	told map[string]bool
	// whole says that the deploy role looks: it sees all that is its own, so what
	// it does not find is not there. Another may only not be allowed to see it.
	whole  bool
	tokens []token
	ledger map[string]row
	// former is the ledger by which the containers that run were started, where that
	// is another one.
	former former
	// noLedger says that the table is not there.
	noLedger bool
	who      identity
}

// identity is who is signed in, where, and as what.
type identity struct{ account, user, role string }

// thing is one object with the properties of SHOW or DESCRIBE.
type thing struct {
	owner string
	props map[string]string
}

// token is a programmatic access token.
type token struct {
	name, role, status string
	expires            time.Time
}

// row is a line of the ledger.
type row struct {
	id, digest, status, failure, as, by, undo, plan, detail string
	started, finished                                       time.Time
}

// The states of a line of the ledger.
const (
	started = "started"
	done    = "done"
	failed  = "failed"
	undone  = "undone"
)

func newLive() *live {
	return &live{things: map[string]thing{}, seen: map[string]bool{}, told: map[string]bool{}, grants: map[string]bool{}, ledger: map[string]row{}}
}

// put notes an object, or adds to what is known of it.
func (l *live) put(kind string, parts []string, owner string, props map[string]string) {
	k := key(kind, parts...)
	t := l.things[k]
	if t.props == nil {
		t.props = map[string]string{}
	}
	if owner != "" {
		t.owner = owner
	}
	maps.Copy(t.props, props)
	l.things[k] = t
}

func (l *live) thing(o migration.Object) (thing, bool) {
	t, ok := l.things[keyOf(o)]
	return t, ok
}

// knows says that it can be told whether an object of that kind is there.
func (l *live) knows(kind string) bool { return l.seen[kind] }

// grantKey names a grant. To a role that is granted, the object is the role.
func grantKey(privilege, future, kind string, parts []string, toUser bool, to string) string {
	return key(privilege+"|"+future+"|"+kind+"|"+strconv.FormatBool(toUser)+"|"+to, parts...)
}

// shown says that it can be told whether a grant is there.
func (l *live) shown(o migration.Object, g migration.Grant) bool {
	switch {
	case g.Privilege == "OWNERSHIP":
		t, there := l.thing(o)
		return l.knows(o.Type) && (!there || t.owner != "")
	case g.Privilege == "ROLE":
		return l.told["of "+o.Parts[0]]
	case g.Future != "":
		return l.told["future "+g.To]
	}
	return l.told["to "+g.To]
}

func (l *live) granted(o migration.Object, g migration.Grant) bool {
	if g.Privilege == "OWNERSHIP" {
		t, ok := l.thing(o)
		return ok && t.owner == g.To
	}
	return l.grants[grantKey(g.Privilege, g.Future, o.Type, o.Parts, g.ToUser, g.To)]
}

// digest is over the ledger alone: whatever else differs from what is wanted is a
// change of the plan, and a job that only reads sees less of it.
func (l *live) digest() string {
	var lines []string
	for _, id := range slices.Sorted(maps.Keys(l.ledger)) {
		lines = append(lines, id+" "+l.ledger[id].digest+" "+l.ledger[id].status)
	}
	return sum(strings.Join(lines, "\n"))
}

// record is one row of an answer, by the name of the column in lower case.
type record map[string]string

// kindOf turns granted_on into our word: MASKING_POLICY is a masking policy.
func kindOf(word string) string { return strings.ToLower(strings.ReplaceAll(word, "_", " ")) }

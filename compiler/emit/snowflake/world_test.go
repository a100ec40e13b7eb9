package snowflake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
)

// world is a small model of how Snowflake decides who may do what, as its
// documentation says it: owners, grants to roles, roles that inherit, managed
// access, future grants, and what a renamed or swapped table takes with it. It
// reads the text of the statements and nothing that the emitter says about them.
type world struct {
	current string              // role, set by USE ROLE; of the bootstrap session only
	below   map[string][]string // role → roles granted to it
	users   map[string]*login
	objects map[string]*thing
	future  []futureRight
}

type login struct {
	owner             string
	roles             []string
	defaultRole       string
	policy            string
	identity, keyPair bool
	token             string // role that the token is bound to
}

// thing is an object; its grants go where it goes.
type thing struct {
	kind, owner string
	rights      []right
	facts       map[string]string
}

type right struct {
	privilege, role string
	option          bool
}

type futureRight struct {
	schema, plural string
	right
}

const wholeAccount = "ACCOUNT"

func newWorld() *world {
	return &world{
		below:   map[string][]string{accountAdmin: {"SYSADMIN"}, "SYSADMIN": nil, "PUBLIC": nil},
		users:   map[string]*login{},
		objects: map[string]*thing{wholeAccount: {kind: wholeAccount, owner: accountAdmin, facts: map[string]string{}}},
	}
}

// key makes one string of names, so that no two objects share it.
func key(parts ...string) string { return fmt.Sprintf("%q", parts) }

// has gives a role with all that it inherits.
func (w *world) has(role string) []string {
	out := []string{role}
	for _, lower := range w.below[role] {
		out = append(out, w.has(lower)...)
	}
	return out
}

func (w *world) owns(role string, t *thing) bool { return slices.Contains(w.has(role), t.owner) }

// may says whether a role has a privilege on an object, by a grant or because
// it owns it.
func (w *world) may(role, privilege string, k string) bool {
	t := w.objects[k]
	if t == nil {
		return false
	}
	return w.owns(role, t) || slices.ContainsFunc(t.rights, func(r right) bool {
		return r.privilege == privilege && slices.Contains(w.has(role), r.role)
	})
}

// mayIn says whether a role may do something in a schema: it needs to get into
// the database and the schema first.
func (w *world) mayIn(role, privilege string, parts []string) error {
	database, schema := key(parts[0]), key(parts[0], parts[1])
	switch {
	case !w.may(role, "USAGE", database):
		return fmt.Errorf("%s may not use database %s", role, database)
	case !w.may(role, "USAGE", schema):
		return fmt.Errorf("%s may not use schema %s", role, schema)
	case privilege != "" && !w.may(role, privilege, schema):
		return fmt.Errorf("%s may not %s in schema %s", role, privilege, schema)
	}
	return nil
}

// reads says whether a role can select from a table or view.
func (w *world) reads(role string, parts ...string) error {
	if err := w.mayIn(role, "", parts); err != nil {
		return err
	}
	if !w.may(role, "SELECT", key(parts...)) {
		return fmt.Errorf("%s may not select from %s", role, key(parts...))
	}
	return nil
}

// add makes an object; what is there already stays as it is.
func (w *world) add(kind, owner string, parts ...string) *thing {
	k := key(parts...)
	if w.objects[k] == nil {
		w.objects[k] = &thing{kind: kind, owner: owner, facts: map[string]string{}}
		if len(parts) == 3 {
			w.objects[k].rights = w.born(strings.ToUpper(kind)+"S", key(parts[0], parts[1]))
		}
	}
	return w.objects[k]
}

// born gives the rights that a new object of a schema has from future grants.
func (w *world) born(plural, schema string) []right {
	var out []right
	for _, f := range w.future {
		if f.plural == plural && f.schema == schema {
			out = append(out, f.right)
		}
	}
	return out
}

// createIn makes a table or a view as a role.
func (w *world) createIn(role, kind string, parts []string) error {
	if err := w.mayIn(role, "CREATE "+strings.ToUpper(kind), parts); err != nil {
		return err
	}
	w.add(kind, role, parts...)
	return nil
}

// replace is CREATE OR REPLACE: the object is new, and so are its grants.
func (w *world) replace(role, kind string, parts ...string) error {
	if old := w.objects[key(parts...)]; old != nil && !w.owns(role, old) {
		return fmt.Errorf("%s does not own %s", role, key(parts...))
	}
	delete(w.objects, key(parts...))
	return w.createIn(role, kind, parts)
}

// move renames a table, or swaps it with the one that is there. Grants go with
// a table, future grants do not apply, and a managed schema takes in only what
// its owner owns.
func (w *world) move(role string, from, to []string) error {
	table, schema := w.objects[key(from...)], w.objects[key(to[0], to[1])]
	switch {
	case table == nil:
		return fmt.Errorf("no table %s", key(from...))
	case !w.owns(role, table):
		return fmt.Errorf("%s does not own %s", role, key(from...))
	case schema.facts["managed"] != "" && !slices.Contains(w.has(table.owner), schema.owner):
		return fmt.Errorf("the owner of %s does not own the managed schema %s", key(from...), key(to[0], to[1]))
	}
	if err := w.mayIn(role, "CREATE TABLE", to); err != nil {
		return err
	}
	w.objects[key(to...)], w.objects[key(from...)] = table, w.objects[key(to...)]
	return nil
}

// run executes one statement as the role that it names.
func (w *world) run(s migration.Statement, user string) error {
	if s.Bootstrap && s.Kind != migration.Use && w.current != s.As {
		return fmt.Errorf("%s: the session is not %s", s.ID, s.As)
	}
	if !s.Bootstrap {
		u := w.users[user]
		if u == nil || !u.identity || !slices.ContainsFunc(u.roles, func(r string) bool { return slices.Contains(w.has(r), s.As) }) {
			return fmt.Errorf("%s: user %s cannot act as %s", s.ID, user, s.As)
		}
	}
	if s.Step != nil {
		return w.step(s)
	}
	p, err := formOf(s.SQL)
	if err != nil {
		return err
	}
	if err := w.execute(s.As, s.In, p); err != nil {
		return fmt.Errorf("%s: %w", s.ID, err)
	}
	return nil
}

func (w *world) step(s migration.Statement) error {
	u := w.users[s.Step.User]
	switch {
	case u == nil || !slices.Contains(w.has(s.As), u.owner):
		return fmt.Errorf("%s: %s does not own user %s", s.ID, s.As, s.Step.User)
	case s.Kind == migration.KeyPair:
		u.keyPair = true
	case u.policy == "" || !slices.Contains(u.roles, s.Step.Role):
		return fmt.Errorf("%s: a token needs a network policy and a role that the user has", s.ID)
	default:
		u.token = s.Step.Role
	}
	return nil
}

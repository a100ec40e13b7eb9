package snowflake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// statement is a statement while it is made: needs are ids that may or may not
// be part of this set, spans the places it comes from.
type statement struct {
	migration.Statement
	needs []string
	spans []source.Span
}

// because says why the statement is there and where that was written.
func (s statement) because(reason string, at ...source.Span) statement {
	s.Reason, s.spans = reason, at
	return s
}

// after adds ids that must have been run before.
func (s statement) after(ids ...string) statement {
	s.needs = append(slices.Clone(s.needs), ids...)
	return s
}

// by says which role runs it, where that is not the deploy role.
func (s statement) by(name string) statement {
	s.As = name
	return s
}

// undone says how it is taken back.
func (s statement) undone(sql string) statement {
	s.Undo = sql
	return s
}

// holdsData marks an object that is kept when it leaves the file.
func (s statement) holdsData() statement {
	s.HoldsData = true
	return s
}

// with names the inputs of the text.
func (s statement) with(inputs ...migration.Input) statement {
	s.Inputs = inputs
	return s
}

// wants says how SHOW or DESCRIBE tell the object afterwards.
func (s statement) wants(list ...migration.Property) statement {
	s.Want = append(slices.Clone(s.Want), list...)
	return s
}

// changed says what is run where the object is there already.
func (s statement) changed(sql string) statement {
	s.Change = sql
	return s
}

func createID(o object) string { return "create/" + o.key() }

// create makes an object. The text must never change while the object is the
// same, since the statement does nothing to one that is there.
func create(o object, sql string) statement {
	return statement{Statement: migration.Statement{ID: createID(o), Kind: migration.Create, Object: o.data(), SQL: sql}}
}

// alter sets properties. Aspect tells several for one object apart.
func alter(o object, aspect, sql string) statement {
	id := "alter/" + o.key()
	if aspect != "" {
		id += "/" + aspect
	}
	return statement{
		Statement: migration.Statement{ID: id, Kind: migration.Alter, Object: o.data(), SQL: sql},
		needs:     []string{createID(o)},
	}
}

func grantID(privilege string, o object, to object) string {
	word := strings.ToLower(strings.ReplaceAll(privilege, " ", "-"))
	return "grant/" + word + "/" + o.key() + "/to/" + to.key()
}

// grant allows one thing on one object to one role.
func grant(privilege string, o object, to string) statement {
	return allow(grantID(privilege, o, role(to)), o, migration.Grant{Privilege: privilege, To: to},
		fmt.Sprintf("GRANT %s ON %s TO %s", privilege, o.sql(), role(to).sql())).
		after(createID(role(to))).
		undone(fmt.Sprintf("REVOKE %s ON %s FROM %s", privilege, o.sql(), role(to).sql()))
}

// grantFuture allows one thing on all tables or views that will be made in a
// schema.
func grantFuture(privilege, plural string, schema object, to string) statement {
	what := fmt.Sprintf("%s ON FUTURE %s IN %s", privilege, plural, schema.sql())
	return allow(futureID(privilege, plural, schema, to), schema, migration.Grant{Privilege: privilege, Future: plural, To: to},
		fmt.Sprintf("GRANT %s TO %s", what, role(to).sql())).
		after(createID(role(to))).
		undone(fmt.Sprintf("REVOKE %s FROM %s", what, role(to).sql()))
}

func futureID(privilege, plural string, schema object, to string) string {
	return grantID(privilege+" on future "+plural, schema, role(to))
}

// grantRole lets a role or a user use a role.
func grantRole(name string, to object) statement {
	g := migration.Grant{Privilege: "ROLE", To: to.parts[0], ToUser: to.kind == "user"}
	return allow(roleID(name, to), role(name), g,
		fmt.Sprintf("GRANT %s TO %s", role(name).sql(), to.sql())).
		after(createID(to)).
		undone(fmt.Sprintf("REVOKE %s FROM %s", role(name).sql(), to.sql()))
}

func roleID(name string, to object) string { return "grant/" + role(name).key() + "/to/" + to.key() }

func ownID(o object) string { return "own/" + o.key() }

// own hands an object over. What others may do on it stays as it is.
func own(o object, to string) statement {
	return allow(ownID(o), o, migration.Grant{Privilege: "OWNERSHIP", To: to}, ownership(o, to)).after(createID(role(to)))
}

func ownership(o object, to string) string {
	return fmt.Sprintf("GRANT OWNERSHIP ON %s TO %s COPY CURRENT GRANTS", o.sql(), role(to).sql())
}

func allow(id string, o object, g migration.Grant, sql string) statement {
	s := statement{Statement: migration.Statement{ID: id, Kind: migration.Allow, Object: o.data(), Grant: &g, SQL: sql}}
	if o.kind == accountKind {
		return s
	}
	return s.after(createID(o))
}

// link turns needs into DependsOn: those that are in the set, once each and
// sorted. The others are given back; they must be of objects that were there
// before.
func link(list []statement) (unknown []string) {
	known := make(map[string]bool, len(list))
	for i := range list {
		s := &list[i]
		s.DependsOn = []string{}
		for _, id := range s.needs {
			if known[id] {
				s.DependsOn = append(s.DependsOn, id)
			} else {
				unknown = append(unknown, id)
			}
		}
		slices.Sort(s.DependsOn)
		s.DependsOn = slices.Compact(s.DependsOn)
		known[s.ID] = true
	}
	return unknown
}

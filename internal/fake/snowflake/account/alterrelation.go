package account

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/lex"
)

// alterRelation is ALTER TABLE and ALTER VIEW. What only concerns columns is the
// engine's to do.
type alterRelation struct {
	sql      string
	tokens   []lex.Token
	kind     *kind
	target   source
	ifExists bool
	other    Name // of RENAME TO and SWAP WITH
	swap     bool
	column   string // that must be there
	change   func(a *Account, x access, s *Session, o *Object) error
}

func (p *parser) alterRelation() command {
	c := alterRelation{sql: p.sql, tokens: p.tokens, kind: kindOf(p.takeAny(table, view)), ifExists: p.take("IF EXISTS")}
	from := p.at
	c.target = source{name: p.name(), from: from, to: p.at}
	switch {
	case p.take("RENAME TO"):
		c.other = p.name()
	case p.take("SWAP WITH"):
		c.other, c.swap = p.name(), true
	case p.take("SET TAG"):
		c.change = p.setTag("")
	case p.take("UNSET TAG"):
		c.change = p.unsetTag("")
	case p.take("SET COMMENT ="):
		c.change = property("COMMENT", p.text())
	case p.take("UNSET COMMENT"):
		c.change = property("COMMENT", "")
	case p.is("MODIFY") || p.is("ALTER"):
		if c.columnTag(p); c.change != nil {
			break
		}
		fallthrough
	default:
		if c.kind.name == view || p.is("SET") || p.is("UNSET") || p.is("SWAP") {
			p.unexpected()
		}
		p.at = len(p.tokens) - 1
	}
	p.end()
	return c
}

// columnTag reads MODIFY COLUMN c SET TAG.
func (c *alterRelation) columnTag(p *parser) {
	at := p.at
	p.next()
	p.take("COLUMN")
	column := p.ident()
	switch {
	case p.take("SET TAG"):
		c.column, c.change = column, p.setTag(column)
	case p.take("UNSET TAG"):
		c.column, c.change = column, p.unsetTag(column)
	case p.is("SET MASKING") || p.is("UNSET MASKING"):
		p.unexpected()
	default:
		p.at = at
	}
}

func (c alterRelation) run(a *Account, s *Session) (*Plan, error) {
	name, err := s.full(c.kind, c.target.name)
	if err != nil {
		return nil, err
	}
	if c.ifExists && a.get(c.kind.name, name) == nil {
		return done(nil, "Statement executed successfully."), nil
	}
	x := a.access(s)
	o, err := x.own(c.kind.name, name)
	if err != nil {
		return nil, err
	}
	if len(c.other) > 0 {
		return c.move(a, s, x, o)
	}
	plan := done(nil, "Statement executed successfully.")
	if c.change == nil {
		plan.Engine = []string{apply(c.sql, c.tokens, []edit{{c.target.from, c.target.to, EngineName(name)}})}
		return plan, nil
	}
	changed := o.clone()
	if err := c.change(a, x, s, changed); err != nil {
		return nil, err
	}
	plan.Then = func() { *o = *changed }
	if c.column != "" {
		plan.Engine = []string{"SELECT " + quote(c.column) + " FROM " + EngineName(name) + " LIMIT 0"}
		plan.Wrong = compilation("000904", "42000", "error line 1 at position 0\ninvalid identifier '%s'", c.column)
	}
	return plan, nil
}

// move renames a relation, or swaps it with another one. Its grants go with it;
// future grants do not come in. A schema with managed access takes in only what
// its owner owns.
func (c alterRelation) move(a *Account, s *Session, x access, o *Object) (*Plan, error) {
	to, err := s.full(c.kind, c.other)
	if err != nil {
		return nil, err
	}
	if err := x.creates(c.kind, to); err != nil {
		return nil, err
	}
	if sc := a.get(schema, to[:2]); sc.Props["MANAGED ACCESS"] != "" && !a.closure(o.Owner)[sc.Owner] && !to[:2].equal(o.Name[:2]) {
		return nil, denied(schema, to[1:2])
	}
	there := a.get(c.kind.name, to)
	if !c.swap {
		if there != nil {
			return nil, exists(to)
		}
		plan := done(func() { a.rename(o, to) }, "Statement executed successfully.")
		plan.Engine = engineMove(o.Kind, o.Name, to)
		return plan, nil
	}
	if there, err = x.own(c.kind.name, to); err != nil {
		return nil, err
	}
	from, between := o.Name, Name{o.Name[0], o.Name[1], o.Name[2] + "_SWAPPED"}
	plan := done(func() {
		a.rename(o, between)
		a.rename(there, from)
		a.rename(o, to)
	}, "Statement executed successfully.")
	plan.Engine = slices.Concat(engineMove(o.Kind, from, between), engineMove(o.Kind, to, from), engineMove(o.Kind, between, to))
	return plan, nil
}

func (a *Account) rename(o *Object, to Name) {
	delete(a.objects, objectKey(o.Kind, o.Name))
	o.Name = slices.Clone(to)
	a.objects[objectKey(o.Kind, o.Name)] = o
}

// engineMove is a rename in the engine, which cannot take a table out of its
// schema: it is copied then.
func engineMove(kind string, from, to Name) []string {
	if from[:2].equal(to[:2]) {
		return []string{fmt.Sprintf("ALTER %s %s RENAME TO %s", kind, EngineName(from), quote(to[2]))}
	}
	return []string{"CREATE TABLE " + EngineName(to) + " AS SELECT * FROM " + EngineName(from), "DROP " + kind + " " + EngineName(from)}
}

// showColumns is SHOW COLUMNS and SHOW PRIMARY KEYS of one table.
type showColumns struct {
	what string
	name Name
}

func (p *parser) showColumns() command {
	c := showColumns{what: "COLUMNS"}
	if p.tokens[p.at-1].Is("KEYS") {
		c.what = "PRIMARY KEYS"
	}
	p.want("IN")
	p.takeAny(table, view)
	c.name = p.name()
	p.end()
	return c
}

func (c showColumns) run(a *Account, s *Session) (*Plan, error) {
	o, err := a.access(s).relation(s, c.name)
	if err != nil {
		return nil, err
	}
	return &Plan{Engine: []string{strings.Join([]string{"SHOW", c.what, "IN TABLE", EngineName(o.Name)}, " ")}}, nil
}

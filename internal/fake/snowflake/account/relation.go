package account

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/lex"
)

// createRelation is CREATE TABLE and CREATE VIEW.
type createRelation struct {
	sql         string
	tokens      []lex.Token
	kind        *kind
	target      source
	replace     bool
	temporary   bool
	transient   bool
	secure      bool
	ifNotExists bool
	comment     string
	copyGrants  int    // the token COPY; 0 where there is none
	like        source // of CLONE or LIKE
	query       int    // the token after AS; 0 where there is none
	columns     bool   // there is a list in parentheses
}

func (p *parser) createRelation(replace bool, modifier string) command {
	c := createRelation{sql: p.sql, tokens: p.tokens, replace: replace, transient: modifier == "TRANSIENT", secure: modifier == "SECURE",
		temporary: strings.Contains(modifier, "TEMP") || modifier == "VOLATILE"}
	if word := p.takeAny(table, view); word != "" {
		c.kind = kindOf(word)
	} else {
		p.unexpected()
		return c
	}
	c.ifNotExists = p.take("IF NOT EXISTS")
	if c.ifNotExists && replace {
		p.fail(compilation("001422", "42601", "Statement cannot have both 'OR REPLACE' and 'IF NOT EXISTS'."))
	}
	from := p.at
	c.target = source{name: p.name(), from: from, to: p.at}
	c.clauses(p)
	if c.query == 0 && (c.kind.name == view || len(c.like.name) == 0 && !c.columns) {
		p.unexpected()
	}
	return c
}

// clauses looks at what comes after the name, outside of parentheses.
func (c *createRelation) clauses(p *parser) {
	depth := 0
	for p.err == nil && p.peek().Kind != lex.End {
		switch t := p.peek(); {
		case t.IsSign("("):
			c.columns = true
			depth++
		case t.IsSign(")"):
			depth--
		case depth > 0:
		case t.Is("AS"):
			c.query = p.at + 1
			p.at = len(p.tokens) - 1
			return
		case p.take("COMMENT ="):
			c.comment = p.text()
			continue
		case p.is("COPY GRANTS"):
			c.copyGrants = p.at
		case t.Is("CLONE", "LIKE"):
			p.next()
			from := p.at
			c.like = source{name: p.name(), from: from, to: p.at}
			continue
		}
		p.next()
	}
}

func (c createRelation) run(a *Account, s *Session) (*Plan, error) {
	name, err := s.full(c.kind, c.target.name)
	if err != nil {
		return nil, err
	}
	x := a.access(s)
	if c.temporary && c.kind.name == table { // takes no privilege but USAGE
		err = x.container(name)
	} else {
		err = x.creates(c.kind, name)
	}
	if err != nil {
		return nil, err
	}
	old := a.get(c.kind.name, name)
	if old != nil {
		if plan, err := c.there(x, old); plan != nil || err != nil {
			return plan, err
		}
	}
	return c.make(a, s, x, name, old)
}

// there is what becomes of the statement where the name is taken.
func (c createRelation) there(x access, old *Object) (*Plan, error) {
	switch {
	case c.ifNotExists:
		return done(nil, "%s already exists, statement succeeded.", old.Name.last()), nil
	case !c.replace:
		return nil, exists(old.Name)
	case old.Kind != c.kind.name:
		return nil, compilation("001998", "42710", "Object '%s' already exists as %s", old.Name.last(), old.Kind)
	case !x.owns(old):
		return nil, denied(old.Kind, old.Name.lastName())
	}
	return nil, nil
}

func (c createRelation) make(a *Account, s *Session, x access, name Name, old *Object) (*Plan, error) {
	list := []source{}
	if c.query > 0 {
		list = sources(c.tokens, c.query)
	}
	if len(c.like.name) > 0 {
		list = append(list, c.like)
	}
	reads, edits, err := x.readAll(s, list)
	if err != nil {
		return nil, err
	}
	if c.kind.name == table && c.query > 0 {
		if err := x.compute(s); err != nil {
			return nil, err
		}
	}
	edits = append(edits, edit{c.target.from, c.target.to, EngineName(name)})
	if c.copyGrants > 0 {
		edits = append(edits, edit{c.copyGrants, c.copyGrants + 2, ""})
	}
	slices.SortFunc(edits, func(x, y edit) int { return x.from - y.from })
	o := c.object(s, name, reads)
	word := map[string]string{table: "Table", view: "View"}[c.kind.name]
	plan := done(func() {
		a.born(s, o, old)
		if old != nil && c.copyGrants > 0 {
			o.Grants = old.Grants
		}
	}, "%s %s successfully created.", word, name.last())
	plan.Engine = []string{apply(c.sql, c.tokens, edits)}
	return plan, nil
}

func (c createRelation) object(s *Session, name Name, reads []Name) *Object {
	o := &Object{Kind: c.kind.name, Name: name, Owner: s.Role, Props: map[string]string{}}
	if c.comment != "" {
		o.Props["COMMENT"] = c.comment
	}
	if c.temporary {
		o.Session = s.ID
	}
	if c.transient {
		o.Props["TRANSIENT"] = "true"
	}
	if c.kind.name == view {
		o.Reads, o.Props["TEXT"] = reads, c.sql
		if c.secure {
			o.Props["SECURE"] = "true"
		}
	}
	return o
}

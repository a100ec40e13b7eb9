package account

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake/lex"
)

// data is a statement that reads or writes rows.
type data struct {
	sql        string
	tokens     []lex.Token
	privileges []string // on the target; none for SELECT
	target     source
	optional   bool // TRUNCATE IF EXISTS
	at         int  // where to look for sources
}

func (p *parser) data() command {
	c := data{sql: p.sql, tokens: p.tokens}
	start := p.at
	switch verb := p.next(); {
	case verb.Is("INSERT"):
		c.privileges = []string{"INSERT"}
		if p.take("OVERWRITE") {
			c.privileges = []string{"INSERT", "DELETE"}
		}
		p.want("INTO")
	case verb.Is("UPDATE"):
		c.privileges = []string{"UPDATE"}
	case verb.Is("DELETE"):
		c.privileges = []string{"DELETE"}
		p.want("FROM")
	case verb.Is("MERGE"):
		c.privileges = mergePrivileges(p.tokens)
		p.want("INTO")
	case verb.Is("TRUNCATE"):
		c.privileges = []string{"TRUNCATE"}
		p.take("TABLE")
		c.optional = p.take("IF EXISTS")
	case verb.Is("COPY"):
		c.privileges = []string{"INSERT"}
		p.want("INTO")
	default:
		if special := p.policyReferences(start); special != nil {
			return special
		}
		p.at = start
		c.at = start
		return c
	}
	from := p.at
	c.target = source{name: p.name(), from: from, to: p.at}
	c.at = p.at
	return c
}

// mergePrivileges are what the branches of a MERGE do.
func mergePrivileges(tokens []lex.Token) []string {
	var out []string
	for i, t := range tokens {
		if i > 0 && tokens[i-1].Is("THEN") && t.Is("INSERT", "UPDATE", "DELETE") && !slices.Contains(out, t.Text) {
			out = append(out, t.Text)
		}
	}
	return out
}

func (c data) run(a *Account, s *Session) (*Plan, error) {
	x := a.access(s)
	edits := contextFunctions(s, a.Name, c.tokens)
	reads, more, err := x.readAll(s, sources(c.tokens, c.at))
	if err != nil {
		return nil, err
	}
	edits = append(edits, more...)
	if len(c.target.name) > 0 {
		o, err := x.relation(s, c.target.name)
		if err != nil {
			return nil, err
		}
		for _, privilege := range c.privileges {
			if !x.may(o, privilege) {
				return nil, denied(o.Kind, o.Name.lastName())
			}
		}
		if o.Kind == view {
			return nil, compilation("002203", "02000", "Object found is of type 'VIEW', not specified type 'TABLE'.")
		}
		edits = append(edits, edit{c.target.from, c.target.to, EngineName(o.Name)})
	}
	if len(c.target.name) > 0 || len(reads) > 0 || len(more) > 0 {
		if err := x.compute(s); err != nil {
			return nil, err
		}
	}
	if c.tokens[0].Is("COPY") {
		if err := x.stages(s, c.tokens[c.at:]); err != nil {
			return nil, err
		}
		return nil, unsupported("COPY INTO")
	}
	slices.SortFunc(edits, func(x, y edit) int { return x.from - y.from })
	return &Plan{Engine: []string{apply(c.sql, c.tokens, edits)}}, nil
}

// compute says why there is no warehouse to run in.
func (x access) compute(s *Session) error {
	if w := x.a.get(warehouse, Name{s.Warehouse}); s.Warehouse == "" || w == nil || !x.may(w, "USAGE") {
		return &Error{"000606", "57P03", "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command."}
	}
	return nil
}

// relation finds a table or a view.
func (x access) relation(s *Session, name Name) (*Object, error) {
	full, err := s.full(kindOf(table), name)
	if err != nil {
		return nil, err
	}
	if err := x.container(full); err != nil {
		return nil, err
	}
	o := x.a.get(table, full)
	if o == nil || !x.sees(o) || o.Session != 0 && o.Session != s.ID {
		return nil, missing(table, full)
	}
	return o, nil
}

// readAll checks that every source can be read. It gives the relations and how
// the engine calls them.
func (x access) readAll(s *Session, list []source) ([]Name, []edit, error) {
	var names []Name
	var edits []edit
	for _, src := range list {
		if len(src.name) > 1 && src.name[len(src.name)-2] == informationSchema {
			text, err := x.information(s, src)
			if err != nil {
				return nil, nil, err
			}
			edits = append(edits, edit{src.from, src.to, text})
			continue
		}
		o, err := x.relation(s, src.name)
		if err == nil {
			err = x.reads(o)
		}
		if err != nil {
			return nil, nil, err
		}
		names = append(names, o.Name)
		edits = append(edits, edit{src.from, src.to, EngineName(o.Name)})
	}
	return names, edits, nil
}

// reads says why a relation cannot be read. A view reads with the rights of its
// owner.
func (x access) reads(o *Object) error {
	if !x.may(o, "SELECT") {
		return denied(o.Kind, o.Name.lastName())
	}
	for _, below := range o.Reads {
		owner := x.a.as(o.Owner)
		err := owner.container(below)
		under := x.a.get(table, below)
		switch {
		case err != nil:
		case under == nil || !owner.sees(under):
			err = missing(table, below)
		default:
			err = owner.reads(under)
		}
		if err != nil {
			return compilation("002037", "42601", "Failure during expansion of view '%s': %s", o.Name.last(), strings.TrimPrefix(err.(*Error).Message, "SQL compilation error:\n"))
		}
	}
	return nil
}

package account

import (
	"strconv"
	"strings"
)

// show is SHOW of a kind of objects.
type show struct {
	kind   *kind // nil for OBJECTS: tables and views
	none   bool  // of USER FUNCTIONS there are none
	terse  bool
	like   string
	starts string
	in     *kind // nil: what is current; the account for IN ACCOUNT
	name   Name
	limit  int
}

func (p *parser) show() command {
	switch {
	case p.take("GRANTS"):
		return p.showGrants()
	case p.take("FUTURE GRANTS"):
		return p.showFuture()
	case p.take("PARAMETERS"):
		return p.showParameters()
	case p.take("USER PROGRAMMATIC ACCESS TOKENS"), p.take("USER PATS"):
		return p.showOfUser(showTokens{})
	case p.take("USER WORKLOAD IDENTITY AUTHENTICATION METHODS"):
		return p.showOfUser(showIdentities{})
	case p.take("COLUMNS"), p.take("PRIMARY KEYS"):
		return p.showColumns()
	}
	c := show{terse: p.take("TERSE")}
	p.take("STORAGE")
	switch {
	case p.take("OBJECTS"):
	case p.take("USER FUNCTIONS"):
		c.none = true
	default:
		c.kind = p.plural()
	}
	if p.take("LIKE") {
		c.like = p.text()
	}
	if p.take("IN") {
		p.scope(&c)
	}
	if p.take("STARTS WITH") {
		c.starts = p.text()
	}
	if p.take("LIMIT") {
		if c.limit, _ = strconv.Atoi(p.number()); p.take("FROM") {
			p.text()
		}
	}
	p.end()
	return c
}

// scope reads what comes after IN.
func (p *parser) scope(c *show) {
	switch p.takeAny(theAccount, database, schema) {
	case theAccount:
		c.in = kindOf(theAccount)
		return
	case database:
		c.in = kindOf(database)
	case schema:
		c.in = kindOf(schema)
	default:
		c.name = p.name()
		c.in = kindOf(schema)
		if len(c.name) == 1 && c.kind != nil && c.kind.name == schema {
			c.in = kindOf(database)
		}
		return
	}
	if p.peek().IsName() && !p.is("STARTS WITH") && !p.is("LIMIT") {
		c.name = p.name()
	}
}

func (c show) run(a *Account, s *Session) (*Plan, error) {
	x := a.access(s)
	container, err := c.container(a, s, x)
	if err != nil {
		return nil, err
	}
	layout := layouts["OBJECTS"]
	if c.kind != nil {
		layout = layouts[c.kind.plural]
	}
	if c.none {
		return &Plan{Answer: &Table{Columns: columns(strings.Split(functionColumns, ",")...)}}, nil
	}
	out := &Table{Columns: columns(strings.Split(layout.columns, ",")...)}
	for _, o := range a.list(func(o *Object) bool { return c.fits(o, container) && x.lists(s, o) }) {
		if c.limit > 0 && len(out.Rows) == c.limit {
			break
		}
		out.add(layout.row(a, s, o)...)
	}
	return &Plan{Answer: out}, nil
}

const functionColumns = "created_on,name,schema_name,is_builtin,is_aggregate,is_ansi,min_num_arguments,max_num_arguments,arguments,description,catalog_name,is_table_function,valid_for_clustering,is_secure,secrets,external_access_integrations,is_external_function,language,is_memoizable,is_data_metric"

// lists says whether SHOW lists an object: users only for who may look at them.
func (x access) lists(s *Session, o *Object) bool {
	if o.Kind == user {
		return x.owns(o) || x.may(o, "MONITOR") || x.account("MANAGE GRANTS")
	}
	return x.sees(o) && (o.Session == 0 || o.Session == s.ID)
}

func (c show) fits(o *Object, container Name) bool {
	if c.kind != nil && o.Kind != c.kind.name || c.kind == nil && o.Kind != table && o.Kind != view {
		return false
	}
	return (c.like == "" || like(c.like, o.Name.last())) && strings.HasPrefix(o.Name.last(), c.starts) &&
		(len(container) == 0 || o.Name.under(container))
}

// container is where to look; nothing for the whole account.
func (c show) container(a *Account, s *Session, x access) (Name, error) {
	switch {
	case c.kind != nil && c.kind.depth == 1:
		return nil, nil
	case c.in == nil && s.Database == "":
		return nil, nil
	case c.in == nil && c.kind != nil && c.kind.depth == 2:
		return Name{s.Database}, nil
	case c.in == nil && s.Schema == "":
		return Name{s.Database}, nil
	case c.in == nil:
		return Name{s.Database, s.Schema}, nil
	case c.in.name == theAccount:
		return nil, nil
	}
	name := c.name
	if len(name) == 0 {
		if name = (Name{s.Database, s.Schema})[:c.in.depth]; name[len(name)-1] == "" {
			return nil, &Error{"090105", "22000", "Cannot perform SHOW. This session does not have a current database. Call 'USE DATABASE', or use a qualified name."}
		}
	}
	full, err := s.full(c.in, name)
	if err != nil {
		return nil, err
	}
	_, err = x.find(c.in.name, full)
	return full, err
}

// like matches a pattern of LIKE, in any case: % is anything, _ one character,
// and a backslash takes the next character as it is.
func like(pattern, name string) bool {
	return matches(wildcards(strings.ToUpper(pattern)), []rune(strings.ToUpper(name)))
}

// wildcard is one character of a pattern, or what stands for any.
type wildcard struct {
	char      rune
	any, many bool
}

func wildcards(pattern string) []wildcard {
	var out []wildcard
	escaped := false
	for _, r := range pattern {
		switch {
		case r == '\\' && !escaped:
			escaped = true
			continue
		case r == '%' && !escaped:
			out = append(out, wildcard{many: true})
		case r == '_' && !escaped:
			out = append(out, wildcard{any: true})
		default:
			out = append(out, wildcard{char: r})
		}
		escaped = false
	}
	return out
}

// matches goes back to the last % where it does not fit, and no further.
func matches(pattern []wildcard, name []rune) bool {
	p, n, star, mark := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p].many:
			star, mark = p, n
			p++
		case p < len(pattern) && (pattern[p].any || pattern[p].char == name[n]):
			p++
			n++
		case star >= 0:
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p].many {
		p++
	}
	return p == len(pattern)
}

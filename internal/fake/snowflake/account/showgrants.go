package account

import "strings"

// showGrants is SHOW GRANTS in all its forms.
type showGrants struct {
	how  string // ON, TO ROLE, TO USER, OF ROLE, or nothing: to the current user
	kind *kind
	name Name
}

func (p *parser) showGrants() command {
	c := showGrants{how: p.takeAny("ON", "TO ROLE", "TO USER", "OF ROLE")}
	switch c.how {
	case "":
	case "ON":
		if p.take(theAccount) {
			c.kind = kindOf(theAccount)
			break
		}
		c.kind = p.kind()
		c.name = p.name()
	default:
		c.name = Name{p.ident()}
	}
	p.end()
	return c
}

func (c showGrants) run(a *Account, s *Session) (*Plan, error) {
	switch c.how {
	case "ON":
		return c.on(a, s)
	case "TO ROLE":
		return c.toRole(a, s)
	case "OF ROLE":
		return c.ofRole(a, s)
	}
	if c.how == "" {
		c.name = Name{s.User}
	}
	return c.toUser(a, s)
}

func grantTable() *Table {
	return &Table{Columns: columns("created_on", "privilege", "granted_on", "name", "granted_to", "grantee_name", "grant_option", "granted_by")}
}

// grantedOn is how SHOW GRANTS writes a kind.
func grantedOn(kind string) string { return strings.ReplaceAll(kind, " ", "_") }

func (t *Table) owner(o *Object) {
	if o.Owner != "" {
		t.add(o.Created, "OWNERSHIP", grantedOn(o.Kind), o.Name, role, o.Owner, "true", o.Owner)
	}
}

func (t *Table) grant(o *Object, g Grant) {
	to := role
	if g.ToUser {
		to = user
	}
	t.add(g.On, g.Privilege, grantedOn(o.Kind), o.Name, to, g.To, flag(g.Option), g.By)
}

func (c showGrants) on(a *Account, s *Session) (*Plan, error) {
	out := grantTable()
	o := a.theAccount()
	if c.kind.name != theAccount {
		name, err := s.full(c.kind, c.name)
		if err != nil {
			return nil, err
		}
		if o, err = a.access(s).findToGrant(c.kind.name, name); err != nil {
			return nil, err
		}
	}
	out.owner(o)
	for _, g := range o.Grants {
		out.grant(o, g)
	}
	return &Plan{Answer: out}, nil
}

func (c showGrants) toRole(a *Account, s *Session) (*Plan, error) {
	if o := a.get(role, c.name); o == nil || !a.access(s).sees(o) {
		return nil, missing(role, c.name)
	}
	out := grantTable()
	for _, o := range a.list(func(*Object) bool { return true }) {
		if o.Owner == c.name[0] {
			out.owner(o)
		}
		for _, g := range o.Grants {
			if !g.ToUser && g.To == c.name[0] {
				out.grant(o, g)
			}
		}
	}
	return &Plan{Answer: out}, nil
}

func (c showGrants) ofRole(a *Account, s *Session) (*Plan, error) {
	r, err := a.access(s).find(role, c.name)
	if err != nil {
		return nil, err
	}
	out := &Table{Columns: columns("created_on", "role", "granted_to", "grantee_name", "granted_by")}
	for _, g := range r.Grants {
		to := role
		if g.ToUser {
			to = user
		}
		out.add(g.On, r.Name[0], to, g.To, g.By)
	}
	return &Plan{Answer: out}, nil
}

func (c showGrants) toUser(a *Account, s *Session) (*Plan, error) {
	if u := a.get(user, c.name); u == nil || c.name[0] != s.User && !a.access(s).lists(s, u) {
		return nil, missing(user, c.name)
	}
	out := &Table{Columns: columns("created_on", "role", "granted_to", "grantee_name", "granted_by")}
	for _, r := range a.list(func(o *Object) bool { return o.Kind == role }) {
		for _, g := range r.Grants {
			if g.ToUser && g.To == c.name[0] {
				out.add(g.On, r.Name[0], user, g.To, g.By)
			}
		}
	}
	return &Plan{Answer: out}, nil
}

// showFuture is SHOW FUTURE GRANTS.
type showFuture struct {
	in   *kind // nil: to a role
	name Name
}

func (p *parser) showFuture() command {
	var c showFuture
	switch p.takeAny("IN SCHEMA", "IN DATABASE", "TO ROLE") {
	case "IN SCHEMA":
		c.in = kindOf(schema)
	case "IN DATABASE":
		c.in = kindOf(database)
	case "":
		p.unexpected()
	}
	c.name = p.name()
	p.end()
	return c
}

func (c showFuture) run(a *Account, s *Session) (*Plan, error) {
	out := &Table{Columns: columns("created_on", "privilege", "grant_on", "name", "grant_to", "grantee_name", "grant_option")}
	in := c.name
	if c.in == nil {
		if o := a.get(role, c.name); o == nil || !a.access(s).sees(o) {
			return nil, missing(role, c.name)
		}
	} else {
		var err error
		if in, err = s.full(c.in, c.name); err != nil {
			return nil, err
		}
		if _, err := a.access(s).findToGrant(c.in.name, in); err != nil {
			return nil, err
		}
	}
	for _, f := range a.future {
		if c.in == nil && f.To == c.name[0] || c.in != nil && f.in.equal(in) {
			out.add(f.On, f.Privilege, grantedOn(f.kind), f.in.String()+".<"+grantedOn(f.kind)+">", role, f.To, flag(f.Option))
		}
	}
	return &Plan{Answer: out}, nil
}

package account

import "slices"

// grantRole is GRANT ROLE and REVOKE ROLE.
type grantRole struct {
	revoke bool
	role   string
	to     string
	toUser bool
}

func (p *parser) grantRole(revoke bool) command {
	p.want("ROLE")
	c := grantRole{revoke: revoke, role: p.ident()}
	if revoke {
		p.want("FROM")
	} else {
		p.want("TO")
	}
	switch p.takeAny("ROLE", "USER") {
	case "USER":
		c.toUser = true
	case "":
		p.unexpected()
	}
	c.to = p.ident()
	p.end()
	return c
}

func (c grantRole) run(a *Account, s *Session) (*Plan, error) {
	x := a.access(s)
	r, err := x.find(role, Name{c.role})
	if err != nil {
		return nil, err
	}
	to := role
	if c.toUser {
		to = user
	}
	if a.get(to, Name{c.to}) == nil {
		return nil, missing(to, Name{c.to})
	}
	if !x.grants(r, "USAGE") {
		return nil, denied(role, Name{c.role})
	}
	if c.revoke {
		return done(func() {
			r.Grants = slices.DeleteFunc(r.Grants, func(g Grant) bool { return g.To == c.to && g.ToUser == c.toUser })
		}, "Statement executed successfully."), nil
	}
	if !c.toUser && a.closure(c.role)[c.to] && c.to != "PUBLIC" {
		return nil, &Error{"003019", "42501", "SQL execution error: Cannot grant role '" + c.role + "' to role '" + c.to + "': this would make a circle."}
	}
	g := Grant{Privilege: "USAGE", To: c.to, ToUser: c.toUser, By: s.Role, On: a.Now()}
	return done(func() { r.Grants = with(r.Grants, g) }, "Statement executed successfully."), nil
}

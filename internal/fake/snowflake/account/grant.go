package account

import (
	"fmt"
	"slices"
	"strings"
)

// grant is GRANT and REVOKE of privileges.
type grant struct {
	revoke     bool
	privileges []string
	kind       *kind
	name       Name
	future     bool
	all        bool  // ON ALL plural
	in         *kind // of ON ALL and ON FUTURE
	to         string
	option     bool
	current    string // COPY or REVOKE CURRENT GRANTS
}

func (p *parser) grant() command {
	if p.is("ROLE") && !p.ahead(1).Is("ON") {
		return p.grantRole(false)
	}
	c := p.privileges("TO")
	if c.option = p.take("WITH GRANT OPTION"); slices.Contains(c.privileges, "OWNERSHIP") {
		c.current = p.takeAny("COPY CURRENT GRANTS", "REVOKE CURRENT GRANTS")
		if c.option || len(c.privileges) > 1 {
			p.unexpected()
		}
	}
	p.end()
	return c
}

func (p *parser) revoke() command {
	if p.is("ROLE") && !p.ahead(1).Is("ON") {
		return p.grantRole(true)
	}
	option := p.take("GRANT OPTION FOR")
	c := p.privileges("FROM")
	c.revoke, c.option = true, option
	p.takeAny("CASCADE", "RESTRICT")
	p.end()
	return c
}

// privileges reads from the first privilege to the role.
func (p *parser) privileges(toward string) grant {
	var c grant
	at := p.at
	for first := true; first || p.take(","); first = false {
		c.privileges = append(c.privileges, p.privilege())
	}
	p.want("ON")
	p.target(&c)
	for i, privilege := range c.privileges {
		if p.err == nil && !fits(c.kind, privilege) {
			p.err = unexpected(p.sql, p.tokens[at+i])
		}
	}
	p.want(toward)
	p.take("ROLE")
	c.to = p.ident()
	return c
}

// privilege reads the words up to ON or a comma. Words that are no privilege
// stay where they are, and do not fit.
func (p *parser) privilege() string {
	if p.take("ALL PRIVILEGES") || p.take("ALL") {
		return "ALL"
	}
	best := ""
	for _, k := range kinds {
		for _, privilege := range append([]string{"OWNERSHIP"}, k.privileges...) {
			if len(privilege) > len(best) && p.is(privilege) {
				best = privilege
			}
		}
	}
	if !p.take(best) || best == "" {
		p.unexpected()
	}
	return best
}

// target reads what the privileges are on.
func (p *parser) target(c *grant) {
	switch {
	case p.take(theAccount):
		c.kind = kindOf(theAccount)
		return
	case p.take("FUTURE"):
		c.future = true
	case p.take("ALL"):
		c.all = true
	default:
		c.kind = p.kind()
		c.name = p.name()
		return
	}
	c.kind = p.plural()
	p.want("IN")
	c.in = kindOf(p.takeAny(schema, database))
	if c.in.depth == 0 || c.kind.depth <= c.in.depth {
		p.unexpected()
	}
	c.name = p.name()
}

func (c grant) run(a *Account, s *Session) (*Plan, error) {
	if a.get(role, Name{c.to}) == nil {
		return nil, missing(role, Name{c.to})
	}
	if c.future {
		return c.runFuture(a, s)
	}
	objects, err := c.objects(a, s)
	if err != nil {
		return nil, err
	}
	x := a.access(s)
	var changes []func()
	for _, o := range objects {
		for _, privilege := range c.expand(o) {
			change, err := c.one(a, x, s, o, privilege)
			if err != nil {
				return nil, err
			}
			changes = append(changes, change)
		}
	}
	return done(func() {
		for _, change := range changes {
			change()
		}
	}, "Statement executed successfully."), nil
}

// objects are what the grant is on.
func (c grant) objects(a *Account, s *Session) ([]*Object, error) {
	if c.kind.name == theAccount {
		return []*Object{a.theAccount()}, nil
	}
	x := a.access(s)
	if c.all {
		name, err := s.full(c.in, c.name)
		if err != nil {
			return nil, err
		}
		container, err := x.findToGrant(c.in.name, name)
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(a.below(container), func(o *Object) bool { return o.Kind != c.kind.name }), nil
	}
	name, err := s.full(c.kind, c.name)
	if err != nil {
		return nil, err
	}
	o, err := x.findToGrant(c.kind.name, name)
	return []*Object{o}, err
}

// findToGrant finds an object; who manages grants need not be able to use it.
func (x access) findToGrant(kind string, name Name) (*Object, error) {
	if o := x.a.get(kind, name); o != nil && o.Kind == kind && x.account("MANAGE GRANTS") {
		return o, nil
	}
	return x.find(kind, name)
}

// expand gives the single privileges of ALL.
func (c grant) expand(o *Object) []string {
	if c.privileges[0] == "ALL" {
		return kindOf(o.Kind).privileges
	}
	return c.privileges
}

// one grants or revokes one privilege on one object.
func (c grant) one(a *Account, x access, s *Session, o *Object, privilege string) (func(), error) {
	if privilege == "OWNERSHIP" {
		return c.ownership(x, s, o)
	}
	if !x.grants(o, privilege) {
		return nil, denied(o.Kind, o.Name[max(0, len(o.Name)-1):])
	}
	if c.revoke {
		return func() { o.Grants = c.without(o.Grants, privilege) }, nil
	}
	by := s.Role
	if sc := a.managed(o); sc != nil {
		by = sc.Owner
	} else if o.Owner != "" {
		by = o.Owner
	}
	g := Grant{Privilege: privilege, To: c.to, Option: c.option, By: by, On: a.Now()}
	return func() { o.Grants = with(o.Grants, g) }, nil
}

// with adds a grant; one that is there gains the option at most.
func with(list []Grant, g Grant) []Grant {
	for i, old := range list {
		if old.Privilege == g.Privilege && old.To == g.To && old.ToUser == g.ToUser {
			list[i].Option = old.Option || g.Option
			return list
		}
	}
	return append(list, g)
}

func (c grant) without(list []Grant, privilege string) []Grant {
	if c.option {
		for i, g := range list {
			if g.Privilege == privilege && g.To == c.to && !g.ToUser {
				list[i].Option = false
			}
		}
		return list
	}
	return slices.DeleteFunc(list, func(g Grant) bool { return g.Privilege == privilege && g.To == c.to && !g.ToUser })
}

// ownership hands an object to another role. Where others have privileges on it,
// the statement must say what becomes of them.
func (c grant) ownership(x access, s *Session, o *Object) (func(), error) {
	sc := x.a.managed(o)
	if !x.owns(o) && !x.account("MANAGE GRANTS") && (sc == nil || !x.owns(sc)) {
		return nil, denied(o.Kind, o.Name.lastName())
	}
	if c.revoke {
		return nil, &Error{"003036", "42501", "SQL access control error:\nOwnership cannot be revoked: grant it to another role."}
	}
	if len(o.Grants) > 0 && c.current == "" && o.Owner != c.to && o.Kind != role {
		return nil, &Error{"003036", "42501", fmt.Sprintf("SQL access control error:\nDependent grant of privilege '%s' on securable '%s' to role '%s' exists. It must be revoked first. More than one dependent grant may exist: use 'SHOW GRANTS' command to view them. To revoke all dependent grants while transferring object ownership, use convenience command 'GRANT OWNERSHIP ON <target_objects> TO <target_role> REVOKE CURRENT GRANTS'.",
			o.Grants[0].Privilege, o.Name, o.Grants[0].To)}
	}
	return func() {
		o.Owner = c.to
		if strings.HasPrefix(c.current, "REVOKE") {
			o.Grants = nil
		}
		for i := range o.Grants {
			o.Grants[i].By = c.to
		}
	}, nil
}

// runFuture is ON FUTURE: in a schema with managed access its owner may say so,
// elsewhere only who manages grants.
func (c grant) runFuture(a *Account, s *Session) (*Plan, error) {
	name, err := s.full(c.in, c.name)
	if err != nil {
		return nil, err
	}
	x := a.access(s)
	container, err := x.findToGrant(c.in.name, name)
	if err != nil {
		return nil, err
	}
	if !x.account("MANAGE GRANTS") && (container.Props["MANAGED ACCESS"] == "" || !x.owns(container)) {
		return nil, denied(c.in.name, name.lastName())
	}
	return done(func() {
		for _, privilege := range c.expand(&Object{Kind: c.kind.name}) {
			a.setFuture(c, name, privilege, container.Owner)
		}
	}, "Statement executed successfully."), nil
}

func (a *Account) setFuture(c grant, in Name, privilege, by string) {
	same := func(f futureGrant) bool {
		return f.kind == c.kind.name && f.in.equal(in) && f.Privilege == privilege && f.To == c.to
	}
	option := c.option || slices.ContainsFunc(a.future, func(f futureGrant) bool { return same(f) && f.Option })
	a.future = slices.DeleteFunc(a.future, same)
	if !c.revoke {
		a.future = append(a.future, futureGrant{in, c.kind.name, Grant{Privilege: privilege, To: c.to, Option: option, By: by, On: a.Now()}})
	}
}

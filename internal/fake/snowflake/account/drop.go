package account

import "slices"

type drop struct {
	kind     *kind
	name     Name
	ifExists bool
	restrict bool
}

func (p *parser) drop() command {
	c := drop{kind: p.kind()}
	c.ifExists = p.take("IF EXISTS")
	c.name = p.name()
	c.restrict = p.takeAny("CASCADE", "RESTRICT") == "RESTRICT"
	p.end()
	return c
}

func (c drop) run(a *Account, s *Session) (*Plan, error) {
	name, err := s.full(c.kind, c.name)
	if err != nil {
		return nil, err
	}
	x := a.access(s)
	if o := a.get(c.kind.name, name); c.ifExists && (o == nil || !x.sees(o)) {
		return done(nil, "Drop statement executed successfully (%s already dropped).", name.last()), nil
	}
	o, err := x.own(c.kind.name, name)
	if err != nil {
		return nil, err
	}
	if err := a.inUse(o); err != nil {
		return nil, err
	}
	if o.Kind == role && slices.ContainsFunc(systemRoles, func(line []string) bool { return line[0] == name[0] }) {
		return nil, denied(role, name)
	}
	plan := done(func() { a.drop(s, o) }, "%s successfully dropped.", name.last())
	plan.Engine = a.unmirror(o)
	return plan, nil
}

// drop takes an object away with what refers to it.
func (a *Account) drop(s *Session, o *Object) {
	a.remove(o)
	switch o.Kind {
	case role:
		a.forgetRole(o.Name[0], s.Role)
	case user:
		for _, r := range a.objects {
			r.Grants = slices.DeleteFunc(r.Grants, func(g Grant) bool { return g.ToUser && g.To == o.Name[0] })
		}
	case database, schema:
		if s.Database == o.Name[0] && (o.Kind == database || s.Schema == o.Name[1]) {
			if s.Schema = ""; o.Kind == database {
				s.Database = ""
			}
		}
	case warehouse:
		if s.Warehouse == o.Name[0] {
			s.Warehouse = ""
		}
	case tag:
		for _, other := range a.objects {
			for key := range other.Tags {
				if _, name, _ := cutKey(key); name == o.Name.String() {
					delete(other.Tags, key)
				}
			}
		}
	}
}

// forgetRole takes a role out of every grant; who drops it gets what it owned.
func (a *Account) forgetRole(name, heir string) {
	gone := func(g Grant) bool { return !g.ToUser && g.To == name }
	for _, o := range a.objects {
		o.Grants = slices.DeleteFunc(o.Grants, gone)
		if o.Owner == name {
			o.Owner = heir
		}
	}
	a.future = slices.DeleteFunc(a.future, func(f futureGrant) bool { return gone(f.Grant) })
}

// unmirror is what the engine does when an object goes. It cannot drop a
// database: its schemas go.
func (a *Account) unmirror(o *Object) []string {
	switch o.Kind {
	case database:
		var out []string
		for _, sc := range a.below(o) {
			if sc.Kind == schema {
				out = append(out, dropSchema(sc.Name))
			}
		}
		return out
	case schema:
		return []string{dropSchema(o.Name)}
	case table, view:
		return []string{"DROP " + o.Kind + " IF EXISTS " + EngineName(o.Name)}
	}
	return nil
}

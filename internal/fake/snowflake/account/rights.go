package account

import "slices"

// closure gives roles with all that they inherit, and PUBLIC.
func (a *Account) closure(roles ...string) map[string]bool {
	lower := map[string][]string{}
	for _, o := range a.objects {
		if o.Kind == role {
			for _, g := range o.Grants {
				if !g.ToUser {
					lower[g.To] = append(lower[g.To], o.Name[0])
				}
			}
		}
	}
	seen := map[string]bool{"PUBLIC": true}
	for todo := roles; len(todo) > 0; todo = todo[1:] {
		if r := todo[0]; r != "" && !seen[r] {
			seen[r] = true
			todo = append(todo, lower[r]...)
		}
	}
	return seen
}

// rolesOf gives the roles that are granted to a user, in order.
func (a *Account) rolesOf(name string) []string {
	var out []string
	for _, o := range a.list(func(o *Object) bool { return o.Kind == role }) {
		if slices.ContainsFunc(o.Grants, func(g Grant) bool { return g.ToUser && g.To == name }) {
			out = append(out, o.Name[0])
		}
	}
	return out
}

// access is what a statement may do: the roles that count for it.
type access struct {
	a     *Account
	roles map[string]bool
	// creator is the current role with what it inherits: secondary roles cannot
	// make anything.
	creator map[string]bool
}

func (a *Account) access(s *Session) access {
	primary := a.closure(s.Role)
	roles := primary
	if s.Secondary {
		roles = a.closure(append(a.rolesOf(s.User), s.Role)...)
	}
	return access{a, roles, primary}
}

// as gives the access of a role alone: of the owner of a view.
func (a *Account) as(role string) access {
	roles := a.closure(role)
	return access{a, roles, roles}
}

func allows(roles map[string]bool, o *Object, privileges []string) bool {
	if o.Owner != "" && roles[o.Owner] {
		return true
	}
	return slices.ContainsFunc(o.Grants, func(g Grant) bool {
		return !g.ToUser && roles[g.To] && slices.Contains(privileges, g.Privilege)
	})
}

// may says whether one of the privileges is there, by a grant or through
// ownership.
func (x access) may(o *Object, privileges ...string) bool { return allows(x.roles, o, privileges) }

// owns says whether one of the roles is the owner.
func (x access) owns(o *Object) bool { return o.Owner != "" && x.roles[o.Owner] }

// account says whether a privilege on the account is there.
func (x access) account(privilege string) bool { return x.may(x.a.theAccount(), privilege) }

func (a *Account) theAccount() *Object { return a.get(theAccount, Name{a.Name}) }

// sees says whether the roles may know of an object: any privilege will do.
func (x access) sees(o *Object) bool {
	if x.owns(o) || x.account("MANAGE GRANTS") {
		return true
	}
	switch {
	case o.Kind == role && x.roles[o.Name[0]]:
		return true
	case o.Kind == schema:
		if db := x.a.get(database, o.Name[:1]); db == nil || !x.may(db, "USAGE") {
			return false
		}
	case len(o.Name) == 3 && x.container(o.Name) != nil:
		return false
	}
	return slices.ContainsFunc(o.Grants, func(g Grant) bool { return !g.ToUser && x.roles[g.To] })
}

// container says why the roles cannot get at what is in a schema.
func (x access) container(name Name) error {
	if db := x.a.get(database, name[:1]); db == nil || !x.may(db, "USAGE") && !x.owns(db) {
		return missing(database, name[:1])
	}
	if len(name) > 2 {
		if sc := x.a.get(schema, name[:2]); sc == nil || !x.may(sc, "USAGE") {
			return missing(schema, name[:2])
		}
	}
	return nil
}

// find gives an object that the roles may know of.
func (x access) find(kind string, name Name) (*Object, error) {
	if len(name) > 1 {
		if err := x.container(name); err != nil {
			return nil, err
		}
	}
	o := x.a.get(kind, name)
	if o == nil || !x.sees(o) {
		return nil, missing(kind, name)
	}
	if o.Kind != kind {
		return nil, compilation("002203", "02000", "Object found is of type '%s', not specified type '%s'.", o.Kind, kind)
	}
	return o, nil
}

// need finds an object on which the roles have one of the privileges.
func (x access) need(kind string, name Name, privileges ...string) (*Object, error) {
	o, err := x.find(kind, name)
	if err != nil {
		return nil, err
	}
	if !x.may(o, privileges...) {
		return nil, denied(o.Kind, o.Name.lastName())
	}
	return o, nil
}

// own finds an object that one of the roles owns.
func (x access) own(kind string, name Name) (*Object, error) { return x.need(kind, name) }

func (n Name) lastName() Name { return n[len(n)-1:] }

// creates says why an object of the kind cannot be made there.
func (x access) creates(k *kind, name Name) error {
	privilege := "CREATE " + k.name
	switch {
	case k.depth == 1:
		if acc := x.a.theAccount(); !allows(x.creator, acc, []string{privilege}) {
			return denied("account", acc.Name)
		}
		return nil
	case k.depth == 2:
		db, err := x.find(database, name[:1])
		if err == nil && !allows(x.creator, db, []string{privilege}) {
			err = denied(database, name[:1])
		}
		return err
	}
	if err := x.container(name); err != nil {
		return err
	}
	if sc := x.a.get(schema, name[:2]); !allows(x.creator, sc, []string{privilege}) {
		return denied(schema, name[1:2])
	}
	return nil
}

// managed says whether a schema object is in a schema with managed access.
func (a *Account) managed(o *Object) *Object {
	if len(o.Name) < 3 {
		return nil
	}
	if sc := a.get(schema, o.Name[:2]); sc != nil && sc.Props["MANAGED ACCESS"] != "" {
		return sc
	}
	return nil
}

// grants says whether the roles may grant or revoke a privilege on an object.
func (x access) grants(o *Object, privilege string) bool {
	if x.account("MANAGE GRANTS") {
		return true
	}
	if sc := x.a.managed(o); sc != nil {
		return x.owns(sc)
	}
	return x.owns(o) || slices.ContainsFunc(o.Grants, func(g Grant) bool {
		return g.Option && !g.ToUser && g.Privilege == privilege && x.roles[g.To]
	})
}

// fits says whether a privilege can be granted on a kind.
func fits(k *kind, privilege string) bool {
	return privilege == "OWNERSHIP" && k.name != theAccount || slices.Contains(k.privileges, privilege) || privilege == "ALL"
}

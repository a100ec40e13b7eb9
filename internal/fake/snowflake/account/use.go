package account

type use struct {
	what string
	name Name
}

func (p *parser) use() command {
	what := p.takeAny("ROLE", "WAREHOUSE", "DATABASE", "SCHEMA", "SECONDARY ROLES")
	if what == "SECONDARY ROLES" {
		c := use{what: what, name: Name{p.takeAny("ALL", "NONE")}}
		if c.name[0] == "" {
			p.unexpected()
		}
		p.end()
		return c
	}
	c := use{what, p.name()}
	p.end()
	return c
}

func (c use) run(a *Account, s *Session) (*Plan, error) {
	var then func()
	var err error
	switch c.what {
	case "ROLE":
		then, err = c.role(a, s)
	case "SECONDARY ROLES":
		if then = func() { s.Secondary = c.name[0] == "ALL" }; s.Bound != "" && c.name[0] == "ALL" {
			err = refused("Secondary roles cannot be used with a token that is restricted to a role.")
		}
	case "WAREHOUSE":
		o := a.get(warehouse, c.name)
		if o == nil || !a.access(s).may(o, "USAGE") {
			err = missingUse()
		}
		then = func() { s.Warehouse = c.name[0] }
	default:
		then, err = c.container(a, s)
	}
	if err != nil {
		return nil, err
	}
	return &Plan{Answer: Status("Statement executed successfully."), Then: then}, nil
}

func (c use) role(a *Account, s *Session) (func(), error) {
	if len(c.name) != 1 || a.get(role, c.name) == nil {
		return nil, missing(role, c.name)
	}
	if err := a.mayUseRole(s.User, c.name[0], s.Bound); err != nil {
		return nil, err
	}
	return func() { s.Role = c.name[0] }, nil
}

// mayUseRole says why a user cannot take up a role.
func (a *Account) mayUseRole(user, name, bound string) error {
	roles := a.closure(a.rolesOf(user)...)
	if !roles[name] || bound != "" && bound != name {
		return &Error{"003013", "42501", "SQL access control error:\nRequested role '" + name + "' is not assigned to the executing user. Specify another role to activate."}
	}
	return nil
}

// container is USE DATABASE, USE SCHEMA, or USE with a name alone.
func (c use) container(a *Account, s *Session) (func(), error) {
	k := kindOf(schema)
	if c.what == "DATABASE" || c.what == "" && len(c.name) == 1 {
		k = kindOf(database)
	}
	name, err := s.full(k, c.name)
	if err != nil {
		return nil, err
	}
	o := a.get(k.name, name)
	x := a.access(s)
	if o == nil || k.name == schema && x.container(name) != nil || !x.may(o, "USAGE") {
		return nil, missingUse()
	}
	return func() {
		s.Database, s.Schema = name[0], ""
		if len(name) == 2 {
			s.Schema = name[1]
		} else if a.get(schema, Name{name[0], "PUBLIC"}) != nil {
			s.Schema = "PUBLIC"
		}
	}, nil
}

type transaction struct{ word string }

func (p *parser) transaction(word string) command {
	if p.takeAny("TRANSACTION", "WORK"); p.take("NAME") {
		p.ident()
	}
	p.end()
	if word == "START" {
		word = "BEGIN"
	}
	return transaction{word}
}

func (c transaction) run(*Account, *Session) (*Plan, error) {
	return &Plan{Engine: []string{c.word}, Answer: Status("Statement executed successfully.")}, nil
}

package account

import (
	"maps"
	"slices"
	"strings"
)

// create is CREATE of everything but tables and views.
type create struct {
	kind        *kind
	name        Name
	replace     bool
	ifNotExists bool
	managed     bool
	props       map[string]string
	triggers    []trigger
	signature   signature
}

func (p *parser) create() command {
	replace := p.take("OR REPLACE")
	if modifier := p.takeAny("TEMPORARY", "TEMP", "TRANSIENT", "VOLATILE", "SECURE", "LOCAL TEMPORARY", "LOCAL TEMP"); modifier != "" || p.is("TABLE") || p.is("VIEW") {
		return p.createRelation(replace, modifier)
	}
	c := create{replace: replace, kind: p.kind()}
	if c.kind.ifNotExists {
		c.ifNotExists = p.take("IF NOT EXISTS")
	}
	if c.ifNotExists && replace {
		p.fail(compilation("001422", "42601", "Statement cannot have both 'OR REPLACE' and 'IF NOT EXISTS'."))
	}
	c.name = p.name()
	c.body(p)
	p.end()
	for _, name := range c.kind.required {
		if _, ok := c.props[name]; !ok && p.err == nil {
			p.fail(compilation("002098", "22023", "Missing option(s): [%s]", name))
		}
	}
	return c
}

// body reads what comes after the name.
func (c *create) body(p *parser) {
	switch c.kind.name {
	case schema:
		c.managed = p.take("WITH MANAGED ACCESS")
	case warehouse, monitor:
		p.take("WITH")
	case maskingPolicy:
		c.signature = p.signature()
	}
	stop := ""
	if c.kind.name == monitor {
		stop = "TRIGGERS"
	}
	c.props = p.properties(c.kind.name, c.kind.props, stop)
	if stop != "" && p.take(stop) {
		c.triggers = p.triggers()
	}
}

// signature reads AS (name type, …) RETURNS type -> body.
func (p *parser) signature() signature {
	var s signature
	p.want("AS")
	s.arguments = "(" + strings.Join(p.list(func() string { return p.ident() + " " + p.dataType() }), ", ") + ")"
	p.want("RETURNS")
	s.returns = p.dataType()
	p.want("->")
	s.body = p.textUntil("COMMENT =")
	return s
}

// dataType reads NAME or NAME(n, …).
func (p *parser) dataType() string {
	name := p.ident()
	if p.is("(") {
		name += "(" + strings.Join(p.list(p.number), ",") + ")"
	}
	return name
}

func (p *parser) triggers() []trigger {
	var out []trigger
	for p.take("ON") {
		percent := p.number()
		p.want("PERCENT DO")
		action := p.takeAny("SUSPEND_IMMEDIATE", "SUSPEND", "NOTIFY")
		if action == "" {
			p.unexpected()
		}
		out = append(out, trigger{percent, action})
	}
	if len(out) == 0 {
		p.unexpected()
	}
	return out
}

func (c create) run(a *Account, s *Session) (*Plan, error) {
	name, err := s.full(c.kind, c.name)
	if err != nil {
		return nil, err
	}
	x := a.access(s)
	if err := c.may(x, s, name); err != nil {
		return nil, err
	}
	old := a.get(c.kind.name, name)
	if old != nil {
		switch {
		case c.ifNotExists:
			return done(nil, "%s already exists, statement succeeded.", name.last()), nil
		case !c.replace:
			return nil, exists(name)
		case !x.owns(old):
			return nil, denied(old.Kind, old.Name.lastName())
		}
		if err := a.inUse(old); err != nil {
			return nil, err
		}
	}
	o := &Object{Kind: c.kind.name, Name: name, Owner: s.Role, Props: maps.Clone(c.props), Triggers: c.triggers, Signature: c.signature}
	if c.managed {
		o.Props["MANAGED ACCESS"] = "true"
	}
	if err := a.check(x, s, o, sortedKeys(c.props)); err != nil {
		return nil, err
	}
	plan := done(func() { a.born(s, o, old) }, "%s %s successfully created.", strings.ToUpper(c.kind.name[:1])+strings.ToLower(c.kind.name[1:]), name.last())
	plan.Engine = mirror(o, old)
	return plan, nil
}

// may says why the session cannot make the object.
func (c create) may(x access, s *Session, name Name) error {
	if c.kind.name == monitor {
		if !x.creator["ACCOUNTADMIN"] {
			return denied("account", x.a.theAccount().Name)
		}
		return nil
	}
	return x.creates(c.kind, name)
}

// born puts a new object in the place of an old one.
func (a *Account) born(s *Session, o, old *Object) {
	if old != nil {
		a.remove(old)
	}
	o.Created = a.Now()
	a.finish(o)
	a.put(o)
	a.applyFuture(o)
	switch o.Kind {
	case database:
		a.put(&Object{Kind: schema, Name: Name{o.Name[0], "PUBLIC"}, Owner: o.Owner})
		s.Database, s.Schema = o.Name[0], "PUBLIC"
	case schema:
		s.Database, s.Schema = o.Name[0], o.Name[1]
	case warehouse:
		s.Warehouse = o.Name[0]
	}
}

// finish fills in what the service adds itself.
func (a *Account) finish(o *Object) {
	switch o.Kind {
	case integration:
		a.made++
		if o.Props["STORAGE_AWS_EXTERNAL_ID"] == "" {
			o.Props["STORAGE_AWS_EXTERNAL_ID"] = externalID(a.Name, a.made)
		}
		o.Props["STORAGE_AWS_IAM_USER_ARN"] = "arn:aws:iam::123456789001:user/abc1-b-self1234"
	case warehouse:
		setDefault(o, "WAREHOUSE_SIZE", "X-Small")
		setDefault(o, "AUTO_SUSPEND", "600")
		setDefault(o, "AUTO_RESUME", "TRUE")
	case rule:
		setDefault(o, "MODE", "INGRESS")
	case user:
		setDefault(o, "LOGIN_NAME", o.Name[0])
		setDefault(o, "DISPLAY_NAME", o.Name[0])
	}
}

func setDefault(o *Object, name, value string) {
	if _, ok := o.Props[name]; !ok {
		o.Props[name] = value
	}
}

// applyFuture gives a new object what future grants say. Those on the schema
// count; only where there are none for its kind do those on the database.
func (a *Account) applyFuture(o *Object) {
	for depth := len(o.Name) - 1; depth > 0; depth-- {
		found := false
		for _, f := range a.future {
			if f.kind != o.Kind || !f.in.equal(o.Name[:depth]) {
				continue
			}
			found = true
			if f.Privilege == "OWNERSHIP" {
				o.Owner = f.To
				continue
			}
			g := f.Grant
			g.On = a.Now()
			o.Grants = append(o.Grants, g)
		}
		if found {
			return
		}
	}
}

// mirror is what the engine does when a database or a schema is made.
func mirror(o, old *Object) []string {
	var out []string
	switch o.Kind {
	case database:
		out = append(out, "CREATE DATABASE IF NOT EXISTS "+engineName(o.Name[0]), createSchema(Name{o.Name[0], "PUBLIC"}))
	case schema:
		if old != nil {
			out = append(out, dropSchema(o.Name))
		}
		out = append(out, createSchema(o.Name))
	}
	return out
}

func createSchema(name Name) string {
	return "CREATE SCHEMA IF NOT EXISTS " + EngineName(name)
}

func dropSchema(name Name) string { return "DROP SCHEMA IF EXISTS " + EngineName(name) + " CASCADE" }

// roleIs says whether the current role is, or inherits, a role.
func (x access) roleIs(name string) bool { return x.creator[name] }

func has(changed []string, names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(changed, n) })
}

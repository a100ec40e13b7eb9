package account

import (
	"maps"
	"slices"
	"strings"
)

// alter changes an object. change gives the object as it will be; it works on a
// copy.
type alter struct {
	kind     *kind
	name     Name
	ifExists bool
	// privileges that allow it besides OWNERSHIP.
	privileges []string
	change     func(a *Account, x access, s *Session, o *Object) error
}

func (p *parser) alter() command {
	if p.take("SESSION") {
		return p.alterSession()
	}
	if p.is("TABLE") || p.is("VIEW") {
		return p.alterRelation()
	}
	c := alter{kind: p.kind()}
	c.ifExists = p.take("IF EXISTS")
	if c.kind.name == user {
		if token := p.tokenCommand(Name{p.ident()}, c.ifExists); token != nil {
			return token
		}
		p.at--
	}
	c.name = p.name()
	p.alteration(&c)
	p.end()
	return c
}

// alteration reads what is to change.
func (p *parser) alteration(c *alter) {
	switch k := c.kind.name; {
	case k == database || k == role || k == user || k == policy:
		p.setOrUnset(c)
	case p.take("SET TAG"):
		c.change = p.setTag("")
	case p.take("UNSET TAG"):
		c.change = p.unsetTag("")
	case k == schema && p.take("ENABLE MANAGED ACCESS"):
		c.change = property("MANAGED ACCESS", "true")
	case k == schema && p.take("DISABLE MANAGED ACCESS"):
		c.change = property("MANAGED ACCESS", "")
	case k == warehouse && p.takeAny("SUSPEND", "RESUME IF SUSPENDED", "RESUME") != "":
		c.privileges = []string{"OPERATE"}
		c.change = func(*Account, access, *Session, *Object) error { return nil }
	case k == maskingPolicy && p.take("SET BODY ->"):
		body := p.rest()
		p.at = len(p.tokens) - 1
		c.change = func(_ *Account, _ access, _ *Session, o *Object) error { o.Signature.body = body; return nil }
		if body == "" {
			p.unexpected()
		}
	case k == tag && p.take("SET MASKING POLICY"):
		c.change = p.setPolicy()
	case k == tag && p.take("UNSET MASKING POLICY"):
		c.change = p.unsetPolicy()
	default:
		p.setOrUnset(c)
	}
}

func property(name, value string) func(*Account, access, *Session, *Object) error {
	return func(_ *Account, _ access, _ *Session, o *Object) error {
		if o.Props[name] = value; value == "" {
			delete(o.Props, name)
		}
		return nil
	}
}

// setOrUnset reads SET with properties, or UNSET with their names.
func (p *parser) setOrUnset(c *alter) {
	switch c.kind.name {
	case warehouse, monitor:
		c.privileges = []string{"MODIFY"}
	case user:
		c.privileges = nil
	}
	if p.take("UNSET") {
		names := p.unset(c.kind.name, c.kind.props)
		c.privileges = keyPrivilege(c, names)
		c.change = func(_ *Account, _ access, _ *Session, o *Object) error {
			for _, name := range names {
				delete(o.Props, name)
			}
			return nil
		}
		return
	}
	p.want("SET")
	props := p.properties(c.kind.name, c.kind.props, "")
	if len(props) == 0 {
		p.unexpected()
	}
	c.privileges = keyPrivilege(c, sortedKeys(props))
	c.change = func(a *Account, x access, s *Session, o *Object) error {
		maps.Copy(o.Props, props)
		return a.check(x, s, o, sortedKeys(props))
	}
}

// keyPrivilege: keys alone can be set with a privilege of their own.
func keyPrivilege(c *alter, names []string) []string {
	if c.kind.name != user {
		return c.privileges
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "RSA_PUBLIC_KEY") {
			return nil
		}
	}
	return []string{"MODIFY PROGRAMMATIC AUTHENTICATION METHODS"}
}

func (c alter) run(a *Account, s *Session) (*Plan, error) {
	name, err := s.full(c.kind, c.name)
	if err != nil {
		return nil, err
	}
	if c.ifExists && a.get(c.kind.name, name) == nil {
		return done(nil, "Statement executed successfully."), nil
	}
	x := a.access(s)
	o, err := x.need(c.kind.name, name, c.privileges...)
	if err != nil {
		return nil, err
	}
	changed := o.clone()
	if err := c.change(a, x, s, changed); err != nil {
		return nil, err
	}
	return done(func() { *o = *changed }, "Statement executed successfully."), nil
}

func (o *Object) clone() *Object {
	c := *o
	c.Props, c.Tags, c.Policies, c.Grants = maps.Clone(o.Props), maps.Clone(o.Tags), slices.Clone(o.Policies), slices.Clone(o.Grants)
	return &c
}

// setTag reads tag = 'value', … for an object or one of its columns.
func (p *parser) setTag(column string) func(*Account, access, *Session, *Object) error {
	values := map[string]string{}
	var names []Name
	for first := true; first || p.take(","); first = false {
		n := p.name()
		p.want("=")
		values[n.String()] = p.text()
		names = append(names, n)
	}
	return func(a *Account, x access, s *Session, o *Object) error {
		for _, n := range names {
			t, err := x.tag(s, n, o)
			if err != nil {
				return err
			}
			if o.Tags == nil {
				o.Tags = map[string]string{}
			}
			o.Tags[column+"\x00"+t.Name.String()] = values[n.String()]
		}
		return nil
	}
}

func (p *parser) unsetTag(column string) func(*Account, access, *Session, *Object) error {
	n := p.name()
	return func(a *Account, x access, s *Session, o *Object) error {
		t, err := x.tag(s, n, o)
		if err == nil {
			delete(o.Tags, column+"\x00"+t.Name.String())
		}
		return err
	}
}

// tag finds a tag that may be set on an object: it takes APPLY on the tag and the
// object's ownership, or APPLY TAG on the account.
func (x access) tag(s *Session, name Name, on *Object) (*Object, error) {
	full, err := s.full(kindOf(tag), name)
	if err != nil {
		return nil, err
	}
	t, err := x.find(tag, full)
	if err != nil {
		return nil, err
	}
	if !x.account("APPLY TAG") && (!x.may(t, "APPLY") || !x.owns(on)) {
		return nil, denied(tag, full.lastName())
	}
	return t, nil
}

func (p *parser) setPolicy() func(*Account, access, *Session, *Object) error {
	var names []Name
	for first := true; first || p.take(", MASKING POLICY"); first = false {
		names = append(names, p.name())
	}
	force := p.take("FORCE")
	return func(a *Account, x access, s *Session, o *Object) error {
		for _, n := range names {
			m, err := x.maskingPolicy(s, n)
			if err != nil {
				return err
			}
			typ := family(m.Signature.returns)
			same := func(other Name) bool {
				t := a.get(maskingPolicy, other)
				return t != nil && family(t.Signature.returns) == typ
			}
			if slices.ContainsFunc(o.Policies, same) && !force {
				return refused("Tag %s already has a masking policy for data type %s.", o.Name.last(), typ)
			}
			o.Policies = append(slices.DeleteFunc(o.Policies, same), m.Name)
			slices.SortFunc(o.Policies, func(x, y Name) int { return slices.Compare(x, y) })
		}
		return nil
	}
}

func (p *parser) unsetPolicy() func(*Account, access, *Session, *Object) error {
	n := p.name()
	return func(a *Account, x access, s *Session, o *Object) error {
		m, err := x.maskingPolicy(s, n)
		if err == nil {
			o.Policies = slices.DeleteFunc(o.Policies, m.Name.equal)
		}
		return err
	}
}

// maskingPolicy finds a policy that may be set and taken away.
func (x access) maskingPolicy(s *Session, name Name) (*Object, error) {
	full, err := s.full(kindOf(maskingPolicy), name)
	if err != nil {
		return nil, err
	}
	m, err := x.find(maskingPolicy, full)
	if err != nil {
		return nil, err
	}
	if !x.account("APPLY MASKING POLICY") && !allows(x.roles, &Object{Grants: m.Grants}, []string{"APPLY"}) {
		return nil, denied(maskingPolicy, full.lastName())
	}
	return m, nil
}

type alterSession struct{ set map[string]string }

var sessionProps = shapes{
	"QUERY_TAG": text, "TIMEZONE": text, "AUTOCOMMIT": boolean, "STATEMENT_TIMEOUT_IN_SECONDS": number, "MULTI_STATEMENT_COUNT": number,
	"JSON_INDENT": number, "CLIENT_SESSION_KEEP_ALIVE": boolean, "GO_QUERY_RESULT_FORMAT": text, "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT": text,
}

func (p *parser) alterSession() command {
	c := alterSession{set: map[string]string{}}
	if p.take("UNSET") {
		for _, name := range p.unset("SESSION", sessionProps) {
			c.set[name] = ""
		}
	} else {
		p.want("SET")
		c.set = p.properties("SESSION", sessionProps, "")
	}
	p.end()
	return c
}

func (c alterSession) run(_ *Account, s *Session) (*Plan, error) {
	plan := done(func() {
		if value, ok := c.set["QUERY_TAG"]; ok {
			s.Tag = value
		}
	}, "Statement executed successfully.")
	plan.DDL = false
	return plan, nil
}

// comment is COMMENT ON.
type comment struct {
	kind     *kind
	name     Name
	ifExists bool
	text     string
}

func (p *parser) commentOn() command {
	ifExists := p.take("IF EXISTS")
	p.want("ON")
	if p.is("COLUMN") {
		p.next()
		c := comment{kindOf(table), Name{p.ident()}, ifExists, ""}
		for len(c.name) < 4 && p.take(".") {
			c.name = append(c.name, p.ident())
		}
		c.name = c.name[:max(1, len(c.name)-1)]
		p.want("IS")
		p.text()
		p.end()
		return c
	}
	c := comment{kind: p.kind(), ifExists: ifExists}
	c.name = p.name()
	p.want("IS")
	c.text = p.text()
	p.end()
	return c
}

func (c comment) run(a *Account, s *Session) (*Plan, error) {
	name, err := s.full(c.kind, c.name)
	if err != nil {
		return nil, err
	}
	if c.ifExists && a.get(c.kind.name, name) == nil {
		return done(nil, "Statement executed successfully."), nil
	}
	o, err := a.access(s).own(c.kind.name, name)
	if err != nil {
		return nil, err
	}
	return done(func() { o.Props["COMMENT"] = c.text }, "Statement executed successfully."), nil
}

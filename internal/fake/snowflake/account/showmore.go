package account

// ofUser is SHOW of what belongs to a user.
type ofUser interface {
	table(a *Account, u *Object) *Table
}

type showOfUser struct {
	what ofUser
	name Name
}

func (p *parser) showOfUser(what ofUser) command {
	c := showOfUser{what: what}
	if p.take("FOR USER") {
		c.name = Name{p.ident()}
	}
	p.end()
	return c
}

func (c showOfUser) run(a *Account, s *Session) (*Plan, error) {
	if len(c.name) == 0 {
		c.name = Name{s.User}
	}
	u := a.get(user, c.name)
	if u == nil || c.name[0] != s.User && !a.access(s).may(u, "MONITOR", "MODIFY PROGRAMMATIC AUTHENTICATION METHODS") {
		return nil, missing(user, c.name)
	}
	return &Plan{Answer: c.what.table(a, u)}, nil
}

type showTokens struct{}

func (showTokens) table(a *Account, u *Object) *Table {
	out := &Table{Columns: columns("name", "user_name", "role_restriction", "expires_at", "status", "comment", "created_on", "created_by", "mins_to_bypass_network_policy_requirement", "rotated_to")}
	for _, t := range u.Tokens {
		bound, rotated := any(nil), any(nil)
		if t.Role != "" {
			bound = t.Role
		}
		if t.RotatedTo != "" {
			rotated = t.RotatedTo
		}
		out.add(t.Name, u.Name[0], bound, t.Expires, t.status(a.Now()), t.Comment, t.Created, t.By, nil, rotated)
	}
	return out
}

type showIdentities struct{}

func (showIdentities) table(_ *Account, u *Object) *Table {
	out := &Table{Columns: columns("name", "type", "comment", "last_used", "created_on", "additional_info")}
	if stored := u.Props["WORKLOAD_IDENTITY"]; stored != "" {
		info := `{"issuer":` + quoteJSON(inner(stored, "ISSUER")) + `,"subject":` + quoteJSON(inner(stored, "SUBJECT")) + `}`
		out.add(u.Name[0], inner(stored, "TYPE"), nil, nil, u.Created, info)
	}
	return out
}

// showParameters is SHOW PARAMETERS of an object: what is set on it, and what is
// in force where it is not.
type showParameters struct {
	like string
	kind *kind
	name Name
}

func (p *parser) showParameters() command {
	var c showParameters
	if p.take("LIKE") {
		c.like = p.text()
	}
	if p.takeAny("IN", "FOR") != "" && !p.take("SESSION") {
		if p.take(theAccount) {
			c.kind = kindOf(theAccount)
		} else {
			c.kind = p.kind()
			c.name = p.name()
		}
	}
	p.end()
	return c
}

var parameters = []struct{ name, value, kind string }{
	{"NETWORK_POLICY", "", user},
	{"STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", "0", ""},
	{"STATEMENT_TIMEOUT_IN_SECONDS", "172800", ""},
	{"TIMEZONE", "America/Los_Angeles", ""},
	{"MAX_CONCURRENCY_LEVEL", "8", warehouse},
	{"DATA_RETENTION_TIME_IN_DAYS", "1", database},
	{"QUERY_TAG", "", ""},
}

func (c showParameters) run(a *Account, s *Session) (*Plan, error) {
	o := &Object{Props: map[string]string{"QUERY_TAG": s.Tag}}
	if c.kind != nil && c.kind.name != theAccount {
		name, err := s.full(c.kind, c.name)
		if err != nil {
			return nil, err
		}
		if o, err = a.access(s).find(c.kind.name, name); err != nil {
			return nil, err
		}
	}
	out := &Table{Columns: columns("key", "value", "default", "level", "description", "type")}
	for _, p := range parameters {
		if c.like != "" && !like(c.like, p.name) || p.kind != "" && o.Kind != "" && p.kind != o.Kind && !(p.kind == database && o.Kind == schema) {
			continue
		}
		level := ""
		if _, set := o.Props[p.name]; set {
			level = o.Kind
		}
		out.add(p.name, o.or(p.name, p.value), p.value, level, "", "STRING")
	}
	return &Plan{Answer: out}, nil
}

package account

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Token is a programmatic access token of a user.
type Token struct {
	Name      string
	Role      string
	Days      int
	Secret    string
	Disabled  bool
	Comment   string
	Created   time.Time
	Expires   time.Time
	By        string
	RotatedTo string
}

// tokenCommand is ALTER USER … PROGRAMMATIC ACCESS TOKEN.
type tokenCommand struct {
	what        string // ADD, ROTATE, REMOVE, MODIFY
	user        Name
	ifExists    bool
	ifNotExists bool
	name        string
	newName     string
	props       map[string]string
}

var tokenProps = map[string]shapes{
	"ADD":    {"ROLE_RESTRICTION": text, "DAYS_TO_EXPIRY": number, "MINS_TO_BYPASS_NETWORK_POLICY_REQUIREMENT": number, "COMMENT": text},
	"ROTATE": {"EXPIRE_ROTATED_TOKEN_AFTER_HOURS": number},
	"MODIFY": {"DISABLED": boolean, "MINS_TO_BYPASS_NETWORK_POLICY_REQUIREMENT": number, "COMMENT": text},
	"REMOVE": {},
}

// tokenCommand reads on after the name of the user, or gives nil where it is
// another alteration.
func (p *parser) tokenCommand(u Name, ifExists bool) command {
	at := p.at
	c := tokenCommand{what: p.takeAny("ADD", "ROTATE", "REMOVE", "MODIFY"), user: u, ifExists: ifExists}
	if c.what == "" || p.takeAny("PROGRAMMATIC ACCESS TOKEN", "PAT") == "" {
		p.at = at
		return nil
	}
	c.ifNotExists = c.what == "ADD" && p.take("IF NOT EXISTS")
	c.name = p.ident()
	if c.what == "MODIFY" {
		if p.take("RENAME TO") {
			c.newName = p.ident()
			p.end()
			return c
		}
		p.want("SET")
	}
	c.props = p.properties("PROGRAMMATIC ACCESS TOKEN", tokenProps[c.what], "")
	p.end()
	return c
}

func (c tokenCommand) run(a *Account, s *Session) (*Plan, error) {
	if c.ifExists && a.get(user, c.user) == nil {
		return done(nil, "Statement executed successfully."), nil
	}
	u, err := a.access(s).need(user, c.user, "MODIFY PROGRAMMATIC AUTHENTICATION METHODS")
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(u.Tokens, func(t *Token) bool { return t.Name == c.name })
	if c.what == "ADD" {
		if at >= 0 {
			if c.ifNotExists {
				return done(nil, "%s already exists, statement succeeded.", c.name), nil
			}
			return nil, exists(Name{c.name})
		}
		return c.add(a, s, u)
	}
	if at < 0 {
		return nil, compilation("002003", "02000", "Programmatic access token '%s' does not exist or not authorized.", c.name)
	}
	switch t := u.Tokens[at]; c.what {
	case "ROTATE":
		return c.rotate(a, s, u, t)
	case "REMOVE":
		return done(func() { u.Tokens = slices.Delete(u.Tokens, at, at+1) }, "Programmatic access token %s successfully removed.", c.name), nil
	default:
		return done(func() { c.modify(t) }, "Statement executed successfully."), nil
	}
}

func (c tokenCommand) modify(t *Token) {
	if c.newName != "" {
		t.Name = c.newName
	}
	if value, ok := c.props["DISABLED"]; ok {
		t.Disabled = value == "TRUE"
	}
	if value, ok := c.props["COMMENT"]; ok {
		t.Comment = value
	}
}

// add makes a token, and answers with its secret.
func (c tokenCommand) add(a *Account, s *Session, u *Object) (*Plan, error) {
	t := &Token{Name: c.name, Role: c.props["ROLE_RESTRICTION"], Days: 15, Comment: c.props["COMMENT"], By: s.User}
	if text, ok := c.props["DAYS_TO_EXPIRY"]; ok {
		if t.Days, _ = strconv.Atoi(text); t.Days < 1 || t.Days > 365 {
			return nil, invalidValue(text, "DAYS_TO_EXPIRY")
		}
	}
	if err := a.mayHaveToken(u, t.Role); err != nil {
		return nil, err
	}
	plan, secret := &Plan{DDL: true, Answer: &Table{Columns: columns("token_name", "token_secret")}}, a.random()
	plan.Answer.add(t.Name, secret)
	plan.Then = func() {
		a.made++
		t.Secret, t.Created = secret, a.Now()
		t.Expires = t.Created.Add(time.Duration(t.Days) * 24 * time.Hour)
		u.Tokens = append(u.Tokens, t)
	}
	return plan, nil
}

// mayHaveToken: a service user must be under a network policy and bind its token
// to a role that it has.
func (a *Account) mayHaveToken(u *Object, bound string) error {
	service := u.Props["TYPE"] == "SERVICE" || u.Props["TYPE"] == "LEGACY_SERVICE"
	switch {
	case service && bound == "":
		return refused("ROLE_RESTRICTION is required for programmatic access tokens of users with TYPE=%s.", u.Props["TYPE"])
	case bound != "" && !slices.Contains(a.rolesOf(u.Name[0]), bound):
		return refused("Role '%s' is not granted to user '%s'.", bound, u.Name[0])
	case service && u.Props["NETWORK_POLICY"] == "":
		return refused("User '%s' must be subject to a network policy to generate programmatic access tokens.", u.Name[0])
	case len(u.Tokens) >= 15:
		return refused("User '%s' has too many programmatic access tokens.", u.Name[0])
	}
	return nil
}

// rotate gives the token a new secret. The old one goes on under another name for
// as long as the statement says; the default is a day.
func (c tokenCommand) rotate(a *Account, s *Session, u *Object, t *Token) (*Plan, error) {
	hours := 24
	if text, ok := c.props["EXPIRE_ROTATED_TOKEN_AFTER_HOURS"]; ok {
		hours, _ = strconv.Atoi(text)
	}
	old := *t
	secret := a.random()
	old.Name = fmt.Sprintf("%s_ROTATED_%d", t.Name, a.made+1)
	old.RotatedTo = t.Name
	plan := &Plan{DDL: true, Answer: &Table{Columns: columns("token_name", "token_secret", "rotated_token_name")}}
	plan.Answer.add(t.Name, secret, old.Name)
	plan.Then = func() {
		a.made++
		now := a.Now()
		if end := now.Add(time.Duration(hours) * time.Hour); end.Before(old.Expires) {
			old.Expires = end
		}
		t.Secret, t.Created, t.By = secret, now, s.User
		t.Expires = now.Add(time.Duration(t.Days) * 24 * time.Hour)
		u.Tokens = append(u.Tokens, &old)
	}
	return plan, nil
}

// status is what SHOW says of a token.
func (t *Token) status(now time.Time) string {
	switch {
	case t.Disabled:
		return "DISABLED"
	case !now.Before(t.Expires):
		return "EXPIRED"
	}
	return "ACTIVE"
}

// cutKey takes the key of a tag apart.
func cutKey(key string) (column, tag string, ok bool) { return strings.Cut(key, "\x00") }

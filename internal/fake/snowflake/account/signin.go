package account

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Credentials are what a client sends to sign in.
type Credentials struct {
	Account       string
	Login         string
	Password      string
	Authenticator string
	Token         string
	Provider      string // of a workload identity
	Address       string // where the call comes from

	Role, Warehouse, Database, Schema string
	// Validate refuses a warehouse, database or schema that is not there.
	Validate bool
}

// The refusals of a sign-in have codes of their own.
var (
	wrongPassword = &Error{"390100", "08001", "Incorrect username or password was specified."}
	invalidJWT    = &Error{"390144", "08001", "JWT token is invalid."}
	expiredToken  = &Error{"394400", "08001", "Programmatic access token is invalid."}
	needsPolicy   = &Error{"395093", "08001", "Network policy is required."}
	wrongIdentity = &Error{"390101", "08001", "Workload identity is not known: no user has this issuer and subject."}
	disabledUser  = &Error{"390101", "08001", "User access disabled. Contact your local system administrator."}
)

// SignIn checks who it is and gives a session.
func (a *Account) SignIn(c Credentials) (*Session, error) {
	u, bound, err := a.authenticate(c)
	if err != nil {
		return nil, err
	}
	if u.Props["DISABLED"] == "TRUE" {
		return nil, disabledUser
	}
	if err := a.admits(u, c.Address); err != nil {
		return nil, err
	}
	s := &Session{User: u.Name[0], Bound: bound}
	if err := a.takeUpRole(s, u, c.Role); err != nil {
		return nil, err
	}
	secondary, set := u.Props["DEFAULT_SECONDARY_ROLES"]
	s.Secondary = bound == "" && (!set || secondary == "ALL")
	if err := a.settle(s, u, c); err != nil {
		return nil, err
	}
	a.sessions++
	s.ID = a.sessions
	return s, nil
}

func (a *Account) authenticate(c Credentials) (*Object, string, error) {
	switch strings.ToUpper(c.Authenticator) {
	case "", "SNOWFLAKE", "USERNAME_PASSWORD_MFA":
		return a.byPassword(c)
	case "PROGRAMMATIC_ACCESS_TOKEN":
		u := a.byLogin(c.Login)
		if u == nil {
			return nil, "", wrongPassword
		}
		return a.byToken(u, c.Token)
	case "SNOWFLAKE_JWT":
		u, err := a.byKey(c)
		return u, "", err
	case "WORKLOAD_IDENTITY":
		u, err := a.byIdentity(c)
		return u, "", err
	}
	return nil, "", &Error{"390137", "08001", "Authenticator " + c.Authenticator + " is not modelled by the stand-in."}
}

// byLogin finds a user by the name that it signs in with.
func (a *Account) byLogin(login string) *Object {
	for _, u := range a.list(func(o *Object) bool { return o.Kind == user }) {
		if login != "" && strings.EqualFold(u.Props["LOGIN_NAME"], login) {
			return u
		}
	}
	return nil
}

// byPassword takes a password, or a token in its place.
func (a *Account) byPassword(c Credentials) (*Object, string, error) {
	u := a.byLogin(c.Login)
	if u == nil || c.Password == "" {
		return nil, "", wrongPassword
	}
	if u.Props["PASSWORD"] != "" && u.Props["PASSWORD"] == c.Password {
		return u, "", nil
	}
	return a.byToken(u, c.Password)
}

func (a *Account) byToken(u *Object, secret string) (*Object, string, error) {
	at := slices.IndexFunc(u.Tokens, func(t *Token) bool { return t.Secret == secret })
	if at < 0 || secret == "" {
		return nil, "", wrongPassword
	}
	t := u.Tokens[at]
	switch {
	case t.status(a.Now()) != "ACTIVE":
		return nil, "", expiredToken
	case u.Props["TYPE"] == "SERVICE" && u.Props["NETWORK_POLICY"] == "":
		return nil, "", needsPolicy
	case t.Role != "" && !slices.Contains(a.rolesOf(u.Name[0]), t.Role):
		return nil, "", expiredToken
	}
	return u, t.Role, nil
}

// claims are what a token says of itself.
type claims struct {
	Issuer  string `json:"iss"`
	Subject string `json:"sub"`
	Expires int64  `json:"exp"`
	Issued  int64  `json:"iat"`
}

// readJWT takes a token apart without believing it.
func readJWT(token string) (c claims, signed string, signature []byte, err error) {
	signed, last, _ := cutLast(token, ".")
	_, body, _ := strings.Cut(signed, ".")
	data, err := base64.RawURLEncoding.DecodeString(body)
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err == nil {
		signature, err = base64.RawURLEncoding.DecodeString(last)
	}
	return c, signed, signature, err
}

func cutLast(text, sep string) (before, after string, found bool) {
	at := strings.LastIndex(text, sep)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(sep):], true
}

// byKey checks that the token is signed with a key of the user, and says so. A
// token is good for an hour at most. The times are those of the caller's clock,
// so they are held against the real one.
func (a *Account) byKey(c Credentials) (*Object, error) {
	said, signed, signature, err := readJWT(c.Token)
	if err != nil {
		return nil, invalidJWT
	}
	account, login, _ := strings.Cut(said.Subject, ".")
	u := a.byLogin(login)
	if u == nil || !strings.EqualFold(account, c.Account) || said.Expires-said.Issued > int64(time.Hour/time.Second) {
		return nil, invalidJWT
	}
	sum := sha256.Sum256([]byte(signed))
	for _, name := range []string{"RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2"} {
		key, err := parseKey(u.Props[name])
		if err != nil || said.Issuer != said.Subject+"."+Fingerprint(u.Props[name]) {
			continue
		}
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil {
			return u, nil
		}
	}
	return nil, invalidJWT
}

// byIdentity finds the user of a workload. The token's signature is not checked:
// that would take the issuer's keys.
func (a *Account) byIdentity(c Credentials) (*Object, error) {
	said, _, _, err := readJWT(c.Token)
	if err != nil || c.Provider != "OIDC" {
		return nil, wrongIdentity
	}
	for _, u := range a.list(func(o *Object) bool { return o.Kind == user }) {
		stored := u.Props["WORKLOAD_IDENTITY"]
		if stored != "" && inner(stored, "ISSUER") == said.Issuer && inner(stored, "SUBJECT") == said.Subject {
			return u, nil
		}
	}
	return nil, wrongIdentity
}

// admits holds the address against the network policy of the user.
func (a *Account) admits(u *Object, address string) error {
	name := u.Props["NETWORK_POLICY"]
	if name == "" {
		return nil
	}
	p := a.get(policy, Name{name})
	if p == nil {
		return nil
	}
	from, err := netip.ParseAddr(address)
	blocked := a.ranges(p, "BLOCKED")
	allowed := a.ranges(p, "ALLOWED")
	inside := func(r netip.Prefix) bool { return r.Contains(from) }
	if err != nil || slices.ContainsFunc(blocked, inside) || len(allowed) > 0 && !slices.ContainsFunc(allowed, inside) {
		return &Error{"390422", "08001", "Incoming request with IP/Token " + address + " is not allowed to access Snowflake. Contact your account administrator."}
	}
	return nil
}

// ranges are the addresses that a policy allows or blocks.
func (a *Account) ranges(p *Object, which string) []netip.Prefix {
	list := splitList(p.Props[which+"_IP_LIST"])
	for _, text := range splitList(p.Props[which+"_NETWORK_RULE_LIST"]) {
		if n, err := ParseName(text); err == nil {
			if r := a.get(rule, n); r != nil {
				list = append(list, splitList(r.Props["VALUE_LIST"])...)
			}
		}
	}
	var out []netip.Prefix
	for _, text := range list {
		if r, err := network(text); err == nil {
			out = append(out, r)
		}
	}
	return out
}

// takeUpRole gives the session the role that was asked for, or the default one.
func (a *Account) takeUpRole(s *Session, u *Object, asked string) error {
	roles := a.closure(a.rolesOf(s.User)...)
	if asked != "" {
		name, err := ParseName(asked)
		if err != nil || len(name) != 1 || !roles[name[0]] || s.Bound != "" && name[0] != s.Bound {
			return &Error{"390189", "08001", "Role '" + asked + "' specified in the connect string is not granted to this user. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC."}
		}
		s.Role = name[0]
		return nil
	}
	s.Role = "PUBLIC"
	if name := u.Props["DEFAULT_ROLE"]; s.Bound != "" {
		s.Role = s.Bound
	} else if n, err := ParseName(name); name != "" && err == nil && roles[n[0]] {
		s.Role = n[0]
	}
	return nil
}

// settle makes the warehouse, database and schema current that were asked for, or
// the user's defaults where they are there.
func (a *Account) settle(s *Session, u *Object, c Credentials) error {
	var defaults Name
	if n, err := ParseName(u.Props["DEFAULT_NAMESPACE"]); err == nil {
		defaults = n
	}
	if w, err := ParseName(u.Props["DEFAULT_WAREHOUSE"]); err == nil && c.Warehouse == "" {
		a.current(s, use{"WAREHOUSE", w})
	}
	if c.Database == "" && len(defaults) > 0 {
		a.current(s, use{"DATABASE", defaults[:1]})
		if len(defaults) > 1 {
			a.current(s, use{"SCHEMA", defaults[:2]})
		}
	}
	for _, want := range []struct{ what, name string }{{"WAREHOUSE", c.Warehouse}, {"DATABASE", c.Database}, {"SCHEMA", c.Schema}} {
		if want.name == "" {
			continue
		}
		name, err := ParseName(want.name)
		if (err != nil || !a.current(s, use{want.what, name})) && c.Validate {
			return &Error{"390201", "08001", "The requested " + strings.ToLower(want.what) + " does not exist or not authorized."}
		}
	}
	return nil
}

func (a *Account) current(s *Session, u use) bool {
	plan, err := u.run(a, s)
	if err == nil {
		plan.Then()
	}
	return err == nil
}

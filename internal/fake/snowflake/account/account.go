package account

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Account is all that one account holds: its objects, who owns them and who may
// do what. It is not safe for use from several sides at once.
type Account struct {
	Name     string
	Now      func() time.Time
	objects  map[string]*Object
	future   []futureGrant
	sessions int64
	made     int // counts what must have a number of its own
	random   func() string
}

// Object is anything with a name and an owner.
type Object struct {
	Kind    string
	Name    Name
	Owner   string
	Props   map[string]string
	Grants  []Grant
	Created time.Time

	Reads     []Name            // of a view: what it selects from
	Session   int64             // of a temporary table: whose it is
	Tags      map[string]string // column ("" for the object) and tag → value
	Policies  []Name            // of a tag
	Tokens    []*Token          // of a user
	Triggers  []trigger         // of a resource monitor
	Signature signature         // of a masking policy
}

// Grant is a privilege that a role has on an object. That a role is granted to
// another, or to a user, is the privilege USAGE on the role.
type Grant struct {
	Privilege string
	To        string
	ToUser    bool
	Option    bool
	By        string
	On        time.Time
}

type futureGrant struct {
	in   Name // a database or a schema
	kind string
	Grant
}

type trigger struct{ percent, action string }

type signature struct{ arguments, returns, body string }

// systemRoles and what lies below each.
var systemRoles = [][]string{{"ACCOUNTADMIN", "SYSADMIN", "SECURITYADMIN"}, {"SECURITYADMIN", "USERADMIN"}, {"SYSADMIN"}, {"USERADMIN"}, {"PUBLIC"}}

// systemPrivileges are what the service gives its own roles.
var systemPrivileges = map[string][]string{
	"ACCOUNTADMIN":  accountPrivileges,
	"SECURITYADMIN": {"MANAGE GRANTS", "CREATE NETWORK POLICY", "CREATE INTEGRATION"},
	"SYSADMIN":      {"CREATE DATABASE", "CREATE WAREHOUSE"},
	"USERADMIN":     {"CREATE ROLE", "CREATE USER"},
}

// New gives an account as it is on the first day. random makes the secrets of
// tokens.
func New(name string, now func() time.Time, random func() string) *Account {
	a := &Account{Name: name, Now: now, random: random, objects: map[string]*Object{}}
	acc := a.put(&Object{Kind: theAccount, Name: Name{name}})
	for _, line := range systemRoles {
		a.put(&Object{Kind: role, Name: Name{line[0]}, Props: map[string]string{}})
	}
	for _, line := range systemRoles {
		for _, lower := range line[1:] {
			o := a.get(role, Name{lower})
			o.Grants = append(o.Grants, Grant{Privilege: "USAGE", To: line[0]})
		}
		for _, privilege := range systemPrivileges[line[0]] {
			acc.Grants = append(acc.Grants, Grant{Privilege: privilege, To: line[0], Option: true})
		}
	}
	return a
}

// AddPerson makes the first user: a person with a password and ACCOUNTADMIN.
func (a *Account) AddPerson(name, password string) {
	a.put(&Object{Kind: user, Name: Name{name}, Owner: "ACCOUNTADMIN", Props: map[string]string{
		"TYPE": "PERSON", "PASSWORD": password, "DEFAULT_ROLE": "ACCOUNTADMIN", "LOGIN_NAME": name,
	}})
	admin := a.get(role, Name{"ACCOUNTADMIN"})
	admin.Grants = append(admin.Grants, Grant{Privilege: "USAGE", To: name, ToUser: true})
}

// space is what a kind shares its names with: a table and a view of one name
// cannot be in one schema.
func space(kind string) string {
	if kind == view {
		return table
	}
	return kind
}

func objectKey(kind string, name Name) string {
	return space(kind) + "\x00" + strings.Join(name, "\x00")
}

func (a *Account) put(o *Object) *Object {
	if o.Props == nil {
		o.Props = map[string]string{}
	}
	if o.Created.IsZero() {
		o.Created = a.Now()
	}
	a.objects[objectKey(o.Kind, o.Name)] = o
	return o
}

// get gives the object, or nil. For a view it also gives a table, and the other
// way round: the caller looks at Kind.
func (a *Account) get(kind string, name Name) *Object { return a.objects[objectKey(kind, name)] }

func (a *Account) remove(o *Object) {
	delete(a.objects, objectKey(o.Kind, o.Name))
	a.future = slices.DeleteFunc(a.future, func(f futureGrant) bool {
		return (o.Kind == database || o.Kind == schema) && (f.in.equal(o.Name) || f.in.under(o.Name))
	})
	if o.Kind == database || o.Kind == schema {
		for _, below := range a.below(o) {
			delete(a.objects, objectKey(below.Kind, below.Name))
		}
	}
}

// below gives what lies in a database or a schema.
func (a *Account) below(container *Object) []*Object {
	return a.list(func(o *Object) bool {
		return kindOf(o.Kind).depth > len(container.Name) && o.Name.under(container.Name)
	})
}

// list gives the objects that fit, ordered by kind and name.
func (a *Account) list(fits func(*Object) bool) []*Object {
	var out []*Object
	for _, o := range a.objects {
		if fits(o) {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(x, y *Object) int {
		return cmp.Or(slices.Compare(x.Name, y.Name), cmp.Compare(x.Kind, y.Kind))
	})
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Leave ends a session: its temporary tables go. It gives what the engine must do.
func (a *Account) Leave(s *Session) []string {
	var out []string
	for _, o := range a.list(func(o *Object) bool { return o.Session == s.ID && s.ID != 0 }) {
		out = append(out, a.unmirror(o)...)
		a.remove(o)
	}
	return out
}

// Clear gives what the engine must do to forget all that the account holds.
func (a *Account) Clear() []string {
	var out []string
	for _, o := range a.list(func(o *Object) bool { return o.Kind == database }) {
		out = append(out, a.unmirror(o)...)
	}
	return out
}

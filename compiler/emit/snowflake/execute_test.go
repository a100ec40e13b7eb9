package snowflake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// execute runs one statement in the model.
func (w *world) execute(as string, in []string, p parsed) error {
	name := identifiers(p.parts["name"])
	switch word, rest, _ := strings.Cut(p.form, " "); word {
	case "use":
		w.current = name[0]
		return nil
	case "create":
		return w.create(as, rest, name, p)
	case "grant":
		return w.grant(as, rest, name, p)
	default:
		return w.set(as, in, p.form, name, p)
	}
}

// accountRight is what it takes on the account to make an object.
var accountRight = map[string]string{
	"role": "CREATE ROLE", "user": "CREATE USER", "database": "CREATE DATABASE", "network policy": "CREATE NETWORK POLICY",
	// No privilege on the account is granted for these: the administrator makes them.
	"warehouse": "CREATE WAREHOUSE", "integration": "CREATE INTEGRATION", "resource monitor": "CREATE RESOURCE MONITOR",
}

func (w *world) create(as, kind string, name []string, p parsed) error {
	if privilege := accountRight[kind]; privilege != "" && !w.may(as, privilege, wholeAccount) {
		return fmt.Errorf("%s may not %s", as, privilege)
	}
	switch kind {
	case "role":
		if _, there := w.below[name[0]]; !there {
			w.below[name[0]] = nil
		}
		w.add("role", as, "role", name[0])
	case "user":
		if w.users[name[0]] == nil {
			w.users[name[0]] = &login{owner: as}
		}
		w.add("user", as, "user", name[0])
	case "database":
		w.add(kind, as, name...)
	case "schema":
		if !w.may(as, "USAGE", key(name[0])) || !w.may(as, "CREATE SCHEMA", key(name[0])) {
			return fmt.Errorf("%s may not create a schema", as)
		}
		w.add(kind, as, name...).facts["managed"] = "yes"
	case "warehouse", "integration", "resource monitor", "network policy":
		return w.createOutside(as, kind, name, p)
	case "stage":
		integration := w.objects[key("integration", identifiers(p.parts["other"])[0])]
		if integration == nil || !w.owns(as, integration) || integration.facts["enabled"] == "" {
			return errors.New("the integration is not there, not enabled or not ours")
		}
		if format := w.objects[key(unquoted(p.parts["format"])...)]; format == nil || format.kind != "file format" {
			return errors.New("there is no such file format")
		}
		return w.createIn(as, kind, name)
	case "network rule": // there is no IF NOT EXISTS
		if w.objects[key(name...)] != nil {
			return fmt.Errorf("network rule %v is there already", name)
		}
		return w.createIn(as, kind, name)
	default: // table, view, file format, masking policy, tag
		return w.createIn(as, kind, name)
	}
	return nil
}

// createOutside makes objects of the account, which share a name with others of
// another kind.
func (w *world) createOutside(as, kind string, name []string, p parsed) error {
	switch kind {
	case "warehouse":
		if w.objects[key("resource monitor", identifiers(p.parts["other"])[0])] == nil {
			return errors.New("no such resource monitor")
		}
	case "network policy":
		rule := w.objects[key(unquoted(p.parts["other"])...)]
		if rule == nil || rule.kind != "network rule" || !w.owns(as, rule) {
			return errors.New("no such network rule of ours")
		}
	}
	w.add(kind, as, kind, name[0])
	return nil
}

// find gives the object that a grant or a change is about.
func (w *world) find(kind string, name []string) (*thing, error) {
	k := key(name...)
	if kind := strings.ToLower(kind); kind == "role" || accountRight[kind] != "" && kind != "database" {
		k = key(kind, name[0])
	}
	if t := w.objects[k]; t != nil && t.kind == strings.ToLower(kind) {
		return t, nil
	}
	return nil, fmt.Errorf("there is no %s %v", kind, name)
}

func (w *world) grant(as, what string, name []string, p parsed) error {
	to := identifiers(p.parts["to"])[0]
	if _, there := w.below[to]; !there && p.parts["kind"] != "USER" {
		return fmt.Errorf("there is no role %s", to)
	}
	switch what {
	case "account":
		if as != accountAdmin {
			return errors.New("only the administrator grants on the account")
		}
		w.objects[wholeAccount].rights = append(w.objects[wholeAccount].rights, right{p.parts["privilege"], to, false})
		return nil
	case "role":
		return w.grantRole(as, name[0], p.parts["kind"], to)
	case "future":
		schema, err := w.find("schema", name)
		if err != nil || !w.owns(as, schema) {
			return fmt.Errorf("%s does not own the schema %v", as, name)
		}
		w.future = append(w.future, futureRight{key(name...), p.parts["plural"], right{p.parts["privilege"], to, false}})
		return nil
	}
	t, err := w.find(p.parts["kind"], name)
	switch {
	case err != nil:
		return err
	case what == "ownership":
		if !w.owns(as, t) {
			return fmt.Errorf("%s does not own %v", as, name)
		}
		t.owner = to
	case !w.mayGrant(as, t, name, p.parts["privilege"]):
		return fmt.Errorf("%s may not grant on %v", as, name)
	default:
		t.rights = append(t.rights, right{p.parts["privilege"], to, p.parts["option"] != ""})
	}
	return nil
}

// mayGrant: in a managed schema the owner of the schema grants, elsewhere the
// owner of the object, or who has the right with the option to pass it on.
func (w *world) mayGrant(as string, t *thing, name []string, privilege string) bool {
	if len(name) == 3 {
		schema := w.objects[key(name[0], name[1])]
		if schema.facts["managed"] != "" {
			return w.owns(as, schema)
		}
	}
	return w.owns(as, t) || slices.ContainsFunc(t.rights, func(r right) bool {
		return r.option && r.privilege == privilege && slices.Contains(w.has(as), r.role)
	})
}

func (w *world) grantRole(as, name, kind, to string) error {
	t := w.objects[key("role", name)]
	if t == nil || !w.owns(as, t) {
		return fmt.Errorf("%s does not own role %s", as, name)
	}
	if kind == "ROLE" {
		w.below[to] = append(w.below[to], name)
		return nil
	}
	u := w.users[to]
	if u == nil {
		return fmt.Errorf("there is no user %s", to)
	}
	u.roles = append(u.roles, name)
	return nil
}

// subject is what each kind of change is about.
var subject = map[string]string{
	"alter warehouse": "warehouse", "alter resource monitor": "resource monitor", "alter integration": "integration", "alter stage": "stage",
	"add column": "table", "set body": "masking policy", "attach policy": "tag", "tag schema": "schema", "tag column": "table",
}

func (w *world) set(as string, in []string, form string, name []string, p parsed) error {
	if kind := subject[form]; kind != "" {
		return w.change(as, in, form, kind, name, p)
	}
	u := w.users[name[0]]
	if u == nil || !slices.Contains(w.has(as), u.owner) {
		return fmt.Errorf("%s does not own user %s", as, name[0])
	}
	switch form {
	case "set defaults":
		u.defaultRole = identifiers(p.parts["other"])[0]
	case "set identity":
		u.identity = true
	case "set network policy":
		policy, err := w.find("network policy", identifiers(p.parts["other"]))
		if err != nil || !w.owns(as, policy) {
			return errors.New("no such network policy of ours")
		}
		u.policy = identifiers(p.parts["other"])[0]
	}
	return nil
}

func (w *world) change(as string, in []string, form, kind string, name []string, p parsed) error {
	t, err := w.find(kind, name)
	if err != nil {
		return err
	}
	if !w.owns(as, t) {
		return fmt.Errorf("%s does not own %v", as, name)
	}
	switch form {
	case "attach policy":
		policy, err := w.find("masking policy", append(slices.Clone(in), p.parts["other"]))
		if err != nil || !w.may(as, "APPLY MASKING POLICY", wholeAccount) {
			return fmt.Errorf("%s may not set the masking policy %s", as, p.parts["other"])
		}
		if policy.facts["set body"] == "" {
			return errors.New("the policy would mask everybody")
		}
		t.facts["policies"] += p.parts["other"] + " "
	case "tag schema", "tag column":
		tag, err := w.find("tag", identifiers(p.parts["other"]))
		if err != nil || !w.owns(as, tag) {
			return errors.New("no such tag of ours")
		}
		t.facts["tagged "+p.parts["column"]] = "yes"
	case "alter integration":
		t.facts["enabled"] = "yes"
	case "set body":
		t.facts["set body"] = p.parts["roles"]
	default:
		t.facts[form+" "+p.parts["other"]] = "yes"
	}
	return nil
}

package account

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// check holds an object with its new properties against the rules that concern
// more than one property. changed says which ones the statement names.
func (a *Account) check(x access, s *Session, o *Object, changed []string) error {
	switch o.Kind {
	case user:
		return a.checkUser(x, o, changed)
	case warehouse:
		return a.checkWarehouse(x, o, changed)
	case policy:
		return a.checkPolicy(x, s, o, changed)
	case stage:
		return a.checkStage(x, s, o)
	case maskingPolicy:
		return checkSignature(o)
	}
	return nil
}

func (a *Account) checkUser(x access, o *Object, changed []string) error {
	if o.Props["TYPE"] == "SERVICE" || o.Props["TYPE"] == "LEGACY_SERVICE" {
		for _, name := range []string{"PASSWORD", "FIRST_NAME", "LAST_NAME", "MUST_CHANGE_PASSWORD"} {
			if has(changed, name) && !(name == "PASSWORD" && o.Props["TYPE"] == "LEGACY_SERVICE") {
				return refused("Cannot set %s on users with TYPE=%s.", name, o.Props["TYPE"])
			}
		}
	} else if o.Props["WORKLOAD_IDENTITY"] != "" {
		return refused("Cannot set WORKLOAD_IDENTITY on users with TYPE=PERSON.")
	}
	if identity := o.Props["WORKLOAD_IDENTITY"]; identity != "" {
		if inner(identity, "TYPE") == "" || inner(identity, "ISSUER") == "" || inner(identity, "SUBJECT") == "" {
			return refused("WORKLOAD_IDENTITY of TYPE OIDC needs ISSUER and SUBJECT.")
		}
		same := a.list(func(u *Object) bool {
			return u.Kind == user && !u.Name.equal(o.Name) && inner(u.Props["WORKLOAD_IDENTITY"], "ISSUER") == inner(identity, "ISSUER") &&
				inner(u.Props["WORKLOAD_IDENTITY"], "SUBJECT") == inner(identity, "SUBJECT")
		})
		if len(same) > 0 {
			return refused("Another user has the same issuer and subject.")
		}
	}
	if has(changed, "NETWORK_POLICY") {
		if _, err := x.own(policy, Name{o.Props["NETWORK_POLICY"]}); err != nil {
			return err
		}
	}
	login := o.Props["LOGIN_NAME"]
	return a.uniqueLogin(o, login)
}

func (a *Account) uniqueLogin(o *Object, login string) error {
	for _, u := range a.list(func(u *Object) bool { return u.Kind == user && !u.Name.equal(o.Name) }) {
		if login != "" && strings.EqualFold(u.Props["LOGIN_NAME"], login) {
			return exists(Name{login})
		}
	}
	return nil
}

func (a *Account) checkWarehouse(x access, o *Object, changed []string) error {
	if !has(changed, "RESOURCE_MONITOR") {
		return nil
	}
	name := o.Props["RESOURCE_MONITOR"]
	if name != "NULL" && a.get(monitor, Name{name}) == nil {
		return missing(monitor, Name{name})
	}
	if !x.roleIs("ACCOUNTADMIN") {
		return denied(monitor, Name{name})
	}
	return nil
}

func (a *Account) checkPolicy(x access, s *Session, o *Object, changed []string) error {
	for _, property := range []string{"ALLOWED_NETWORK_RULE_LIST", "BLOCKED_NETWORK_RULE_LIST"} {
		if !has(changed, property) {
			continue
		}
		var names []string
		for _, text := range splitList(o.Props[property]) {
			name, err := ParseName(text)
			if err == nil {
				name, err = s.full(kindOf(rule), name)
			}
			if err == nil {
				_, err = x.need(rule, name, "USAGE")
			}
			if err != nil {
				return err
			}
			names = append(names, name.String())
		}
		o.Props[property] = strings.Join(names, ",")
	}
	return nil
}

func splitList(stored string) []string {
	if stored == "" {
		return nil
	}
	return strings.Split(stored, ",")
}

// checkStage holds the address of a stage against its integration, and looks for
// its file format.
func (a *Account) checkStage(x access, s *Session, o *Object) error {
	if format := inner(o.Props["FILE_FORMAT"], "FORMAT_NAME"); format != "" {
		if err := x.uses(s, fileFormat, format); err != nil {
			return err
		}
	}
	name := o.Props["STORAGE_INTEGRATION"]
	if name == "" {
		return nil
	}
	i, err := x.need(integration, Name{name}, "USAGE")
	if err != nil {
		return err
	}
	if i.Props["ENABLED"] != "TRUE" {
		return refused("Integration '%s' is not enabled.", name)
	}
	inside := func(location string) bool {
		return location == "*" || strings.HasPrefix(o.Props["URL"], location)
	}
	if !slices.ContainsFunc(splitList(i.Props["STORAGE_ALLOWED_LOCATIONS"]), inside) || slices.ContainsFunc(splitList(i.Props["STORAGE_BLOCKED_LOCATIONS"]), inside) {
		return refused("Location '%s' is not allowed by integration '%s'. Please use DESC INTEGRATION to check out allowed and blocked locations.", o.Props["URL"], name)
	}
	return nil
}

// checkSignature: a masking policy gives back the type that it takes.
func checkSignature(o *Object) error {
	_, rest, _ := strings.Cut(strings.TrimPrefix(o.Signature.arguments, "("), " ")
	first, _, _ := strings.Cut(strings.TrimSuffix(rest, ")"), ", ")
	if family(first) != family(o.Signature.returns) {
		return refused("Masking policy argument type '%s' must match its return type '%s'.", first, o.Signature.returns)
	}
	return nil
}

// family is the type without its length, by its first name.
func family(typ string) string {
	typ, _, _ = strings.Cut(typ, "(")
	switch typ {
	case "STRING", "TEXT", "CHAR", "CHARACTER":
		return "VARCHAR"
	case "DECIMAL", "NUMERIC", "INT", "INTEGER", "BIGINT":
		return "NUMBER"
	case "DOUBLE", "REAL", "FLOAT4", "FLOAT8":
		return "FLOAT"
	}
	return typ
}

// inUse says why an object cannot go: another one rests on it.
func (a *Account) inUse(o *Object) error {
	uses := func(kind, property string, name Name) []*Object {
		return a.list(func(u *Object) bool {
			return u.Kind == kind && slices.Contains(splitList(u.Props[property]), name.String())
		})
	}
	var by []*Object
	switch o.Kind {
	case policy:
		by = uses(user, "NETWORK_POLICY", o.Name)
	case rule:
		by = append(uses(policy, "ALLOWED_NETWORK_RULE_LIST", o.Name), uses(policy, "BLOCKED_NETWORK_RULE_LIST", o.Name)...)
	case integration:
		by = uses(stage, "STORAGE_INTEGRATION", o.Name)
	case maskingPolicy:
		by = a.list(func(t *Object) bool {
			return t.Kind == tag && slices.ContainsFunc(t.Policies, o.Name.equal)
		})
	}
	if len(by) == 0 {
		return nil
	}
	return compilation("001492", "42601", "Cannot perform Drop operation on %s %s. It is attached to %s with name %s. Unset it there and try the Drop operation again.",
		strings.ToLower(o.Kind), o.Name, by[0].Kind, by[0].Name)
}

func externalID(account string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", account, n))
	return strings.ToUpper(account) + "_SFCRole=2_" + hex.EncodeToString(sum[:12])
}

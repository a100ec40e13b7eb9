package account

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Snapshot writes the whole account, one line for each thing, in an order that
// depends on nothing but what is there: times, numbers of sessions and secrets
// are left out, so two runs that end in the same state give the same text.
func (a *Account) Snapshot() string {
	var lines []string
	for _, o := range a.list(func(*Object) bool { return true }) {
		lines = append(lines, o.lines()...)
	}
	future := make([]string, 0, len(a.future))
	for _, f := range a.future {
		future = append(future, fmt.Sprintf("future %s on %s in %s to role %s%s by %s", f.Privilege, f.kind, f.in, f.To, option(f.Grant), f.By))
	}
	slices.Sort(future)
	return strings.Join(append(lines, future...), "\n") + "\n"
}

func option(g Grant) string {
	if g.Option {
		return " with grant option"
	}
	return ""
}

// hidden are the properties whose values are secrets, or differ from run to run.
var hidden = []string{"PASSWORD", "RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2"}

func (o *Object) lines() []string {
	head := strings.ToLower(o.Kind) + " " + o.Name.String()
	out := []string{head + " owner " + o.Owner}
	add := func(format string, args ...any) { out = append(out, "  "+fmt.Sprintf(format, args...)) }
	for _, name := range sortedKeys(o.Props) {
		value := fmt.Sprintf("%q", o.Props[name])
		if slices.Contains(hidden, name) {
			value = "(set)"
		}
		add("%s = %s", name, value)
	}
	for _, t := range o.Triggers {
		add("at %s percent %s", t.percent, t.action)
	}
	if o.Signature != (signature{}) {
		add("as %s returns %s -> %s", o.Signature.arguments, o.Signature.returns, o.Signature.body)
	}
	for _, key := range sortedKeys(o.Tags) {
		column, tag, _ := cutKey(key)
		add("tag %s on %q = %q", tag, column, o.Tags[key])
	}
	for _, p := range o.Policies {
		add("masking policy %s", p)
	}
	for _, t := range o.Tokens {
		add("token %s role %s days %d disabled %t", t.Name, t.Role, t.Days, t.Disabled)
	}
	grants := make([]string, 0, len(o.Grants))
	for _, g := range o.Grants {
		if g.By == "" { // there from the first day
			continue
		}
		to := "role "
		if g.ToUser {
			to = "user "
		}
		grants = append(grants, "  grant "+g.Privilege+" to "+to+g.To+option(g)+" by "+g.By)
	}
	slices.Sort(grants)
	return append(out, grants...)
}

// Secrets gives a digest of each secret that the account knows, by what it is:
// to hold against what was stored elsewhere, without either being shown.
func (a *Account) Secrets() map[string]string {
	out := map[string]string{}
	for _, u := range a.list(func(o *Object) bool { return o.Kind == user }) {
		for _, name := range hidden {
			if value := u.Props[name]; value != "" {
				out[u.Name[0]+" "+name] = Digest(value)
			}
		}
		for _, t := range u.Tokens {
			out[u.Name[0]+" token "+t.Name] = Digest(t.Secret)
		}
	}
	return out
}

// Digest is how Secrets writes a secret.
func Digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return "sha256:" + hex.EncodeToString(sum[:])
}

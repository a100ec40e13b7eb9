package snowflake

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// The two places that a user has for a public key.
const (
	firstKey  = "RSA_PUBLIC_KEY"
	secondKey = "RSA_PUBLIC_KEY_2"
)

// retired ends the id of a change that takes away a key which was replaced.
const retired = "/retire"

// RenewBefore is how many days before its end a token is made anew.
const RenewBefore = 30

// keys are the fingerprints that a user has, by place.
func (l *live) keys(user string) map[string]string {
	t := l.things[key("user", user)]
	out := map[string]string{}
	for _, slot := range []string{firstKey, secondKey} {
		if fp := t.props[strings.ToLower(slot)+"_fp"]; fp != "" {
			out[slot] = fp
		}
	}
	return out
}

// kept is the key that the ledger says is ours: its place and its fingerprint.
func kept(r row) (slot, fingerprint string) {
	slot, fingerprint, _ = strings.Cut(r.detail, " ")
	return slot, fingerprint
}

func other(slot string) string {
	if slot == firstKey {
		return secondKey
	}
	return firstKey
}

// slotFor is where a new key goes: beside one that is in use, so that whoever
// signs in with it can go on until he has the new one.
func slotFor(r row, keys map[string]string) string {
	if slot, fp := kept(r); fp != "" && keys[slot] == fp {
		return other(slot)
	}
	return firstKey
}

func setKey(st migration.Statement, slot string) string {
	return "ALTER USER " + st.Object.Name + " SET " + slot + " = "
}

func (p *planner) keyPair(st migration.Statement) verdict {
	r, keys := p.live.ledger[st.ID], p.live.keys(st.Step.User)
	slot, fp := kept(r)
	reason := p.history(st)
	_, stored := p.outputs["parameter."+st.Step.Param]
	_, there := p.live.thing(st.Object)
	seen := p.live.knows("user")
	switch {
	case reason != "":
	case seen && !there:
		reason = "its user is made again"
	case !stored:
		reason = "the parameter with the private half is not there"
	case seen && (keys[slot] != fp || fp == ""):
		reason = "the public key is not the one that was set"
	case slices.Contains(p.rotate, st.Step.User):
		reason = "a new key was asked for"
	}
	if reason == "" {
		if keys[other(slot)] != "" {
			p.retire(st, other(slot))
		}
		return verdict{}
	}
	place := slotFor(r, keys)
	if place != firstKey || keys[other(place)] != "" {
		p.retire(st, other(place))
	}
	v := verdict{action: deploy.Create, reason: reason, sql: setKey(st, place) + "'(the public half of a key that apply makes)'"}
	if p.ran(st) {
		v.action, v.risk = deploy.Update, deploy.Disruptive
	}
	return v
}

// retire takes the key away that a new one has replaced, once the systems that
// used it have the new one.
func (p *planner) retire(st migration.Statement, slot string) {
	p.beside = append(p.beside, deploy.Change{ID: changeID(st.ID + retired), Provider: Name, Kind: "user", Name: st.Object.Name,
		Action: deploy.Update, Risk: deploy.Safe, Reason: "the key that was replaced is taken away when nothing uses it any more",
		Statement: "ALTER USER " + st.Object.Name + " UNSET " + slot, Content: st.Digest, Origins: p.origins[st.ID],
		Needs: []string{"parameter:" + st.Step.Param, "airbyte:destination:snowflake", "stack:sync"}})
}

// token gives the token of a step, if it is there.
func (l *live) token(st migration.Statement) (token, bool) {
	i := slices.IndexFunc(l.tokens, func(t token) bool { return t.name == st.Step.Name })
	if i < 0 {
		return token{}, false
	}
	return l.tokens[i], true
}

func (t token) days(now time.Time) int { return int(t.expires.Sub(now).Hours() / 24) }

func (p *planner) token(st migration.Statement) verdict {
	t, there := p.live.token(st)
	reason := p.history(st)
	_, stored := p.outputs["parameter."+st.Step.Param]
	days := t.days(p.now)
	v := verdict{action: deploy.Update, sql: addToken(st), risk: deploy.Disruptive}
	if !p.live.knows("token") && reason == "" && stored {
		return verdict{} // it cannot be seen, and the ledger knows it
	}
	switch {
	case !there && p.ran(st):
		v.reason = "the token was taken away by someone, and is made again"
	case !there:
		v.action, v.reason, v.risk = deploy.Create, reason, deploy.Safe
	case reason != "":
		v.reason = reason
	case !stored:
		v.reason = "the parameter that holds the token is not there, and nobody can be told a token twice"
	case t.status != "ACTIVE":
		v.reason = "the token is " + strings.ToLower(t.status)
	case !sameName(t.role, quote(st.Step.Role)):
		v.reason, v.fields = "it is bound to another role", []deploy.FieldChange{{Path: "role_restriction", Before: t.role, After: st.Step.Role}}
	case days < RenewBefore:
		// No part of the digest: the day on which a plan is made must not decide
		// whether it may be applied.
		v.reason, v.aside = fmt.Sprintf("the token ends in %d days", days), true
	default:
		p.notes = append(p.notes, fmt.Sprintf("Snowflake: the token of %s ends in %d days; apply makes a new one when fewer than %d are left.", st.Step.User, days, RenewBefore))
		return verdict{}
	}
	if there {
		v.sql = removeToken(st) + ";\n" + addToken(st)
	}
	return v
}

func addToken(st migration.Statement) string {
	return fmt.Sprintf("ALTER USER %s ADD PROGRAMMATIC ACCESS TOKEN %s ROLE_RESTRICTION = %s DAYS_TO_EXPIRY = %d",
		st.Object.Name, st.Step.Name, literal(st.Step.Role), st.Step.Days)
}

func removeToken(st migration.Statement) string {
	return fmt.Sprintf("ALTER USER %s REMOVE PROGRAMMATIC ACCESS TOKEN %s", st.Object.Name, st.Step.Name)
}

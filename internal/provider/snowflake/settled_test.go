package snowflake

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"

	emitter "github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

var (
	noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	// outputs are what the stacks and the parameters gave.
	outputs = deploy.Outputs{
		"output.foundation.EgressAddresses": "192.0.2.1",
		"output.ingestion.LandingBucket":    "rain-shield-landing", "output.ingestion.LandingRoleArn": "arn:aws:iam::123456789012:role/landing",
	}
)

// variant is Rain Shield, or another pipeline that differs where it matters.
func variant(change func(*ir.Pipeline)) pipeline {
	p := irtest.RainShield()
	if change != nil {
		change(p)
	}
	artifacts := emitter.Emit(p)
	got, err := read(artifacts)
	if err != nil {
		panic(err)
	}
	return got
}

var variants = map[string]func(*ir.Pipeline){
	"rain shield":   nil,
	"enterprise s3": func(p *ir.Pipeline) { p.Ingestion.Landing, p.Snowflake.Enterprise = ir.S3, true },
	"existing":      func(p *ir.Pipeline) { p.Snowflake.Existing = true },
	"quoted": func(p *ir.Pipeline) {
		s := &p.Snowflake
		for _, name := range []*string{&s.Database, &s.Roles.Deploy, &s.Roles.Loader, &s.Roles.Transformer, &s.Roles.Reader,
			&s.Users.Airbyte, &s.Users.Dbt, &s.Users.Grouparoo, &s.TransformWarehouse, &s.Schemas.Syncs} {
			*name = strings.ToLower(*name) + `.a"b@x.example`
		}
	},
}

// settled is what a plan would read after an apply of everything.
func settled(p pipeline, out deploy.Outputs) (*live, deploy.Outputs) {
	l := newLive()
	outputs := deploy.Outputs{}
	for k, v := range out {
		outputs[k] = v
	}
	for _, kind := range slices.Concat(owned, []string{"warehouse", "database", "schema", "role", "view", "user", "network rule", "network policy", "integration", "token"}) {
		l.seen[kind] = true
	}
	l.whole = true
	for _, name := range append(lastParts(ours(p.set, "role")), p.set.Deploy) {
		l.told["to "+name], l.told["of "+name], l.told["future "+name] = true, true, true
	}
	for i, st := range p.set.Statements {
		if st.WhenExists != nil {
			continue
		}
		st, err := migration.Resolve(st, outputs)
		if err != nil && !st.Bootstrap {
			panic(err)
		}
		l.run(st, noon.Add(time.Duration(i)*time.Second))
		if st.Step != nil {
			outputs["parameter."+st.Step.Param] = "1"
		}
	}
	for _, s := range p.set.Syncs {
		l.ledger[syncPrefix+s.ID] = row{id: syncPrefix + s.ID, digest: sum(note(s)), status: done, detail: note(s)}
	}
	return l, outputs
}

// run does to l what a statement would.
func (l *live) run(st migration.Statement, at time.Time) {
	r := row{id: st.ID, digest: st.Digest, status: done, as: st.As, undo: st.Undo, started: at}
	switch {
	case st.Kind == migration.KeyPair:
		l.put("user", st.Object.Parts, "", map[string]string{"rsa_public_key_fp": "SHA256:x"})
		r.detail = "RSA_PUBLIC_KEY SHA256:x"
	case st.Kind == migration.Token:
		l.tokens = []token{{st.Step.Name, st.Step.Role, "ACTIVE", noon.AddDate(0, 0, 100)}}
	case st.Grant != nil && st.Grant.Privilege == "OWNERSHIP":
		l.put(st.Object.Type, st.Object.Parts, st.Grant.To, nil)
	case st.Grant != nil:
		l.grants[grantKey(st.Grant.Privilege, st.Grant.Future, st.Object.Type, st.Object.Parts, st.Grant.ToUser, st.Grant.To)] = true
	default:
		l.put(st.Object.Type, st.Object.Parts, st.As, nil)
		for _, w := range st.Want {
			l.put(st.Object.Type, st.Object.Parts, "", map[string]string{w.Name: w.Value})
		}
	}
	if !st.Bootstrap {
		l.ledger[st.ID] = r
	}
}

func ids(changes []deploy.Change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, strings.TrimPrefix(c.ID, Name+":"))
	}
	return out
}

func planOf(p pipeline, l *live, out deploy.Outputs) *planner {
	return newPlanner(p, l, out, noon, nil)
}

// C10: after an apply there is nothing to do, whatever the names are (C7, C8).
func TestNothingToDoAfterAll(t *testing.T) {
	for name, change := range variants {
		p := variant(change)
		l, out := settled(p, outputs)
		plan := planOf(p, l, out)
		require.Empty(t, ids(plan.apply()), name)
		require.Len(t, plan.notes, 1, name)
		require.Contains(t, plan.notes[0], "ends in 100 days")
	}
}

// fresh is an account after bootstrap.
func fresh(p pipeline) *live {
	l, _ := settled(p, outputs)
	f := newLive()
	f.seen, f.told, f.noLedger, f.whole = l.seen, l.told, true, true
	for _, st := range p.set.Statements {
		if st.Bootstrap {
			f.run(st, noon)
		}
	}
	return f
}

// On a fresh account every statement runs, in the order of the manifest.
func TestEverythingRunsOnce(t *testing.T) {
	for name, change := range variants {
		p := variant(change)
		changes := planOf(p, fresh(p), nil).apply()
		var want []string
		for _, st := range p.set.Statements {
			if !st.Bootstrap && st.WhenExists == nil {
				want = append(want, st.ID)
			}
		}
		require.Equal(t, want, ids(changes), name)
		for i, c := range changes {
			require.Equal(t, deploy.Create, c.Action, c.ID)
			require.NotEmpty(t, c.Statement, c.ID)
			require.NotEmpty(t, c.Reason, c.ID)
			if i > 0 {
				require.Equal(t, []string{changes[i-1].ID}, c.DependsOn)
			}
		}
		require.Contains(t, changes[len(changes)-1].Provides, "view:"+strings.Join(lastView(p), "."), name)
	}
}

func lastView(p pipeline) []string { v := made(p.set, "view"); return v[len(v)-1].Parts[1:] }

func TestWhatIsKnownLaterIsNoPartOfTheContent(t *testing.T) {
	p := variant(nil)
	l := fresh(p)
	find := func(changes []deploy.Change) deploy.Change {
		i := slices.IndexFunc(changes, func(c deploy.Change) bool { return c.Kind == "network rule" })
		return changes[i]
	}
	early, later := find(planOf(p, l, nil).apply()), find(planOf(p, l, outputs).apply())
	require.Contains(t, early.Needs, "stack:foundation")
	require.Equal(t, early.Content, later.Content)
	require.Equal(t, early.Statement, later.Statement)
	require.Contains(t, early.Statement, "${output.foundation.EgressAddresses}")
	require.Equal(t, []deploy.FieldChange{{Path: "value_list", After: "known when stack foundation is there"}}, early.Fields)
	require.Equal(t, []deploy.FieldChange{{Path: "value_list", After: "192.0.2.1"}}, later.Fields)
}

// C11: 16 are done, the 17th failed; the next apply begins with it.
func TestGoesOnWhereItFailed(t *testing.T) {
	p := variant(nil)
	all := ids(planOf(p, fresh(p), nil).apply())
	l := fresh(p)
	for i, id := range all[:17] {
		st, _ := p.statement(id)
		if i < 16 {
			l.run(st, noon)
		} else {
			l.ledger[id] = row{id: id, digest: st.Digest, status: failed, failure: "003001 (42501): no\nmore"}
		}
	}
	changes := planOf(p, l, nil).apply()
	require.Equal(t, all[16:], ids(changes))
	require.Equal(t, "it failed the last time: 003001 (42501): no", changes[0].Reason)
}

// A kill between the table of the ledger and its first lines is no reason to make
// again what the lines would be about.
func TestLedgerThatIsStillEmpty(t *testing.T) {
	p := variant(nil)
	l := fresh(p)
	var before []string
	for _, st := range p.set.Statements {
		if !st.Bootstrap {
			l.run(st, noon)
			if before = append(before, st.ID); keyOf(st.Object) == keyOf(p.set.Ledger) {
				break
			}
		}
	}
	l.ledger, l.noLedger = map[string]row{}, false
	for _, id := range ids(planOf(p, l, nil).apply()) {
		require.NotContains(t, before[:len(before)-1], id)
	}
}

// C12: a new version that says the same runs nothing; one that says it in other
// words runs what differs.
func TestOnlyAnotherTextRunsAgain(t *testing.T) {
	p := variant(nil)
	l, out := settled(p, outputs)
	for i := range p.set.Statements {
		p.set.Statements[i].Reason, p.set.Statements[i].File = "said otherwise", "elsewhere.sql"
	}
	require.Empty(t, planOf(p, l, out).apply())

	i := slices.IndexFunc(p.set.Statements, func(s migration.Statement) bool { return s.Object.Type == "network policy" })
	p.set.Statements[i].SQL += " "
	p.set.Statements[i].Digest = migration.Digest(p.set.Statements[i])
	require.Empty(t, planOf(p, l, out).apply(), "space at the end is no change")
	p.set.Statements[i].SQL += "X"
	p.set.Statements[i].Digest = migration.Digest(p.set.Statements[i])
	changes := planOf(p, l, out).apply()
	require.Equal(t, []string{p.set.Statements[i].ID}, ids(changes))
	require.Equal(t, "its text changed", changes[0].Reason)
	require.Equal(t, p.set.Statements[i].Change, changes[0].Statement)
}

// Someone's change of any one thing shows as that thing.
func TestDriftShowsWhereItIs(t *testing.T) {
	for name, change := range variants {
		p := variant(change)
		for _, st := range p.set.Statements {
			if st.Bootstrap || st.WhenExists != nil {
				continue
			}
			for how, l := range drifts(t, p, st) {
				changes := planOf(p, l, with(outputs, p)).apply()
				require.Contains(t, ids(changes), st.ID, "%s: %s %s", name, how, st.ID)
				for _, c := range changes {
					require.Contains(t, c.Statement+c.Name, lastPart(st.Object), "%s: %s %s shows as %s", name, how, st.ID, c.ID)
				}
			}
		}
	}
}

func lastPart(o migration.Object) string {
	if len(o.Parts) == 0 {
		return ""
	}
	return strings.Split(o.Parts[len(o.Parts)-1], `"`)[0]
}

func with(out deploy.Outputs, p pipeline) deploy.Outputs {
	_, all := settled(p, out)
	return all
}

// drifts are all single changes that can be made to what a statement made.
func drifts(t *testing.T, p pipeline, st migration.Statement) map[string]*live {
	out := map[string]*live{}
	touch := func(how string, f func(*live)) {
		l, _ := settled(p, outputs)
		f(l)
		out[how] = l
	}
	switch {
	case st.Kind == migration.Create && st.Object.Type != "table" || st.Kind == migration.Create && len(st.Want) > 0:
		touch("dropped", func(l *live) { l.drop(st.Object) })
	case st.Grant != nil && st.Grant.Privilege == "OWNERSHIP":
		touch("handed over", func(l *live) { l.put(st.Object.Type, st.Object.Parts, "SOMEONE", nil) })
	case st.Grant != nil && !all(p).shown(st.Object, *st.Grant): // what the plan role has is not read
	case st.Grant != nil:
		touch("revoked", func(l *live) {
			delete(l.grants, grantKey(st.Grant.Privilege, st.Grant.Future, st.Object.Type, st.Object.Parts, st.Grant.ToUser, st.Grant.To))
		})
	case st.Kind == migration.KeyPair:
		touch("another key", func(l *live) { l.put("user", st.Object.Parts, "", map[string]string{"rsa_public_key_fp": "SHA256:y"}) })
		touch("no key", func(l *live) { delete(l.things[keyOf(st.Object)].props, "rsa_public_key_fp") })
	case st.Kind == migration.Token:
		touch("removed", func(l *live) { l.tokens = nil })
		touch("disabled", func(l *live) { l.tokens[0].status = "DISABLED" })
		touch("another role", func(l *live) { l.tokens[0].role = "SYSADMIN" })
	}
	for _, w := range st.Want {
		touch(w.Name, func(l *live) { l.put(st.Object.Type, st.Object.Parts, "", map[string]string{w.Name: "other"}) })
	}
	for how, l := range out {
		require.NotNil(t, l, how)
	}
	return out
}

func all(p pipeline) *live { l, _ := settled(p, outputs); return l }

// drop takes an object away, with all in it and every grant on it.
func (l *live) drop(o migration.Object) {
	k := keyOf(o)
	delete(l.things, k)
	for g := range l.grants {
		if _, parts, _ := strings.Cut(g, "\x00"); parts == strings.Join(o.Parts, "\x00") && strings.Contains(g, "|"+o.Type+"|") {
			delete(l.grants, g)
		}
	}
}

func TestWhatLeftTheFileIsTakenBack(t *testing.T) {
	p := variant(nil)
	l, out := settled(p, outputs)
	fewer := p
	fewer.set.Statements = slices.DeleteFunc(slices.Clone(p.set.Statements), func(s migration.Statement) bool {
		return strings.Contains(s.ID, "RAW_ZOOM")
	})
	changes := planOf(fewer, l, out).apply()
	var got []string
	for _, c := range changes {
		got = append(got, fmt.Sprintf("%s %s", c.Action, c.Statement))
		if c.Action == deploy.Delete { // the schema itself stays
			require.Equal(t, "grant", c.Kind, c.ID)
		}
	}
	owner, kept := changes[len(changes)-2], changes[len(changes)-1]
	require.Equal(t, "OWNERSHIP on schema RAIN_SHIELD.RAW_ZOOM", owner.Name)
	require.Equal(t, "it left the file; it is kept, and only its owner is another", owner.Reason)
	require.Equal(t, "To take it away with all that is in it: DROP SCHEMA IF EXISTS RAIN_SHIELD.RAW_ZOOM", kept.Next)
	require.Equal(t, []string{
		"delete REVOKE SELECT ON FUTURE TABLES IN SCHEMA RAIN_SHIELD.RAW_ZOOM FROM ROLE RAIN_SHIELD_TRANSFORMER",
		"delete REVOKE MONITOR ON SCHEMA RAIN_SHIELD.RAW_ZOOM FROM ROLE RAIN_SHIELD_PLAN",
		"delete REVOKE USAGE ON SCHEMA RAIN_SHIELD.RAW_ZOOM FROM ROLE RAIN_SHIELD_TRANSFORMER",
		"delete GRANT OWNERSHIP ON SCHEMA RAIN_SHIELD.RAW_ZOOM TO ROLE RAIN_SHIELD_DEPLOY COPY CURRENT GRANTS",
		"keep ",
	}, got)
	for id, r := range l.ledger {
		if strings.Contains(id, "RAW_ZOOM") {
			r.status = undone
			l.ledger[id] = r
		}
	}
	require.Empty(t, planOf(fewer, l, out).apply())
	require.Len(t, planOf(p, l, out).apply(), 5, "what comes back is run again")
}

func TestDestroyTakesBackInReverse(t *testing.T) {
	for name, change := range variants {
		p := variant(change)
		l, out := settled(p, outputs)
		plan := planOf(p, l, out)
		changes := plan.destroy()
		place := map[string]int{}
		for i, c := range changes {
			place[strings.TrimPrefix(c.ID, Name+":")] = i
			switch c.Action {
			case deploy.Delete:
				require.Equal(t, []string{"gone:stack:sync", "gone:airbyte"}, c.Needs)
				require.Equal(t, []string{"gone:snowflake"}, c.Provides)
			default:
				require.Equal(t, deploy.Keep, c.Action)
			}
			require.NotContains(t, c.Statement, "DROP DATABASE")
			require.NotContains(t, c.Statement, "DROP SCHEMA")
			require.NotContains(t, c.Statement, "DROP TABLE")
		}
		for _, st := range p.set.Statements {
			for _, id := range st.DependsOn {
				if a, ok := place[id]; ok && !st.Bootstrap && changes[a].Action == deploy.Delete {
					if b, ok := place[st.ID]; ok && changes[b].Action == deploy.Delete {
						require.Less(t, b, a, "%s: %s goes before %s", name, st.ID, id)
					}
				}
			}
		}
		for id, r := range l.ledger {
			r.status = undone
			l.ledger[id] = r
		}
		for _, c := range planOf(p, l, out).destroy() {
			require.Equal(t, deploy.Keep, c.Action, c.ID)
		}
	}
}

func TestMissingBootstrapBlocksOnlyWhatNeedsIt(t *testing.T) {
	p := variant(nil)
	l, out := settled(p, outputs)
	createUser := grantKey("CREATE USER", "", "account", nil, false, p.set.Deploy)
	delete(l.grants, createUser)
	plan := planOf(p, l, out)
	require.Empty(t, plan.apply(), "no user is to be made")
	require.Contains(t, strings.Join(plan.notes, "\n"), "GRANT CREATE USER ON ACCOUNT")

	l = fresh(p)
	delete(l.grants, createUser)
	l.drop(migration.Object{Type: "warehouse", Parts: []string{"RAIN_SHIELD_SYNC"}})
	changes := planOf(p, l, out).apply()
	require.Equal(t, deploy.Blocked, changes[0].Action)
	require.Contains(t, changes[0].Statement, "GRANT CREATE USER ON ACCOUNT TO ROLE RAIN_SHIELD_DEPLOY;")
	require.Contains(t, changes[0].Statement, "CREATE WAREHOUSE IF NOT EXISTS RAIN_SHIELD_SYNC")
	require.NotContains(t, changes[0].Statement, "INGEST")
	require.Contains(t, changes[0].Next, "tapestry-ci bootstrap snowflake")
}

func TestKeysAreExchangedOneAfterTheOther(t *testing.T) {
	p := variant(nil)
	l, out := settled(p, outputs)
	id := "keypair/user/RAIN_SHIELD_AIRBYTE"
	plan := newPlanner(p, l, out, noon, []string{"RAIN_SHIELD_AIRBYTE"})
	changes := plan.apply()
	require.Equal(t, []string{id, id + retired}, ids(changes))
	require.Contains(t, changes[0].Statement, "SET RSA_PUBLIC_KEY_2 = ")
	require.Equal(t, "ALTER USER RAIN_SHIELD_AIRBYTE UNSET RSA_PUBLIC_KEY", changes[1].Statement)
	require.Contains(t, changes[1].Needs, "stack:sync")
	require.Contains(t, changes[1].Needs, "airbyte:destination:snowflake")

	// Interrupted between the two.
	r := l.ledger[id]
	r.detail = "RSA_PUBLIC_KEY_2 SHA256:new"
	l.ledger[id] = r
	l.put("user", []string{"RAIN_SHIELD_AIRBYTE"}, "", map[string]string{"rsa_public_key_2_fp": "SHA256:new"})
	require.Equal(t, []string{id + retired}, ids(planOf(p, l, out).apply()))
	delete(l.things[key("user", "RAIN_SHIELD_AIRBYTE")].props, "rsa_public_key_fp")
	require.Empty(t, planOf(p, l, out).apply())

	delete(out, "parameter./tapestry/rain-shield/production/snowflake/airbyte-private-key")
	again := planOf(p, l, out).apply()
	require.Contains(t, again[0].Reason, "private half is not there")
	require.Contains(t, again[0].Statement, "SET RSA_PUBLIC_KEY = ")
}

// The day of a plan decides nothing that is reviewed.
func TestTokenNearItsEndIsAside(t *testing.T) {
	p := variant(nil)
	l, out := settled(p, outputs)
	before := l.digest()
	l.tokens[0].expires = noon.AddDate(0, 0, 29)
	changes := planOf(p, l, out).apply()
	require.Len(t, changes, 1)
	require.True(t, changes[0].Aside)
	require.Equal(t, "the token ends in 29 days", changes[0].Reason)
	require.Equal(t, before, l.digest())
}

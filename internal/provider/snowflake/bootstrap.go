package snowflake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// bootstrapID is the change that says what an administrator has to do.
const bootstrapID = Name + ":bootstrap"

const bootstrapNext = "Run `tapestry-ci bootstrap snowflake` and hand what it prints to an account administrator."

// Bootstrap gives the statements that an account administrator runs once, as
// text to be pasted, with its inputs filled in, and the account that they are
// for. An input that values lack stays as ${name}.
func Bootstrap(artifacts []emit.Artifact, values map[string]string) (account, text string, err error) {
	pl, err := read(artifacts)
	if err != nil {
		return "", "", err
	}
	return pl.set.Account, bootstrapText(pl.set, values), nil
}

func bootstrapText(set migration.Set, values map[string]string) string {
	var b strings.Builder
	for _, st := range set.Statements {
		if !st.Bootstrap {
			continue
		}
		if st.Reason != "" {
			b.WriteString("-- " + oneLine(st.Reason) + "\n")
		}
		if filled, err := migration.Resolve(st, values); err == nil {
			st = filled
		}
		b.WriteString(st.SQL + ";\n\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// bootstrap looks at what an administrator made, as far as the deploy role sees
// it. What is missing blocks the plan if a statement that runs rests on it.
func (p *planner) bootstrap() []deploy.Change {
	missing := p.missing()
	if len(missing) == 0 {
		return nil
	}
	needed := p.needed()
	var block []string
	for _, st := range missing {
		if needed[st.ID] {
			block = append(block, st.SQL+";")
		} else {
			p.notes = append(p.notes, "Snowflake: an administrator should run: "+st.SQL+";")
		}
	}
	if block == nil {
		return nil
	}
	return []deploy.Change{{ID: bootstrapID, Provider: Name, Kind: "bootstrap", Name: p.live.who.account, Action: deploy.Blocked, Risk: deploy.Safe,
		Reason:    fmt.Sprintf("%d things that only an account administrator can make are not there", len(block)),
		Statement: strings.Join(block, "\n"), Next: bootstrapNext, Content: sum(strings.Join(block, "\n")), Provides: []string{"bootstrap:snowflake"}}}
}

// missing are statements of bootstrap that the account is seen to lack. What the
// deploy role cannot see is taken as done.
func (p *planner) missing() []migration.Statement {
	var out []migration.Statement
	for _, st := range p.set.Statements {
		if !st.Bootstrap || !p.live.whole {
			continue
		}
		t, there := p.live.thing(st.Object)
		seen := p.live.knows(st.Object.Type)
		switch {
		case st.Kind == migration.Create && seen && !there && st.Object.Type != "role" && st.Object.Type != "user":
			out = append(out, st)
		case st.Kind == migration.Allow && p.visible(st) && !p.live.granted(st.Object, *st.Grant):
			out = append(out, st)
		case len(st.Want) > 0 && seen && there && st.Object.Type != "user" && len(p.differences(st, true)) > 0 && len(t.props) > 0:
			if st.Change != "" {
				st.SQL = st.Change
			}
			st.ID += "/properties" // nothing rests on it
			out = append(out, st)
		}
	}
	return out
}

// visible says that a grant of bootstrap can be seen.
func (p *planner) visible(st migration.Statement) bool {
	if st.Grant.Privilege == "OWNERSHIP" {
		t, there := p.live.thing(st.Object)
		return there && t.owner != ""
	}
	return st.Grant.To == p.set.Deploy && p.live.shown(st.Object, *st.Grant)
}

// needed are the ids that the statements of this plan rest on, near or far.
func (p *planner) needed() map[string]bool {
	out := map[string]bool{}
	for _, st := range slices.Backward(p.set.Statements) {
		if !p.runs[st.ID] && !out[st.ID] {
			continue
		}
		for _, id := range st.DependsOn {
			out[id] = true
		}
	}
	return out
}

// unsigned is the plan where nobody can sign in.
func unsigned(account string, err error) deploy.Change {
	return deploy.Change{ID: bootstrapID, Provider: Name, Kind: "bootstrap", Name: account, Action: deploy.Blocked, Risk: deploy.Safe,
		Reason: oneLine(err.Error()), Provides: []string{"bootstrap:snowflake"},
		Next: "If this account was never prepared: " + strings.ToLower(bootstrapNext[:1]) + bootstrapNext[1:]}
}

package snowflake

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// verdict is what has to happen to one statement.
type verdict struct {
	action deploy.Action
	reason string
	fields []deploy.FieldChange
	sql    string
	aside  bool
	risk   deploy.Risk
}

// planner compares a set with what is live. It only computes.
type planner struct {
	pipeline
	live    *live
	outputs deploy.Outputs
	now     time.Time
	rotate  []string // users whose keys are to be made anew

	remade map[string]bool // objects that are made in this plan
	runs   map[string]bool // statements that are run in this plan
	chain  []deploy.Change
	beside []deploy.Change // that wait for other systems, not for the chain
	tail   []deploy.Change // that come after the chain and other systems: nobody waits for them
	notes  []string
}

func newPlanner(p pipeline, l *live, outputs deploy.Outputs, now time.Time, rotate []string) *planner {
	return &planner{pipeline: p, live: l, outputs: outputs, now: now, rotate: rotate, remade: map[string]bool{}, runs: map[string]bool{}}
}

// apply gives what has to run, in the order of the manifest, each after the one
// before it: the order of the manifest is the one that is known to work.
func (p *planner) apply() []deploy.Change {
	for _, st := range p.set.Statements {
		if st.Bootstrap {
			continue
		}
		if v := p.decide(st); v.action != "" {
			p.runs[st.ID] = true
			if st.Kind == migration.Create && v.action == deploy.Create {
				p.remade[remadeKey(st.Object.Type, st.Object.Parts)] = true
			}
			p.link(p.change(st, v))
		}
	}
	p.userSQL()
	p.leavers()
	return p.finish(p.bootstrap())
}

// link puts a change at the end of the chain.
func (p *planner) link(c deploy.Change) {
	if n := len(p.chain); n > 0 {
		c.DependsOn = append(c.DependsOn, p.chain[n-1].ID)
	}
	p.chain = append(p.chain, c)
}

// finish says who waits for the chain: whatever needs one of our words needs the
// grants that come behind it, too.
func (p *planner) finish(first []deploy.Change) []deploy.Change {
	var words []string
	for _, c := range p.chain {
		words = append(words, c.Provides...)
	}
	slices.Sort(words)
	if n := len(p.chain); n > 0 {
		p.chain[n-1].Provides = slices.Compact(words)
		for i := range p.tail {
			p.tail[i].DependsOn = append(p.tail[i].DependsOn, p.chain[n-1].ID)
		}
	}
	for i := 1; i < len(p.tail); i++ {
		p.tail[i].DependsOn = append(p.tail[i].DependsOn, p.tail[i-1].ID)
	}
	return slices.Concat(first, p.chain, p.beside, p.tail)
}

// decide compares one statement. No action means that nothing is to be done.
func (p *planner) decide(st migration.Statement) verdict {
	if st.WhenExists != nil {
		if _, there := p.live.thing(*st.WhenExists); !there {
			return verdict{} // whoever makes it comes first; then it is a change
		}
	}
	resolved, err := migration.Resolve(st, p.outputs)
	known := err == nil
	// What comes before the ledger has no line in it where there is no ledger yet,
	// or where the process that made it was killed before it wrote the first ones.
	if _, told := p.live.ledger[st.ID]; !told && p.beforeLedger(st) && p.stands(resolved, known) {
		return verdict{}
	}
	switch st.Kind {
	case migration.KeyPair:
		return p.keyPair(st)
	case migration.Token:
		return p.token(st)
	case migration.Allow:
		return p.grant(resolved)
	case migration.Create:
		return p.create(resolved, known)
	}
	return p.alter(resolved, known)
}

// beforeLedger says that a statement runs before there is a ledger that could
// tell of it.
func (p *planner) beforeLedger(st migration.Statement) bool {
	return slices.ContainsFunc(preLedger(p.set), func(e migration.Statement) bool { return e.ID == st.ID })
}

// preLedger are the statements that come before the ledger is made.
func preLedger(set migration.Set) []migration.Statement {
	var out []migration.Statement
	for _, st := range set.Statements {
		if keyOf(st.Object) == keyOf(set.Ledger) {
			return out
		}
		if !st.Bootstrap {
			out = append(out, st)
		}
	}
	return out
}

// stands says that all that a statement does can be seen, and is as it should be.
func (p *planner) stands(st migration.Statement, known bool) bool {
	t, there := p.live.thing(st.Object)
	return st.Kind == migration.Create && there && known && (t.owner == st.As || t.owner == "") && len(p.differences(st, known)) == 0
}

// history says what the ledger knows of a statement, as the reason why it is
// run: nothing where it was done as it is.
func (p *planner) history(st migration.Statement) string {
	r, ok := p.live.ledger[st.ID]
	switch {
	case !ok, r.status == undone:
		return "it has not been run yet"
	case r.status == failed:
		return "it failed the last time: " + oneLine(r.failure)
	case r.status != done:
		return "it was begun the last time, and nobody knows whether it came to its end"
	case r.digest != st.Digest:
		return "its text changed"
	}
	return ""
}

func oneLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// ran says that the ledger has the statement as done, in whatever form.
func (p *planner) ran(st migration.Statement) bool { return p.live.ledger[st.ID].status == done }

func (p *planner) create(st migration.Statement, known bool) verdict {
	if !p.live.knows(st.Object.Type) {
		return p.unseen(st, known)
	}
	if _, there := p.live.thing(st.Object); !there {
		v := p.first(st, known)
		if p.ran(st) {
			v.reason = "it was taken away by someone, and is made again"
		}
		return v
	}
	return p.present(st, known)
}

// first is what is run for the first time, or once more from the beginning.
func (p *planner) first(st migration.Statement, known bool) verdict {
	return verdict{action: deploy.Create, reason: p.history(st), sql: st.SQL, fields: wanted(st, known)}
}

// present compares what is there.
func (p *planner) present(st migration.Statement, known bool) verdict {
	sql := st.SQL
	if st.Change != "" {
		sql = st.Change
	}
	fields, reason := p.differences(st, known), p.history(st)
	switch {
	case len(fields) > 0 && p.ran(st) && reason == "":
		return verdict{action: deploy.Update, reason: "it was changed by someone", fields: fields, sql: sql}
	case reason == "" && known:
		return verdict{}
	case !known && p.ran(st): // the stack that it follows is gone, and comes back with other values
		return verdict{action: deploy.Update, reason: "its value is " + later(st), fields: fields, sql: sql}
	case !p.ran(st):
		return verdict{action: deploy.Update, reason: "it is there; " + reason, fields: fields, sql: sql}
	}
	return verdict{action: deploy.Update, reason: reason + untilBuilt(st), fields: fields, sql: sql}
}

// alter compares properties, where they can be seen.
func (p *planner) alter(st migration.Statement, known bool) verdict {
	if len(st.Want) == 0 || !p.live.knows(st.Object.Type) {
		return p.unseen(st, known)
	}
	v := p.present(st, known)
	if v.action != "" && !p.ran(st) {
		return p.first(st, known)
	}
	return v
}

// unseen goes by the ledger, and by whether the object is made anew.
func (p *planner) unseen(st migration.Statement, known bool) verdict {
	reason := p.history(st)
	switch {
	case reason == "" && p.isRemade(st.Object):
		return verdict{action: deploy.Update, reason: "its object is made again", sql: st.SQL}
	case reason == "":
		return verdict{}
	case p.ran(st) && st.Change != "":
		return verdict{action: deploy.Update, reason: reason, sql: st.Change}
	case p.ran(st):
		return verdict{action: deploy.Update, reason: reason, sql: st.SQL}
	}
	return p.first(st, known)
}

func (p *planner) grant(st migration.Statement) verdict {
	if !p.live.shown(st.Object, *st.Grant) {
		return p.unseen(st, true)
	}
	reason := p.history(st)
	there := p.live.granted(st.Object, *st.Grant)
	switch {
	case there && reason == "":
		return verdict{}
	case !there && reason == "":
		if st.Grant.Privilege == "OWNERSHIP" {
			if t, ok := p.live.thing(st.Object); ok {
				return verdict{action: deploy.Update, reason: "it has another owner", sql: st.SQL,
					fields: []deploy.FieldChange{{Path: "owner", Before: t.owner, After: st.Grant.To}}}
			}
		}
		return verdict{action: deploy.Create, reason: "it was taken back by someone, and is granted again", sql: st.SQL}
	case there:
		return verdict{action: deploy.Update, reason: "it is there; " + reason, sql: st.SQL}
	}
	return verdict{action: deploy.Create, reason: reason, sql: st.SQL}
}

// remadeKey tells objects of the account apart by their kind; what has several
// parts begins with its database.
func remadeKey(kind string, parts []string) string {
	if len(parts) > 1 {
		kind = ""
	}
	return key(kind, parts...)
}

// isRemade says that the object, or what it is in, is made in this plan.
func (p *planner) isRemade(o migration.Object) bool {
	for i := 1; i <= len(o.Parts); i++ {
		kind := o.Type
		if i == 1 && len(o.Parts) > 1 {
			kind = "database"
		}
		if p.remade[remadeKey(kind, o.Parts[:i])] {
			return true
		}
	}
	return false
}

// differences are the properties that are not as they should be.
func (p *planner) differences(st migration.Statement, known bool) []deploy.FieldChange {
	t, there := p.live.thing(st.Object)
	var out []deploy.FieldChange
	for _, w := range st.Want {
		before, late := t.props[w.Name], strings.Contains(w.Value, "${") && !known
		if late && there || !late && sameValue(w, before) {
			continue
		}
		after := w.Value
		if late {
			after = later(st)
		}
		out = append(out, deploy.FieldChange{Path: w.Name, Before: before, After: after})
	}
	return out
}

// wanted are the properties of what has not been run yet, whatever is there: a
// job that only looks may not see it, and has to come to the same plan.
func wanted(st migration.Statement, known bool) []deploy.FieldChange {
	var out []deploy.FieldChange
	for _, w := range st.Want {
		after := w.Value
		if strings.Contains(after, "${") && !known {
			after = later(st)
		}
		out = append(out, deploy.FieldChange{Path: w.Name, After: after})
	}
	return out
}

// later says when a value will be known.
func later(st migration.Statement) string {
	stacks := stackWords(st)
	if len(stacks) == 0 {
		return "known later"
	}
	return "known when " + strings.ReplaceAll(strings.Join(stacks, " and "), ":", " ") + " is there"
}

func sameValue(w migration.Property, live string) bool {
	switch {
	case w.SQL:
		return live != "" && sameName(live, w.Value)
	case w.List:
		return slices.Equal(items(live), items(w.Value))
	}
	return strings.EqualFold(live, w.Value)
}

// items reads a list, with or without brackets and quotes, sorted.
func items(text string) []string {
	var out []string
	for _, item := range strings.Split(strings.Trim(text, "[]() "), ",") {
		if item = strings.Trim(item, `'" `); item != "" {
			out = append(out, item)
		}
	}
	slices.Sort(out)
	return out
}

// change makes the change of a verdict.
func (p *planner) change(st migration.Statement, v verdict) deploy.Change {
	c := deploy.Change{ID: changeID(st.ID), Provider: Name, Kind: st.Object.Type, Name: title(st), Action: v.action, Risk: deploy.Safe,
		Reason: v.reason, Fields: v.fields, Statement: v.sql, Aside: v.aside, Content: st.Digest, Origins: p.origins[st.ID],
		Needs: append([]string{"bootstrap:snowflake"}, stackWords(st)...), Provides: words(st)}
	if st.Kind == migration.Allow {
		c.Kind = "grant"
	}
	if len(st.Inputs) > 0 {
		c.Statement = p.templated(st.ID, v)
	}
	if v.risk != "" {
		c.Risk = v.risk
	}
	return c
}

// templated is the statement as it was reviewed: a value that is filled in when
// it is applied stands as ${name}, known or not.
func (p *planner) templated(id string, v verdict) string {
	i := slices.IndexFunc(p.set.Statements, func(s migration.Statement) bool { return s.ID == id })
	st := p.set.Statements[i]
	if st.Change != "" && v.action == deploy.Update {
		return st.Change
	}
	return st.SQL
}

func changeID(statement string) string { return Name + ":" + statement }

func title(st migration.Statement) string {
	name := st.Object.Name
	if st.Grant == nil {
		return name
	}
	what := st.Grant.Privilege
	switch {
	case what == "ROLE":
		return name + " to " + st.Grant.To
	case st.Grant.Future != "":
		what += " on future " + strings.ToLower(st.Grant.Future) + " in"
	default:
		what += " on"
	}
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %s to %s", what, st.Object.Type, name, st.Grant.To)), " ")
}

// stackWords are the stacks whose outputs a statement needs.
func stackWords(st migration.Statement) []string {
	var out []string
	for _, in := range st.Inputs {
		if rest, ok := strings.CutPrefix(in.Name, "output."); ok {
			stack, _, _ := strings.Cut(rest, ".")
			out = append(out, "stack:"+stack)
		}
	}
	if st.Step != nil { // what is made is stored under the key of that stack
		out = append(out, "stack:foundation")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// words are what a statement provides: the object that it is about, as others
// name it, and the parameter of a step.
func words(st migration.Statement) []string {
	var out []string
	if o := st.Object; slices.Contains([]string{"schema", "table", "view"}, o.Type) {
		out = append(out, o.Type+":"+strings.Join(o.Parts[1:], "."))
	}
	if st.Step != nil {
		out = append(out, "parameter:"+st.Step.Param)
	}
	return out
}

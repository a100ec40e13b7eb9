package comment

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Plan writes what an apply would do; one line where that is nothing.
func Plan(p *deploy.Plan, c Context, o Options) Body {
	if p.Empty() {
		return Nothing(p, c, o)
	}
	c.Commit = cmp.Or(c.Commit, p.Commit)
	c.Environment = cmp.Or(c.Environment, p.Environment)
	return body(c.marker(KindPlan, p.Digest), c, o, func(w *writer) page {
		return page{
			head: w.title(heading(p), p.Pipeline, p.Environment) + summed(p) + "\n\n",
			rest: slices.Concat(w.planBody(p), w.howToApply(p)),
			foot: w.foot(p.Digest, p.Tool),
		}
	})
}

// Nothing writes that there is nothing to do.
func Nothing(p *deploy.Plan, c Context, o Options) Body {
	c.Commit = cmp.Or(c.Commit, p.Commit)
	c.Environment = cmp.Or(c.Environment, p.Environment)
	return body(c.marker(KindPlan, p.Digest), c, o, func(w *writer) page {
		text := "✅ No changes: " + w.code(p.Pipeline) + " in " + w.code(p.Environment) + " is as " + w.code(w.c.Project) + " says"
		if kept := len(p.Changes); kept > 0 { // all others would be something to do
			text += "; kept, since data is in it: " + count(kept, "object")
		}
		if w.c.Commit != "" {
			text += " · commit " + w.commit()
		}
		out := page{head: text + " · plan " + w.code(p.Digest) + "\n\n"}
		if w.limits.summary { // the comment is one line
			out.rest = w.notes(p.Notes)
		}
		return out
	})
}

// planBody is what plans and drift have in common.
func (w *writer) planBody(p *deploy.Plan) []node {
	out := []node{w.first(p)}
	out = append(out, w.picture(p)...)
	out = append(out, w.preview(p)...)
	out = append(out, w.downstream(p)...)
	for _, s := range systemsOf(p.Changes) {
		out = append(out, w.system(s))
	}
	return append(out, w.notes(p.Notes)...)
}

func heading(p *deploy.Plan) string {
	if p.Destroy {
		return "🧨 Plan to take down"
	}
	return "🧵 Plan"
}

// words are the actions in the order in which they are told.
var words = []struct {
	action deploy.Action
	word   string
}{
	{deploy.Create, "to create"}, {deploy.Update, "to change"}, {deploy.Replace, "to replace"}, {deploy.Delete, "to delete"},
	{deploy.Blocked, "blocked"}, {deploy.Deferred, "known later"}, {deploy.Keep, "kept"},
}

func tally(changes []deploy.Change) map[deploy.Action]int {
	out := map[deploy.Action]int{}
	for _, c := range changes {
		out[c.Action]++
	}
	return out
}

// told is the counts in words: 3 to create, 1 to delete.
func told(changes []deploy.Change) string {
	n := tally(changes)
	var parts []string
	for _, w := range words {
		if n[w.action] > 0 {
			parts = append(parts, thousands(n[w.action])+" "+w.word)
		}
	}
	return strings.Join(parts, ", ")
}

// summed is the counts and the worst that can happen.
func summed(p *deploy.Plan) string {
	text := "**" + told(p.Changes) + "**"
	if p.Empty() {
		return text
	}
	return text + " · " + risks(p)
}

// grave reports whether a change is to be looked at before all others.
func grave(c deploy.Change) bool {
	return c.Action == deploy.Blocked || !c.Empty() && (c.Risk == deploy.Destructive || c.Risk == deploy.Disruptive)
}

// risks counts changes by what they can cost.
func risks(p *deploy.Plan) string {
	var disruptive, safe int
	for _, c := range p.Changes {
		switch {
		case c.Empty() || c.Action == deploy.Blocked || c.Risk == deploy.Destructive:
		case c.Risk == deploy.Disruptive:
			disruptive++
		default:
			safe++
		}
	}
	var parts []string
	if n := len(p.Blocked()); n > 0 {
		parts = append(parts, fmt.Sprintf("⛔ **%s blocked by a guard**", thousands(n)))
	}
	if n := len(slices.DeleteFunc(p.Destructive(), func(c deploy.Change) bool { return c.Action == deploy.Blocked })); n > 0 {
		parts = append(parts, fmt.Sprintf("🔴 **%s can lose data**", thousands(n)))
	}
	if disruptive > 0 {
		parts = append(parts, fmt.Sprintf("🟠 **%s disruptive**", thousands(disruptive)))
	}
	if parts == nil {
		return "🟢 all safe"
	}
	if safe > 0 {
		parts = append(parts, fmt.Sprintf("🟢 %s safe", thousands(safe)))
	}
	return strings.Join(parts, " · ")
}

// firstMost is how many changes are named before all else.
const firstMost = 12

// attentions are why a change is looked at first, the gravest first.
var attentions = []struct {
	mark  string
	calls func(deploy.Change) bool
}{
	{"⛔ **Blocked:**", func(c deploy.Change) bool { return c.Action == deploy.Blocked }},
	{"🔴 **Can lose data:**", func(c deploy.Change) bool { return !c.Empty() && c.Risk == deploy.Destructive }},
	{"🟠 **Disruptive:**", func(c deploy.Change) bool { return !c.Empty() && c.Risk == deploy.Disruptive }},
	{"👥 **Members removed:**", func(c deploy.Change) bool { return !c.Empty() && removed(c) > 0 }},
}

func attention(c deploy.Change) int {
	for i, a := range attentions {
		if a.calls(c) {
			return i
		}
	}
	return len(attentions)
}

func removed(c deploy.Change) int {
	if c.Effect == nil {
		return 0
	}
	return c.Effect.Removed
}

// first lists what a reviewer should look at before all else: by how grave it
// is, then by how many members it takes out.
func (w *writer) first(p *deploy.Plan) node {
	var changes []deploy.Change
	for _, c := range p.Changes {
		if attention(c) < len(attentions) {
			changes = append(changes, c)
		}
	}
	slices.SortStableFunc(changes, func(a, b deploy.Change) int {
		return cmp.Or(cmp.Compare(attention(a), attention(b)), cmp.Compare(removed(b), removed(a)))
	})
	alert := "WARNING"
	if len(p.Blocked())+len(p.Destructive()) > 0 {
		alert = "CAUTION"
	}
	group := node{open: "> [!" + alert + "]\n> **Look at this first**\n>\n", close: "\n", kids: []node{},
		more: func(n int) string { return moreItems(n) + "\n" }}
	for i, c := range changes {
		if i == firstMost {
			group.kids = append(group.kids, fixed(moreItems(len(changes)-i)))
			break
		}
		group.kids = append(group.kids, node{text: w.look(c), rank: rankFirst, noun: "item of what to look at first"})
	}
	for _, c := range p.Preview {
		if c.Risk != deploy.Safe || removed(c) > 0 {
			group.kids = append(group.kids, node{text: w.foreseen(c), rank: rankFirst, noun: "item of what to look at first"})
		}
	}
	return group
}

// foreseen is what the samples show and nobody would want to find out later.
func (w *writer) foreseen(c deploy.Change) string {
	text := "> - 👥 **In the samples:** " + w.object(c)
	if n := removed(c); n > 0 {
		text += " loses " + count(n, "member")
	}
	return text + w.because(c) + "\n"
}

func (w *writer) look(c deploy.Change) string {
	text := "> - " + attentions[attention(c)].mark + " " + w.prose(string(c.Action)) + " " + w.object(c) + w.because(c)
	if c.Action == deploy.Blocked {
		text = "> - " + attentions[attention(c)].mark + " " + w.object(c) + w.because(c)
	}
	if n := removed(c); n > 0 && c.Action != deploy.Blocked {
		text = strings.TrimSuffix(text, ".") + ". " + count(n, "member") + " removed"
	}
	return text + "\n"
}

func moreItems(n int) string { return "> - … and " + thousands(n) + " more, below\n" }

// object is a change's kind and name: sync `mailchimp.news`.
func (w *writer) object(c deploy.Change) string { return w.prose(c.Kind) + " " + w.code(c.Name) }

// because is why, and how to go on.
func (w *writer) because(c deploy.Change) string {
	text := ""
	if c.Reason != "" {
		text = ": " + w.prose(c.Reason)
	}
	if c.Next != "" {
		text = strings.TrimSuffix(text, ".") + ". " + w.prose(c.Next)
	}
	return text
}

// howToApply says how, and what stands in the way.
func (w *writer) howToApply(p *deploy.Plan) []node {
	if len(p.Blocked()) > 0 {
		return []node{fixed("**To apply:** not as it is. A guard stops it; see what is blocked above.\n\n")}
	}
	var ways []string
	if w.c.Branch != "" {
		ways = append(ways, "merge into "+w.code(w.c.Branch))
	}
	if w.c.Command != "" {
		ways = append(ways, "comment "+w.code(w.c.Command))
	}
	if ways == nil {
		return nil
	}
	text := "**To apply:** " + strings.Join(ways, ", or ") + ". Exactly this plan is applied; if anything moves before, it is refused and planned again.\n\n"
	grave := p.Destructive()
	if len(grave) == 0 {
		return []node{fixed(text)}
	}
	text += "What can lose data is made only where it is allowed by its id"
	if w.c.Allow != "" {
		text += ". " + w.prose(w.c.Allow)
	}
	text += "\n\n"
	var lines []string
	for i, c := range grave {
		if i == firstMost {
			lines = append(lines, "… and "+strconv.Itoa(len(grave)-i)+" more")
			break
		}
		lines = append(lines, w.clip(c.ID, w.limits.name))
	}
	return []node{fixed(text + w.fence("text", lines))}
}

// notes are what the providers have to say.
func (w *writer) notes(notes []string) []node {
	if len(notes) == 0 {
		return nil
	}
	group := node{open: "<details><summary>" + count(len(notes), "note") + "</summary>\n\n", close: "\n</details>\n\n", more: moreOf("note")}
	if len(notes) <= 3 {
		group.open, group.close = "**Notes**\n\n", "\n"
	}
	for _, n := range notes {
		group.kids = append(group.kids, node{text: "- " + w.prose(n) + "\n", rank: rankNote, noun: "note"})
	}
	return []node{group}
}

// moreOf says at the end of a list how much of it is missing.
func moreOf(noun string) func(int) string {
	return func(n int) string { return "\n*… and " + count(n, "more "+noun) + "*\n\n" }
}

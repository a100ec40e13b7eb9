package comment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Result writes what came of an apply. plan is the one that was executed; it
// may be nil, and then changes have no other name than their id.
func Result(r *deploy.Result, plan *deploy.Plan, c Context, o Options) Body {
	if plan == nil {
		plan = &deploy.Plan{Environment: c.Environment}
	}
	c.Commit = cmp.Or(c.Commit, plan.Commit)
	c.Environment = cmp.Or(c.Environment, plan.Environment)
	return body(c.marker(KindApply, r.Plan), c, o, func(w *writer) page {
		p := page{head: w.title(outcome(r, plan), plan.Pipeline, c.Environment) + resultLine(r) + "\n\n", foot: w.resultFoot(r, plan)}
		for _, f := range r.Failed {
			p.rest = append(p.rest, w.failure(f, plan, r))
		}
		if r.Status != "done" {
			p.rest = append(p.rest, fixed(w.whatNow(r, plan)))
		} else {
			p.rest = append(p.rest, w.preview(plan)...)
		}
		p.rest = append(p.rest, w.steps("Not begun", r.Left, plan), w.steps("Known later", r.Deferred, plan), w.steps("Done", r.Done, plan))
		return p
	})
}

// outcome is the result in a few words, with the step where it stopped.
func outcome(r *deploy.Result, plan *deploy.Plan) string {
	switch {
	case r.Status == "done" && plan.Destroy:
		return "✅ Taken down"
	case r.Status == "done":
		return "✅ Applied"
	case r.Status == "stopped":
		return "⏸️ Stopped"
	}
	if at, of := failedStep(r, plan); at > 0 {
		return fmt.Sprintf("❌ Failed at step %d of %d", at, of)
	}
	return "❌ Failed"
}

// failedStep is the place of the first change that failed among those that an
// apply makes; 0 where the plan does not have it, as what was deferred.
func failedStep(r *deploy.Result, plan *deploy.Plan) (at, of int) {
	for _, c := range plan.Changes {
		if c.Empty() {
			continue
		}
		of++
		if at == 0 && slices.ContainsFunc(r.Failed, func(f deploy.Fault) bool { return f.Change == c.ID }) {
			at = of
		}
	}
	return at, of
}

func resultLine(r *deploy.Result) string {
	text := fmt.Sprintf("**%s done**", thousands(len(r.Done)))
	for _, part := range []struct {
		n    int
		word string
	}{{len(r.Failed), "failed"}, {len(r.Left), "not begun"}, {len(r.Deferred), "known later"}} {
		if part.n > 0 {
			text += fmt.Sprintf(", **%s %s**", thousands(part.n), part.word)
		}
	}
	return text
}

// failure is one change that failed: what it is, the error, what waits for it.
func (w *writer) failure(f deploy.Fault, plan *deploy.Plan, r *deploy.Result) node {
	name := w.code(f.Change)
	if c := plan.Change(f.Change); c != nil {
		name = w.object(*c) + " (" + string(c.Action) + ", " + name + ")"
	}
	text := "> [!CAUTION]\n> **Failed:** " + name + "\n\n" + w.fence("text", linesOf(w.clip(f.Error, w.limits.statement)))
	waiting := 0
	for _, id := range r.Left {
		if needs(plan, id, f.Change, map[string]bool{}) {
			waiting++
		}
	}
	if waiting > 0 {
		text += count(waiting, "other change") + " could not begin because of it.\n\n"
	}
	return node{text: text, rank: rankFirst, noun: "failed change"}
}

// needs reports whether a change depends on another, through whichever others.
func needs(plan *deploy.Plan, id, on string, seen map[string]bool) bool {
	c := plan.Change(id)
	if c == nil || seen[id] {
		return false
	}
	seen[id] = true
	return slices.ContainsFunc(c.DependsOn, func(d string) bool { return d == on || needs(plan, d, on, seen) })
}

// whatNow says how to go on after an apply that did not come to its end.
func (w *writer) whatNow(r *deploy.Result, plan *deploy.Plan) string {
	again := "Run the same job again"
	if run, ok := safeURL(w.c.RunURL); ok {
		again = "[Run the same job again](" + run + ")"
	}
	if w.c.Command != "" {
		again += ", or comment " + w.code(w.c.Command)
	}
	from := "go on from here"
	if at, _ := failedStep(r, plan); at > 0 {
		from = fmt.Sprintf("go on at step %d", at)
	}
	text := "**What to do next**\n\n"
	n := 0
	item := func(s string) { n++; text += fmt.Sprintf("%d. %s\n", n, s) }
	if len(r.Failed) > 0 {
		item("Read the error above and take away its cause.")
	}
	item(again + ". What was done stays done and is not made again: it will " + from + ".")
	item("Where the pipeline file has to change, open a pull request: its plan starts from what is there now.")
	return text + "\n"
}

// steps lists changes by what became of them.
func (w *writer) steps(title string, ids []string, plan *deploy.Plan) node {
	group := node{open: "<details><summary>" + title + ": " + count(len(ids), "change") + "</summary>\n\n", close: "\n</details>\n\n",
		more: moreOf("change"), kids: []node{}}
	for _, id := range ids {
		text := w.code(id)
		if c := plan.Change(id); c != nil {
			text = w.prose(string(c.Action)) + " " + w.object(*c)
			if effect := effectOf(c.Effect); effect != "" {
				text += ": " + effect
			}
		}
		group.kids = append(group.kids, node{text: "- " + text + "\n", rank: rankRow, noun: "change"})
	}
	return group
}

func (w *writer) resultFoot(r *deploy.Result, plan *deploy.Plan) string {
	foot := w.foot(r.Plan, plan.Tool)
	if r.Run == "" {
		return foot
	}
	line := "run of the ledger " + w.code(r.Run)
	if foot == "" {
		return "<sub>" + line + "</sub>\n"
	}
	return strings.Replace(foot, "<sub>", "<sub>"+line+" · ", 1)
}

// Refusal is an apply that did not begin.
type Refusal struct {
	Pipeline string
	Reason   deploy.Refused
	// Reviewed and Fresh are the digests of the plan that was reviewed and of
	// what a new one has; either may be empty.
	Reviewed, Fresh string
	// NewPlan is the address of the comment with the new plan, where one was
	// posted.
	NewPlan string
}

// Refused writes why nothing was applied, with every difference.
func Refused(r Refusal, c Context, o Options) Body {
	return body(c.marker(KindApply, r.Reviewed), c, o, func(w *writer) page {
		p := page{head: w.title("⛔ Not applied", r.Pipeline, c.Environment), foot: w.foot("", "")}
		p.head += "> [!CAUTION]\n> " + w.sentences(r.Reason.Why) + "\n\n"
		group := node{open: "**What differs**\n\n", close: "\n", more: moreOf("difference"), kids: []node{}}
		for _, d := range r.Reason.Differences {
			group.kids = append(group.kids, node{text: "- " + w.difference(d) + "\n", rank: rankGraveRow, noun: "difference"})
		}
		p.rest = append(p.rest, group, fixed(w.refusedNext(r)))
		return p
	})
}

func (w *writer) sentences(s string) string {
	if s == "" {
		return "Nothing was applied."
	}
	first, size := utf8.DecodeRuneInString(s)
	return w.prose(string(unicode.ToUpper(first)) + s[size:])
}

// difference is an id with what became of it, as deploy.Compare writes them.
func (w *writer) difference(d string) string {
	if id, what, ok := strings.Cut(d, ": "); ok && !strings.Contains(id, " ") {
		return w.code(id) + ": " + w.prose(what)
	}
	return w.prose(d)
}

func (w *writer) refusedNext(r Refusal) string {
	text := ""
	if r.Reason.Next != "" {
		text = "**What to do next:** " + w.prose(r.Reason.Next) + "\n\n"
	}
	if url, ok := safeURL(r.NewPlan); ok {
		text += "The new plan is [here](" + url + ").\n\n"
	}
	switch {
	case r.Reviewed != "" && r.Fresh != "":
		text += "| | plan |\n|---|---|\n| reviewed | " + w.code(r.Reviewed) + " |\n| now | " + w.code(r.Fresh) + " |\n\n"
	case r.Reviewed != "":
		text += "Reviewed was the plan " + w.code(r.Reviewed) + ".\n\n"
	}
	return text
}

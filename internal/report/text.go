package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Options are how the text view is shown.
type Options struct {
	Color bool
	// Next is the command that applies the plan, shown at its end.
	Next string
}

// marks are the signs of the actions, as plan tools have them.
var marks = map[deploy.Action]struct{ sign, style string }{
	deploy.Create: {"+", green}, deploy.Update: {"~", yellow}, deploy.Replace: {"±", red}, deploy.Delete: {"-", red},
	deploy.Keep: {"=", dim}, deploy.Deferred: {"?", dim}, deploy.Blocked: {"!", red},
}

// The colours, as the numbers of ANSI's select graphic rendition.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

type page struct {
	b     strings.Builder
	color bool
}

func (p *page) paint(style, text string) string {
	if !p.color || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

// WritePlan writes a plan: what it comes to, then what changes, by system and
// kind, then notes, then the command that applies it.
func WritePlan(w io.Writer, plan *deploy.Plan, o Options) error {
	p := &page{color: o.Color}
	p.line("%s", p.paint(bold, diag.Inert(Headline(plan))))
	for _, group := range grouped(plan.Changes) {
		p.line("")
		p.line("%s", p.paint(bold, group.title))
		for _, c := range group.changes {
			p.change(c)
		}
	}
	if len(plan.Preview) > 0 {
		p.line("")
		p.line("%s", p.paint(bold, "preview over the samples, against what is applied now"))
		for _, c := range plan.Preview {
			p.change(c)
		}
	}
	if len(plan.Notes) > 0 {
		p.line("")
		for _, n := range plan.Notes {
			p.line("note: %s", diag.Inert(n))
		}
	}
	if !plan.Empty() {
		p.line("")
		p.line("%s", p.paint(dim, "plan "+plan.Digest))
		if o.Next != "" && len(plan.Blocked()) == 0 {
			p.line("Apply it with: %s", o.Next)
		}
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// Headline is the plan in one line.
func Headline(plan *deploy.Plan) string {
	where := fmt.Sprintf("%s (%s, %s)", plan.Pipeline, plan.Environment, plan.Target)
	if plan.Empty() {
		return where + ": no changes"
	}
	counts := map[deploy.Action]int{}
	for _, c := range plan.Changes {
		counts[c.Action]++
	}
	var parts []string
	for _, a := range []struct {
		action deploy.Action
		word   string
	}{{deploy.Create, "to create"}, {deploy.Update, "to change"}, {deploy.Replace, "to replace"}, {deploy.Delete, "to delete"},
		{deploy.Keep, "kept"}, {deploy.Deferred, "known later"}, {deploy.Blocked, "blocked"}} {
		if counts[a.action] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[a.action], a.word))
		}
	}
	text := where + ": " + strings.Join(parts, ", ")
	if n := len(plan.Destructive()); n > 0 {
		text += fmt.Sprintf("; %d can lose data", n)
	}
	return text
}

type group struct {
	title   string
	changes []deploy.Change
}

// Title heads the changes of one provider and kind.
func Title(provider, kind string) string {
	switch {
	case kind == "kept":
		kind = "objects that stay"
	case strings.HasSuffix(kind, "y"):
		kind = strings.TrimSuffix(kind, "y") + "ies"
	case !strings.HasSuffix(kind, "s"):
		kind += "s"
	}
	if strings.HasPrefix(kind, provider) { // images images
		return kind
	}
	return provider + " " + kind
}

// grouped puts changes of one provider and kind together, in the order in which
// each group first appears.
func grouped(changes []deploy.Change) []group {
	var out []group
	at := map[string]int{}
	for _, c := range changes {
		title := Title(c.Provider, c.Kind)
		i, ok := at[title]
		if !ok {
			i = len(out)
			at[title] = i
			out = append(out, group{title: title})
		}
		out[i].changes = append(out[i].changes, c)
	}
	return out
}

func (p *page) change(c deploy.Change) {
	m := marks[c.Action]
	head := p.paint(m.style, m.sign+" "+diag.Inert(c.Name))
	if len(c.Effect.Counts()) > 0 {
		head += "  " + c.Effect.String()
	}
	if c.Risk != deploy.Safe && c.Risk != "" {
		head += "  " + p.paint(red, "["+string(c.Risk)+"]")
	}
	p.line("  %s", head)
	why := diag.Inert(c.Reason)
	if len(c.Origins) > 0 {
		why += " (" + strings.Join(c.Origins, ", ") + ")"
	}
	if why != "" {
		p.line("      %s", p.paint(dim, why))
	}
	for line := range strings.Lines(c.Statement) {
		p.line("      | %s", diag.Inert(strings.TrimRight(line, "\r\n")))
	}
	for _, f := range Folded(c.Fields) {
		p.line("      %s: %s → %s", diag.Inert(f.Path), shown(f.Before), shown(f.After))
		if len(f.Affects) > 0 {
			p.line("          read by %s", diag.Inert(strings.Join(f.Affects, ", ")))
		}
	}
	p.effect(c.Effect)
	if c.Next != "" {
		p.line("      %s", diag.Inert(c.Next))
	}
}

func shown(v string) string {
	if v == "" {
		return "(nothing)"
	}
	return diag.Inert(v)
}

func (p *page) effect(e *deploy.Effect) {
	if e == nil {
		return
	}
	for _, f := range e.ChangedFields {
		p.line("      %s changes in %d", diag.Inert(f.Name), f.N)
	}
	for _, r := range e.Rejected {
		p.line("      %d rejected: %s", r.N, diag.Inert(r.Name))
	}
	for _, s := range e.Samples {
		p.line("      %s %s", s.Event, diag.Inert(s.Member))
		for _, f := range s.Fields {
			p.line("          %s: %s → %s", diag.Inert(f.Path), shown(f.Before), shown(f.After))
		}
	}
}

// WriteResult writes what came of an apply.
func WriteResult(w io.Writer, r *deploy.Result, o Options) error {
	p := &page{color: o.Color}
	style := green
	if r.Status != "done" {
		style = red
	}
	p.line("%s", p.paint(style, ResultLine(r)))
	for _, f := range r.Failed {
		p.line("  %s %s: %s", p.paint(red, "failed"), f.Change, Lines(f.Error, "         "))
	}
	for _, id := range r.Left {
		p.line("  left   %s", id)
	}
	for _, id := range r.Deferred {
		p.line("  later  %s", id)
	}
	if r.Status != "done" {
		p.line("What was done stays done. Run the same command again to go on from here.")
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// Lines is a text of several lines, each made inert, all but the first behind an
// indent.
func Lines(text, indent string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := range lines {
		lines[i] = diag.Inert(strings.TrimRight(lines[i], "\r"))
	}
	return strings.Join(lines, "\n"+indent)
}

// ResultLine is the result in one line.
func ResultLine(r *deploy.Result) string {
	text := fmt.Sprintf("%s: %d done", map[string]string{"done": "Applied", "failed": "Failed", "stopped": "Stopped"}[r.Status], len(r.Done))
	for _, part := range []struct {
		n    int
		word string
	}{{len(r.Failed), "failed"}, {len(r.Left), "not begun"}, {len(r.Deferred), "known later"}} {
		if part.n > 0 {
			text += fmt.Sprintf(", %d %s", part.n, part.word)
		}
	}
	return text + " (run " + r.Run + ")"
}

// WriteJSON writes a plan, a result or any other typed value.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

package comment

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/report"
)

// system is the part of a plan that one provider makes.
type system struct {
	provider string
	changes  []deploy.Change
}

// titles are the systems in the order in which a pipeline is built; others come
// after them.
var titles = []struct{ provider, title string }{
	{"bucket", "State"}, {"state", "State"}, {"cloudformation", "AWS stacks"}, {"secrets", "Secrets"}, {"images", "Container images"}, {"snowflake", "Snowflake"},
	{"airbyte", "Airbyte"}, {"dbt", "dbt"}, {"local", "Local target"},
}

func systemsOf(changes []deploy.Change) []system {
	var out []system
	for _, c := range changes {
		i := slices.IndexFunc(out, func(s system) bool { return s.provider == c.Provider })
		if i < 0 {
			out = append(out, system{provider: c.Provider})
			i = len(out) - 1
		}
		out[i].changes = append(out[i].changes, c)
	}
	slices.SortStableFunc(out, func(a, b system) int {
		return cmp.Or(cmp.Compare(position(a.provider), position(b.provider)), cmp.Compare(a.provider, b.provider))
	})
	return out
}

func position(provider string) int {
	for i, t := range titles {
		if t.provider == provider {
			return i
		}
	}
	return len(titles)
}

// openMost is how long a list may be that is open from the start.
const openMost = 25

// system is one collapsible list: what changes, then the differences, then SQL.
// It is open where something in it is to be looked at first, and it is not long.
func (w *writer) system(s system) node {
	name := w.tagged(s.provider)
	if i := position(s.provider); i < len(titles) {
		name = titles[i].title
	}
	tag := "<details>"
	if slices.ContainsFunc(s.changes, grave) && len(s.changes) <= openMost {
		tag = "<details open>"
	}
	open := fmt.Sprintf("%s<summary><b>%s</b>: %s</summary>\n\n", tag, name, told(s.changes))
	return node{open: open, close: "</details>\n\n", kids: []node{w.rows(s.changes), w.diffs(s.changes), w.statements(s.changes)}}
}

// rows is a table with one row a change. It has a column for counts where a
// change has some.
func (w *writer) rows(changes []deploy.Change) node {
	counts := slices.ContainsFunc(changes, func(c deploy.Change) bool { return effectOf(c.Effect) != "" })
	group := node{open: "| | what | why |\n|---|---|---|\n", close: "\n", more: moreOf("change"), kids: []node{}}
	if counts {
		group.open = "| | what | effect | why |\n|---|---|---|---|\n"
	}
	for _, c := range changes {
		row := node{text: w.row(c, counts), rank: rankRow, noun: "change"}
		if grave(c) {
			row.rank = rankGraveRow
		}
		group.kids = append(group.kids, row)
	}
	return group
}

var riskMarks = map[deploy.Risk]string{deploy.Destructive: " 🔴", deploy.Disruptive: " 🟠"}

func (w *writer) row(c deploy.Change, counts bool) string {
	mark := riskMarks[c.Risk]
	if c.Empty() {
		mark = ""
	}
	if c.Action == deploy.Blocked {
		mark = " ⛔"
	}
	effect := ""
	if counts {
		effect = " " + effectOf(c.Effect) + " |"
	}
	why := w.prose(c.Reason)
	if c.Next != "" {
		why += "<br>" + w.prose(c.Next)
	}
	if c.Aside {
		why += "<br>no part of what is approved"
	}
	if at := w.origins(c.Origins); at != "" {
		why += "<br>" + at
	}
	return fmt.Sprintf("| **%s**%s | %s |%s %s |\n", w.prose(string(c.Action)), mark, w.object(c), effect, strings.TrimPrefix(why, "<br>"))
}

// effectOf is the counts in words.
func effectOf(e *deploy.Effect) string {
	var parts []string
	for _, c := range e.Counts() {
		parts = append(parts, thousands(c.N)+" "+c.Name)
	}
	return strings.Join(parts, ", ")
}

// originMost is how many lines of the file are named for a change.
const originMost = 3

// origins links the lines of the file that a change comes from.
func (w *writer) origins(origins []string) string {
	var out []string
	for i, o := range origins {
		if i == originMost {
			out = append(out, "…")
			break
		}
		text := w.code(o)
		if colon := strings.LastIndexByte(o, ':'); colon > 0 {
			if line, err := strconv.Atoi(o[colon+1:]); err == nil && line > 0 {
				text = w.place(o, o[:colon], line)
			}
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// diffs shows what changes within each object, and what reads it.
func (w *writer) diffs(changes []deploy.Change) node {
	group := node{kids: []node{}, more: moreOf("diff")}
	for _, c := range changes {
		if len(c.Fields) == 0 && !rejects(c.Effect) {
			continue
		}
		leaf := node{text: w.diff(c), rank: rankDiff, noun: "diff"}
		if grave(c) {
			leaf.rank = rankGraveDiff
		}
		group.kids = append(group.kids, leaf)
	}
	return group
}

func rejects(e *deploy.Effect) bool { return e != nil && len(e.Rejected)+len(e.ChangedFields) > 0 }

// fieldMost is how many properties of one object are shown in a comment.
const fieldMost = 60

func (w *writer) diff(c deploy.Change) string {
	text := "**" + w.object(c) + "**\n\n"
	var lines, read []string
	fields := report.Folded(c.Fields)
	for i, f := range fields {
		if i == fieldMost && !w.limits.summary {
			w.clipped++
			lines = append(lines, "… and "+strconv.Itoa(len(fields)-i)+" more properties")
			break
		}
		lines = append(lines, w.field(f)...)
		read = append(read, f.Affects...)
	}
	if lines != nil {
		text += w.fence("diff", lines)
	}
	if c.Effect != nil {
		text += w.details(c.Effect)
	}
	if read != nil {
		text += "⤷ read by " + w.readers(read) + "\n\n"
	}
	return text
}

// field is one property as lines of a diff.
func (w *writer) field(f deploy.FieldChange) []string {
	out := []string{"@@ " + show(w.clip(f.Path, w.limits.name)) + " @@"}
	before, after := w.value(f.Before), w.value(f.After)
	head, tail := 0, 0
	for head < len(before) && head < len(after) && before[head] == after[head] {
		head++
	}
	for tail < len(before)-head && tail < len(after)-head && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	const around = 2 // unchanged lines that are shown on each side
	for _, line := range before[max(0, head-around):head] {
		out = append(out, "  "+line)
	}
	for _, line := range before[head : len(before)-tail] {
		out = append(out, "- "+line)
	}
	for _, line := range after[head : len(after)-tail] {
		out = append(out, "+ "+line)
	}
	for _, line := range after[len(after)-tail : len(after)-max(0, tail-around)] {
		out = append(out, "  "+line)
	}
	return out
}

func (w *writer) value(v string) []string {
	if v == "" {
		return nil
	}
	return linesOf(w.clip(v, w.limits.value))
}

// details tells which fields of members change, and why rows are rejected.
func (w *writer) details(e *deploy.Effect) string {
	text := ""
	for _, f := range e.ChangedFields {
		text += "- " + w.code(f.Name) + " changes in " + thousands(f.N) + "\n"
	}
	for _, r := range e.Rejected {
		text += "- " + thousands(r.N) + " rejected: " + w.prose(r.Name) + "\n"
	}
	if text == "" {
		return ""
	}
	return text + "\n"
}

// readerMost is how many readers of one object are named.
const readerMost = 20

// readers lists what reads a property: model `people.email`, sync `news.FNAME`.
func (w *writer) readers(affects []string) string {
	affects = slices.Compact(slices.Sorted(slices.Values(affects)))
	var out []string
	for i, a := range affects {
		if i == readerMost {
			out = append(out, strconv.Itoa(len(affects)-i)+" more")
			break
		}
		kind, name, ok := strings.Cut(a, ":")
		if !ok || !letters.MatchString(kind) || revision.MatchString(kind) {
			out = append(out, w.code(a))
			continue
		}
		out = append(out, w.prose(kind)+" "+w.code(name))
	}
	return strings.Join(out, ", ")
}

// statements is the exact SQL, each statement a fence of its own.
func (w *writer) statements(changes []deploy.Change) node {
	group := node{close: "</details>\n\n", more: moreOf("SQL statement"), kids: []node{}}
	for _, c := range changes {
		if c.Statement == "" {
			continue
		}
		lines := append([]string{"-- " + w.clip(c.ID, w.limits.name)}, linesOf(w.clip(c.Statement, w.limits.statement))...)
		group.kids = append(group.kids, node{text: w.fence("sql", lines), rank: rankStatement, noun: "SQL statement"})
	}
	group.open = "<details><summary>The exact SQL: " + count(len(group.kids), "statement") + ", in order</summary>\n\n"
	return group
}

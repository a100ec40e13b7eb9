package comment

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// columns are those of the preview. The first four are always there, others
// where one of their counts is not zero.
var columns = []struct {
	title string
	count func(*deploy.Effect) int
}{
	{"created", func(e *deploy.Effect) int { return e.Created }},
	{"changed", func(e *deploy.Effect) int { return e.Changed }},
	{"removed", func(e *deploy.Effect) int { return e.Removed }},
	{"rejected", rejected},
	{"kept", func(e *deploy.Effect) int { return e.Kept }},
	{"unchanged", func(e *deploy.Effect) int { return e.Unchanged }},
	{"merged", func(e *deploy.Effect) int { return e.Merged }},
	{"dropped", func(e *deploy.Effect) int { return e.Dropped }},
}

const columnsAlways = 4

func rejected(e *deploy.Effect) int {
	n := 0
	for _, r := range e.Rejected {
		n += r.N
	}
	return n
}

// preview says how many rows each destination would get, then how each model
// comes by its own.
func (w *writer) preview(p *deploy.Plan) []node {
	syncs, models := counted(p, "sync"), counted(p, "model")
	if syncs == nil && models == nil {
		return nil
	}
	of := ""
	if len(p.Preview) > 0 {
		of = "<sub>Counted over the rows in the samples, against what is applied now.</sub>\n\n"
	}
	used := slices.Clone(columns)
	for i := len(used) - 1; i >= columnsAlways; i-- {
		if !slices.ContainsFunc(syncs, func(c deploy.Change) bool { return used[i].count(c.Effect) != 0 }) {
			used = slices.Delete(used, i, i+1)
		}
	}
	head, line := "| destination |", "|---|"
	for _, u := range used {
		head += " " + u.title + " |"
		line += "--:|"
	}
	table := node{open: head + "\n" + line + "\n", close: "\n", more: moreOf("row"), kids: []node{}}
	for _, c := range syncs {
		text := "| " + w.code(c.Name) + " |"
		for _, u := range used {
			text += " " + cell(u.count(c.Effect), u.title) + " |"
		}
		table.kids = append(table.kids, node{text: text + "\n", rank: rankPreview, noun: "row of the preview"})
	}
	list := node{close: "\n", more: moreOf("model"), kids: []node{}}
	for _, c := range models {
		list.kids = append(list.kids, node{text: "- " + w.object(c) + ": " + effectOf(c.Effect) + "\n", rank: rankPreview, noun: "row of the preview"})
	}
	title, end := "**Data preview**\n\n", ""
	if len(syncs)+len(models) > previewMost {
		title, end = "<details><summary><b>Data preview</b>: "+totals(syncs)+"</summary>\n\n", "</details>\n\n"
	}
	return []node{{open: title, close: end, kids: []node{fixed(of), table, list, w.reasons(p.Preview)}}}
}

// reasons tell of a preview what a table has no room for: what is mapped
// otherwise, which fields change, and why rows are rejected. Changes of a target
// tell it where the lists of their system are.
func (w *writer) reasons(preview []deploy.Change) node {
	group := node{kids: []node{}, more: moreOf("reason")}
	for _, c := range preview {
		if len(c.Fields) > 0 || rejects(c.Effect) {
			group.kids = append(group.kids, node{text: w.diff(c), rank: rankPreview, noun: "row of the preview"})
		}
	}
	return group
}

// seen are all changes that mark something of the pipeline, those of the samples
// among them.
func seen(p *deploy.Plan) []deploy.Change { return slices.Concat(p.Changes, p.Preview) }

// previewMost is how long a preview may be that is not folded.
const previewMost = 20

// totals adds up what all destinations together would get.
func totals(syncs []deploy.Change) string {
	text := count(len(syncs), "destination")
	for _, column := range columns[:columnsAlways] {
		n := 0
		for _, c := range syncs {
			n += column.count(c.Effect)
		}
		if n > 0 {
			text += ", " + thousands(n) + " " + column.title
		}
	}
	return text
}

// counted lists the changes of a kind whose rows were counted.
func counted(p *deploy.Plan, kind string) []deploy.Change {
	var out []deploy.Change
	for _, c := range seen(p) {
		if c.Kind == kind && len(c.Effect.Counts()) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// cell is a count: nothing for zero, bold for what takes away.
func cell(n int, title string) string {
	switch {
	case n == 0:
		return ""
	case title == "removed" || title == "rejected":
		return "**" + thousands(n) + "**"
	}
	return thousands(n)
}

// downstream says once what all that changes reaches: by the properties that
// name their readers, and by the edges of the pipeline.
func (w *writer) downstream(p *deploy.Plan) []node {
	var names []string // model:people, sync:mailchimp.news
	for _, c := range seen(p) {
		for _, f := range c.Fields {
			for _, a := range f.Affects {
				names = append(names, whole(a))
			}
		}
	}
	if w.c.Graph != nil {
		classes := classesOf(w.c.Graph, p)
		for _, n := range w.c.Graph.Nodes {
			if classes[n.ID] == reached {
				names = append(names, n.ID)
			}
		}
	}
	if names == nil {
		return nil
	}
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	text := "**Downstream:** what changes is read by " + w.readers(names) + "\n\n"
	return []node{{text: text, rank: rankDownstream, noun: "list of what is downstream"}}
}

// whole is the model or sync that a column or field belongs to. The last part
// of what is affected is the column; a model has one part before it, a sync two.
func whole(affected string) string {
	kind, name, ok := strings.Cut(affected, ":")
	if !ok {
		return affected
	}
	parts := 1
	if kind == "sync" {
		parts = 2
	}
	pieces := strings.Split(name, ".")
	return kind + ":" + strings.Join(pieces[:min(parts, len(pieces))], ".")
}

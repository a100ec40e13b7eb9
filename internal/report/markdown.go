package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// cell is text of a user inside a table: nothing in it has a meaning for
// Markdown or HTML, and no @name or #number makes a link.
func cell(s string) string {
	s = diag.Inert(s)
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;", "`", "&#96;", "*", "&#42;", "_", "&#95;",
		"[", "&#91;", "]", "&#93;", "@", "&#64;", "#", "&#35;", "\\", "&#92;", "~", "&#126;", "!", "&#33;", ":", "&#58;", "\n", " ").Replace(s)
}

// WriteMarkdown writes a plan for a comment or a step summary.
func WriteMarkdown(w io.Writer, plan *deploy.Plan) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("### %s\n", cell(Headline(plan)))
	if rows := previewRows(plan); rows != nil {
		line("| destination | created | changed | removed | kept | rejected |\n|---|--:|--:|--:|--:|--:|")
		for _, r := range rows {
			line("%s", r)
		}
		line("")
	}
	for _, g := range grouped(plan.Changes) {
		line("<details><summary>%s (%d)</summary>\n", cell(g.title), len(g.changes))
		line("| | name | effect | why |\n|---|---|---|---|")
		for _, c := range g.changes {
			risk := ""
			if c.Risk != deploy.Safe && c.Risk != "" {
				risk = " **" + string(c.Risk) + "**"
			}
			effect := ""
			if len(c.Effect.Counts()) > 0 {
				effect = c.Effect.String()
			}
			why := cell(c.Reason)
			if c.Statement != "" {
				why += "<br><code>" + cell(c.Statement) + "</code>"
			}
			why += fieldLines(c.Fields)
			if c.Next != "" {
				why += "<br>" + cell(c.Next)
			}
			line("| %s%s | %s | %s | %s |", c.Action, risk, cell(c.Name), cell(effect), why)
		}
		line("\n</details>\n")
	}
	for _, n := range plan.Notes {
		line("- %s", cell(n))
	}
	line("\nplan `%s`", plan.Digest)
	_, err := io.WriteString(w, b.String())
	return err
}

// fieldLines says what changes within an object, and what reads it.
func fieldLines(fields []deploy.FieldChange) string {
	text := ""
	for _, f := range fields {
		text += "<br>" + cell(f.Path+": "+shown(f.Before)+" → "+shown(f.After))
		if len(f.Affects) > 0 {
			text += ", read by " + cell(strings.Join(f.Affects, ", "))
		}
	}
	return text
}

// previewRows has one row for each sync that would do something.
func previewRows(plan *deploy.Plan) []string {
	var rows []string
	for _, c := range slices.Concat(plan.Changes, plan.Preview) {
		if c.Kind != "sync" || c.Effect == nil {
			continue
		}
		e, rejected := c.Effect, 0
		for _, r := range e.Rejected {
			rejected += r.N
		}
		rows = append(rows, fmt.Sprintf("| %s | %d | %d | %d | %d | %d |", cell(c.Name), e.Created, e.Changed, e.Removed, e.Kept, rejected))
	}
	return rows
}

// WriteResultMarkdown writes what came of an apply.
func WriteResultMarkdown(w io.Writer, r *deploy.Result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", cell(ResultLine(r)))
	for _, f := range r.Failed {
		fmt.Fprintf(&b, "- failed: %s: %s\n", cell(f.Change), cell(f.Error))
	}
	for _, id := range r.Left {
		fmt.Fprintf(&b, "- not begun: %s\n", cell(id))
	}
	if r.Status != "done" {
		b.WriteString("\nWhat was done stays done. Run the same apply again to go on from here.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

package comment

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Invalid writes the mistakes of a pipeline file, each with its lines, in place
// of a plan. text gives the content of a file, or is nil.
func Invalid(list diag.List, text func(file string) []byte, c Context, o Options) Body {
	list = append(diag.List{}, list...)
	list.Sort()
	var hidden []source.Span
	for _, d := range list {
		hidden = append(hidden, d.Hidden...)
	}
	return body(c.marker(KindPlan, ""), c, o, func(w *writer) page {
		p := page{head: w.title("❌ No plan, "+mistakes(list), "", c.Environment) + "Nothing was planned or changed.\n\n", foot: w.foot("", "")}
		errors := node{kids: []node{}, more: moreOf("mistake")}
		warnings := node{kids: []node{}, more: moreOf("warning"), open: "**Warnings**\n\n"}
		for i, d := range list {
			if i == w.limits.mistakes {
				errors.kids = append(errors.kids, fixed("… and "+count(len(list)-i, "more mistake")+"\n\n"))
				break
			}
			leaf := node{text: w.mistake(d, hidden, text), rank: rankFirst, noun: "mistake"}
			if d.Severity == diag.Warning {
				leaf.rank, leaf.noun = rankNote, "warning"
				warnings.kids = append(warnings.kids, leaf)
			} else {
				errors.kids = append(errors.kids, leaf)
			}
		}
		p.rest = []node{errors, warnings}
		return p
	})
}

// Failed writes that no plan could be made, for another reason than mistakes in
// the file: a system does not answer, or a right is missing.
func Failed(err error, c Context, o Options) Body {
	return body(c.marker(KindPlan, ""), c, o, func(w *writer) page {
		return page{head: w.title("❌ No plan", c.Project, c.Environment) + "The file is valid, but the plan could not be made:\n\n" +
			w.fence("text", linesOf(w.clip(err.Error(), w.limits.statement))) + "Nothing was changed. Run the job again once the cause is gone.\n\n",
			foot: w.foot("", "")}
	})
}

func mistakes(list diag.List) string {
	errors := 0
	for _, d := range list {
		if d.Severity == diag.Error {
			errors++
		}
	}
	if errors == 0 {
		return count(len(list), "warning")
	}
	return count(errors, "mistake")
}

// mistake is one diagnostic: where and what in a line, then its snippet.
func (w *writer) mistake(d diag.Diagnostic, hidden []source.Span, text func(string) []byte) string {
	head := "**" + w.prose(diag.Headline(d)) + "** " + w.code(string(d.Code)) + "\n\n"
	if where := d.Span.String(); where != "" {
		head = w.place(where, d.Span.File, d.Span.Start.Line) + " · " + head
	}
	d.Hidden = hidden // of all: the snippet of one may show the line of another
	var b strings.Builder
	if err := diag.WriteText(&b, diag.List{d}, diag.Options{Source: text}); err != nil {
		return head
	}
	lines := linesOf(b.String())
	if len(lines) < 3 { // where and what, and at the end a count
		return head
	}
	return head + w.fence("text", linesOf(w.clip(strings.Join(lines[1:len(lines)-1], "\n"), w.limits.statement)))
}

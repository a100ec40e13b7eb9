package diag

import (
	"fmt"
	"io"
	"strings"
)

var (
	commandText  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandField = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// WriteGitHub writes each diagnostic as a workflow command of GitHub Actions,
// which shows it as an annotation on its line.
func WriteGitHub(w io.Writer, list List) error {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "::%s %s::%s\n", d.Severity, strings.Join(commandFields(d), ","), commandText.Replace(paragraphs(d)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// commandFields are the place and the title of an annotation.
func commandFields(d Diagnostic) []string {
	var fields []string
	if d.Span.File != "" {
		fields = append(fields, "file="+commandField.Replace(Inert(d.Span.File)))
	}
	if d.Span.IsValid() {
		fields = append(fields, fmt.Sprintf("line=%d", d.Span.Start.Line), fmt.Sprintf("endLine=%d", d.Span.End.Line))
		if d.Span.Start.Line == d.Span.End.Line { // GitHub refuses columns across lines
			fields = append(fields, fmt.Sprintf("col=%d", d.Span.Start.Col), fmt.Sprintf("endColumn=%d", d.Span.End.Col))
		}
	}
	title := string(d.Code)
	if doc, ok := Lookup(d.Code); ok {
		title += " " + doc.Title
	}
	return append(fields, "title="+commandField.Replace(title))
}

// paragraphs is all that a diagnostic says, without colours and snippets, for
// views that show its place themselves.
func paragraphs(d Diagnostic) string {
	text := Headline(d)
	if d.Detail != "" {
		for line := range strings.SplitSeq(strings.TrimRight(d.Detail, "\n"), "\n") {
			text += "\n" + Inert(line)
		}
	}
	for _, n := range d.Related {
		text += "\n" + Place(n.Span) + ": " + Inert(n.Message)
	}
	return text
}

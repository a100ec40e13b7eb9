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
		fields := []string{"file=" + commandField.Replace(d.Span.File)}
		if d.Span.IsValid() {
			fields = append(fields, fmt.Sprintf("line=%d", d.Span.Start.Line), fmt.Sprintf("endLine=%d", d.Span.End.Line))
			if d.Span.Start.Line == d.Span.End.Line { // GitHub refuses columns across lines
				fields = append(fields, fmt.Sprintf("col=%d", d.Span.Start.Col), fmt.Sprintf("endColumn=%d", d.Span.End.Col))
			}
		}
		fields = append(fields, "title="+commandField.Replace(string(d.Code)))
		text := Headline(d)
		if d.Detail != "" {
			text += "\n" + d.Detail
		}
		for _, n := range d.Related {
			text += "\n" + n.Span.String() + ": " + Inert(n.Message)
		}
		fmt.Fprintf(&b, "::%s %s::%s\n", d.Severity, strings.Join(fields, ","), commandText.Replace(text))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

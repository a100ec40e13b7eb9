package modelsql

import (
	"strings"
)

const indent = "    "

// cte is one named step of a statement.
type cte struct{ name, body string }

// statement joins steps and the final SELECT.
func statement(steps []cte, final string) string {
	var b strings.Builder
	for i, s := range steps {
		if i == 0 {
			b.WriteString("with ")
		}
		b.WriteString(s.name + " as (\n" + shift(s.body) + "\n)")
		if i < len(steps)-1 {
			b.WriteString(",\n\n")
		} else {
			b.WriteString("\n\n")
		}
	}
	b.WriteString(final)
	return b.String()
}

// shift moves each line of text one step to the right.
func shift(text string) string {
	var b strings.Builder
	b.Grow(len(text) + len(indent)*(1+strings.Count(text, "\n")))
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString(indent)
		}
		b.WriteString(line)
	}
	return b.String()
}

// list writes one item a line, a comma after each but the last.
func list(items []string) string { return shift(strings.Join(items, ",\n")) }

// as gives an expression a name, where it has not that name already.
func as(expr, name string) string {
	if expr == name {
		return name
	}
	return expr + " as " + name
}

// origin is a comment that says what of the pipeline a piece of SQL comes from.
// It names no line: a line that moves is not a change.
func (w *Writer) origin(what string) string { return "-- " + w.d.Comment(what) }

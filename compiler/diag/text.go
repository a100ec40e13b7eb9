package diag

import (
	"fmt"
	"io"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Options are how WriteText shows a list.
type Options struct {
	// Color puts ANSI colours in. Ask for it only where w is a terminal.
	Color bool
	// Source gives the text of a file, for the snippets, or nil.
	Source func(file string) []byte
}

// textView writes the text form.
type textView struct {
	b     strings.Builder
	color bool
	lines lineCache
}

// WriteText writes each diagnostic as file:line:col, what is wrong, its code,
// the line with a mark below it, what to do, and the related places; then a
// line that counts them. User text is shown with its control characters made
// visible, so it cannot steer a terminal.
func WriteText(w io.Writer, list List, o Options) error {
	v := &textView{color: o.Color, lines: lineCache{read: o.Source, hidden: hiddenIn(list), files: map[string][]string{}}}
	for _, d := range list {
		v.diagnostic(d)
	}
	if len(list) > 0 {
		v.b.WriteString(summary(list) + "\n")
	}
	_, err := io.WriteString(w, v.b.String())
	return err
}

func (v *textView) diagnostic(d Diagnostic) {
	if where := Place(d.Span); where != "" {
		v.paint(bold, where+": ")
	}
	style := red
	if d.Severity == Warning {
		style = yellow
	}
	v.paint(style, d.Severity.String()+": ")
	v.paint(bold, Headline(d))
	v.b.WriteString(" [" + string(d.Code) + "]\n")
	v.snippet(d.Span, style)
	if d.Detail != "" {
		for line := range strings.SplitSeq(strings.TrimRight(d.Detail, "\n"), "\n") {
			v.b.WriteString("  " + Inert(line) + "\n")
		}
	}
	for _, n := range d.Related {
		v.b.WriteString("  " + Place(n.Span) + ": note: " + Inert(n.Message) + "\n")
		v.snippet(n.Span, cyan)
	}
	v.b.WriteString("\n")
}

// Headline is the message with the nearest name, on one line, made inert.
func Headline(d Diagnostic) string {
	text := Inert(d.Message)
	if d.Suggest != "" {
		text += fmt.Sprintf("; did you mean %q?", Inert(d.Suggest))
	}
	return text
}

// Place is file:line:col made inert, or nothing for what has no place.
func Place(s source.Span) string { return Inert(s.String()) }

// summary counts: 2 errors, 1 warning.
func summary(list List) string {
	errors, warnings := 0, 0
	for _, d := range list {
		if d.Severity == Error {
			errors++
		} else {
			warnings++
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{errors, "error"}, {warnings, "warning"}} {
		switch {
		case p.n == 1:
			parts = append(parts, "1 "+p.word)
		case p.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", p.n, p.word))
		}
	}
	return strings.Join(parts, ", ")
}

// The colours, as the numbers of ANSI's select graphic rendition.
const (
	bold   = "1"
	red    = "1;31"
	yellow = "1;33"
	cyan   = "36"
)

func (v *textView) paint(style, text string) {
	if v.color {
		text = "\x1b[" + style + "m" + text + "\x1b[0m"
	}
	v.b.WriteString(text)
}

// Inert is s with everything made visible that could steer a terminal or break
// the line: control characters, line ends, and marks that turn the direction of
// writing.
func Inert(s string) string {
	plain := true
	for _, r := range s {
		if visible(r) != string(r) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		b.WriteString(visible(r))
	}
	return b.String()
}

func visible(r rune) string {
	switch {
	case r == '\t':
		return " "
	case r < 0x20:
		return string('\u2400' + r) // the picture of the control character
	case r == 0x7f:
		return "\u2421"
	case r >= 0x80 && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x2028, r == 0x2029, r == 0x200e, r == 0x200f, r == 0xfeff:
		return fmt.Sprintf("<U+%04X>", r)
	}
	return string(r)
}

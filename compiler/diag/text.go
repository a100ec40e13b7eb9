package diag

import (
	"fmt"
	"io"
	"strings"
	"unicode"

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
	v.paint(bold, d.Span.String()+": ")
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
		v.b.WriteString("  " + n.Span.String() + ": note: " + Inert(n.Message) + "\n")
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

// lineCache splits each file once.
type lineCache struct {
	read   func(string) []byte
	hidden []source.Span
	files  map[string][]string
}

func hiddenIn(list List) []source.Span {
	var spans []source.Span
	for _, d := range list {
		spans = append(spans, d.Hidden...)
	}
	return spans
}

func (c *lineCache) line(file string, n int) (string, bool) {
	lines, ok := c.files[file]
	if !ok {
		if data := c.text(file); len(data) > 0 {
			text := strings.TrimPrefix(string(data), "\ufeff")
			lines = strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
			c.hide(file, lines)
		}
		c.files[file] = lines
	}
	if n < 1 || n > len(lines) {
		return "", false
	}
	return lines[n-1], true
}

func (c *lineCache) text(file string) []byte {
	if c.read == nil {
		return nil
	}
	return c.read(file)
}

// hide puts stars where nothing may be shown, so that all else stays in place.
func (c *lineCache) hide(file string, lines []string) {
	for _, s := range c.hidden {
		for n := s.Start.Line; s.File == file && n >= 1 && n <= min(s.End.Line, len(lines)); n++ {
			line := []rune(lines[n-1])
			from, to := 0, len(line)
			if n == s.Start.Line {
				from = min(s.Start.Col-1, len(line))
			}
			if n == s.End.Line {
				to = min(s.End.Col-1, len(line))
			}
			for i := from; i < to; i++ {
				line[i] = '*'
			}
			lines[n-1] = string(line)
		}
	}
}

// snippet shows the line of s with a mark below what s covers.
func (v *textView) snippet(s source.Span, style string) {
	line, ok := v.lines.line(s.File, s.Start.Line)
	if !ok || !s.IsValid() {
		return
	}
	end := s.End.Col
	if s.End.Line != s.Start.Line || end <= s.Start.Col {
		end = s.Start.Col + 1
		if s.End.Line > s.Start.Line {
			end = len([]rune(line)) + 1
		}
	}
	shown, from, width := window([]rune(line), s.Start.Col-1, end-1)
	gutter := fmt.Sprintf("%5d | ", s.Start.Line)
	v.b.WriteString(gutter + shown + "\n")
	v.b.WriteString("      | " + strings.Repeat(" ", from))
	v.paint(style, "^"+strings.Repeat("~", max(0, width-1)))
	v.b.WriteString("\n")
}

// lineWidth is how much of a line is shown, in terminal cells.
const lineWidth = 100

// window gives the part of a line around runes from..to as cells, the cell
// where the mark begins, and how many cells it covers.
func window(line []rune, from, to int) (string, int, int) {
	from = min(max(from, 0), len(line))
	to = min(max(to, from), len(line))
	start := 0
	if from > lineWidth*2/3 {
		start = from - lineWidth/3
	}
	stop := min(len(line), start+lineWidth)
	var shown strings.Builder
	if start > 0 {
		shown.WriteString("…")
	}
	markAt, width := cells(shown.String()), 0
	for i := start; i < stop; i++ {
		cell := visible(line[i])
		if line[i] == '\t' {
			cell = "    "
		}
		if i < from {
			markAt += cells(cell)
		} else if i < to {
			width += cells(cell)
		}
		shown.WriteString(cell)
	}
	if stop < len(line) {
		shown.WriteString("…")
	}
	return shown.String(), markAt, max(width, 1)
}

// cells is the width of s on a terminal: East Asian wide letters and emoji take
// two, marks that combine none.
func cells(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case wide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
		r >= 0xff01 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff
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

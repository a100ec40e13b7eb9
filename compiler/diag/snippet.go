package diag

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

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

// window gives the part of a line around runes from..to, the cell where the
// mark begins, and how many cells it covers. A cut is shown as an ellipsis.
func window(line []rune, from, to int) (shown string, mark, width int) {
	from = min(max(from, 0), len(line))
	to = min(max(to, from), len(line))
	start := windowStart(line, from)
	var b strings.Builder
	if start > 0 {
		b.WriteString("…")
	}
	used := cells(b.String())
	mark = used
	for i := start; i < len(line); i++ {
		cell := cellOf(line[i])
		if used += cells(cell); used > lineWidth {
			b.WriteString("…")
			break
		}
		b.WriteString(cell)
		switch {
		case i < from:
			mark = used
		case i < to:
			width = used - mark
		}
	}
	return b.String(), mark, max(width, 1)
}

// windowStart is the rune with which the shown part begins: the first, unless
// the mark would then be far to the right.
func windowStart(line []rune, from int) int {
	before := 0
	for _, r := range line[:from] {
		before += cells(cellOf(r))
	}
	if before <= lineWidth*2/3 {
		return 0
	}
	start := 0
	for ; before > lineWidth/3; start++ {
		before -= cells(cellOf(line[start]))
	}
	return start
}

// cellOf is how a letter of a snippet is shown; a tab as four spaces.
func cellOf(r rune) string {
	if r == '\t' {
		return "    "
	}
	return visible(r)
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

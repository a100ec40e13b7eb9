package comment

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
)

// show makes everything visible that a reader would not see or that steers a
// terminal, a log or the direction of writing. The result has one line.
func show(s string) string {
	s = diag.Inert(strings.ToValidUTF8(s, "\ufffd"))
	var b strings.Builder
	for _, r := range s {
		// The joiner is part of many emoji.
		if unicode.In(r, unicode.Cf, unicode.Co) && r != '\u200d' {
			fmt.Fprintf(&b, "<U+%04X>", r)
		} else {
			b.WriteRune(r)
		}
	}
	// The runner's log takes ##[ for a command wherever it stands in a line.
	return strings.ReplaceAll(b.String(), "##[", "#<U+0023>[")
}

// clip cuts a text to about max bytes and says how much is missing.
func (w *writer) clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	end := max
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	w.clipped++
	return fmt.Sprintf("%s… (%s more characters)", s[:end], thousands(utf8.RuneCountInString(s[end:])))
}

// code is a code span, in tables and outside: no character in it means anything.
func (w *writer) code(s string) string { return codeSpan(w.clip(s, w.limits.name)) }

// codeSpan writes a bar outside the span, since a table is split at bars first.
func codeSpan(s string) string {
	var out []string
	for piece := range strings.SplitSeq(show(s), "|") {
		if piece == "" {
			out = append(out, "")
			continue
		}
		ticks := strings.Repeat("`", longestRun(piece)+1)
		if strings.Trim(piece, "` ") != piece && strings.TrimSpace(piece) != "" {
			piece = " " + piece + " " // Markdown takes one space off each end
		}
		out = append(out, ticks+piece+ticks)
	}
	if text := strings.Join(out, "&#124;"); text != "" {
		return text
	}
	return "` `"
}

// longestRun is the length of the longest run of backticks.
func longestRun(s string) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

var (
	// around takes marks off a word that can stand outside of a code span.
	around = regexp.MustCompile(`^(\(?["“‘']?)(.*?)(["”’']?[.,;:!?]?\)?[.,;:]?)$`)
	// letters is a word that GitHub and Markdown make nothing of.
	letters = regexp.MustCompile(`^\p{L}[\p{L}\p{M}]*(['’-]\p{L}[\p{L}\p{M}]*)*$`)
	// address begins one for GitHub, even with nothing after its dot.
	address = regexp.MustCompile(`(?i)www$`)
	number  = regexp.MustCompile(`^\d{1,6}([.,]\d{1,3})*%?$`)
	// revision could be the beginning of a commit's hash.
	revision = regexp.MustCompile(`^[0-9a-fA-F]{7,}$`)
	sign     = regexp.MustCompile(`^[→←–—…·×±]$`)
)

// prose is a sentence: words of letters and small numbers as they are, every
// other word as a code span.
func (w *writer) prose(s string) string {
	words := strings.Fields(strings.ToValidUTF8(w.clip(s, w.limits.prose), "\ufffd"))
	for i, word := range words {
		words[i] = plain(show(word))
	}
	return strings.Join(words, " ")
}

func plain(word string) string {
	if sign.MatchString(word) {
		return word
	}
	parts := around.FindStringSubmatch(word)
	if parts == nil || parts[2] == "" {
		return codeSpan(word)
	}
	before, core, after := parts[1], parts[2], parts[3]
	switch {
	case number.MatchString(core): // "1." would begin a list
		return before + core + strings.NewReplacer(".", "&#46;", ")", "&#41;").Replace(after)
	case letters.MatchString(core) && !revision.MatchString(core) && !address.MatchString(core):
		return before + core + after
	}
	return before + codeSpan(core) + after
}

// tagged is a name inside <summary>, where Markdown does not reach.
func (w *writer) tagged(s string) string {
	return "<code>" + html.EscapeString(show(w.clip(s, w.limits.name))) + "</code>"
}

// fence is a fenced text in a language. Every line of it is shown.
func (w *writer) fence(language string, lines []string) string {
	longest := 2
	for i, line := range lines {
		lines[i] = quiet(show(strings.TrimRight(line, "\r\n")))
		longest = max(longest, longestRun(lines[i]))
	}
	ticks := strings.Repeat("`", longest+1)
	return ticks + language + "\n" + strings.Join(lines, "\n") + "\n" + ticks + "\n\n"
}

// quiet keeps a line from being a command where a body is printed to the
// runner's log.
func quiet(line string) string {
	if trimmed := strings.TrimLeft(line, " "); strings.HasPrefix(trimmed, "::") {
		return strings.Replace(line, "::", "<U+003A>:", 1)
	}
	return line
}

func linesOf(s string) []string {
	return strings.Split(strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n"), "\n")
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// count writes "1 row", "2 rows".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

package source

import "strings"

// The scanner of the library needs memory for every token, and time that grows
// with the square of some inputs. Nobody writes such files by hand; they are
// refused, or given to the library in a form that it can scan quickly.
const (
	maxMarks = 1_000_000   // punctuation in one value, of which each may be a token
	maxSteps = 100_000_000 // characters that the scanner would look at again
)

// checkCost refuses text that the library could not scan in bounded time.
func checkCost(file, text string) *Problem {
	if i := tooManyAngles(text); i >= 0 {
		return &Problem{Kind: LimitPassed, Span: spanAt(file, text[:i]),
			Message: "too many < characters follow one another here"}
	}
	return nil
}

var isMark = [256]bool{
	',': true, '[': true, ']': true, '{': true, '}': true, ':': true, '-': true, '?': true, '&': true, '*': true,
	'!': true, '#': true, '|': true, '>': true, '\'': true, '"': true, '%': true, '@': true, '`': true,
}

// tooManyMarks reports whether the scanner would make too many tokens of text.
func tooManyMarks(text string) bool {
	if len(text) <= maxMarks {
		return false
	}
	marks := 0
	for i := 0; i < len(text); i++ {
		if isMark[text[i]] {
			marks++
		}
	}
	return marks > maxMarks
}

// tooManyAngles: at every < the scanner counts how many follow. It gives the
// place where that becomes too much, or -1.
func tooManyAngles(text string) int {
	steps, run := 0, 0
	for i := strings.IndexByte(text, '<'); i >= 0 && i < len(text); i++ {
		if text[i] != '<' {
			next := strings.IndexByte(text[i:], '<')
			if next < 0 {
				break
			}
			i, run = i+next, 0
		}
		run++
		steps += run
		if steps > maxSteps {
			return i
		}
	}
	return -1
}

// forLibrary gives text in the form in which the library scans it. Nothing is
// lost, because the stream takes every text and every place from the real text
// and only the words from the library.
//
//   - Tabs are spaces. Each tab in double quotes costs it the rest of the line,
//     and one on an empty line is an error to it.
//   - Empty lines are left out. Those after a block scalar cost it the whole
//     text each, and after an empty one it reads the next quote wrongly.
//   - The backslash of an escape is an x, so that a wrong escape in one line
//     does not stop it; the stream resolves escapes.
func forLibrary(text string) string {
	if strings.IndexByte(text, '\t') >= 0 {
		text = strings.ReplaceAll(text, "\t", " ")
	}
	if strings.IndexByte(text, '\\') >= 0 {
		text = withoutEscapes(text)
	}
	if hasEmptyLine(text) {
		text = withoutEmptyLines(text)
	}
	return text
}

// withoutEscapes keeps only the backslashes before a quote and at the end of a
// line: these say where a text ends.
func withoutEscapes(text string) string {
	out := []byte(text)
	for i := 0; i+1 < len(out); i++ {
		if out[i] != '\\' {
			continue
		}
		switch out[i+1] {
		case '"', '\n':
		case '\\':
			out[i], out[i+1] = 'x', 'x'
		default:
			out[i] = 'x'
		}
		i++
	}
	return string(out)
}

// hasEmptyLine reports whether a line has nothing but spaces.
func hasEmptyLine(text string) bool {
	for i := 0; i < len(text); {
		end := strings.IndexByte(text[i:], '\n')
		if end < 0 {
			return false
		}
		if strings.TrimLeft(text[i:i+end], " ") == "" {
			return true
		}
		i += end + 1
	}
	return false
}

func withoutEmptyLines(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for line := range strings.Lines(text) {
		if strings.TrimLeft(line, " ") != "\n" {
			b.WriteString(line)
		}
	}
	return b.String()
}

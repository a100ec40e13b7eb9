package source

import "strings"

// The scanner of the library needs memory for every token, and time that grows
// with the square of some inputs. Nobody writes such files by hand; they are
// counted first and refused, or given to the library in a form that it can
// scan quickly.
const (
	maxMarks = 3_000_000   // punctuation, of which each may become a token
	maxSteps = 100_000_000 // characters that the scanner would look at again
)

// checkCost refuses text that the library could not scan in bounded time and
// memory.
func checkCost(file, text string) *Problem {
	marks := 0
	for i := 0; i < len(text); i++ {
		if isMark[text[i]] {
			marks++
		}
	}
	if marks > maxMarks {
		return &Problem{Kind: LimitPassed, Span: Span{File: file},
			Message: "the file has more keys and values than one file may have; split it"}
	}
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

// forLibrary gives the text in the form in which the library scans it: tabs as
// spaces, and at most one empty line in a row. Both cost it time by the square
// (tabs inside quotes, empty lines after a block scalar), and a tab on an empty
// line is an error to it. Nothing is lost, because the stream takes every text
// and every place from the real text and only the words from the library.
func forLibrary(text string) string {
	if strings.IndexByte(text, '\t') >= 0 {
		text = strings.ReplaceAll(text, "\t", " ")
	}
	if !hasEmptyRun(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	empty := 0
	for line := range strings.Lines(text) {
		if strings.Trim(line, " \n") != "" {
			empty = 0
			b.WriteString(line)
			continue
		}
		if empty == 0 {
			b.WriteByte('\n')
		}
		empty++
	}
	return b.String()
}

// hasEmptyRun reports whether two empty lines (or lines of spaces) follow one
// another.
func hasEmptyRun(text string) bool {
	breaks := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			breaks++
			if breaks == 3 {
				return true
			}
		case ' ':
		default:
			breaks = 0
		}
	}
	return false
}

package source

import "strings"

// blockScalar is the text after a | or >.
type blockScalar struct {
	text string
	end  int    // offset after the last letter of it
	next int    // offset of the line that follows it
	why  string // what is wrong with it
}

// readBlock reads a block scalar. header is what stands on its first line from
// the | or > on, body the offset of the line after it, and least the number of
// spaces that its lines must begin with.
func readBlock(text, header string, headerEnd, body, least int) blockScalar {
	chomp, digit := headerOptions(header)
	indent := 0
	if digit > 0 {
		indent = max(least-1, 0) + digit
	} else {
		indent = firstIndent(text[body:])
	}
	if indent < least || body == len(text) {
		return emptyBlock(text, chomp, headerEnd, body, least)
	}
	lines, end, next := blockLines(text, body, indent)
	content := len(lines)
	for content > 0 && lines[content-1] == "" {
		content--
	}
	joined := joinLiteral(lines[:content])
	if header[0] == '>' {
		joined = joinFolded(lines[:content])
	}
	switch {
	case chomp == '+':
		joined += strings.Repeat("\n", len(lines)-content)
		if content > 0 {
			joined += "\n"
		}
	case chomp == 0 && content > 0:
		joined += "\n"
	}
	read := blockScalar{text: joined, end: max(end, headerEnd), next: next}
	if digit == 0 && beginsTooDeep(lines) {
		read.why = "the empty lines before this text have more spaces than the text itself"
	}
	return read
}

// beginsTooDeep reports whether an empty line before the first one with text
// has more spaces than that, so that the indentation is not clear.
func beginsTooDeep(lines []string) bool {
	for _, line := range lines {
		if strings.Trim(line, " ") != "" {
			return false
		}
		if line != "" {
			return true
		}
	}
	return false
}

// headerEnd gives the length of the header that line begins with: | or >, then
// a sign, a digit, both, or neither. It is 0 where anything but a comment
// follows.
func headerEnd(line string) int {
	i := 1
	for sign, digit := false, false; i < len(line); i++ {
		isSign := line[i] == '+' || line[i] == '-'
		isDigit := '1' <= line[i] && line[i] <= '9'
		if !(isSign && !sign || isDigit && !digit) {
			break
		}
		sign, digit = sign || isSign, digit || isDigit
	}
	rest := strings.TrimLeft(line[i:], " \t")
	if rest != "" && (rest[0] != '#' || len(rest) == len(line)-i) {
		return 0
	}
	return i
}

// headerOptions gives + or - (or 0), and the digit of an explicit indentation.
func headerOptions(header string) (chomp byte, digit int) {
	for i := 1; i < len(header); i++ {
		switch c := header[i]; {
		case c == '+' || c == '-':
			chomp = c
		case '1' <= c && c <= '9':
			digit = int(c - '0')
		}
	}
	return chomp, digit
}

// firstIndent gives the number of spaces before the first line with text, or
// -1 where there is none.
func firstIndent(body string) int {
	for line := range strings.Lines(body) {
		line = strings.TrimSuffix(line, "\n")
		rest := strings.TrimLeft(line, " ")
		if rest != "" {
			return len(line) - len(rest)
		}
	}
	return -1
}

// emptyBlock is a block scalar without text: only empty lines belong to it.
func emptyBlock(text string, chomp byte, headerEnd, body, least int) blockScalar {
	lines, _, next := blockLines(text, body, max(least, 1)+len(text))
	empty := blockScalar{end: headerEnd, next: next}
	if chomp == '+' {
		empty.text = strings.Repeat("\n", len(lines))
	}
	return empty
}

// blockLines cuts the lines that belong to a block scalar, without their
// indentation. An empty line, or one of fewer spaces, is "". end is the offset
// after the last letter, or 0.
func blockLines(text string, body, indent int) (lines []string, end, next int) {
	next = body
	for line := range strings.Lines(text[body:]) {
		full := len(line)
		line = strings.TrimSuffix(line, "\n")
		if full == len(line) && full <= indent && strings.Trim(line, " ") == "" {
			next += full // spaces at the end of the file are not a line
			break
		}
		spaces := len(line) - len(strings.TrimLeft(line, " "))
		if spaces < indent && spaces < len(line) || indent == 0 && isMarker(line) {
			break
		}
		lines = append(lines, line[min(indent, len(line)):])
		if spaces < len(line) {
			end = next + len(strings.TrimRight(line, " \t"))
		}
		next += full
	}
	return lines, end, next
}

func isMarker(line string) bool {
	line = strings.TrimRight(line, " \t")
	return line == "---" || line == "..."
}

func joinLiteral(lines []string) string { return strings.Join(lines, "\n") }

// joinFolded joins lines with a space. A line that begins with white space
// keeps the breaks around it; empty lines are breaks.
func joinFolded(lines []string) string {
	var b strings.Builder
	breaks, spaced := 0, true // before the first line every break counts
	for _, line := range lines {
		if line == "" {
			breaks++
			continue
		}
		indented := line[0] == ' ' || line[0] == '\t'
		if spaced || indented {
			b.WriteString(strings.Repeat("\n", breaks))
		} else {
			writeBreaks(&b, breaks)
		}
		b.WriteString(line)
		breaks, spaced = 1, indented
	}
	return b.String()
}

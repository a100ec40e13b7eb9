package yamltree

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quote gives s as a scalar that every reader takes for the text s.
func quote(s string) string {
	switch {
	case plain(s):
		return s
	case !printable(s):
		return doubleQuoted(s)
	case strings.ContainsAny(s, `"\`):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	default:
		return `"` + s + `"`
	}
}

// plain reports whether s needs no quotes. It asks for more than YAML does:
// what begins with a letter, a slash or an underscore can be no number, date,
// time or indicator in any version of YAML, so only words are left to exclude.
func plain(s string) bool {
	if s == "" || !isLetter(s[0]) && s[0] != '/' && s[0] != '_' || word(s) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case isLetter(c), c >= '0' && c <= '9', strings.IndexByte("_./$@+-,()=;'", c) >= 0:
		case c == ':' && i+1 < len(s) && s[i+1] != ' ':
		case c == ' ' && i+1 < len(s):
		default:
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// word reports whether s is a word that YAML 1.1 or 1.2 reads as a boolean or
// as nothing.
func word(s string) bool {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		return true
	}
	return false
}

// breakToNewline turns every character at which some version of YAML ends a
// line into one that all of them do.
func breakToNewline(r rune) rune {
	switch r {
	case '\r', '\u0085', '\u2028', '\u2029':
		return '\n'
	}
	return r
}

func dropUnprintable(r rune) rune {
	if printableRune(r) {
		return r
	}
	return -1
}

// printableRune reports whether r may stand in a file as it is. The tab may by
// the letter of YAML, but nobody sees it.
func printableRune(r rune) bool {
	return unicode.IsPrint(r) && r != utf8.RuneError && r != '\ufeff'
}

// printable reports whether all of s can be written on one line unescaped.
func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !printableRune(r) }) < 0
}

// doubleQuoted writes s with escapes. Bytes that are not UTF-8 become U+FFFD:
// YAML has no way to say them.
func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case printableRune(r):
			b.WriteRune(r)
		case r <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// block writes a literal block whose key or dash is at column parent.
func (w *writer) block(text Block, parent int) {
	body, header, ok := literal(string(text))
	if !ok {
		w.buf.WriteString(" " + doubleQuoted(string(text)) + "\n")
		return
	}
	w.buf.WriteString(" " + header + "\n")
	for _, line := range strings.Split(body, "\n") {
		if line != "" {
			w.indent(parent + 2)
		}
		w.buf.WriteString(line + "\n")
	}
}

// literal splits text into the lines of a literal block and its header, or
// says that a literal block cannot hold it.
func literal(text string) (body, header string, ok bool) {
	body = strings.TrimRight(text, "\n")
	if body == "" || !literalLines(body) {
		return "", "", false
	}
	header = "|"
	if body[0] == ' ' || body[0] == '\n' {
		header += "2" // the first line does not show the indentation
	}
	switch len(text) - len(body) {
	case 0:
		header += "-"
	case 1:
	default:
		header += "+"
		body = text[:len(text)-1]
	}
	return body, header, true
}

func literalLines(body string) bool {
	for line := range strings.SplitSeq(body, "\n") {
		if !printable(strings.ReplaceAll(line, "\t", "")) {
			return false
		}
	}
	return body[0] != '\t'
}

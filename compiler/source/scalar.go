package source

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// plainText gives the text of a plain scalar: as typed, with line breaks
// folded into spaces.
func plainText(raw string) string {
	if strings.IndexByte(raw, '\n') < 0 {
		return raw
	}
	var b strings.Builder
	foldLines(&b, raw)
	return b.String()
}

// foldLines writes raw with its lines joined: one break becomes a space, each
// further one a line break. White space around breaks goes away.
func foldLines(b *strings.Builder, raw string) {
	for {
		i := strings.IndexByte(raw, '\n')
		if i < 0 {
			b.WriteString(raw)
			return
		}
		b.WriteString(strings.TrimRight(raw[:i], " \t"))
		rest := strings.TrimLeft(raw[i:], " \t\n")
		writeBreaks(b, strings.Count(raw[i:len(raw)-len(rest)], "\n"))
		raw = rest
	}
}

func writeBreaks(b *strings.Builder, breaks int) {
	if breaks == 1 {
		b.WriteByte(' ')
		return
	}
	for range breaks - 1 {
		b.WriteByte('\n')
	}
}

// escapeError is a wrong escape in double quotes, at an offset of the raw text.
type escapeError struct {
	off, end int
	message  string
}

// quotedText gives the text of a scalar in quotes; raw includes the quotes.
func quotedText(raw string) (string, *escapeError) {
	inner := raw[1 : len(raw)-1]
	if raw[0] == '\'' {
		if strings.IndexByte(inner, '\n') >= 0 {
			var b strings.Builder
			foldLines(&b, inner)
			inner = b.String()
		}
		return strings.ReplaceAll(inner, "''", "'"), nil
	}
	if strings.IndexByte(inner, '\n') < 0 && strings.IndexByte(inner, '\\') < 0 {
		return inner, nil
	}
	d := doubleQuoted{raw: inner}
	d.read()
	if d.err != nil {
		d.err.off++
		d.err.end++
	}
	return string(d.out), d.err
}

// doubleQuoted resolves escapes and folds lines.
type doubleQuoted struct {
	raw  string
	i    int
	out  []byte
	kept int // out up to here must not be trimmed: it ends in an escape
	err  *escapeError
}

func (d *doubleQuoted) read() {
	for d.i < len(d.raw) {
		switch c := d.raw[d.i]; c {
		case '\\':
			d.escape()
		case '\n':
			d.trim()
			d.fold(false)
		default:
			d.out = append(d.out, c)
			d.i++
		}
	}
}

func (d *doubleQuoted) trim() {
	for len(d.out) > d.kept && isBlank(d.out[len(d.out)-1]) && d.out[len(d.out)-1] != '\n' {
		d.out = d.out[:len(d.out)-1]
	}
}

// fold reads line breaks and the white space after them. After an escaped
// break the first one counts for nothing.
func (d *doubleQuoted) fold(escaped bool) {
	breaks := 0
	for d.i < len(d.raw) && isBlank(d.raw[d.i]) {
		if d.raw[d.i] == '\n' {
			breaks++
		}
		d.i++
	}
	if breaks == 1 && !escaped {
		d.out = append(d.out, ' ')
	}
	for range breaks - 1 {
		d.out = append(d.out, '\n')
	}
	d.kept = len(d.out)
}

var escapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b",
	' ': " ", '"': `"`, '/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

var hexDigits = map[byte]int{'x': 2, 'u': 4, 'U': 8}

func (d *doubleQuoted) escape() {
	if d.i+1 == len(d.raw) {
		d.i++
		return
	}
	c := d.raw[d.i+1]
	if c == '\n' {
		d.i++
		d.fold(true)
		return
	}
	if n, ok := hexDigits[c]; ok {
		d.hex(n)
		return
	}
	text, ok := escapes[c]
	if !ok {
		_, size := utf8.DecodeRuneInString(d.raw[d.i+1:])
		d.fail(1 + size)
		return
	}
	d.out = append(d.out, text...)
	d.kept = len(d.out)
	d.i += 2
}

// hex reads \xHH, \uHHHH, \UHHHHHHHH, and two \u that are one character.
func (d *doubleQuoted) hex(n int) {
	r, ok := d.digits(d.i, n)
	if !ok {
		d.fail(2)
		return
	}
	end := d.i + 2 + n
	if n == 4 && 0xd800 <= r && r < 0xdc00 && strings.HasPrefix(d.raw[end:], `\u`) {
		if low, ok := d.digits(end, 4); ok && 0xdc00 <= low && low < 0xe000 {
			r, end = (r-0xd800)<<10+(low-0xdc00)+0x10000, end+6
		}
	}
	if r > utf8.MaxRune || !utf8.ValidRune(rune(r)) {
		d.fail(end - d.i)
		return
	}
	d.out = utf8.AppendRune(d.out, rune(r))
	d.kept = len(d.out)
	d.i = end
}

func (d *doubleQuoted) digits(escape, n int) (uint64, bool) {
	if escape+2+n > len(d.raw) {
		return 0, false
	}
	r, err := strconv.ParseUint(d.raw[escape+2:escape+2+n], 16, 32)
	return r, err == nil
}

// fail notes the first wrong escape, and takes its letters as they are.
func (d *doubleQuoted) fail(size int) {
	bad := d.raw[d.i : d.i+size]
	if d.err == nil {
		d.err = &escapeError{d.i, d.i + size, fmt.Sprintf(
			`%s is not an escape that YAML knows; write \\ for a backslash, or use single quotes`, bad)}
	}
	d.out = append(d.out, bad...)
	d.i += size
}

package stackdiff

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	mask = "****"
	// longest is how many bytes of a value are shown, and lead how many of them
	// come before the first difference.
	longest, lead = 200, 40
)

// show renders a value in one line, as a person would write it in YAML.
func show(v value) string { return cut(line(v), 0) }

// pair renders both sides of a difference. Where both are long, what is the same
// at their beginning is left out.
func pair(a, b value) (before, after string) {
	x, y := line(a), line(b)
	from := 0
	if len(x) > longest && len(y) > longest {
		for from < len(x) && from < len(y) && x[from] == y[from] {
			from++
		}
		from = max(0, from-lead)
	}
	return cut(x, from), cut(y, from)
}

// line is the whole of a value.
func line(v value) string {
	switch {
	case v.form == absent:
		return ""
	case v.form == call && v.text == "Base64":
		return bulk(v)
	case v.form == text && plain(v.text):
		return v.text // alone it needs no quotes
	}
	return write(v)
}

// bulk tells of a script no more than its size and digest.
func bulk(v value) string {
	if v.form == absent {
		return ""
	}
	return fmt.Sprintf("%d bytes, sha256:%s", size(v), digest(write(v)))
}

// cut shows a long value from a place on. It has the digest of the whole, so
// that two that differ elsewhere do not look the same. The digest is over what
// may be shown: it tells nothing of a masked value.
func cut(s string, from int) string {
	if len(s) <= longest {
		return s
	}
	from = boundary(s, min(from, len(s)-longest))
	to := boundary(s, from+longest)
	out := s[from:to]
	if from > 0 {
		out = "…" + out
	}
	if to < len(s) {
		out += "…"
	}
	return fmt.Sprintf("%s (%d bytes, sha256:%s)", out, len(s), digest(s))
}

// boundary is the last beginning of a letter up to a place.
func boundary(s string, at int) int {
	for at > 0 && at < len(s) && !utf8.RuneStart(s[at]) {
		at--
	}
	return at
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}

// size counts the bytes of the text that a call of Base64 encodes, as far as it
// is known.
func size(v value) int {
	n := 0
	if v.form == text {
		n = len(v.text)
	}
	for _, item := range v.items {
		n += size(item)
	}
	return n
}

func plain(s string) bool {
	return s != "" && strings.TrimSpace(s) == s && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// word writes a text within a list or an object.
func word(s string) string {
	if plain(s) && !strings.ContainsAny(s, " ,:[]{}\"'!#&*") {
		return s
	}
	return strconv.Quote(s)
}

func write(v value) string {
	var b strings.Builder
	writeTo(&b, v)
	return b.String()
}

func writeTo(b *strings.Builder, v value) {
	switch v.form {
	case null, absent:
		b.WriteString("null")
	case text:
		b.WriteString(word(v.text))
	case masked:
		b.WriteString(mask)
	case list:
		b.WriteByte('[')
		writeItems(b, v.items)
		b.WriteByte(']')
	case object:
		b.WriteByte('{')
		for i, k := range v.keys {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(word(k) + ": ")
			writeTo(b, v.items[i])
		}
		b.WriteByte('}')
	case call:
		writeCall(b, v)
	}
}

func writeItems(b *strings.Builder, items []value) {
	for i, item := range items {
		if i > 0 {
			b.WriteString(", ")
		}
		writeTo(b, item)
	}
}

func writeCall(b *strings.Builder, v value) {
	switch v.text {
	case "Ref", "GetAtt":
		b.WriteString("!" + v.text + " ")
		for i, item := range v.items {
			if i > 0 {
				b.WriteByte('.')
			}
			if item.form == text {
				b.WriteString(item.text)
			} else {
				writeTo(b, item)
			}
		}
	case "Sub":
		b.WriteString(`!Sub "`)
		for _, item := range v.items {
			writePart(b, item)
		}
		b.WriteByte('"')
	default:
		b.WriteString("!" + v.text + " ")
		if len(v.items) == 1 {
			writeTo(b, v.items[0])
			return
		}
		b.WriteByte('[')
		writeItems(b, v.items)
		b.WriteByte(']')
	}
}

// writePart writes a piece of a Sub: ${Name} for a reference.
func writePart(b *strings.Builder, v value) {
	if v.form == text {
		quoted := strconv.Quote(v.text)
		b.WriteString(quoted[1 : len(quoted)-1])
		return
	}
	inner := strings.TrimPrefix(strings.TrimPrefix(write(v), "!Ref "), "!GetAtt ")
	b.WriteString("${" + inner + "}")
}

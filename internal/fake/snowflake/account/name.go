package account

import (
	"regexp"
	"strings"
)

// Name is a qualified name, part by part, as stored.
type Name []string

var plain = regexp.MustCompile(`^[A-Z_][A-Z0-9_$]*$`)

// String writes the name as SQL, with quotes where they are needed.
func (n Name) String() string {
	parts := make([]string, len(n))
	for i, part := range n {
		parts[i] = part
		if !plain.MatchString(part) {
			parts[i] = quote(part)
		}
	}
	return strings.Join(parts, ".")
}

func (n Name) last() string { return n[len(n)-1] }

func (n Name) equal(other Name) bool { return strings.Join(n, "\x00") == strings.Join(other, "\x00") }

// under says whether n lies in the container c.
func (n Name) under(c Name) bool { return len(n) > len(c) && n[:len(c)].equal(c) }

func quote(part string) string { return `"` + strings.ReplaceAll(part, `"`, `""`) + `"` }

// literal writes a string constant.
func literal(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(text) + "'"
}

// ParseName reads a qualified name that stands in a string.
func ParseName(text string) (Name, error) {
	p := newParser(text)
	n := p.name()
	p.end()
	return n, p.err
}

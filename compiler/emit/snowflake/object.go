package snowflake

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
)

// object is anything a statement can be about.
type object struct {
	kind  string // schema, network policy: the words of SQL in lower case
	parts []string
}

const accountKind = "account"

func account() object                       { return object{kind: accountKind} }
func role(name string) object               { return object{"role", []string{name}} }
func user(name string) object               { return object{"user", []string{name}} }
func warehouse(name string) object          { return object{"warehouse", []string{name}} }
func named(kind string, p ...string) object { return object{kind, p} }

// name is the name as SQL.
func (o object) name() string { return sqlname.Qualified(o.parts...) }

// sql is what stands after ON: SCHEMA RAIN_SHIELD.RAW_ZOOM.
func (o object) sql() string {
	return strings.TrimSpace(strings.ToUpper(o.kind) + " " + o.name())
}

// key is the object's part of an id: schema/RAIN_SHIELD.RAW_ZOOM.
func (o object) key() string {
	kind := strings.ReplaceAll(o.kind, " ", "-")
	if len(o.parts) == 0 {
		return kind
	}
	return kind + "/" + printable(o.name())
}

func (o object) data() migration.Object {
	m := migration.Object{Type: o.kind, Parts: o.parts}
	if len(o.parts) > 0 {
		m.Name = o.name()
	}
	return m
}

// printable makes a text safe for an id and for a comment line: what is not
// visible, a slash and the escape sign itself are written as %XX. Ids stay
// different where names are.
func printable(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '/' || r == '%' || r >= 0x7f }) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		if r == '/' || r == '%' || r == ' ' || !unicode.IsGraphic(r) || r == utf8.RuneError || unicode.IsSpace(r) {
			for _, c := range []byte(text[i : i+size]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

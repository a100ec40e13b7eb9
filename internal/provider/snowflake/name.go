package snowflake

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
)

// parse reads a name as Snowflake prints it, DB."raw.zoom", into its parts as
// they are stored. What is bare is taken as it is: a printed name is stored so.
func parse(text string) []string {
	var parts []string
	var part strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '"' && i+1 < len(text) && text[i+1] == '"':
			part.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
		case c == '.' && !quoted:
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteByte(c)
		}
	}
	return append(parts, part.String())
}

// quote writes names as SQL. It always quotes each part on its own, so that
// every name means itself, whatever is in it.
func quote(parts ...string) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
	}
	return strings.Join(out, ".")
}

// literal writes a text as a string constant.
func literal(text string) string { return "'" + escapes.Replace(text) + "'" }

var escapes = strings.NewReplacer(`\`, `\\`, `'`, `''`, "\n", `\n`, "\r", `\r`)

// key makes one text of a kind and a name, so that no two objects share it.
func key(kind string, parts ...string) string {
	return kind + "\x00" + strings.Join(parts, "\x00")
}

func keyOf(o migration.Object) string { return key(o.Type, o.Parts...) }

// sameName compares a name that Snowflake prints with one that SQL writes. Some
// commands print the name of a role or user bare although it has a dot.
func sameName(printed, sql string) bool {
	want := parse(sql)
	return printed == strings.Join(want, ".") || key("", parse(printed)...) == key("", want...)
}

// prefix is what all names begin with.
func prefix(names []string) string {
	if len(names) == 0 {
		return ""
	}
	common := names[0]
	for _, n := range names[1:] {
		for !strings.HasPrefix(n, common) {
			common = common[:len(common)-1]
		}
	}
	return common
}

// like is a pattern for LIKE that fits all names. An underscore fits any
// letter, so more may come than was asked for.
func like(names []string) string { return literal(prefix(names) + "%") }

package sqlname

import "strings"

// Ident gives the SQL text of one identifier. A plain upper-case name that no
// system reserves is written bare; everything else is quoted, with quotes
// doubled, because Snowflake folds what is bare to upper case and would
// otherwise make another object of it.
//
// To quote a name that is upper case anyway never changes its identity, so
// the list of reserved words may be generous. An empty name is nobody's name;
// it gives "", which both systems refuse.
func Ident(name string) string {
	if plain(name) && !reserved[name] {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// Qualified joins the parts of a name, each quoted on its own and only where
// it needs to be: DB."jon.doe".PEOPLE.
func Qualified(parts ...string) string {
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = Ident(part)
	}
	return strings.Join(quoted, ".")
}

// plain reports whether name reads the same bare and quoted.
func plain(name string) bool {
	for i := range len(name) {
		c := name[i]
		upper := c >= 'A' && c <= 'Z' || c == '_'
		later := c >= '0' && c <= '9' || c == '$'
		if !upper && (i == 0 || !later) {
			return false
		}
	}
	return name != ""
}

package sqlname

import "strings"

// Literal gives an expression for text that Snowflake and DuckDB read alike.
//
// The two differ inside '…': Snowflake takes a backslash as an escape, DuckDB
// as itself. So a text with a backslash is written between $$ and $$, where
// both take every character as it is; and where the text does not allow that,
// as pieces joined with chr(92), in brackets. A carriage return is written as
// chr(13), because line ends may be changed on the way. A text that holds {{
// or {% is no concern of SQL: who writes it into a dbt model escapes it there.
func Literal(text string) string {
	switch {
	case !strings.ContainsAny(text, "\\\r"):
		return quoteText(text)
	case !strings.Contains(text, "$$") && !strings.HasSuffix(text, "$") && !strings.Contains(text, "\r"):
		return "$$" + text + "$$"
	}
	return "(" + strings.Join(pieces(text), " || ") + ")"
}

// pieces cuts text at each backslash and carriage return.
func pieces(text string) []string {
	var out []string
	for text != "" {
		switch i := strings.IndexAny(text, "\\\r"); {
		case i < 0:
			return append(out, quoteText(text))
		case i > 0:
			out, text = append(out, quoteText(text[:i])), text[i:]
		case text[0] == '\\':
			out, text = append(out, "chr(92)"), text[1:]
		default:
			out, text = append(out, "chr(13)"), text[1:]
		}
	}
	return out
}

func quoteText(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// SnowflakeLiteral gives a string constant for places that take no expression
// (COMMENT = …, URL = …) and that only Snowflake reads. It is always one line.
func SnowflakeLiteral(text string) string { return "'" + snowflakeEscapes.Replace(text) + "'" }

var snowflakeEscapes = strings.NewReplacer(`\`, `\\`, `'`, `''`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\x00", `\0`)

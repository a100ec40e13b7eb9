package sqlname

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

func TestIdent(t *testing.T) {
	for name, want := range map[string]string{
		"PEOPLE":            `PEOPLE`,
		"_AIRBYTE_RAW_ID":   `_AIRBYTE_RAW_ID`,
		"A$1":               `A$1`,
		"people":            `"people"`,
		"People":            `"People"`,
		"1ST":               `"1ST"`,
		"$A":                `"$A"`,
		"A B":               `"A B"`,
		"A-B":               `"A-B"`,
		"jon.doe@x.example": `"jon.doe@x.example"`,
		`say "hi"`:          `"say ""hi"""`,
		"ÜBER":              `"ÜBER"`,
		"ORDER":             `"ORDER"`,   // both
		"ACCOUNT":           `"ACCOUNT"`, // Snowflake only
		"LAMBDA":            `"LAMBDA"`,  // DuckDB only
		"HYBRID":            `"HYBRID"`,  // sqlfluff only
		"order":             `"order"`,
		"ORDERS":            `ORDERS`,
		"":                  `""`,
	} {
		require.Equal(t, want, Ident(name), "%q", name)
	}
}

func TestQualifiedQuotesOnlyThePartsThatNeedIt(t *testing.T) {
	require.Equal(t, `DB.ROLE`, Qualified("DB", "ROLE"))
	require.Equal(t, `RAIN."Raw.Zoom"."USER"`, Qualified("RAIN", "Raw.Zoom", "USER"))
	require.Equal(t, `PEOPLE`, Qualified("PEOPLE"))
}

func TestLiteral(t *testing.T) {
	for text, want := range map[string]string{
		"":             `''`,
		"it's":         `'it''s'`,
		"two\nlines":   "'two\nlines'",
		`C:\temp`:      `$$C:\temp$$`,
		`it's \ here`:  `$$it's \ here$$`,
		`\ and $$`:     `(chr(92) || ' and $$')`,
		`a\$`:          `('a' || chr(92) || '$')`,
		"a\r\nb\\'":    "('a' || chr(13) || '\nb' || chr(92) || '''')",
		"{{ secret }}": `'{{ secret }}'`,
	} {
		require.Equal(t, want, Literal(text), "%q", text)
	}
}

func TestSnowflakeLiteralIsOneLine(t *testing.T) {
	require.Equal(t, `'it''s a \\ and\na\r\n\tb'`, SnowflakeLiteral("it's a \\ and\na\r\n\tb"))
}

func TestType(t *testing.T) {
	number := ir.Type{Kind: ir.Number, Precision: 12, Scale: 2}
	require.Equal(t, "NUMBER(12,2)", Type(number, Snowflake))
	require.Equal(t, "DECIMAL(12,2)", Type(number, DuckDB))
	require.Equal(t, "DECIMAL(12,2)", Type(number, Neutral))
	require.Equal(t, "NUMBER(38,9)", Type(ir.Type{Kind: ir.Number}, Snowflake))
	require.Equal(t, "VARIANT", Type(ir.Type{Kind: ir.JSON}, Snowflake))
	require.Empty(t, Type(ir.Type{Kind: ir.JSON}, Neutral))
	require.Equal(t, "TIMESTAMP_TZ", Type(ir.Type{Kind: ir.Timestamp}, Snowflake))
	require.Equal(t, "TIMESTAMP WITHOUT TIME ZONE", Type(ir.Type{Kind: ir.TimestampNTZ}, Neutral))
}

func TestEveryKindHasAType(t *testing.T) {
	kinds := []ir.TypeKind{ir.Text, ir.Email, ir.Integer, ir.Number, ir.Float, ir.Boolean, ir.Date, ir.Timestamp, ir.TimestampNTZ, ir.JSON}
	for _, kind := range kinds {
		require.NotEmpty(t, Type(ir.Type{Kind: kind}, Snowflake), kind)
		require.NotEmpty(t, Type(ir.Type{Kind: kind}, DuckDB), kind)
		if kind != ir.Number {
			require.Contains(t, typeNames, kind)
		}
	}
}

// read does to an identifier what both systems do: a bare one folds to upper
// case (and must not be a reserved word), a quoted one is taken as it is.
func read(sql string) (string, error) {
	if !strings.HasPrefix(sql, `"`) {
		if reserved[strings.ToUpper(sql)] || strings.ContainsAny(sql, "\" .;'-") {
			return "", errors.New("not a bare identifier")
		}
		return strings.ToUpper(sql), nil
	}
	inner, closed := strings.CutSuffix(sql[1:], `"`)
	if !closed || strings.Contains(strings.ReplaceAll(inner, `""`, ""), `"`) {
		return "", errors.New("text after the closing quote")
	}
	return strings.ReplaceAll(inner, `""`, `"`), nil
}

func FuzzIdentReadsBackAsTheSameName(f *testing.F) {
	for _, seed := range []string{"PEOPLE", "people", `a"b`, `"`, `""`, "ORDER", "jon.doe@x.example", "ı", "A; DROP TABLE B"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || !utf8.ValidString(name) {
			t.Skip()
		}
		got, err := read(Ident(name))
		require.NoError(t, err)
		require.Equal(t, name, got)
	})
}

// value reads a literal; escapes says whether a backslash is one, as in
// Snowflake.
func value(t *testing.T, sql string, escapes bool) string {
	t.Helper()
	if inner, ok := strings.CutPrefix(sql, "("); ok && strings.HasSuffix(inner, ")") {
		return concatenation(t, strings.TrimSuffix(inner, ")"), escapes)
	}
	text, rest := constant(t, sql, escapes)
	require.Empty(t, rest, "text after the literal %s", sql)
	return text
}

func concatenation(t *testing.T, sql string, escapes bool) string {
	t.Helper()
	var out strings.Builder
	for {
		text, rest := constant(t, sql, escapes)
		out.WriteString(text)
		if rest == "" {
			return out.String()
		}
		next, joined := strings.CutPrefix(rest, " || ")
		require.True(t, joined, "%q", rest)
		sql = next
	}
}

func constant(t *testing.T, sql string, escapes bool) (text, rest string) {
	t.Helper()
	for code, char := range map[string]string{"chr(92)": `\`, "chr(13)": "\r"} {
		if after, ok := strings.CutPrefix(sql, code); ok {
			return char, after
		}
	}
	if after, ok := strings.CutPrefix(sql, "$$"); ok {
		text, rest, closed := strings.Cut(after, "$$")
		require.True(t, closed)
		return text, rest
	}
	require.True(t, strings.HasPrefix(sql, "'"), "%q", sql)
	return quoted(t, sql[1:], escapes)
}

func quoted(t *testing.T, sql string, escapes bool) (text, rest string) {
	t.Helper()
	var out strings.Builder
	for i := 0; i < len(sql); i++ {
		switch {
		case escapes && sql[i] == '\\':
			i++
			out.WriteString(map[byte]string{'n': "\n", 'r': "\r", 't': "\t", '0': "\x00", '\\': `\`}[sql[i]])
		case sql[i] == '\'' && i+1 < len(sql) && sql[i+1] == '\'':
			i++
			out.WriteByte('\'')
		case sql[i] == '\'':
			return out.String(), sql[i+1:]
		default:
			out.WriteByte(sql[i])
		}
	}
	t.Fatalf("the literal does not end: %q", sql)
	return "", ""
}

func FuzzLiteralReadsAlikeInBoth(f *testing.F) {
	for _, seed := range []string{"", "it's", `\`, `\'`, `'\`, "$$", `$\$`, `$$\`, "\r\n", `a\$`, "'; DROP TABLE X; --", "(a)"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		require.Equal(t, text, value(t, Literal(text), true), "in Snowflake")
		require.Equal(t, text, value(t, Literal(text), false), "in DuckDB")
		require.Equal(t, text, value(t, SnowflakeLiteral(text), true), "only Snowflake")
		require.NotContains(t, SnowflakeLiteral(text), "\n")
	})
}

package lex

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func texts(t *testing.T, sql string) []string {
	t.Helper()
	tokens, err := Tokens(sql)
	require.NoError(t, err)
	var out []string
	for _, token := range tokens[:len(tokens)-1] {
		out = append(out, token.Text)
	}
	return out
}

func TestTokens(t *testing.T) {
	for sql, want := range map[string][]string{
		`use Role r`:                      {"USE", "ROLE", "R"},
		`"jon.doe@x.example"."a""b"`:      {"jon.doe@x.example", ".", `a"b`},
		`x = 'it''s \'so\' \n$'`:          {"X", "=", "it's 'so' \n$"},
		"a -- b\n/* c 'd */ e // f":       {"A", "E"},
		`$$it's raw$$ -> v:a::INT`:        {"it's raw", "->", "V", ":", "A", "::", "INT"},
		`DAYS_TO_EXPIRY=180, 1.5e-3`:      {"DAYS_TO_EXPIRY", "=", "180", ",", "1.5e-3"},
		`F(POLICY_NAME => 'x') >= größe$`: {"F", "(", "POLICY_NAME", "=>", "x", ")", ">=", "GRÖSSE$"},
	} {
		if sql == `F(POLICY_NAME => 'x') >= größe$` {
			want[len(want)-1] = "GRÖßE$" // upper case of ß stays ß, rune by rune
		}
		assert.Equal(t, want, texts(t, sql), sql)
	}
}

func TestQuotedIsNoKeyword(t *testing.T) {
	tokens, err := Tokens(`"USE" USE`)
	require.NoError(t, err)
	assert.False(t, tokens[0].Is("USE"))
	assert.True(t, tokens[1].Is("DROP", "USE"))
	assert.Equal(t, []int{6, 9}, []int{tokens[1].Start, tokens[1].End})
}

func TestWhatDoesNotEnd(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT\n 'x":  "line 2 at position 1: the quoted text does not end",
		`SELECT "x`:    "line 1 at position 7: the quoted text does not end",
		`SELECT $$x$ `: "line 1 at position 7: the $$ text does not end",
		`x /* y`:       "line 1 at position 2: the comment does not end",
	} {
		_, err := Tokens(sql)
		assert.EqualError(t, err, want)
	}
}

func FuzzTokens(f *testing.F) {
	for _, sql := range []string{`SELECT "a""b", 'c\'d' FROM $$x$$ -- y`, "1e", "\xff", "/*"} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		tokens, err := Tokens(sql)
		if err != nil {
			return
		}
		at := 0
		for _, token := range tokens {
			require.LessOrEqual(t, at, token.Start)
			require.LessOrEqual(t, token.Start, token.End)
			at = token.End
		}
		require.Equal(t, len(sql), at)
	})
}

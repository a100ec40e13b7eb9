package dotenv_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
)

func TestValues(t *testing.T) {
	for line, want := range map[string]string{
		"A=b":                     "b",
		"A = b ":                  "b",
		"export A=b":              "b",
		"  A=b":                   "b",
		"A=":                      "",
		"A=   ":                   "",
		"A= # nothing":            "",
		"A=#b":                    "#b",
		"A=b # comment":           "b",
		"A=b#c":                   "b#c",
		"A=pa$$wo#rd":             "pa$$wo#rd",
		"A=$HOME/${X}":            "$HOME/${X}",
		"A=b=c==":                 "b=c==",
		`A="b c" # comment`:       "b c",
		`A="b # c"`:               "b # c",
		`A="$HOME ${X} \$Y"`:      "$HOME ${X} $Y",
		`A="a\nb\t\"c\" \\ \d"`:   "a\nb\t\"c\" \\ \\d",
		`A='a\n "b" $C # d'`:      `a\n "b" $C # d`,
		`A=it's`:                  "it's",
		`A=b "c"`:                 `b "c"`,
		"A=häßlich 雨 # Kommentar": "häßlich 雨",
		"A=b\t# comment":          "b",
		`A=""`:                    "",
		"A=C:\\dir":               `C:\dir`,
		"A=012345678901":          "012345678901",
	} {
		env, err := dotenv.Parse([]byte(line))
		require.NoError(t, err, line)
		assert.Equal(t, map[string]string{"A": want}, env, line)
	}
}

func TestFile(t *testing.T) {
	env, err := dotenv.Parse([]byte("\ufeff# comment\r\n\r\nA=1\r\nB=\"2\"\r\n  # comment\r\nC='3'"))
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"A": "1", "B": "2", "C": "3"}, env)
	env, err = dotenv.Parse(nil)
	require.NoError(t, err)
	assert.Empty(t, env)
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"A=1\nB\n":          "line 2: this is not NAME=value: there is no =",
		"A=1\nA=2\n":        "line 2: A is already on line 1; take one of the two out",
		"1A=1":              "line 1: what stands before the = is no name of a variable: letters, digits and underscores, first no digit",
		"=1":                "line 1: what stands before the = is no name of a variable: letters, digits and underscores, first no digit",
		"A-B=1":             "line 1: what stands before the = is no name of a variable: letters, digits and underscores, first no digit",
		"\n\nA=\"secret":    `line 3: A: the " at its beginning has no second one on the line`,
		"A='secret":         "line 1: A: the ' at its beginning has no second one on the line",
		"A=\"secret\" more": "line 1: A: something stands behind the closing quote; put the whole value in quotes, or a space and a # before a comment",
		"A=\xff":            "line 1: this is not UTF-8 text; save the file as UTF-8",
	} {
		_, err := dotenv.Parse([]byte(text))
		require.EqualError(t, err, want)
		assert.NotContains(t, err.Error(), "secret")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("A=1\nB=\"2\" # x\nexport C='3'\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		env, err := dotenv.Parse(data)
		if err == nil {
			assert.NotContains(t, env, "")
		}
	})
}

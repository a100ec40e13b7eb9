package snowflake

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSplit(t *testing.T) {
	for sql, want := range map[string][]string{
		"":                              nil,
		" ;; -- only; this\n/* and; */": nil,
		"SELECT 1":                      {"SELECT 1"},
		"SELECT 1;\r\nSELECT 2;":        {"SELECT 1", "SELECT 2"},
		"SELECT 'a;''b\\';' ; SELECT \"a;\"\"b\"":                            {"SELECT 'a;''b\\';'", "SELECT \"a;\"\"b\""},
		"CREATE PROCEDURE P() RETURNS INT AS $$ BEGIN; '; END; $$; SELECT 1": {"CREATE PROCEDURE P() RETURNS INT AS $$ BEGIN; '; END; $$", "SELECT 1"},
		"-- why;\nSELECT 1 -- it's\n;// no; more\nSELECT /* ; ' */ 2":        {"-- why;\nSELECT 1 -- it's", "// no; more\nSELECT /* ; ' */ 2"},
		"SELECT 1 - 1; SELECT 4 / 2; SELECT $1":                              {"SELECT 1 - 1", "SELECT 4 / 2", "SELECT $1"},
	} {
		got, err := split(sql)
		require.NoError(t, err, sql)
		require.Equal(t, want, got, sql)
	}
	for sql, want := range map[string]string{
		"SELECT 1;\nSELECT 'a": "line 2: a text ' is begun and never ends", "SELECT \"a": `line 1: a name " is begun and never ends`,
		"SELECT $$ a": "line 1: a text $$ is begun and never ends", "\n\n/* a": "line 3: a comment /* is begun and never ends", `SELECT 'a\'`: "line 1: a text ' is begun and never ends",
	} {
		_, err := split(sql)
		require.EqualError(t, err, want)
	}
}

// Nothing gets lost, nothing is cut in two, and what was cut once stays so.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"SELECT 1; SELECT 2", "a'b;c'd;e", `a"b;c"d;e`, "$$;$$;$$;$$", "--;\n;/*;*/;", `'\';';`, "''';'';'", "//;\n;", "$;$", "-;-", "é;ü"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		parts, err := split(sql)
		if err != nil {
			return
		}
		for _, p := range parts {
			again, err := split(p)
			require.NoError(t, err, p)
			require.Equal(t, []string{p}, again, "of %q", sql)
		}
		joined := strings.Join(parts, "\n;\n")
		again, err := split(joined)
		require.NoError(t, err)
		require.Equal(t, parts, again)
		// A statement between two others changes neither.
		around, err := split("SELECT 1;\n" + joined + "\n;\nSELECT 2")
		require.NoError(t, err)
		require.Equal(t, len(parts)+2, len(around))
	})
}

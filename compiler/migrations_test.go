package compiler_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
)

// The user's own SQL goes into the build as it is, in the order of its names,
// without regard to line ends.
func TestMigrationsAreArtefacts(t *testing.T) {
	file, err := os.ReadFile("../examples/02-blank/tapestry.yaml")
	require.NoError(t, err)
	compile := func(files map[string]string) *compiler.Result {
		tree := fstest.MapFS{"tapestry.yaml": {Data: file}}
		for name, content := range files {
			tree[name] = &fstest.MapFile{Data: []byte(content)}
		}
		return compiler.Compile(tree, "tapestry.yaml", compiler.Options{Env: map[string]string{"SNOWFLAKE_ACCOUNT": "org-account", "MAILCHIMP_LIST_ID": "x"}})
	}
	r := compile(map[string]string{"migrations/002_b.sql": "SELECT 'x;y';\r\nSELECT 2\r\n", "migrations/001_a.sql": "SELECT 1", "migrations/readme.md": "no", "migrations/old/000.sql": "no"})
	require.False(t, r.Diagnostics.HasErrors(), "%v", r.Diagnostics)
	var got []string
	for _, a := range r.Artifacts {
		if strings.HasPrefix(a.Path, "snowflake/migrations/") {
			got = append(got, a.Kind, a.Path, string(a.Content), a.Origins[0].File)
		}
	}
	require.Equal(t, []string{
		"user-sql", "snowflake/migrations/001_a.sql", "SELECT 1\n", "migrations/001_a.sql",
		"user-sql", "snowflake/migrations/002_b.sql", "SELECT 'x;y';\nSELECT 2\n", "migrations/002_b.sql",
	}, got)

	for sql, place := range map[string]string{
		"SELECT 1;\n SELECT 'a\\'": "2:9", "SELECT \"a": "1:8", "SELECT 1; /* no": "1:11", "\n$$ BEGIN; END": "2:1", "SELECT 'it''s": "1:12",
	} {
		r := compile(map[string]string{"migrations/001.sql": sql})
		require.True(t, r.Diagnostics.HasErrors(), sql)
		require.Equal(t, "TAP302", string(r.Diagnostics[0].Code), sql)
		require.Equal(t, "migrations/001.sql:"+place, strings.TrimSuffix(r.Diagnostics[0].Span.String(), ""), sql)
	}
	for _, sql := range []string{"SELECT 'a'", "SELECT $$;$$; -- it's\n// \"\n", "", "SELECT '\\\\'", "SELECT ''", "SELECT 'it''s'"} {
		require.False(t, compile(map[string]string{"migrations/001.sql": sql}).Diagnostics.HasErrors(), sql)
	}
}

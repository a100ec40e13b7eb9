package snowflake

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
}

func TestSqlfluffParsesEveryStatement(t *testing.T) {
	dir := t.TempDir()
	for name, p := range variants() {
		name = strings.ReplaceAll(name, " ", "_")
		for _, a := range Emit(p) {
			if strings.HasSuffix(a.Path, ".sql") {
				write(t, dir, name+"-"+filepath.Base(a.Path), string(a.Content))
			}
		}
		write(t, dir, name+"-more.sql", more(t, Set(p).Statements))
	}
	// One that must be refused, after more bytes than it reads by default.
	write(t, dir, "broken.sql", strings.Repeat("-- so that the file is long\n", 1000)+"GRANT FLY ON NOTHING;\n")
	out, ok := judge.Sqlfluff(t, dir)
	require.False(t, ok, out)
	require.Equal(t, 1, strings.Count(out, "PRS"), out)
	require.Contains(t, out, "broken.sql")
}

// more are the statements that stand in the manifest only: how each is taken
// back, and how to see whether it was run. Those that sqlfluff has no grammar for
// have a form of their own.
func more(t *testing.T, list []migration.Statement) string {
	var b strings.Builder
	for _, s := range list {
		for _, sql := range []string{s.Undo, s.Check, s.Change} {
			if sql == "" {
				continue
			}
			if strings.Contains(sql, " ACCESS TOKEN ") || strings.Contains(sql, "NETWORK RULE") && !strings.HasPrefix(sql, "CREATE ") {
				_, err := match(changeForms, sql)
				require.NoError(t, err)
				continue
			}
			b.WriteString(sql + ";\n")
		}
	}
	return b.String()
}

// The judge must be able to say no.
func TestSqlfluffRefusesWhatIsBroken(t *testing.T) {
	for _, sql := range []string{
		"CREATE ROLE IF EXISTS R;\n",
		"GRANT FLY ON NOTHING;\n",
		"CREATE USER IF NOT EXISTS jon.doe@x.example TYPE = SERVICE;\n",
	} {
		dir := t.TempDir()
		write(t, dir, "broken.sql", sql)
		out, ok := judge.Sqlfluff(t, dir)
		require.False(t, ok, sql)
		require.Contains(t, out, "PRS")
	}
}

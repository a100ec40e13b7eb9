package snowflake

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// Without this sqlfluff passes over files of more than 20,000 bytes, and takes
// what looks like Jinja for Jinja.
const sqlfluffConfig = "[sqlfluff]\ndialect = snowflake\ntemplater = raw\nlarge_file_skip_byte_limit = 0\n"

// judged asks sqlfluff to parse every file of a folder, and gives what it could
// not parse. One rule of style has to be named; the last line end is there.
func judged(t *testing.T, dir string) (string, error) {
	t.Helper()
	write(t, dir, ".sqlfluff", sqlfluffConfig)
	cmd := exec.Command(judge.Program(t, "lint", "sqlfluff"), "lint", "--rules", "LT12", "--disable-noqa", ".")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

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
	out, err := judged(t, dir)
	require.Error(t, err, out)
	require.Equal(t, 1, strings.Count(out, "PRS"), out)
	require.Contains(t, out, "broken.sql")
}

// more are the statements that stand in the manifest only: how each is taken
// back, and how to see whether it was run. The two that sqlfluff has no grammar
// for have a form of their own.
func more(t *testing.T, list []migration.Statement) string {
	var b strings.Builder
	for _, s := range list {
		for _, sql := range []string{s.Undo, s.Check, s.Change} {
			if sql == "" {
				continue
			}
			if strings.Contains(sql, " ACCESS TOKEN ") || strings.HasPrefix(sql, "ALTER NETWORK RULE ") {
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
		out, err := judged(t, dir)
		require.Error(t, err, sql)
		require.Contains(t, out, "PRS")
	}
}

package dbt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

func artifact(path, content string) emit.Artifact {
	return emit.Artifact{Path: folder + path, Provider: Name, Kind: "model", Content: []byte(content)}
}

func TestWhatIsHidden(t *testing.T) {
	pr := projectOf([]emit.Artifact{artifact("models/people.sql", `select "FIRST_NAME", 5 from RAW_ZOOM.PERSON where x = 'support@shop.example' and active`)})
	hide := hider(pr, secret.New("line-one-of-key\nshort\n"))
	for message, want := range map[string]string{
		`Numeric value 'Barry' is not recognized`:        `Numeric value '…' is not recognized`,
		`Object 'RAW_ZOOM.PERSON' does not exist`:        `Object 'RAW_ZOOM.PERSON' does not exist`,
		`invalid identifier '"FIRST_NAME"'`:              `invalid identifier '"FIRST_NAME"'`,
		`Could not convert string "5" to INT32`:          `Could not convert string "…" to INT32`,
		`Could not convert string 'x' to INT32`:          `Could not convert string '…' to INT32`,
		`Duplicate row of ann@x.example detected`:        `Duplicate row of … detected`,
		`'people of Oslo'`:                               `'…'`,
		`where x = 'support@shop.example'`:               `where x = 'support@shop.example'`,
		`key: line-one-of-key, short`:                    `key: (secret), short`,
		"two lines don't\nmake one quote, it's 'Barry's": "two lines don't\nmake one quote, it'…'Barry's",
	} {
		got := hide(message)
		if strings.HasPrefix(message, "two lines") {
			require.Contains(t, got, "two lines don't\n")
			continue
		}
		require.Equal(t, want, got)
	}
}

func TestVersions(t *testing.T) {
	text := "Core:\n  - installed: 1.11.16\n  - latest:    1.12.6  - Update available!\n\nPlugins:\n  - snowflake: 1.12.4 - Up to date!\n  - duckdb:    1.11.1 - Update available!\n"
	require.Equal(t, map[string]string{"dbt-core": "1.11.16", "dbt-snowflake": "1.12.4", "dbt-duckdb": "1.11.1"}, versionsIn(text))
	want := map[string]string{"dbt-core": "1.11.2", "dbt-snowflake": "1.12.0"}
	for text, message := range map[string]string{
		text: "",
		strings.Replace(text, "snowflake: 1.12", "snowflake: 1.9", 1): "dbt-snowflake is 1.9.4, and the scheduled run has 1.12.0",
		"dbt-fusion 2.0.0": "dbt-core is missing; dbt-snowflake is missing",
	} {
		err := (&installed{"dbt", versionsIn(text)}).check(want, "dbt-snowflake")
		if message == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, message)
		require.ErrorContains(t, err, "pip install dbt-core~=1.11.0 dbt-snowflake~=1.12.0")
	}
	require.ErrorContains(t, (&installed{}).check(nil, "dbt-snowflake"), "compile again")
}

// The first cause comes first, the list ends somewhere, and so does a message.
func TestFailuresAreListed(t *testing.T) {
	var nodes []string
	for i := range 13 {
		nodes = append(nodes, fmt.Sprintf(`{"unique_id":"model.p.m%d","status":"error","message":%q}`, i, strings.Repeat("é", 700)))
	}
	nodes = append(nodes, `{"unique_id":"model.p.z","status":"skipped"}`, `{"unique_id":"exposure.p.z","status":"no-op"}`)
	path := filepath.Join(t.TempDir(), "run_results.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"results":[`+strings.Join(nodes, ",")+`]}`), 0o600))
	r := &Run{}
	err := r.conclude(path, errors.New("exit status 1"), newLog(projectOf(nil), secret.Value{}, func(string) {}))
	require.ErrorContains(t, err, "dbt build: 13 nodes failed, and 1 behind them was skipped: m0: ééé")
	require.ErrorContains(t, err, "; and 3 more. Correct the cause")
	require.Less(t, len([]rune(err.Error())), 7000)
	require.Equal(t, Counts{Error: 13, Skip: 1}, r.Counts)
	require.Len(t, r.Failing, 10)
}

// Lines are read whatever pieces they come in; what is no event is kept for the
// case that nothing else explains an end.
func TestLogInPieces(t *testing.T) {
	var told []string
	l := newLog(projectOf(nil), secret.Value{}, func(m string) { told = append(told, m) })
	text := `{"info":{"name":"LogModelResult","msg":"x"},"data":{"index":2,"total":7,"execution_time":1.25,"node_info":{"node_name":"people","node_status":"success"}}}` + "\n" +
		"Traceback: oh no\n" +
		`{"info":{"name":"LogTestResult"},"data":{"index":3,"num_models":7,"node_info":{"node_name":"t","node_status":"fail"}}}` + "\n" +
		`{"info":{"name":"MainEncounteredError","level":"error","msg":"\u001b[31mno way\u001b[0m"}}`
	for _, b := range []byte(text) {
		_, _ = l.Write([]byte{b})
	}
	l.flush()
	require.Equal(t, []string{"2 of 7 success: people (1.2 s)", "3 of 7 fail: t (0.0 s)"}, told)
	require.Equal(t, []string{"no way"}, l.errors)
	require.Equal(t, "Traceback: oh no", l.tail.String())
	for range 40 {
		_, _ = l.Write([]byte(strings.Repeat("x", 100_000)))
	}
	require.Less(t, len(l.rest), 2*longestLine)
}

func TestReaders(t *testing.T) {
	pr := projectOf([]emit.Artifact{
		artifact("models/a.sql", "select 1"), artifact("models/b.sql", `select * from {{ ref('a') }}`), artifact("models/c.sql", `select * from {{ ref( "b" ) }}`),
		artifact("snapshots/s.yml", "relation: ref('c')"), artifact("tests/t.sql", "{{ ref('a') }}"), artifact("dbt_project.yml", "name: x"),
	})
	require.Equal(t, []string{"b", "c", "s"}, pr.readers("models/a.sql"))
	require.Empty(t, pr.readers("snapshots/s.yml"))
	require.Empty(t, pr.readers("dbt_project.yml"))
	was := []File{{Path: "models/a.sql", SHA256: strings.Repeat("0", 64)}, {Path: "models/gone.sql", SHA256: strings.Repeat("0", 64)}}
	got := pr.changed(was)
	require.Len(t, got, 7)
	require.Equal(t, []string{"dbt_project.yml", "models/a.sql", "models/b.sql", "models/c.sql", "models/gone.sql", "snapshots/s.yml", "tests/t.sql"},
		[]string{got[0].Path, got[1].Path, got[2].Path, got[3].Path, got[4].Path, got[5].Path, got[6].Path})
	require.Equal(t, "gone", got[4].After)
	require.Equal(t, "new", got[2].After)
}

// Whoever prints an error or a line of progress shows a line end as a sign: dbt's
// messages, which have many, are told on one line.
func TestMessagesAreOneLine(t *testing.T) {
	var told []string
	l := newLog(&project{}, secret.Value{}, func(line string) { told = append(told, line) })
	message := `Database Error in model people\n  000904 (42000):\n  invalid identifier\n`
	_, err := l.Write([]byte(`{"info":{"level":"error","msg":"` + message + `"}}` + "\n" +
		`{"info":{"name":"FoundStats","msg":"Found 3 models,\n 2 tests"}}` + "\n" +
		`{"info":{"msg":"guard_x stopped its sync: 3 of 3\n removed"}}` + "\n"))
	require.NoError(t, err)
	require.Equal(t, []string{"Found 3 models, 2 tests", "guard_x stopped its sync: 3 of 3 removed"}, told)
	r := &Run{}
	r.count("people", "error", strings.ReplaceAll(message, `\n`, "\n"), l)
	for _, e := range []error{r.failed(), (&Run{}).unread(nil, l)} {
		require.NotContains(t, e.Error(), "\n")
		require.Contains(t, e.Error(), "Database Error in model people 000904 (42000): invalid identifier")
	}
}

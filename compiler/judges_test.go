package compiler_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/airbyte"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// writeBuild writes the artefacts below dir.
func writeBuild(t testing.TB, dir string, artifacts []emit.Artifact) {
	t.Helper()
	for _, a := range artifacts {
		file := filepath.Join(dir, filepath.FromSlash(a.Path))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, a.Content, 0o644))
	}
}

// once writes the files of all examples that want says, each content once, into
// one folder, and gives their paths.
func once(t testing.TB, all []example, dir string, want func(emit.Artifact) bool) []string {
	t.Helper()
	seen := map[string]bool{}
	var files []string
	for _, e := range all {
		for _, a := range e.result.Artifacts {
			if !want(a) || seen[string(a.Content)] {
				continue
			}
			seen[string(a.Content)] = true
			file := filepath.Join(dir, e.name+"-"+e.env+"-"+path.Base(a.Path))
			require.NoError(t, os.WriteFile(file, a.Content, 0o644))
			files = append(files, file)
		}
	}
	require.NotEmpty(t, files)
	return files
}

func TestExamplesPassCFNLint(t *testing.T) {
	t.Parallel()
	all := compileExamples(t)
	files := once(t, all, t.TempDir(), func(a emit.Artifact) bool { return a.Kind == "template" })
	var regions []string
	for _, e := range all {
		regions = append(regions, e.result.Pipeline.AWS.Region)
	}
	slices.Sort(regions)
	assert.Empty(t, judge.CFNLint(t, slices.Compact(regions), files...))
}

func TestExamplesPassSqlfluff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	once(t, compileExamples(t), dir, func(a emit.Artifact) bool { return a.Kind == "migration" })
	require.NoError(t, os.WriteFile(filepath.Join(dir, "broken.sql"), []byte("GRANT FLY ON NOTHING;\n"), 0o644))
	out, ok := judge.Sqlfluff(t, dir)
	assert.False(t, ok, "one file is broken")
	assert.Equal(t, 1, strings.Count(out, "PRS"), out)
	assert.Contains(t, out, "broken.sql")
}

func TestExamplesPassGrouparoo(t *testing.T) {
	t.Parallel()
	judge.Dir(t, "grouparoo")
	postgres := judge.Postgres(t)
	seen := map[string]bool{}
	for _, e := range compileExamples(t) {
		home, objects := t.TempDir(), 0
		var config bytes.Buffer
		for _, a := range e.result.Artifacts {
			if a.Provider == "grouparoo" && a.Kind == "config" && path.Ext(a.Path) == ".json" {
				var list []any
				require.NoError(t, json.Unmarshal(a.Content, &list), a.Path)
				objects += len(list)
				config.Write(a.Content)
			}
		}
		if seen[config.String()] {
			continue
		}
		seen[config.String()] = true
		writeBuild(t, home, e.result.Artifacts)
		out, ok := judge.Grouparoo(t, filepath.Join(home, "grouparoo"), postgres)
		require.True(t, ok, "%s/%s: %s", e.name, e.env, out)
		assert.Contains(t, out, fmt.Sprintf("Validation succeeded - %d config objects OK!", objects), "%s/%s", e.name, e.env)
	}
}

// Every request to Airbyte is one that its public API describes.
func TestExamplesPassAirbyte(t *testing.T) {
	t.Parallel()
	validate := judge.API(t, "airbyte-public-api-subset.yaml", "http://airbyte/api/public/v1")
	requests := 0
	for _, e := range compileExamples(t) {
		for _, a := range e.result.Artifacts {
			if a.Provider != "airbyte" || a.Kind == "definitions" {
				continue
			}
			var d airbyte.Document
			require.NoError(t, json.Unmarshal(a.Content, &d), a.Path)
			assert.Error(t, validate(d.Request.Method, d.Request.Path, []byte(`{"name": 1}`)), "the judge can say no")
			for _, b := range d.Bind {
				bind(t, d.Body, strings.Split(b.Pointer, "/")[1:], bound(b.From))
			}
			body, err := json.Marshal(d.Body)
			require.NoError(t, err)
			assert.NoError(t, validate(d.Request.Method, d.Request.Path, body), "%s/%s %s", e.name, e.env, a.Path)
			requests++
		}
	}
	assert.Greater(t, requests, 50)
}

// bound is something of the kind that fills a place of a request.
func bound(from string) string {
	if strings.HasPrefix(from, "airbyte:") {
		return "6f1f9d3e-2b7c-4c57-9e0c-0d6a2f4b8a11"
	}
	return "some text"
}

// bind puts a value at the place that a JSON pointer names.
func bind(t *testing.T, in any, names []string, value string) {
	t.Helper()
	name := strings.NewReplacer("~1", "/", "~0", "~").Replace(names[0])
	switch in := in.(type) {
	case []any:
		i, err := strconv.Atoi(name)
		require.NoError(t, err)
		if len(names) == 1 {
			in[i] = value
			return
		}
		bind(t, in[i], names[1:], value)
	case map[string]any:
		if len(names) == 1 {
			in[name] = value
			return
		}
		bind(t, in[name], names[1:], value)
	default:
		t.Fatalf("nothing at %s", name)
	}
}

// Docker Compose's own loader reads every compose file, with a value for every
// variable that it asks for, and refuses it without.
func TestExamplesPassCompose(t *testing.T) {
	required := regexp.MustCompile(`\$\{([A-Za-z0-9_]+):\?`)
	read := 0
	for _, e := range compileExamples(t) {
		for _, a := range e.result.Artifacts {
			if a.Provider != "compose" {
				continue
			}
			values := types.Mapping{}
			for _, found := range required.FindAllSubmatch(a.Content, -1) {
				values[string(found[1])] = "some-text"
			}
			project, err := loadCompose(t, a, values)
			require.NoError(t, err, "%s/%s", e.name, e.env)
			assert.ElementsMatch(t, []string{"postgres", "redis", "web", "worker"}, project.ServiceNames())
			_, err = loadCompose(t, a, types.Mapping{})
			assert.Error(t, err, "%s/%s", e.name, e.env)
			read++
		}
	}
	assert.Equal(t, len(compileExamples(t)), read)
}

func loadCompose(t *testing.T, a emit.Artifact, values types.Mapping) (*types.Project, error) {
	t.Helper()
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: t.TempDir(), Environment: values, ConfigFiles: []types.ConfigFile{{Filename: a.Path, Content: a.Content}},
	}, func(o *loader.Options) { o.SetProjectName("example", true) })
}

// dbtProject is what testdata/projects.py is asked, dbtReply what it says.
type dbtProject struct {
	Dir     string            `json:"dir"`
	DuckDB  string            `json:"duckdb"`
	Setup   []string          `json:"setup"`
	Queries map[string]string `json:"queries"`
}

type dbtReply struct {
	OK   bool
	Log  []string
	Rows map[string][]string
}

// built are the examples that are built from their samples, with queries and
// what they give. The views are all that the engine of a destination sees.
var built = map[string]map[string][]string{
	"01-rain-shield/production": {
		"select EMAIL, FIRST_NAME, LAST_NAME, REMOVED from SYNCS.SYNC_MAILCHIMP_NEWSLETTER order by 1": {
			"barry.allen@rainshield.example | Bartholomew | Allen | False", "betty.rubble@rainshield.example | Betty | Rubble | False",
			"diana.prince@rainshield.example | Diana | Prince | False", "jack.rogers@rainshield.example | Jack | Rogers | False"},
	},
	"02-blank/production": {
		"select EMAIL, NAME, REMOVED from SYNCS.SYNC_MAILCHIMP_NEWSLETTER order by 1": {
			"ada.okafor@sample.example | Ada Okafor | False", "ben.solheim@sample.example | Ben Solheim | False", "chiara.rossi@sample.example | Chiara Rossi | False"},
	},
	"03-support-and-payments/production": {
		"select EMAIL, FIRST_NAME, LAST_NAME, LIFETIME_VALUE, PAYMENTS, OPEN_TICKETS from SYNCS.SYNC_SALESFORCE_CONTACTS order by 1": {
			"grace.hopkins@client.example | Grace | Hopkins | 160.00 | 2 | 1", "omar.haddad@client.example | Omar | Al Haddad | 100.00 | 2 | 1"},
		"select EMAIL, LIFETIME_VALUE from ANALYTICS.CUSTOMERS where LIFETIME_VALUE = 0": {"li.wei@client.example | 0.00"},
	},
	"04-product-and-forms/production": {
		"select EMAIL, NAME, LANGUAGE from SYNCS.SYNC_MAILCHIMP_NEWSLETTER order by 1": {
			"ines.costa@garden.example | Ines Costa | pt", "mira.novak@garden.example | Mira Novak | de",
			"tom.baker@garden.example | Tom Baker | NULL", "yuki.tanaka@garden.example | Yuki Tanaka | ja"},
		"select EMAIL, NAME, PLAN from SYNCS.SYNC_MAILCHIMP_CUSTOMERS order by 1": {
			"mira.novak@garden.example | Mira Novak | garden", "tom.baker@garden.example | Tom Baker | estate"},
		"select EMAIL from SYNCS.SYNC_MAILCHIMP_LARGE_GARDENS": {"tom.baker@garden.example"},
	},
	"05-big-company/dev": {
		"select EMAIL, FIRST_NAME, LAST_NAME, COUNTRY, PLAN, LIFETIME_VALUE, ORDERS, OPEN_TICKETS, SCORE, WANTS_LETTERS from ANALYTICS.CUSTOMERS order by 1": {
			"betty.rubble@client.example | Betty | Rubble | NULL | NULL | 0.00 | 1 | 0 | NULL | True",
			"diana.prince@client.example | Diana | Prince | GR | team | 200.00 | 1 | 1 | 9 | True",
			"jack.rogers@client.example | Jack | Rogers | NULL | NULL | 0.00 | 0 | 0 | NULL | False"},
	},
}

// Every project is read by dbt without a warning; those of built also run on
// DuckDB, from the samples to what the destinations get.
func TestExamplesPassDbt(t *testing.T) {
	t.Parallel()
	python := judge.Program(t, "dbt", "python")
	var projects []dbtProject
	all := compileExamples(t)
	for _, e := range all {
		dir := t.TempDir()
		writeBuild(t, dir, e.result.Artifacts)
		p := dbtProject{Dir: filepath.Join(dir, "dbt"), DuckDB: filepath.Join(dir, e.result.Pipeline.Snowflake.Database+".duckdb"), Queries: map[string]string{}}
		for sql := range built[e.name+"/"+e.env] {
			p.Setup = rawTables(t, e)
			p.Queries[sql] = sql
		}
		projects = append(projects, p)
	}
	question, err := json.Marshal(projects)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, "testdata/projects.py")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(question), os.Stderr
	cmd.Env = append(os.Environ(), "DBT_ENV_SECRET_PRIVATE_KEY=not-a-key", "PYTHONUTF8=1")
	answer, err := cmd.Output()
	require.NoError(t, err)
	var replies []dbtReply
	require.NoError(t, json.Unmarshal(answer, &replies))
	require.Len(t, replies, len(all))
	ran := 0
	for i, e := range all {
		assert.True(t, replies[i].OK, "%s/%s: %s", e.name, e.env, strings.Join(replies[i].Log, "\n"))
		for sql, want := range built[e.name+"/"+e.env] {
			assert.Equal(t, want, replies[i].Rows[sql], "%s/%s: %s", e.name, e.env, sql)
			ran++
		}
	}
	assert.Equal(t, 8, ran, "every query was asked")
}

// rawTables makes the raw tables as Airbyte makes them, filled with the samples.
func rawTables(t *testing.T, e example) []string {
	t.Helper()
	folder, err := filepath.Abs(filepath.Join(examples, e.name, "samples"))
	require.NoError(t, err)
	setup := []string{"set TimeZone = 'UTC'"}
	for _, s := range e.result.Pipeline.Sources {
		setup = append(setup, "create schema if not exists "+sqlname.Ident(s.Schema))
		for _, st := range s.Streams {
			var columns, types []string
			for _, c := range st.Columns {
				if c.Raw {
					columns = append(columns, sqlname.Ident(c.SQL))
					types = append(types, fmt.Sprintf("'%s': '%s'", c.Name, sqlname.Type(c.Type, sqlname.DuckDB)))
				}
			}
			setup = append(setup, fmt.Sprintf(`create table %s as select %s, 'r' || row_number() over () as _AIRBYTE_RAW_ID,
				timestamptz '2026-01-01 00:00:00+00' as _AIRBYTE_EXTRACTED_AT, '{}'::json as _AIRBYTE_META, 1::decimal(38,0) as _AIRBYTE_GENERATION_ID
				from read_json('%s', format = 'newline_delimited', columns = {%s})`,
				sqlname.Qualified(s.Schema, st.Table), strings.Join(columns, ", "), filepath.Join(folder, s.ID, st.Key+".ndjson"), strings.Join(types, ", ")))
		}
	}
	return setup
}

// TestCounts prints what is in each build. Nothing is held against it: the
// expected builds of the examples are.
func TestCounts(t *testing.T) {
	for _, e := range compileExamples(t) {
		n := counts(e.result)
		fmt.Fprintf(os.Stdout, "%s (%s): %d CloudFormation resources, %d Snowflake statements, %d dbt models, %d Airbyte connections, %d Grouparoo syncs\n",
			e.name, e.env, n["cloudformation resources"], n["snowflake statements"], n["dbt models"], n["airbyte connections"], n["grouparoo syncs"])
		for what, count := range n {
			assert.GreaterOrEqual(t, count, 0, what)
		}
		assert.GreaterOrEqual(t, n["snowflake statements"], 34, "the system that this one follows had 34")
	}
}

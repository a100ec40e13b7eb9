package dbt

import (
	"embed"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	y "github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// keyVariable is the environment variable that holds dbt's private key: the
// container of the scheduled run sets it. dbt keeps variables with this prefix
// out of its logs.
const keyVariable = "DBT_ENV_SECRET_PRIVATE_KEY"

// projectName is dbt's name of the project. The prefix keeps it apart from dbt's
// own packages, whatever the pipeline is called.
func (e *emitter) projectName() string {
	return "tapestry_" + strings.ReplaceAll(e.p.Prefix, "-", "_")
}

func (e *emitter) project() {
	name := e.projectName()
	root := y.Map{
		y.K("name", y.Str(name)),
		y.K("profile", y.Str(name)),
		y.K("version", y.Str("1.0.0")),
		y.K("config-version", y.Int(2)),
		y.K("require-dbt-version", y.Strs(">=1.10.5", "<2.0.0")),
		{Key: "model-paths", Value: y.Strs("models"), Gap: true},
		y.K("snapshot-paths", y.Strs("snapshots")),
		y.K("test-paths", y.Strs("tests")),
		y.K("macro-paths", y.Strs("macros")),
		y.K("clean-targets", y.Strs("target", "dbt_packages")),
		{Key: "flags", Gap: true, Value: y.Map{
			y.K("send_anonymous_usage_stats", y.Bool(false)),
			y.K("require_generic_test_arguments_property", y.Bool(true)),
		}},
		{Key: "quoting", Gap: true, Value: quoted(), Comment: "Names are exactly those of the pipeline, reserved words and mixed case included."},
	}
	root = append(append(root, e.defaults(name)...), e.hooks()...)
	e.add(file{path: "dbt_project.yml", kind: "project", origins: []source.Span{e.p.Origin}, content: string(y.Document{Root: root}.Bytes())})
	e.profiles(name)
}

func quoted() y.Map {
	return y.Map{y.K("database", y.Bool(true)), y.K("schema", y.Bool(true)), y.K("identifier", y.Bool(true))}
}

// defaults say which schema the files of a folder build in, and as what. dbt
// warns of a folder that is not there.
func (e *emitter) defaults(name string) y.Map {
	s := e.p.Snowflake.Schemas
	models := y.Map{y.K("+schema", y.Str(s.Analytics))}
	for _, f := range []struct{ name, materialized, schema string }{
		{"staging", "view", s.Analytics}, {"audit", "view", s.Analytics}, {"segments", "table", s.Analytics}, {"syncs", "view", s.Syncs},
	} {
		if e.has("models/" + f.name) {
			models = append(models, y.K(f.name, y.Map{y.K("+materialized", y.Str(f.materialized)), y.K("+schema", y.Str(f.schema))}))
		}
	}
	all := y.Map{{Key: "models", Gap: true, Value: y.Map{y.K(name, models)}}}
	if e.has("snapshots") {
		all = append(all, y.Entry{Key: "snapshots", Gap: true, Value: y.Map{y.K(name, y.Map{y.K("+schema", y.Str(s.Snapshots))})}})
	}
	if e.has("tests") {
		all = append(all, y.Entry{Key: "data_tests", Gap: true, Comment: "Guards keep what they found in a table of this schema.",
			Value: y.Map{y.K(name, y.Map{y.K("+schema", y.Str(s.Analytics))})}})
	}
	return all
}

// hooks run before and after everything else.
func (e *emitter) hooks() y.Map {
	var hooks y.Map
	if e.p.Ingestion.Landing == ir.S3 {
		hooks = append(hooks, y.Entry{Key: "on-run-start", Gap: true, Value: y.Strs("{{ tapestry_load_landing() }}")})
	}
	return append(hooks, y.Entry{Key: "on-run-end", Gap: true, Value: y.Strs("{{ tapestry_report_guards(results) }}")})
}

// profiles has the warehouse, and a DuckDB file for a try-out on a laptop.
func (e *emitter) profiles(name string) {
	s := e.p.Snowflake
	snowflake := y.Map{
		y.K("type", y.Str("snowflake")),
		y.K("account", y.Str(s.Account)),
		y.K("user", y.Str(s.Users.Dbt)),
		y.K("private_key", y.Str("{{ env_var('"+keyVariable+"') }}")),
		y.K("role", y.Str(s.Roles.Transformer)),
		y.K("warehouse", y.Str(s.TransformWarehouse)),
		y.K("database", y.Str(s.Database)),
		y.K("schema", y.Str(s.Schemas.Analytics)),
		y.K("threads", y.Int(4)),
		y.K("connect_retries", y.Int(3)),
		y.K("retry_on_database_errors", y.Bool(true)),
	}
	// dbt calls the database of a DuckDB file by the file's name.
	duckdb := y.Map{
		y.K("type", y.Str("duckdb")),
		y.K("path", y.Str("{{ env_var('TAPESTRY_DUCKDB', "+word(s.Database+".duckdb")+") }}")),
		y.K("schema", y.Str(s.Schemas.Analytics)),
		y.K("threads", y.Int(2)),
		y.K("settings", y.Map{y.K("TimeZone", y.Str("UTC"))}),
	}
	e.add(file{path: "profiles.yml", kind: "profile", needs: []string{"parameter:" + e.p.Params().Snowflake.DbtKey}, origins: []source.Span{s.Origin}, content: string(y.Document{Root: y.Map{
		y.K(name, y.Map{
			y.K("target", y.Str("snowflake")),
			y.K("outputs", y.Map{y.K("snowflake", snowflake), y.K("duckdb", duckdb)}),
		}),
	}}.Bytes())})
}

//go:embed macros/*.sql
var macroFiles embed.FS

func (e *emitter) macros() {
	entries, err := macroFiles.ReadDir("macros")
	if err != nil {
		panic("dbt: the embedded macros cannot be read: " + err.Error())
	}
	for _, entry := range entries {
		text, err := macroFiles.ReadFile("macros/" + entry.Name())
		if err != nil {
			panic("dbt: the embedded macros cannot be read: " + err.Error())
		}
		var needs []string
		if entry.Name() == "landing.sql" {
			if e.p.Ingestion.Landing != ir.S3 {
				continue
			}
			text, needs = append(text, []byte("\n"+e.loadLanding())...), e.landed()
		}
		e.add(file{path: "macros/" + entry.Name(), kind: "macro", content: string(text), needs: needs})
	}
}

// landed are the files in the bucket: the raw tables are there before, and empty
// until there are files to load.
func (e *emitter) landed() []string {
	var needs []string
	for i := range e.p.Sources {
		src := &e.p.Sources[i]
		for j := range src.Streams {
			needs = append(needs, "landing:"+src.LandingPath(&src.Streams[j]))
		}
	}
	slices.Sort(needs)
	return needs
}

// loadLanding is the macro that loads the files of every stream before a run.
func (e *emitter) loadLanding() string {
	s := e.p.Snowflake
	stage := sqlname.Qualified(s.Database, s.Schemas.Landing, s.Stage)
	format := sqlname.Qualified(s.Database, s.Schemas.Landing, s.FileFormat)
	var b strings.Builder
	b.WriteString("{# Loads what is new in the bucket, before models are built. #}\n{% macro tapestry_load_landing() %}\n" +
		"    {%- if execute and target.type == 'snowflake' and flags.WHICH in ['build', 'run'] %}\n")
	for i := range e.p.Sources {
		src := &e.p.Sources[i]
		for j := range src.Streams {
			st := &src.Streams[j]
			b.WriteString("        {%- do tapestry_load_stream(\n            " + strings.Join([]string{
				word(sqlname.Qualified(s.Database, src.Schema, st.Table)), word(stage), word(src.LandingPath(st) + "/"), word(format)}, ", ") +
				",\n            [" + strings.Join(landedColumns(st), ", ") + "]\n        ) %}\n")
		}
	}
	b.WriteString("    {%- endif %}\n{% endmacro %}\n")
	return b.String()
}

// landedColumns says which key of a record fills which column of a raw table.
func landedColumns(st *ir.Stream) []string {
	var columns []string
	for _, c := range st.Columns {
		if c.Raw {
			columns = append(columns, words([]string{sqlname.Ident(c.SQL), c.Name, modelsql.TypeWord(c.Type)}))
		}
	}
	return columns
}

// endLine makes text end in exactly one line end.
func endLine(text string) []byte {
	text = strings.TrimRight(text, "\n")
	return append(append(make([]byte, 0, len(text)+1), text...), '\n')
}

package local

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/modelsql"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

// withSQL is Rain Shield with a model in SQL, a nested column, tests, and a
// second sync that reads the model in SQL.
func withSQL() *ir.Pipeline {
	p := irtest.RainShield()
	contact := &p.Sources[0].Streams[0]
	contact.SyncMode = ir.IncrementalAppend
	contact.Columns = append(contact.Columns,
		ir.Column{Name: "Profile", SQL: "PROFILE", Type: ir.Type{Kind: ir.JSON}, Raw: true},
		ir.Column{Name: "age", SQL: "AGE", Type: ir.Type{Kind: ir.Integer}, Nested: &ir.Nested{Column: "Profile", SQL: "PROFILE", Path: []string{"age"}}})
	p.Models = append(p.Models, ir.Model{
		ID: "vips", Relation: "VIPS", Materialized: "incremental", UniqueBy: []string{"email"}, Refs: []string{"people"},
		SQL:     "{{ config(tags=['x']) }}\nselect email, 'gold' as level, 3 as orders from {{ ref('people') }}\n{% if is_incremental() %}where x > (select max(x) from {{ this }}){% endif %};\n",
		Columns: []ir.ModelColumn{{Name: "email", SQL: "EMAIL", Type: ir.Type{Kind: ir.Email}, PII: true}, {Name: "level", SQL: "LEVEL", Type: ir.Type{Kind: ir.Text}}, {Name: "orders", SQL: "ORDERS", Type: ir.Type{Kind: ir.Integer}}},
		Tests: []ir.Test{{Column: "email", SQL: "EMAIL", Name: "not_null"}, {Column: "email", SQL: "EMAIL", Name: "unique"},
			{Column: "level", SQL: "LEVEL", Name: "accepted_values", Values: []string{"gold", "it's"}},
			{Column: "orders", SQL: "ORDERS", Name: "accepted_values", Values: []string{"1", "3"}},
			{Column: "email", SQL: "EMAIL", Name: "relationships", To: "people", Field: "email"}},
	}, ir.Model{ID: "macros", Relation: "MACROS", SQL: "select {{ dbt_utils.star() }} from {{ ref('vips') }}", Refs: []string{"vips"}})
	p.Destinations[0].Enabled = false
	second := p.Destinations[0].Syncs[0]
	second.ID, second.Key, second.Model, second.Where, second.Segment = "mailchimp.vips", "vips", "vips", "orders > 1 -- many", "seg_mailchimp__vips"
	second.RenamedFrom, second.OnDestroy = "gold", "remove"
	second.Options = append(second.Options, ir.Field{Name: "more", Value: ir.Value{Kind: ir.ObjectValue, Fields: []ir.Field{
		{Name: "on", Value: ir.Value{Kind: ir.BoolValue, Bool: true}},
		{Name: "token", Value: ir.Value{Kind: ir.SecretValue, Secret: "T"}},
		{Name: "ids", Value: ir.Value{Kind: ir.ListValue, List: []ir.Value{{Kind: ir.NumberValue, Text: "1"}, {Kind: ir.StringValue, Text: "b"}}}}}}})
	second.Fields = nil
	p.Destinations[0].Syncs = append(p.Destinations[0].Syncs, second)
	return p
}

func TestGolden(t *testing.T) {
	for name, p := range map[string]*ir.Pipeline{"rain-shield": irtest.RainShield(), "with-sql": withSQL()} {
		artifacts := Emit(p)
		require.Len(t, artifacts, 1)
		a := artifacts[0]
		assert.Equal(t, "local/pipeline.json", a.Path)
		assert.Equal(t, "local", a.Provider)
		file := filepath.Join("testdata", name+".json")
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(file, a.Content, 0o644))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(a.Content))
		assert.True(t, json.Valid(a.Content))
		assert.True(t, bytes.HasSuffix(a.Content, []byte("}\n")))
	}
}

// A line that moves changes where things come from and nothing else.
func TestLinesAreInTheOriginsOnly(t *testing.T) {
	a, p := Emit(irtest.RainShield())[0], irtest.RainShield()
	move := func(span *source.Span) { span.Start.Line += 700 }
	for i := range p.Sources {
		for j := range p.Sources[i].Streams {
			move(&p.Sources[i].Streams[j].Origin)
		}
	}
	move(&p.Models[0].Origin)
	move(&p.Models[0].Inputs[0].Origin)
	move(&p.Destinations[0].Syncs[0].Origin)
	b := Emit(p)[0]
	assert.Equal(t, string(a.Content), string(b.Content))
	assert.NotEqual(t, a.Parts, b.Parts)
	var ids []string
	for _, part := range b.Parts {
		ids = append(ids, part.ID)
		assert.Greater(t, part.Origins[0].Start.Line, 700)
	}
	assert.Equal(t, []string{"stream:salesforce.Contact", "stream:zoom.webinar_registrants", "model:people", "sync:mailchimp.newsletter"}, ids)
}

func TestSQLIsThatOfModelSQL(t *testing.T) {
	p := withSQL()
	e := newEmitter(p)
	src := &p.Sources[0]
	assert.Equal(t, modelsql.New(e.d, p).Staging(src, &src.Streams[0]), e.stream(src, &src.Streams[0]).Staging.SQL)
	assert.Equal(t, modelsql.New(e.d, p).Union(&p.Models[0]), e.model(&p.Models[0]).Relation.SQL)
	assert.Equal(t, modelsql.New(e.d, p).Segment(&p.Destinations[0].Syncs[1]), e.syncs()[1].Segment.SQL)
}

func TestJinja(t *testing.T) {
	e := newEmitter(withSQL())
	for _, c := range []struct{ name, sql, want, reason string }{
		{"ref of a model", "select * from {{ ref('people') }} as p", "select * from ANALYTICS.PEOPLE as p\n", ""},
		{"double quotes and spaces", `select * from {{ref( "people" )}}`, "select * from ANALYTICS.PEOPLE\n", ""},
		{"ref of a clean stream", "from {{ ref('stg_salesforce__contact') }}", "from ANALYTICS.STG_SALESFORCE__CONTACT\n", ""},
		{"source", "from {{ source('salesforce', 'Contact') }}", "from RAW_SALESFORCE.CONTACT\n", ""},
		{"config goes", "{{ config(materialized='table',\n  tags=['a']) }}\n\nselect 1", "select 1\n", ""},
		{"comments go", "select 1 {# a 'quote and {{ ref('x') }} #} as n", "select 1  as n\n", ""},
		{"an incremental part goes", "select 1\n{% if is_incremental() %}\nwhere {{ this }}\n{% endif %}\nlimit 1", "select 1\n\nlimit 1\n", ""},
		{"its else stays", "{% if is_incremental() %}a {{ var('x') }}{% else %}b{% endif %}", "b\n", ""},
		{"the other way round", "{%- if not is_incremental() -%}\n a\n{%- else -%} b {%- endif %}", "a\n", ""},
		{"what is in a part that goes does not count", "a{% if is_incremental() %}{% if var('x') %}b{% elif y %}c{% else %}d{% endif %}{% for x in y %}e{% endfor %}{% endif %}f", "af\n", ""},
		{"white space is cut as dbt does", "a  {{- ref('people') -}}  b", "aANALYTICS.PEOPLEb\n", ""},
		{"braces of SQL stay", "select {'a': 1}, '{x}' {", "select {'a': 1}, '{x}' {\n", ""},
		{"a semicolon at the end goes", "select 1;\n;\n", "select 1\n", ""},
		{"marks in strings of marks", "{{ config(x='}}') }}select 1", "select 1\n", ""},
		{"variable", "select {{ var('days') }}", "", "it uses {{ var('days') }}, which only dbt can fill in"},
		{"macro", "select {{ dbt_utils.star(from=ref('people'), except=['a', 'b', 'c', 'd', 'e', 'f']) }}", "", "it uses {{ dbt_utils.star(from=ref('people'), except=['a', 'b', 'c', '… }}, which only dbt can fill in"},
		{"loop", "{% for x in [1] %}a{% endfor %}", "", "it uses {% for x in [1] %}, which only dbt can run"},
		{"set", "{% set x = 1 %}", "", "it uses {% set x = 1 %}, which only dbt can run"},
		{"another condition", "{% if target.name == 'dev' %}a{% endif %}", "", "it uses {% if target.name == 'dev' %}, which only dbt can run"},
		{"elif of ours", "{% if is_incremental() %}a{% elif x %}b{% endif %}", "", "it uses {% elif x %}, which only dbt can run"},
		{"this", "select * from {{ this }}", "", "it uses {{ this }} outside {% if is_incremental() %}"},
		{"ref to nothing", "from {{ ref('nobody') }}", "", "{{ ref('nobody') }} names nothing in this pipeline"},
		{"ref with a package", "from {{ ref('dbt', 'people') }}", "", "it uses {{ ref('dbt', 'people') }}, which only dbt can fill in"},
		{"source of nothing", "from {{ source('salesforce', 'Lead') }}", "", "{{ source('salesforce', 'Lead') }} names nothing in this pipeline"},
		{"not closed", "select {{ ref('people')", "", "a {{ is not closed"},
		{"no endif", "{% if is_incremental() %}a", "", "an {% if %} has no {% endif %}"},
		{"endif alone", "a{% endif %}", "", "it uses {% endif %}, which only dbt can run"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sql, reason := e.resolve(c.sql)
			assert.Equal(t, c.reason, reason)
			assert.Equal(t, c.want, sql)
		})
	}
}

func FuzzJinjaEnds(f *testing.F) {
	for _, seed := range []string{"{{ ref('people') }}", "{%- if is_incremental() %}a{% else -%} b{% endif %}", "{#", "{{'", "{{ '\\", "{%%}"} {
		f.Add(seed)
	}
	e := newEmitter(irtest.RainShield())
	f.Fuzz(func(t *testing.T, sql string) {
		got, reason := e.resolve(sql)
		if reason == "" {
			require.NotContains(t, got, "{%")
		}
	})
}

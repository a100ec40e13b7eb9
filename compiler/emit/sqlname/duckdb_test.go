package sqlname

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// duck runs a Python script that has the DuckDB of dbt, with input as JSON.
func duck(t *testing.T, script string, input, output any) {
	t.Helper()
	data, err := json.Marshal(input)
	require.NoError(t, err)
	cmd := exec.Command(judge.Program(t, "dbt", "python"), "-c", "import json, sys, duckdb\ndata = json.load(sys.stdin)\n"+script)
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if failed, ok := err.(*exec.ExitError); ok {
		t.Fatalf("%s", failed.Stderr)
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, output))
}

// Every word that DuckDB knows can be a name of everything.
func TestDuckDBTakesEveryKeywordAsAName(t *testing.T) {
	var words []string
	duck(t, `print(json.dumps([r[0].upper() for r in duckdb.sql("select keyword_name from duckdb_keywords()").fetchall()]))`, nil, &words)
	require.Greater(t, len(words), 400)
	names := []string{"jon.doe@x.example", `a"b`, "ÜBER", "A$1"}
	idents := map[string]string{}
	for _, name := range append(names, words...) {
		idents[name] = Ident(name)
	}
	var wrong []string
	duck(t, `
wrong = []
c = duckdb.connect()
for name, i in data.items():
    t = f"memory.{i}.{i}"
    try:
        c.execute(f"create schema memory.{i}; create table {t} ({i} int); insert into {t} values (7)")
        for q in (f"select {i} from {t}", f"select x.{i} as {i} from {t} as x group by {i} order by {i}", f"with {i} as (select {i} from {t}) select {i}.{i} from {i}"):
            if c.execute(q).fetchall() != [(7,)] or c.description[0][0] != name: wrong.append(q)
        c.execute(f"drop schema memory.{i} cascade")
    except Exception as e:
        wrong.append(f"{i}: {e}")
print(json.dumps(wrong))`, idents, &wrong)
	require.Empty(t, wrong)
}

func TestDuckDBReadsLiteralsAndTypes(t *testing.T) {
	texts := []string{"", "it's", `C:\temp`, `\ and $$`, `a\$`, "two\nlines\r\n", `'\`, "$$", "{{ x }}"}
	var sql, got []string
	for _, text := range texts {
		sql = append(sql, Literal(text))
	}
	duck(t, `print(json.dumps([duckdb.sql("select " + s).fetchone()[0] for s in data]))`, sql, &got)
	require.Equal(t, texts, got)

	var casts []string
	for kind := range typeNames {
		casts = append(casts, Type(ir.Type{Kind: kind}, DuckDB))
		if neutral := Type(ir.Type{Kind: kind}, Neutral); neutral != "" {
			casts = append(casts, neutral)
		}
	}
	casts = append(casts, Type(ir.Type{Kind: ir.Number, Precision: 12, Scale: 2}, Neutral))
	var types []string
	duck(t, `print(json.dumps([str(duckdb.sql(f"select cast(null as {s})").types[0]) for s in data]))`, casts, &types)
	require.Len(t, types, len(casts))
	require.Equal(t, "DECIMAL(12,2)", types[len(types)-1])
}

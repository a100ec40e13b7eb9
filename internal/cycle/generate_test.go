//go:build cgo

package cycle

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// made is a generated pipeline: the file as a tree, its samples, its SQL files.
type made struct {
	file    mapping
	samples map[string][]mapping // rows by file name
	models  map[string]string
}

// mapping keeps the order of its keys, so that they can be put in another one.
type mapping []entry

type entry struct {
	key   string
	value any // string, number, bool, nil, mapping, or a list of those
}

// shuffled gives the same with keys in another order at every depth. Lists stay:
// in the language their order means something.
func (m mapping) shuffled(r *rand.Rand) mapping {
	out := make(mapping, len(m))
	for i, e := range m {
		out[i] = entry{e.key, reorder(r, e.value)}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func reorder(r *rand.Rand, v any) any {
	switch v := v.(type) {
	case mapping:
		return v.shuffled(r)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = reorder(r, v[i])
		}
		return out
	}
	return v
}

// String writes a mapping as JSON, which YAML reads too.
func (m mapping) String() string {
	parts := make([]string, len(m))
	for i, e := range m {
		parts[i] = quoted(e.key) + ": " + flow(e.value)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func flow(v any) string {
	switch v := v.(type) {
	case mapping:
		return v.String()
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = flow(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return quoted(v)
}

func quoted(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// block writes a mapping in lines, as people do.
func (m mapping) block(indent string) string {
	var b strings.Builder
	for _, e := range m {
		if below, ok := e.value.(mapping); ok && len(below) > 0 {
			b.WriteString(indent + quoted(e.key) + ":\n" + below.block(indent+"  "))
			continue
		}
		b.WriteString(indent + quoted(e.key) + ": " + flow(e.value) + "\n")
	}
	return b.String()
}

// shape is a pipeline while it is made up.
type shape struct {
	*rand.Rand
	made
	inputs []input
	tables []table
}

// input is what a model can read, with its columns beside email.
type input struct {
	name    string
	columns []column
	order   []any
}

type column struct{ name, kind string }

// table is what a sync can read.
type table struct {
	name    string
	columns []column
}

var kinds = []string{"text", "integer", "number(12,2)", "float", "boolean", "date", "timestamp", "timestamp_ntz", "json"}

// generate makes up a pipeline; the same seed gives the same one.
func generate(seed uint64) made {
	s := &shape{Rand: rand.New(rand.NewPCG(seed, 99)), made: made{samples: map[string][]mapping{}, models: map[string]string{}}}
	sources := mapping{}
	for i := range 1 + s.IntN(3) {
		sources = append(sources, s.source(fmt.Sprintf("db_%d", i)))
	}
	models := mapping{}
	for i := range 1 + s.IntN(3) {
		models = append(models, s.union(fmt.Sprintf("people_%d", i)))
	}
	if s.IntN(2) == 0 {
		models = append(models, s.sql("counted"))
	}
	s.file = mapping{{"version", 1}, {"name", "made-up"}, {"aws", mapping{{"region", "us-east-1"}}}, {"snowflake", mapping{{"account", "made-up"}}},
		{"sources", sources}, {"models", models}, {"destinations", s.destinations()}}
	return s.made
}

func (s *shape) source(name string) entry {
	streams := mapping{}
	for i := range 1 + s.IntN(3) {
		streams = append(streams, s.stream(name, fmt.Sprintf("t_%d", i)))
	}
	return entry{name, mapping{{"connector", "postgres"}, {"schedule", "6h"}, {"streams", streams},
		{"config", mapping{{"host", "db.made-up.example"}, {"database", "d"}, {"username", "u"}, {"password", "${secret.DB}"}}}}}
}

func (s *shape) stream(source, name string) entry {
	columns := []column{{"name", "text"}}
	for i := range s.IntN(4) {
		columns = append(columns, column{fmt.Sprintf("c_%d", i), kinds[s.IntN(len(kinds))]})
	}
	declared := mapping{{"id", "integer"}, {"email", "email"}, {"updated_at", "timestamp"}}
	for _, c := range columns {
		declared = append(declared, entry{c.name, c.kind})
	}
	mode := []string{"full_refresh_overwrite", "full_refresh_append", "incremental_append", "incremental_deduped"}[s.IntN(4)]
	out := mapping{{"sync_mode", mode}, {"primary_key", []any{"id"}}, {"pii", []any{"email", "name"}}}
	if strings.HasPrefix(mode, "incremental") {
		out = append(out, entry{"cursor", "updated_at"})
	}
	if s.IntN(3) == 0 {
		declared = append(declared, entry{"gone", "boolean"})
		out = append(out, entry{"deleted_when", "gone"})
	}
	out = append(out, entry{"columns", declared})
	s.rows(source+"/"+name, declared, strings.HasSuffix(mode, "append"))
	order := []any{[]any{"updated_at desc", "id"}, []any{"id"}, []any{"name asc", "updated_at", "id desc"}}[s.IntN(3)].([]any)
	s.inputs = append(s.inputs, input{source + "." + name, columns, order})
	return entry{name, out}
}

// rows makes up sample rows; where versions are kept, some ids are there more
// than once, and now and then a row is there twice.
func (s *shape) rows(file string, declared mapping, versions bool) {
	var out []mapping
	for i := range s.IntN(12) {
		id := i
		if versions {
			id = s.IntN(8)
		}
		row := mapping{}
		for _, d := range declared {
			v := s.value(d.value.(string))
			if d.key == "id" {
				v = id
			}
			if v == missing {
				continue
			}
			row = append(row, entry{d.key, v})
		}
		out = append(out, row)
		if versions && s.IntN(6) == 0 {
			out = append(out, slices.Clone(row))
		}
	}
	s.samples[file] = out
}

// missing is a key that a row does not have.
const missing = "\x00missing"

// value makes up one value; now and then NULL, none, or one that does not fit.
func (s *shape) value(kind string) any {
	switch s.IntN(12) {
	case 0:
		return nil
	case 1:
		return missing
	case 2:
		if kind != "email" {
			return "no such " + kind
		}
	}
	pick := func(values ...any) any { return values[s.IntN(len(values))] }
	switch strings.SplitN(kind, "(", 2)[0] {
	case "email":
		address := fmt.Sprintf("P%d@made-up.example", s.IntN(7))
		return pick(address, strings.ToLower(address), " "+address+" ", address+"\t", "", "   ", "not an address", "a@b@made-up.example")
	case "text":
		return pick("Ann", "ann", "O'Neil", `"quoted"`, "", " ", "line\nbreak", "Żółw 🐢", "null", "1", "{}")
	case "integer":
		return pick(0, -1, 42, 1<<53, "7", 1.5)
	case "number":
		return pick(0, 1.5, "2.50", -3.456, 12)
	case "float":
		return pick(0, 0.1, 1e300, "NaN", "2.5", -0.0)
	case "boolean":
		return pick(true, false, "true", 1)
	case "date":
		return pick("2026-01-02", "1999-12-31", "2026-13-01")
	case "timestamp":
		return pick("2026-01-02T03:04:05Z", "2026-01-02T05:04:05+02:00", "2026-01-02 03:04:05.123456Z", "2026-01-02T03:04:05")
	case "timestamp_ntz":
		return pick("2026-01-02T03:04:05", "2026-01-02 03:04:05.5")
	}
	return pick(mapping{{"a", 1}, {"b", "x"}}, []any{1, "two", nil}, "plain", 3, true)
}

// union makes a model out of some inputs: email, name, and one column of a kind
// that each of them has.
func (s *shape) union(name string) entry {
	var inputs []any
	first := s.inputs[s.IntN(len(s.inputs))]
	extra := ""
	if c := first.columns[s.IntN(len(first.columns))]; c.name != "name" {
		extra = c.kind
	}
	for range 1 + s.IntN(3) {
		in := first
		first = s.inputs[s.IntN(len(s.inputs))]
		columns := mapping{{"email", "email"}, {"name", "name"}}
		if extra != "" {
			at := slices.IndexFunc(in.columns, func(c column) bool { return c.kind == extra && c.name != "name" })
			if at < 0 {
				continue
			}
			columns = append(columns, entry{"extra", in.columns[at].name})
		}
		inputs = append(inputs, mapping{{"from", in.name}, {"columns", columns}, {"order_by", in.order}})
	}
	columns := []column{{"email", "email"}, {"name", "text"}}
	if extra != "" {
		columns = append(columns, column{"extra", extra})
	}
	out := mapping{{"union", inputs}, {"unique_by", []any{"email"}},
		{"merge", []string{"first_row", "first_non_null"}[s.IntN(2)]}, {"materialized", []string{"table", "view", "incremental"}[s.IntN(3)]}}
	s.tables = append(s.tables, table{name, columns})
	s.inputs = append(s.inputs, input{name, columns[1:], []any{"email"}})
	return entry{name, out}
}

// sql is a model in SQL over another one.
func (s *shape) sql(name string) entry {
	of := s.tables[s.IntN(len(s.tables))].name
	s.models["models/"+name+".sql"] = "select email, min(name) as name, count(*) as n\nfrom {{ ref('" + of + "') }}\ngroup by email\n"
	s.tables = append(s.tables, table{name, []column{{"email", "email"}, {"name", "text"}, {"n", "integer"}}})
	return entry{name, mapping{{"sql", "models/" + name + ".sql"}, {"unique_by", []any{"email"}},
		{"columns", mapping{{"email", "email"}, {"name", "text"}, {"n", "integer"}}}}}
}

func (s *shape) destinations() mapping {
	mail, rows := mapping{}, mapping{}
	for i := range 1 + s.IntN(3) {
		from := s.tables[s.IntN(len(s.tables))]
		mail = append(mail, s.sync(fmt.Sprintf("s_%d", i), from, mapping{{"list", fmt.Sprintf("a%d", i)}}, "email_address", "archive", strings.ToUpper))
	}
	for i := range s.IntN(3) {
		from := s.tables[s.IntN(len(s.tables))]
		to := mapping{{"table", fmt.Sprintf("t%d", i)}, {"tags_table", fmt.Sprintf("tags%d", i)}}
		rows = append(rows, s.sync(fmt.Sprintf("s_%d", i), from, to, "key", "delete", strings.ToLower))
	}
	out := mapping{{"mailchimp", mapping{{"config", mapping{{"api_key", "${secret.M}"}}}, {"syncs", mail}}}}
	if len(rows) > 0 {
		out = append(out, entry{"warehouse", mapping{{"connector", "postgres"}, {"syncs", rows},
			{"config", mapping{{"host", "h.made-up.example"}, {"database", "d"}, {"user", "u"}, {"password", "${secret.P}"}}}}})
	}
	return out
}

func (s *shape) sync(name string, from table, to mapping, key, removed string, field func(string) string) entry {
	fields, pii := mapping{}, []any{}
	for _, c := range from.columns {
		pii = append(pii, c.name)
		if c.name != "email" && c.kind != "json" && s.IntN(3) > 0 {
			fields = append(fields, entry{field(c.name), c.name})
		}
	}
	out := mapping{{"model", from.name}, {"to", to}, {"key", mapping{{key, "email"}}}, {"allow_pii", pii},
		{"guard", mapping{{"max_removals", "100%"}, {"min_rows", 0}}}}
	if len(fields) > 0 {
		out = append(out, entry{"fields", fields})
	}
	mode := []string{"upsert", "update", "mirror"}[s.IntN(3)]
	out = append(out, entry{"mode", mode})
	if mode == "mirror" {
		out = append(out, entry{"on_removed", removed})
	}
	if s.IntN(3) == 0 {
		out = append(out, entry{"where", "name is not null and name <> ''"})
	}
	if s.IntN(2) == 0 {
		out = append(out, entry{"tags", []any{"b", "a"}})
	}
	return entry{name, out}
}

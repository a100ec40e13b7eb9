//go:build cgo

package local

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// preview is what would be in every table, computed in memory.
type preview struct {
	*pipeline
	d       *database
	samples string
	tables  map[string]*object // by stream id
	built   map[string]*object // by model id
	notes   []string
}

// object is a table as it would be or as it is.
type object struct {
	rows    int
	columns []field // sorted by name
	digest  string  // of columns and rows
	// why says that it cannot be known what would be in it, cause the same of
	// that upstream which it hangs on, next how to go on.
	why, cause, next string
	// broken says that it breaks a promise: nothing behind it may be sent.
	broken string
	// unsteady says that its rows may be others each time they are computed.
	unsteady bool
	// empty are samples upstream that have no row.
	empty []string

	rowsIn, merged, dropped int
}

// field is a column as DuckDB has it.
type field struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// unknown reports whether it cannot be known what would be in it.
func (o *object) unknown() bool { return o.why != "" }

func newPreview(p *pipeline, d *database, samples string) *preview {
	return &preview{pipeline: p, d: d, samples: samples, tables: map[string]*object{}, built: map[string]*object{}}
}

// load reads the samples. It must be done before the database is locked.
func (p *preview) load(ctx context.Context) error {
	for _, schema := range p.schemas() {
		if err := p.d.exec(ctx, "create schema if not exists "+q(schema)); err != nil {
			return err
		}
	}
	for i := range p.Streams {
		if err := p.loadStream(ctx, &p.Streams[i], i); err != nil {
			return err
		}
	}
	if len(p.tables) > 0 && !slices.ContainsFunc(p.Streams, func(s stream) bool { return !p.tables[s.ID].unknown() }) {
		p.notes = append(p.notes, "there are no samples, so nothing is known of rows. Put some into samples/, one file a stream, such as samples/"+p.Streams[0].Sample+".ndjson")
	}
	return nil
}

func (p *pipeline) schemas() []string {
	var out []string
	for _, s := range p.Streams {
		out = append(out, s.Schema, s.Staging.Schema)
	}
	for _, m := range p.Models {
		out = append(out, m.Relation.Schema)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (p *preview) loadStream(ctx context.Context, s *stream, number int) error {
	o := &object{}
	p.tables[s.ID] = o
	file, err := findSample(p.samples, s.Sample)
	if err != nil {
		return err
	}
	if file == nil {
		o.why, o.next = "there is no sample for "+s.ID, "Put rows into samples/"+s.Sample+".ndjson (or .json, .csv, .parquet)."
		o.cause = o.why
		return nil
	}
	r, err := p.d.look(ctx, file, s.raw())
	if err != nil {
		return err
	}
	// The rows are kept once. What is derived from them is computed by who reads
	// it, so it costs nothing where nobody does.
	rows := fmt.Sprintf(`"temp"."main"."tapestry_rows_%d"`, number)
	if err := p.d.exec(ctx, "create temp table "+rows+" as "+r.rows(s)); err != nil {
		return r.unreadable(err)
	}
	filled, bad, err := p.measure(ctx, o, rows, s)
	if err != nil {
		return err
	}
	notes, err := r.notes(ctx, p.d, s, o.rows, filled, bad)
	if err != nil {
		return err
	}
	p.notes = append(p.notes, notes...)
	if o.rowsIn = o.rows; o.rows == 0 {
		o.empty = []string{s.ID}
	}
	return p.d.exec(ctx,
		"create view "+place{s.Schema, s.Table}.String()+" as "+s.whole(rows),
		"create view "+s.Staging.String()+" as "+s.Staging.SQL)
}

// measure hashes and counts everything in one scan.
func (p *preview) measure(ctx context.Context, o *object, rows string, s *stream) (filled []int, bad int, err error) {
	if o.columns, err = p.d.columns(ctx, rows, nil); err != nil {
		return nil, 0, err
	}
	var sum, xor string
	filled = make([]int, len(s.raw()))
	into := []any{&o.rows, &sum, &xor, &bad}
	items := []string{hashes(o.columns), "count(*) filter (where " + airbyteMeta + ` <> '{"changes":[]}')`}
	for i, c := range s.raw() {
		into = append(into, &filled[i])
		items = append(items, "count("+q(c.SQL)+")")
	}
	if err := p.d.one(ctx, "select "+strings.Join(items, ", ")+" from "+rows, into...); err != nil {
		return nil, 0, err
	}
	o.seal(p.d, sum, xor)
	return filled, bad, nil
}

// hashes is the part of a SELECT that counts rows and hashes them, in whatever
// order they are: the sum tells how often there is a row, which xor does not.
func hashes(columns []field) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = q(c.Name)
	}
	hash := "hash(" + strings.Join(names, ", ") + ")"
	return "count(*), coalesce(cast(sum(" + hash + ") as VARCHAR), ''), coalesce(cast(bit_xor(" + hash + ") as VARCHAR), '')"
}

func (o *object) seal(d *database, sum, xor string) {
	texts := []string{d.version, sum, xor, fmt.Sprint(o.rows)}
	for _, c := range o.columns {
		texts = append(texts, c.Name, c.Type)
	}
	o.digest = digest(texts...)
}

// columns lists the columns of a relation but some, sorted by name.
func (d *database) columns(ctx context.Context, relation string, but []string) ([]field, error) {
	var out []field
	err := d.each(ctx, "select column_name, column_type from (describe "+relation+")", func(scan func(...any) error) error {
		var f field
		err := scan(&f.Name, &f.Type)
		// A model in SQL may say a name in any case; DuckDB and Snowflake both
		// find it by another.
		f.Name = strings.ToUpper(f.Name)
		if !slices.Contains(but, f.Name) {
			out = append(out, f)
		}
		return err
	})
	slices.SortFunc(out, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return out, err
}

// hashed reads columns and rows of a relation.
func (d *database) hashed(ctx context.Context, relation string, but []string) (*object, error) {
	o := &object{}
	var err error
	if o.columns, err = d.columns(ctx, relation, but); err != nil {
		return nil, err
	}
	var sum, xor string
	if err := d.one(ctx, "select "+hashes(o.columns)+" from "+relation, &o.rows, &sum, &xor); err != nil {
		return nil, err
	}
	o.seal(d, sum, xor)
	return o, nil
}

// build computes the models, each after those it reads.
func (p *preview) build(ctx context.Context) error {
	for i := range p.Streams {
		if err := p.lost(ctx, &p.Streams[i]); err != nil {
			return err
		}
	}
	for i := range p.Models {
		m := &p.Models[i]
		o := &object{}
		p.built[m.ID] = o
		if p.inherit(m, o); o.unknown() {
			continue
		}
		if m.NoPreview != "" {
			p.noPreview(m, o, m.NoPreview)
			continue
		}
		if err := p.buildModel(ctx, m, o); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			p.noPreview(m, o, err.Error())
		}
	}
	return nil
}

func (p *preview) noPreview(m *model, o *object, reason string) {
	o.why, o.next = "no preview: "+reason, "The local target cannot run this SQL. It is left as it is here; dbt runs it in Snowflake."
	o.cause = "model " + m.ID + " has no preview: " + reason
	p.notes = append(p.notes, o.cause)
}

// inherit takes over what is said of the nodes that a model reads.
func (p *preview) inherit(m *model, o *object) {
	for _, id := range m.Reads {
		parent := p.node(id)
		_, name, _ := strings.Cut(id, ":")
		if parent.unknown() && !o.unknown() {
			o.why, o.cause, o.next = "it reads "+name+", of which nothing is known: "+parent.cause, parent.cause, parent.next
		}
		if o.broken == "" && parent.broken != "" {
			o.broken = parent.broken
		}
		o.unsteady = o.unsteady || parent.unsteady
		o.empty = append(o.empty, parent.empty...)
	}
	if len(m.Counts) == 0 && isUnsteady(m.Relation.SQL) {
		o.unsteady = true
		p.notes = append(p.notes, "model "+m.ID+" may give other rows each time it runs, so what it gives is not held to the plan")
	}
	slices.Sort(o.empty)
	o.empty = slices.Compact(o.empty)
}

func (p *preview) node(id string) *object {
	kind, name, _ := strings.Cut(id, ":")
	if kind == "model" {
		return p.built[name]
	}
	return p.tables[name]
}

// buildModel computes one model and counts what became of its rows.
func (p *preview) buildModel(ctx context.Context, m *model, o *object) error {
	if err := p.d.exec(ctx, createTable(m)); err != nil {
		return err
	}
	measured, err := p.d.hashed(ctx, m.Relation.String(), nil)
	if err != nil {
		return err
	}
	o.rows, o.columns, o.digest = measured.rows, measured.columns, measured.digest
	if err := p.countInputs(ctx, m, o); err != nil {
		return err
	}
	for _, c := range m.Checks {
		var n int
		if err := p.d.one(ctx, c.SQL, &n); err != nil {
			return err
		}
		if n > 0 && o.broken == "" {
			o.broken = fmt.Sprintf("model %s breaks %s, %s", m.ID, c.Name, counted(n, "time"))
			p.notes = append(p.notes, o.broken+": nothing that reads it is sent, as dbt builds nothing behind a test that fails")
		}
	}
	return nil
}

func createTable(m *model) string {
	return "create or replace table " + m.Relation.String() + " as (\n" + m.Relation.SQL + "\n)"
}

func (p *preview) countInputs(ctx context.Context, m *model, o *object) error {
	for _, c := range m.Counts {
		var in, dropped int
		if err := p.d.one(ctx, c.SQL, &in, &dropped); err != nil {
			return err
		}
		o.rowsIn += in
		o.dropped += dropped
	}
	if len(m.UniqueBy) > 0 && len(m.Counts) > 0 {
		o.merged = o.rowsIn - o.dropped - o.rows
	}
	if len(m.Counts) > 0 {
		return nil
	}
	for _, id := range m.Reads {
		if parent := p.model(strings.TrimPrefix(id, "model:")); parent != nil {
			o.rowsIn += p.built[parent.ID].rows
		} else if s := p.stream(strings.TrimPrefix(id, "stream:")); s != nil {
			var n int
			if err := p.d.one(ctx, "select count(*) from "+s.Staging.String(), &n); err != nil {
				return err
			}
			o.rowsIn += n
		}
	}
	return nil
}

// lost says which values within JSON do not fit their type.
func (p *preview) lost(ctx context.Context, s *stream) error {
	if s.Lost == "" || p.tables[s.ID].unknown() {
		return nil
	}
	return p.d.each(ctx, s.Lost+"\norder by 1", func(scan func(...any) error) error {
		var name, kind string
		var n int
		if err := scan(&name, &kind, &n); err != nil {
			return err
		}
		p.notes = append(p.notes, fmt.Sprintf("%s: %s of column %s, taken out of JSON, are no %s and become NULL", s.ID, counted(n, "value"), name, kind))
		return nil
	})
}

var (
	sqlNoise = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'`)
	// unsteadyWords give another value each time.
	unsteadyWords = regexp.MustCompile(`(?i)\b(?:now|random|uuid|uuidv4|uuidv7|gen_random_uuid|get_current_timestamp|transaction_timestamp|today|nextval)\s*\(|` +
		`\b(?:current_timestamp|current_date|current_time|localtime|localtimestamp|sysdate)\b|\busing\s+sample\b|\btablesample\b`)
)

func isUnsteady(sql string) bool {
	return unsteadyWords.MatchString(sqlNoise.ReplaceAllString(sql, " "))
}

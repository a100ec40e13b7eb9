//go:build cgo

package local

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Columns that Airbyte adds to every raw table.
const (
	airbyteRawID      = "_AIRBYTE_RAW_ID"
	airbyteExtracted  = "_AIRBYTE_EXTRACTED_AT"
	airbyteMeta       = "_AIRBYTE_META"
	airbyteGeneration = "_AIRBYTE_GENERATION_ID"
)

// derived are the columns of a raw table that follow from the others.
var derived = []string{airbyteRawID, airbyteExtracted, airbyteGeneration}

// reader is a sample file as DuckDB reads it.
type reader struct {
	sample *sample
	from   string            // the table function
	text   map[string]string // expression that gives a column as text, by its name at the source
	// there are the names that the file has; of JSON the first rows are looked at.
	there []string
}

// look finds out which columns a sample has.
func (d *database) look(ctx context.Context, s *sample, columns []column) (*reader, error) {
	r := &reader{sample: s, text: map[string]string{}}
	switch s.format {
	case "csv":
		return r, r.csv()
	case "parquet":
		if err := r.parquet(ctx, d); err != nil {
			return nil, r.unreadable(err)
		}
		return r, nil
	}
	if err := r.whole(); err != nil {
		return nil, err
	}
	if err := r.json(ctx, d, columns); err != nil {
		return nil, r.unreadable(err)
	}
	return r, nil
}

// whole refuses a list that is cut off: DuckDB takes it as if it ended there.
func (r *reader) whole() error {
	f, err := os.Open(r.sample.path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	first, last := make([]byte, min(info.Size(), 4096)), make([]byte, min(info.Size(), 4096))
	if _, err = f.ReadAt(first, 0); err == nil {
		_, err = f.ReadAt(last, info.Size()-int64(len(last)))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.HasPrefix(bytes.TrimSpace(first), []byte("[")) && !bytes.HasSuffix(bytes.TrimSpace(last), []byte("]")) {
		return fmt.Errorf("%s: the list has no end. The file was cut off; write it again", r.sample.name)
	}
	return nil
}

func (r *reader) json(ctx context.Context, d *database, columns []column) error {
	format := map[string]string{"ndjson": "newline_delimited", "json": "auto"}[r.sample.format]
	file := lit(r.sample.pattern()) + ", format = " + lit(format)
	types := make([]string, 0, len(columns)+1)
	for _, c := range columns {
		r.text[c.Name] = q(c.Name)
		types = append(types, q(c.Name)+": "+lit(textType(c)))
	}
	// Where one column is asked for, DuckDB takes a row that is no object for
	// its value; so there is always another.
	types = append(types, q("_tapestry_")+": 'VARCHAR'")
	r.from = "read_json(" + file + ", columns = {" + strings.Join(types, ", ") + "})"
	return d.each(ctx, "select distinct unnest(json_keys(json)) as k from (select json from read_json_objects("+file+") limit 1000) order by k",
		func(scan func(...any) error) error {
			var key string
			err := scan(&key)
			r.there = append(r.there, key)
			return err
		})
}

// textType is as what a column is read from JSON.
func textType(c column) string {
	if c.Type == "json" {
		return "JSON"
	}
	return "VARCHAR"
}

// csv reads the header itself: DuckDB would guess.
func (r *reader) csv() error {
	f, err := os.Open(r.sample.path)
	if err != nil {
		return err
	}
	defer f.Close()
	header, err := csv.NewReader(f).Read()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: the first line is no header of RFC 4180. Correct the file", r.sample.name)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	types := make([]string, len(header))
	for i, name := range header {
		if slices.Contains(header[:i], name) {
			return fmt.Errorf("%s: two columns are called %q. Rename one of them", r.sample.name, name)
		}
		// By number, so that names may differ in case only.
		types[i] = q("c"+strconv.Itoa(i)) + ": 'VARCHAR'"
		r.text[name] = q("c" + strconv.Itoa(i))
	}
	r.there = header
	r.from = "read_csv(" + lit(r.sample.pattern()) + `, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', ` +
		"nullstr = '', allow_quoted_nulls = false, columns = {" + strings.Join(types, ", ") + "})"
	return nil
}

func (r *reader) parquet(ctx context.Context, d *database) error {
	r.from = "read_parquet(" + lit(r.sample.pattern()) + ")"
	return d.each(ctx, "select column_name, column_type from (describe select * from "+r.from+")", func(scan func(...any) error) error {
		var name, kind string
		if err := scan(&name, &kind); err != nil {
			return err
		}
		r.there = append(r.there, name)
		r.text[name] = "cast(" + q(name) + " as VARCHAR)"
		if strings.ContainsAny(kind, "([") && !strings.HasPrefix(kind, "DECIMAL") { // a list, struct or map
			r.text[name] = "cast(to_json(" + q(name) + ") as VARCHAR)"
		}
		return nil
	})
}

// value is a column of the raw table in its type; bad is when it does not fit.
func (r *reader) value(c column) (value, bad string) {
	text, there := r.text[c.Name]
	if !there {
		return "cast(null as " + c.DuckDB + ")", ""
	}
	switch c.Type {
	case "text", "email":
		return text, ""
	case "json":
		if r.sample.format == "ndjson" || r.sample.format == "json" {
			return text, ""
		}
		// null says nothing, as it does within JSON.
		value = "case when json_valid(" + text + ") then nullif(json(" + text + "), 'null') end"
		return value, "not json_valid(" + text + ")"
	default:
		value = "try_cast(" + text + " as " + c.DuckDB + ")"
	}
	return value, text + " is not null and " + value + " is null"
}

// rows is the SELECT of everything that is not derived.
func (r *reader) rows(s *stream) string {
	items, changes := []string{}, []string{}
	for _, c := range s.raw() {
		value, bad := r.value(c)
		items = append(items, value+" as "+q(c.SQL))
		if bad != "" {
			changes = append(changes, "case when "+bad+" then "+lit(`{"field":`+quoteJSON(c.Name)+`,"change":"NULLED","reason":"DESTINATION_SERIALIZATION_ERROR"}`)+" end")
		}
	}
	none := lit(`{"changes":[]}`)
	meta := none
	if len(changes) > 0 {
		meta = "case when coalesce(" + strings.Join(changes, ", ") + ") is null then " + none +
			` else '{"changes":[' || concat_ws(',', ` + strings.Join(changes, ", ") + ") || ']}' end"
	}
	text := "select " + strings.Join(items, ", ") + ", cast(" + meta + " as JSON) as " + airbyteMeta
	if r.from == "" { // not even a header
		return text + " where false"
	}
	return text + " from " + r.from
}

// whole adds what is derived to the rows of a table.
func (s *stream) whole(from string) string {
	var texts []string
	for _, c := range s.raw() {
		texts = append(texts, "coalesce('v' || cast("+q(c.SQL)+" as VARCHAR), 'n')")
	}
	id := "md5(concat_ws(chr(31), " + strings.Join(texts, ", ") + "))"
	if s.Versions {
		// Rows that are equal are still rows of their own.
		id += " || '-' || cast(row_number() over (partition by " + strings.Join(s.rawNames(), ", ") + ") as VARCHAR)"
	}
	return "select " + strings.Join(s.rawNames(), ", ") + ", " + id + " as " + airbyteRawID +
		", cast('1970-01-01 00:00:00+00' as TIMESTAMPTZ) as " + airbyteExtracted + ", " + airbyteMeta +
		", cast(0 as DECIMAL(38,0)) as " + airbyteGeneration + " from " + from
}

func (s *stream) rawNames() []string {
	var out []string
	for _, c := range s.raw() {
		out = append(out, q(c.SQL))
	}
	return out
}

var inLine = regexp.MustCompile(`(?i)\bline:? (\d+)`)

// unreadable says that a sample is broken, and where, but not what is in it.
func (r *reader) unreadable(err error) error {
	what := map[string]string{"csv": "is no row of RFC 4180 with as many fields as the header", "parquet": "is no Parquet"}[r.sample.format]
	if what == "" {
		what = "is no JSON object"
	}
	line := ""
	if m := inLine.FindStringSubmatch(raw(err)); m != nil && r.sample.format == "csv" {
		line = m[1]
	}
	if r.sample.format == "ndjson" {
		line = r.badLine()
	}
	if line != "" {
		return fmt.Errorf("%s: line %s %s. Correct the file", r.sample.name, line, what)
	}
	return fmt.Errorf("%s: something in the file %s. Correct the file", r.sample.name, what)
}

// badLine is the number of the first line that is no JSON object. DuckDB counts
// otherwise where it reads in parallel.
func (r *reader) badLine() string {
	f, err := os.Open(r.sample.path)
	if err != nil {
		return ""
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 && (line[0] != '{' || !json.Valid(line)) {
			return strconv.Itoa(n)
		}
		if err != nil {
			return ""
		}
	}
}

// notes says what a sample lacks and has too much of, and which values do not
// fit. filled has the number of values by column, bad is how many rows have one
// that does not fit.
func (r *reader) notes(ctx context.Context, d *database, s *stream, rows int, filled []int, bad int) ([]string, error) {
	var out, missing, extra []string
	known := map[string]bool{}
	for i, c := range s.raw() {
		known[c.Name] = true
		if !slices.Contains(r.there, c.Name) && rows > 0 && filled[i] == 0 || rows == 0 && r.sample.format == "csv" && !slices.Contains(r.there, c.Name) {
			missing = append(missing, c.Name)
		}
	}
	for _, name := range r.there {
		if !known[name] {
			extra = append(extra, name)
		}
	}
	if len(missing) > 0 {
		out = append(out, fmt.Sprintf("%s has no column %s, so it is NULL in every row", r.sample.name, strings.Join(missing, ", ")))
	}
	if len(extra) > 0 {
		slices.Sort(extra)
		out = append(out, fmt.Sprintf("%s has the column %s, which %s does not declare; it is left out", r.sample.name, strings.Join(extra, ", "), s.ID))
	}
	if bad > 0 {
		misfits, err := r.misfits(ctx, d, s)
		return append(out, misfits...), err
	}
	return out, nil
}

// misfits reads the file once more to say which rows have values that do not
// fit their column.
func (r *reader) misfits(ctx context.Context, d *database, s *stream) ([]string, error) {
	var out []string
	for _, c := range s.raw() {
		_, bad := r.value(c)
		if bad == "" {
			continue
		}
		var n, first int
		err := d.one(ctx, "select count(*), coalesce(min(n), 0) from (select row_number() over () as n, "+bad+" as bad from "+r.from+") where bad", &n, &first)
		if err != nil {
			return nil, r.unreadable(err)
		}
		if n > 0 {
			out = append(out, fmt.Sprintf("%s: %s, the first in row %d, are no %s in column %s and become NULL", r.sample.name, counted(n, "value"), first, c.Type, c.Name))
		}
	}
	return out, nil
}

// counted is a number with its word.
func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

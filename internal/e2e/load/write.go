package load

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Runner runs one statement as the destination's user.
type Runner func(ctx context.Context, statement string) error

// Options say into what to write.
type Options struct {
	Database string
	// Internal is the destination's raw_data_schema, in which tables are made that
	// take the place of others.
	Internal   string
	Generation int
	// There says whether a table is there already.
	There func(ctx context.Context, schema, table string) (bool, error)
}

// message is a message of a source, as far as it is read here.
type message struct {
	Type   string `json:"type"`
	Record struct {
		Stream  string                     `json:"stream"`
		Data    map[string]json.RawMessage `json:"data"`
		Emitted int64                      `json:"emitted_at"`
	} `json:"record"`
	Trace struct {
		Type  string `json:"type"`
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	} `json:"trace"`
}

// row is a record of a stream.
type row struct {
	data    map[string]json.RawMessage
	emitted time.Time
	n       int
}

// batch is how many rows go into one INSERT.
const batch = 500

// Load writes what a source said.
func Load(ctx context.Context, run Runner, connection []byte, streams []Stream, messages io.Reader, o Options) error {
	list, err := tables(connection, streams)
	if err != nil {
		return err
	}
	records, failed := read(messages)
	for _, t := range list {
		if failed != nil && t.overwrites() {
			continue
		}
		if err := t.write(ctx, run, records[t.stream], o); err != nil {
			return fmt.Errorf("stream %s: %w", t.stream, err)
		}
	}
	return failed
}

// read sorts messages by stream. A trace of an error ends the read in failure.
func read(messages io.Reader) (map[string][]row, error) {
	out := map[string][]row{}
	var failed error
	lines := bufio.NewScanner(messages)
	lines.Buffer(nil, 16<<20)
	for n := 0; lines.Scan(); {
		var m message
		if json.Unmarshal(bytes.TrimSpace(lines.Bytes()), &m) != nil {
			continue // connectors print other things, too
		}
		switch {
		case m.Type == "RECORD":
			n++
			out[m.Record.Stream] = append(out[m.Record.Stream], row{m.Record.Data, time.UnixMilli(m.Record.Emitted).UTC(), n})
		case m.Type == "TRACE" && m.Trace.Type == "ERROR":
			failed = errors.Join(failed, fmt.Errorf("the source failed: %s", m.Trace.Error.Message))
		}
	}
	return out, errors.Join(failed, lines.Err())
}

func quote(parts ...string) string {
	for i, p := range parts {
		parts[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
	}
	return strings.Join(parts, ".")
}

func (t table) write(ctx context.Context, run Runner, rows []row, o Options) error {
	if t.overwrites() {
		return t.overwrite(ctx, run, rows, o)
	}
	full := quote(o.Database, t.schema, t.name)
	if err := run(ctx, "CREATE TABLE IF NOT EXISTS "+full+" "+t.definition()); err != nil {
		return err
	}
	if !t.deduped() {
		return t.insert(ctx, run, full, rows, o)
	}
	fresh := t.inside(o)
	if err := t.fill(ctx, run, fresh, rows, o); err != nil {
		return err
	}
	if err := run(ctx, t.merge(full, fresh)); err != nil {
		return err
	}
	return run(ctx, "DROP TABLE IF EXISTS "+fresh)
}

// inside is a table of the internal schema, of the same name for the same stream.
func (t table) inside(o Options) string {
	sum := sha256.Sum256([]byte(t.schema + "\x00" + t.name))
	return quote(o.Database, o.Internal, t.schema+"_"+t.name+"_"+strings.ToUpper(hex.EncodeToString(sum[:4])))
}

func (t table) fill(ctx context.Context, run Runner, name string, rows []row, o Options) error {
	if err := run(ctx, "CREATE OR REPLACE TABLE "+name+" "+t.definition()); err != nil {
		return err
	}
	return t.insert(ctx, run, name, rows, o)
}

func (t table) overwrite(ctx context.Context, run Runner, rows []row, o Options) error {
	if t.deduped() {
		rows = t.newest(rows)
	}
	fresh, full := t.inside(o), quote(o.Database, t.schema, t.name)
	if err := t.fill(ctx, run, fresh, rows, o); err != nil {
		return err
	}
	there, err := o.There(ctx, t.schema, t.name)
	if err != nil {
		return err
	}
	if !there {
		return run(ctx, "ALTER TABLE "+fresh+" RENAME TO "+full)
	}
	if err := run(ctx, "ALTER TABLE "+full+" SWAP WITH "+fresh); err != nil {
		return err
	}
	return run(ctx, "DROP TABLE IF EXISTS "+fresh)
}

// newest gives of each key the last row.
func (t table) newest(rows []row) []row {
	last := map[string]int{}
	for i, r := range rows {
		last[t.keyOf(r)] = i
	}
	var out []row
	for i, r := range rows {
		if last[t.keyOf(r)] == i {
			out = append(out, r)
		}
	}
	return out
}

func (t table) keyOf(r row) string {
	var parts []string
	for _, c := range t.columns {
		if slices.Contains(t.keys, c.name) {
			parts = append(parts, string(r.data[c.field]))
		}
	}
	return strings.Join(parts, "\x00")
}

// airbyteColumns come before a stream's own.
var airbyteColumns = []column{{name: "_AIRBYTE_RAW_ID", sqlType: "VARCHAR"}, {name: "_AIRBYTE_EXTRACTED_AT", sqlType: "TIMESTAMP_TZ"},
	{name: "_AIRBYTE_META", sqlType: "VARIANT"}, {name: "_AIRBYTE_GENERATION_ID", sqlType: "NUMBER(38,0)"}}

func (t table) all() []column { return slices.Concat(airbyteColumns, t.columns) }

func (t table) definition() string {
	var parts []string
	for i, c := range t.all() {
		text := quote(c.name) + " " + c.sqlType
		if i < 3 {
			text += " NOT NULL"
		}
		parts = append(parts, text)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// merge brings the rows of fresh in: of each key the one with the highest cursor,
// and nothing that is older than what is there.
func (t table) merge(full, fresh string) string {
	var on, set, names, values, keys []string
	for _, k := range t.keys {
		on = append(on, "TARGET."+quote(k)+" = FRESH."+quote(k))
		keys = append(keys, quote(k))
	}
	for _, c := range t.all() {
		set = append(set, quote(c.name)+" = FRESH."+quote(c.name))
		names = append(names, quote(c.name))
		values = append(values, "FRESH."+quote(c.name))
	}
	cursor, newer := `"_AIRBYTE_EXTRACTED_AT"`, ""
	if t.cursor != "" {
		c := quote(t.cursor)
		cursor = c + " DESC NULLS LAST, " + cursor
		newer = " AND (TARGET." + c + " < FRESH." + c + " OR TARGET." + c + " = FRESH." + c + " AND TARGET.\"_AIRBYTE_EXTRACTED_AT\" < FRESH.\"_AIRBYTE_EXTRACTED_AT\"" +
			" OR TARGET." + c + " IS NULL)"
	}
	return "MERGE INTO " + full + " AS TARGET USING (SELECT * FROM " + fresh + " QUALIFY ROW_NUMBER() OVER (PARTITION BY " + strings.Join(keys, ", ") +
		" ORDER BY " + cursor + " DESC) = 1) AS FRESH ON " + strings.Join(on, " AND ") +
		" WHEN MATCHED" + newer + " THEN UPDATE SET " + strings.Join(set, ", ") +
		" WHEN NOT MATCHED THEN INSERT (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(values, ", ") + ")"
}

func (t table) insert(ctx context.Context, run Runner, name string, rows []row, o Options) error {
	for chunk := range slices.Chunk(rows, batch) {
		var lines []string
		for _, r := range chunk {
			lines = append(lines, t.values(r, o))
		}
		if err := run(ctx, "INSERT INTO "+name+" ("+t.names()+") SELECT "+t.casts()+" FROM VALUES "+strings.Join(lines, ", ")); err != nil {
			return err
		}
	}
	return nil
}

func (t table) names() string {
	var out []string
	for _, c := range t.all() {
		out = append(out, quote(c.name))
	}
	return strings.Join(out, ", ")
}

// casts turn the texts of VALUES into the columns' types.
func (t table) casts() string {
	var out []string
	for i, c := range t.all() {
		text := fmt.Sprintf("COLUMN%d", i+1)
		switch c.sqlType {
		case "VARCHAR":
		case "VARIANT":
			text = "PARSE_JSON(" + text + ")"
		case "OBJECT", "ARRAY":
			text = "TO_" + c.sqlType + "(PARSE_JSON(" + text + "))"
		default:
			text = "CAST(" + text + " AS " + c.sqlType + ")"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func (t table) values(r row, o Options) string {
	out := []string{literal(rawID(t, r, o)), literal(r.emitted.UTC().Format("2006-01-02T15:04:05.000000Z")), literal(`{"changes":[],"sync_id":0}`), literal(fmt.Sprint(o.Generation))}
	for _, c := range t.columns {
		out = append(out, valueOf(r.data[c.field], c.sqlType))
	}
	return "(" + strings.Join(out, ", ") + ")"
}

// rawID is an id for a row, the same for the same row of the same read.
func rawID(t table, r row, o Options) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d\x00%d\x00%d", t.schema, t.name, o.Generation, r.emitted.UnixMilli(), r.n))
	text := hex.EncodeToString(sum[:16])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

func valueOf(raw json.RawMessage, sqlType string) string {
	if len(raw) == 0 || string(raw) == "null" {
		return "NULL"
	}
	var text string
	if sqlType == "VARIANT" || json.Unmarshal(raw, &text) != nil {
		return literal(string(raw))
	}
	if strings.HasPrefix(sqlType, "TIMESTAMP") {
		text = instant(text)
	}
	return literal(text)
}

// instant writes a time as Snowflake reads it, whichever way the source wrote it.
func instant(text string) string {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC().Format("2006-01-02T15:04:05.000000Z")
		}
	}
	return text
}

func literal(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text) + "'"
}

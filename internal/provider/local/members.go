//go:build cgo

package local

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// audience is one sync with what is at its destination, in relations of the
// temporary schema:
//
//	members_N  what is there: KEY, BODY
//	owned_N    keys of the members that the sync made or changed: KEY
//	wanted_N   what should be there: KEY, BODY, REJECT
//	others_N   who is there by other syncs, for mode update: KEY
//	diff_N     both: KEY, BODY, OLD, REJECT, OURS, EVENT
type audience struct {
	d      *database
	number int
	view   *view
	// keys are those by which the members that are there are told apart.
	keys []mapped
	// broken says that the files cannot be read.
	broken string
	last   int64 // sequence number of the last event
	there  int   // members that are there
}

func (a *audience) rel(kind string) string {
	return fmt.Sprintf(`"temp"."main"."%s_%d"`, kind, a.number)
}

// loadAudience reads members and log. It must be done before the database is
// locked.
func (d *database) loadAudience(ctx context.Context, number int, v *view, keys []mapped) (*audience, error) {
	a := &audience{d: d, number: number, view: v, keys: keys}
	if v.state != nil {
		a.keys = v.state.Settings.Keys
	}
	if err := a.loadMembers(ctx); err != nil {
		return a, err
	}
	return a, a.loadEvents(ctx)
}

func (a *audience) loadMembers(ctx context.Context) error {
	create := "create temp table " + a.rel("members") + " as select BODY, " + keyOf("BODY", a.keys) + " as KEY from "
	if a.view.members == "" {
		return a.d.exec(ctx, create+"(select cast(null as VARCHAR) as BODY where false)")
	}
	if err := a.d.exec(ctx, create+"(select cast(json as VARCHAR) as BODY from "+lines(a.view.members)+")"); err != nil {
		a.broken = "the members in " + a.name(a.view.members) + " are not one JSON object a line"
		return a.d.exec(ctx, create+"(select cast(null as VARCHAR) as BODY where false)")
	}
	if err := a.d.one(ctx, "select count(*) from "+a.rel("members"), &a.there); err != nil {
		return err
	}
	var double int
	err := a.d.one(ctx, "select count(*) from (select KEY from "+a.rel("members")+" where KEY is not null group by KEY having count(*) > 1)", &double)
	if double > 0 {
		a.broken = fmt.Sprintf("%s in %s has the same key as another", counted(double, "member"), a.name(a.view.members))
	}
	return err
}

func (a *audience) name(path string) string {
	destination, _, _ := strings.Cut(a.view.box.id, ".")
	return "outbox/" + destination + path[strings.LastIndexAny(path, `/\`):]
}

func lines(path string) string {
	return "read_ndjson_objects(" + lit((&sample{path: path}).pattern()) + ")"
}

// loadEvents reads the log as far as it counts.
func (a *audience) loadEvents(ctx context.Context) error {
	from := "(select cast(null as JSON) as json where false)"
	if len(a.view.events) > 0 {
		path, done, err := a.view.oneLog()
		if err != nil {
			return err
		}
		defer done()
		from = lines(path)
	}
	create := "create temp table " + a.rel("log") + " as select cast(json ->> '$.seq' as BIGINT) as SEQ, json ->> '$.event' as EVENT, " +
		"cast(json -> '$.key' as VARCHAR) as KEY from "
	if err := a.d.exec(ctx, create+from); err != nil {
		a.broken = "the log " + a.name(a.view.events[0].path) + " is not what applies wrote"
		if err := a.d.exec(ctx, create+"(select cast(null as JSON) as json where false)"); err != nil {
			return err
		}
	}
	if err := a.d.one(ctx, "select coalesce(max(SEQ), 0) from "+a.rel("log"), &a.last); err != nil {
		return err
	}
	return a.d.exec(ctx, "create temp table "+a.rel("owned")+" as select KEY from (select KEY, arg_max(EVENT, SEQ) as LAST from "+a.rel("log")+
		" where KEY is not null group by KEY) where LAST <> 'remove'")
}

// oneLog gives the log as one file, which is gone after done.
func (v *view) oneLog() (path string, done func(), err error) {
	if info, err := os.Stat(v.events[0].path); err == nil && len(v.events) == 1 && info.Size() == v.events[0].size {
		return v.events[0].path, func() {}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(v.box.stem), ".*.events")
	if err != nil {
		return "", nil, err
	}
	err = v.copyEvents(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	done = func() { _ = os.Remove(f.Name()) }
	if err != nil {
		done()
	}
	return f.Name(), done, err
}

// keyOf is the key of a member as a JSON object of its key fields, or NULL
// where one of them is missing.
func keyOf(body string, keys []mapped) string {
	if len(keys) == 0 {
		return "cast(null as VARCHAR)"
	}
	parts := make([]string, len(keys))
	for i, k := range keys {
		at := lit(pointer(k.Field))
		value := "nullif(cast(json_extract(" + body + ", " + at + ") as VARCHAR), 'null')"
		if isText(k.Type) { // however a hand has escaped it
			value = "cast(to_json(json_extract_string(" + body + ", " + at + ")) as VARCHAR)"
		}
		parts[i] = lit(quoteJSON(k.Field)+":") + " || " + value
	}
	return "'{' || " + strings.Join(parts, " || ',' || ") + " || '}'"
}

// want says what should be at the destination: rows is the segment.
func (a *audience) want(ctx context.Context, s *syncer, rows string) error {
	body := append(bodyParts(s.Keys), bodyParts(s.Fields)...)
	return a.d.exec(ctx, "create temp view "+a.rel("wanted")+" as select '{' || "+strings.Join(bodyParts(s.Keys), " || ',' || ")+" || '}' as KEY, "+
		"'{' || "+strings.Join(body, " || ',' || ")+" || '}' as BODY, "+reject(s)+" as REJECT from "+rows+" as S",
		a.diff(s))
}

// wantNothing is for a sync that is gone.
func (a *audience) wantNothing(ctx context.Context) error {
	return a.d.exec(ctx, "create temp view "+a.rel("wanted")+" as select cast(null as VARCHAR) as KEY, cast(null as VARCHAR) as BODY, cast(null as VARCHAR) as REJECT where false",
		a.diff(&syncer{Mode: "mirror"}))
}

// diff puts what is there beside what should be there.
func (a *audience) diff(s *syncer) string {
	left, created := "'keep'", "'create'"
	if s.Mode == "mirror" {
		left = "'remove'"
	}
	if s.Mode == "update" { // of who is there
		created = "case when W.KEY in (select KEY from " + a.rel("others") + ") then 'enter' else 'absent' end"
	}
	if a.there == 0 { // nothing to compare with
		return "create temp view " + a.rel("diff") + " as select KEY, BODY, cast(null as VARCHAR) as OLD, REJECT, false as OURS, " +
			"case when REJECT is not null then 'reject' else " + created + " end as EVENT from " + a.rel("wanted") + " as W"
	}
	return "create temp view " + a.rel("diff") + " as select coalesce(W.KEY, M.KEY) as KEY, W.BODY as BODY, M.BODY as OLD, W.REJECT as REJECT, " +
		"O.KEY is not null and M.BODY is not null as OURS, case " +
		"when W.KEY is null then case when O.KEY is null then 'foreign' else " + left + " end " +
		"when W.REJECT is not null then 'reject' " +
		"when M.BODY is null then " + created + " " +
		"when W.BODY <> M.BODY and (" + strings.Join(append(a.differing(s), "false"), " or ") + ") then 'update' " +
		"when O.KEY is null then 'adopt' else 'same' end as EVENT " +
		"from " + a.rel("wanted") + " as W full join " + a.rel("members") + " as M on W.KEY = M.KEY " +
		"left join " + a.rel("owned") + " as O on O.KEY = coalesce(W.KEY, M.KEY)"
}

// differing are the conditions under which a member has another value, one for
// each of fields. A value that is not there is as good as null.
func (a *audience) differing(s *syncer) []string {
	var out []string
	for _, name := range a.fields(s) {
		out = append(out, differs("M.BODY", "W.BODY", name))
	}
	return out
}

func differs(old, body, name string) string {
	at := lit(pointer(name))
	value := func(of string) string { return "nullif(cast(json_extract(" + of + ", " + at + ") as VARCHAR), 'null')" }
	return value(old) + " is distinct from " + value(body)
}

// fields are the fields that the sync maps, or mapped when it was last applied.
func (a *audience) fields(s *syncer) []string {
	var out []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	for _, f := range s.Fields {
		add(f.Field)
	}
	for _, k := range s.Keys {
		seen[k.Field] = true
	}
	if a.view.state != nil {
		for _, f := range a.view.state.Settings.Fields {
			add(f.Field)
		}
	}
	return out
}

// bodyParts are "field":value for each field, as SQL that gives text.
func bodyParts(fields []syncField) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = lit(quoteJSON(f.Field)+":") + " || " + valueJSON(f)
	}
	return out
}

// valueJSON is a value as JSON, in SQL.
func valueJSON(f syncField) string {
	raw := "S." + q(f.SQL)
	value := "try_cast(" + raw + " as " + f.DuckDB + ")"
	kind, _, _ := strings.Cut(f.Type, "(")
	switch kind {
	case "integer", "number", "boolean":
		value = "cast(" + value + " as VARCHAR)"
	case "float":
		value = "case when isfinite(" + value + ") then cast(to_json(" + value + ") as VARCHAR) end"
	case "date":
		value = "'\"' || cast(" + value + " as VARCHAR) || '\"'"
	case "timestamp":
		value = timeJSON("timezone('UTC', "+value+")", "Z")
	case "timestamp_ntz":
		value = timeJSON(value, "")
	case "json":
		value = "case when json_valid(cast(" + raw + " as VARCHAR)) then cast(json(cast(" + raw + " as VARCHAR)) as VARCHAR) end"
	default:
		value = "cast(to_json(cast(" + raw + " as VARCHAR)) as VARCHAR)"
	}
	return "coalesce(" + value + ", 'null')"
}

func timeJSON(value, zone string) string {
	form := func(f string) string { return "strftime(" + value + ", '" + f + "')" }
	return "'\"' || case when microsecond(" + value + ") % 1000000 = 0 then " + form("%Y-%m-%dT%H:%M:%S") + " else " + form("%Y-%m-%dT%H:%M:%S.%f") + " end || '" + zone + "\"'"
}

// reject is why the destination would refuse a row, or NULL.
func reject(s *syncer) string {
	var cases []string
	for _, f := range slices.Concat(s.Keys, s.Fields) {
		raw := "S." + q(f.SQL)
		value := "try_cast(" + raw + " as " + f.DuckDB + ")"
		kind, _, _ := strings.Cut(f.Type, "(")
		switch kind {
		case "text":
			continue
		case "email":
			cases = append(cases, "when "+notAnAddress("cast("+raw+" as VARCHAR)")+" then "+lit(f.Field+": not an e-mail address"))
		case "float":
			cases = append(cases, "when "+raw+" is not null and not coalesce(isfinite("+value+"), false) then "+lit(f.Field+": not a number"))
		case "json":
			cases = append(cases, "when not json_valid(cast("+raw+" as VARCHAR)) then "+lit(f.Field+": not JSON"))
		default:
			cases = append(cases, "when "+raw+" is not null and "+value+" is null then "+lit(f.Field+": not of type "+f.Type))
		}
	}
	if cases == nil {
		return "cast(null as VARCHAR)"
	}
	return "case " + strings.Join(cases, " ") + " end"
}

// notAnAddress finds what mail systems refuse of what the segment lets through:
// more than one @, a blank, a dot at the end.
func notAnAddress(x string) string {
	return x + " like '%@%@%' or contains(" + x + ", ' ') or ends_with(" + x + ", '.')"
}

// pointer says where a field is in a member: field names may hold anything.
func pointer(field string) string {
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(field)
}

func isText(kind string) bool { return kind == "text" || kind == "email" }

// quoteJSON writes text as DuckDB's to_json does.
func quoteJSON(text string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // text is always encodable
	return strings.TrimSuffix(b.String(), "\n")
}

//go:build cgo

package local

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// row is one generated row of either source; a nil value is NULL.
type row struct {
	id, first, last string
	email, deleted  *string
	noFirst, noLast bool
	changed         int // minutes; negative is NULL
}

// world is what the sources hold.
type world struct {
	contacts, registrants []row
}

type member struct{ first, last *string }

func ptr(s string) *string { return &s }

// generate makes rows in which everything happens: addresses in other case and
// with blanks, without any, twice in one source and in both, deleted ones.
func generate(r *rand.Rand) world {
	address := func() *string {
		name := fmt.Sprintf("p%d@rain.example", r.IntN(12))
		switch r.IntN(12) {
		case 0:
			return nil
		case 1:
			return ptr([]string{"", "  ", "\t", "\u00a0 \r\n"}[r.IntN(4)])
		case 2:
			return ptr(strings.ToUpper(name) + " ")
		case 3:
			return ptr("\t\u00a0" + name)
		case 4:
			return ptr([]string{"no address", "two@@signs.example", "x@nodot", "a b@c.example"}[r.IntN(4)])
		}
		return &name
	}
	names := []string{"Ann", "Bo \"B\"", "Çelik", "O'Neil", "", "null", `back\slash`, "日本", "a,b\nc"}
	fill := func(prefix string) []row {
		rows := make([]row, r.IntN(15))
		for i := range rows {
			rows[i] = row{id: fmt.Sprintf("%s%02d", prefix, i), email: address(), first: names[r.IntN(len(names))], last: names[r.IntN(len(names))],
				noFirst: r.IntN(8) == 0, noLast: r.IntN(6) == 0, changed: r.IntN(6) - 1}
			if d := r.IntN(6); d < 2 {
				rows[i].deleted = ptr([]string{"true", "false"}[d])
			}
		}
		return rows
	}
	return world{fill("c"), fill("r")}
}

// members computes what the audience should be, from the rows alone. It shares
// nothing with what is tested.
func (w world) members() (audience map[string]member, refused, rowsIn, merged, dropped, people int) {
	var alive []row
	for _, c := range w.contacts {
		if c.deleted == nil || *c.deleted != "true" {
			alive = append(alive, c)
		}
	}
	slices.SortFunc(alive, func(a, b row) int { return cmp.Or(cmp.Compare(b.changed, a.changed), cmp.Compare(a.id, b.id)) })
	audience = map[string]member{}
	for _, x := range append(alive, w.registrants...) {
		rowsIn++
		key := ""
		if x.email != nil {
			key = strings.ToLower(strings.Trim(*x.email, " \t\r\n\u00a0"))
		}
		if key == "" {
			dropped++
			continue
		}
		if _, known := audience[key]; known {
			merged++
			continue
		}
		m := member{&x.first, &x.last}
		if x.noFirst {
			m.first = nil
		}
		if x.noLast {
			m.last = nil
		}
		audience[key] = m
	}
	people = len(audience)
	for key, m := range audience {
		if m.last == nil { // the sync's where
			delete(audience, key)
		} else if !looksLikeAnAddress.MatchString(key) {
			delete(audience, key)
			refused++
		}
	}
	return audience, refused, rowsIn, merged, dropped, people
}

// looksLikeAnAddress is what no row is sent without; what else is no address is
// for the destination to refuse.
var looksLikeAnAddress = regexp.MustCompile(`(?s)^.+@.+\..+$`)

func valid(address string) bool {
	local, domain, ok := strings.Cut(address, "@")
	return ok && local != "" && !strings.Contains(domain, "@") && strings.Contains(domain, ".") && !strings.Contains(address, " ")
}

// after computes members and counts when the audience replaces members.
func after(before, audience map[string]member, rejected int) (map[string]member, deploy.Effect) {
	e := deploy.Effect{}
	out := map[string]member{}
	for key, m := range audience {
		was, there := before[key]
		switch {
		case !valid(key):
			rejected++
		case !there:
			e.Created++
			out[key] = m
		case same(was.first, m.first) && same(was.last, m.last):
			e.Unchanged++
			out[key] = m
		default:
			e.Changed++
			out[key] = m
		}
	}
	for key := range before {
		if _, stays := audience[key]; !stays {
			e.Removed++
		}
	}
	if rejected > 0 {
		e.Rejected = []deploy.Count{{Name: "email_address: not an e-mail address", N: rejected}}
	}
	return out, e
}

func same(a, b *string) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// write puts the rows into sample files, in some order and some format.
func (w world) write(t *testing.T, p *project, r *rand.Rand) {
	contacts := table{names: []string{"Id", "Email", "FirstName", "LastName", "IsDeleted", "SystemModstamp"}}
	for _, c := range w.contacts {
		var when any
		if c.changed >= 0 {
			when = fmt.Sprintf("2026-10-01T08:%02d:00Z", c.changed)
		}
		contacts.rows = append(contacts.rows, []any{c.id, c.email, text(c.first, c.noFirst), text(c.last, c.noLast), c.deleted, when})
	}
	registrants := table{names: []string{"id", "email", "first_name", "last_name"}}
	for _, x := range w.registrants {
		registrants.rows = append(registrants.rows, []any{x.id, x.email, text(x.first, x.noFirst), text(x.last, x.noLast)})
	}
	contacts.write(t, p, "salesforce/Contact", formats[r.IntN(len(formats))], r)
	registrants.write(t, p, "zoom/webinar_registrants", formats[r.IntN(len(formats))], r)
}

func text(s string, null bool) any {
	if null {
		return nil
	}
	return s
}

// table is rows of a sample in no format yet.
type table struct {
	names []string
	rows  [][]any
}

// write replaces the sample of a stream.
func (x table) write(t testing.TB, p *project, stem, format string, r *rand.Rand) {
	t.Helper()
	base := filepath.Join(p.dir, "samples", filepath.FromSlash(stem))
	require.NoError(t, os.MkdirAll(filepath.Dir(base), 0o755))
	for _, f := range formats {
		_ = os.Remove(base + "." + f)
	}
	rows := slices.Clone(x.rows)
	if r != nil {
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	x.rows = rows
	switch format {
	case "csv":
		require.NoError(t, os.WriteFile(base+".csv", []byte(x.csv()), 0o644))
	case "parquet":
		x.parquet(t, base)
	default:
		require.NoError(t, os.WriteFile(base+"."+format, []byte(x.json(format)), 0o644))
	}
}

func (x table) json(format string) string {
	var lines []string
	for _, row := range x.rows {
		object := map[string]any{}
		for i, name := range x.names {
			object[name] = row[i]
		}
		line, _ := json.Marshal(object)
		lines = append(lines, string(line))
	}
	if format == "json" {
		return "[" + strings.Join(lines, ",\n") + "]\n"
	}
	return strings.Join(append(lines, ""), "\n")
}

func (x table) csv() string {
	var b strings.Builder
	for i, name := range x.names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strings.ReplaceAll(name, `"`, `""`) + `"`)
	}
	b.WriteString("\r\n")
	for _, row := range x.rows {
		for i, v := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			if p, ok := v.(*string); ok && p != nil {
				v = *p
			}
			if j, ok := v.(json.RawMessage); ok {
				v = string(j)
			}
			if s, ok := v.(string); ok {
				b.WriteString(`"` + strings.ReplaceAll(s, `"`, `""`) + `"`)
			}
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

func (x table) parquet(t testing.TB, base string) {
	d, err := openDatabase(ctx, "", false)
	require.NoError(t, err)
	defer d.close()
	from := filepath.Join(t.TempDir(), "rows.ndjson")
	require.NoError(t, os.WriteFile(from, []byte(x.json("ndjson")), 0o644))
	var types, texts []string
	for i, name := range x.names {
		kind := "VARCHAR"
		for _, row := range x.rows {
			if _, ok := row[i].(json.RawMessage); ok {
				kind = "JSON"
			}
		}
		types = append(types, q(name)+": '"+kind+"'")
		texts = append(texts, "cast("+q(name)+" as VARCHAR) as "+q(name))
	}
	require.NoError(t, d.exec(ctx, "copy (select "+strings.Join(texts, ", ")+" from read_json("+lit(from)+", format = 'newline_delimited', columns = {"+strings.Join(types, ", ")+
		"})) to "+lit(base+".parquet")))
}

// stored reads the members file.
func (p *project) stored(id string) map[string]member {
	out := map[string]member{}
	for _, line := range p.members(id) {
		if line == "" {
			continue
		}
		var m struct {
			Key string  `json:"email_address"`
			F   *string `json:"FNAME"`
			L   *string `json:"LNAME"`
		}
		require.NoError(p.t, json.Unmarshal([]byte(line), &m))
		out[m.Key] = member{m.F, m.L}
	}
	return out
}

// replay computes the members from the log alone.
func (p *project) replay(id string) map[string]member {
	out := map[string]member{}
	for i, e := range p.events(id) {
		require.EqualValues(p.t, i+1, e.Seq, "events are numbered one after the other")
		var key struct {
			Email string `json:"email_address"`
		}
		set := map[string]*string{}
		require.NoError(p.t, json.Unmarshal(e.Key, &key))
		if e.Set != nil {
			require.NoError(p.t, json.Unmarshal(e.Set, &set))
		}
		m, there := out[key.Email]
		require.Equal(p.t, e.Event != "create", there, "event %d", e.Seq)
		for field, v := range set {
			switch field {
			case "FNAME":
				m.first = v
			case "LNAME":
				m.last = v
			}
		}
		if out[key.Email] = m; e.Event == "remove" {
			delete(out, key.Email)
		}
	}
	return out
}

// What is planned and made is what plain Go makes of the rows.
func TestAgainstAnIndependentComputation(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			p := newProject(t, "rain-shield")
			p.edit("guard: {max_removals: 50%, min_rows: 1}", "guard: {max_removals: 100%, min_rows: 0}\n        where: last_name is not null")
			members := map[string]member{}
			w := generate(r)
			for range 4 {
				w.write(t, p, r)
				audience, refused, rowsIn, merged, dropped, peopleOut := w.members()
				want, effect := after(members, audience, refused)
				effect.RowsIn, effect.RowsOut = len(audience)+refused, len(audience)
				plan := p.apply()
				if c := plan.Change(newsletter); c != nil {
					got := effectOf(t, plan, newsletter)
					got.ChangedFields = nil
					require.Equal(t, effect, got)
				} else {
					require.Zero(t, effect.Created+effect.Changed+effect.Removed)
				}
				if plan.Change(people) != nil {
					require.Equal(t, deploy.Effect{RowsIn: rowsIn, RowsOut: peopleOut, Merged: merged, Dropped: dropped}, effectOf(t, plan, people))
				}
				require.Equal(t, want, p.stored("mailchimp.newsletter"))
				require.Equal(t, want, p.replay("mailchimp.newsletter"))
				p.quiet()
				members = want
				if r.IntN(2) == 0 {
					w = generate(r)
				} else { // a few rows change
					other := generate(r)
					w.contacts = append(w.contacts[:len(w.contacts)/2], other.contacts[:len(other.contacts)/2]...)
					for i := range w.contacts {
						w.contacts[i].id = fmt.Sprintf("c%02d", i)
					}
				}
			}
		})
	}
}

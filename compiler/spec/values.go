package spec

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Duration is a length of time such as 60s, 5m, 6h or 1d.
type Duration struct {
	V    time.Duration
	Text string
	Span source.Span
	Set  bool
}

var durationForm = regexp.MustCompile(`^([0-9]{1,6})(s|m|h|d)$`)

func parseDuration(text string) (time.Duration, bool) {
	m := durationForm.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, _ := strconv.Atoi(m[1])
	unit := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[2]]
	return time.Duration(n) * unit, true
}

// UnmarshalNode reads a duration.
func (v *Duration) UnmarshalNode(d *decode.Decoder, n *source.Node) {
	v.Span = n.Span
	t, ok := parseDuration(n.Text)
	if n.Kind != source.Scalar || n.Style == source.Reference || !ok {
		d.Mismatch(n, "a duration such as 60s, 5m or 6h")
		return
	}
	v.V, v.Text, v.Set = t, n.Text, true
}

// NodeSchema describes a duration.
func (v *Duration) NodeSchema(*decode.SchemaBuilder) map[string]any {
	return map[string]any{"type": "string", "pattern": `^[0-9]+[smhd]$|\$\{env\.`, "examples": []any{"60s", "6h"}}
}

// Schedule says how often: every 6h, manual, or a cron of five fields.
type Schedule struct {
	Span     source.Span
	Set      bool
	Manual   bool
	Every    time.Duration // of the short form
	Text     string        // as typed, of the short form
	Cron     Text
	Timezone Text
}

// cronForm is the long form of a schedule.
type cronForm struct {
	Cron     Text `key:"cron,required" doc:"Five fields: minute, hour, day of month, month, day of week." example:"0 */6 * * *"`
	Timezone Text `key:"timezone" doc:"IANA time zone. Default: UTC." example:"Europe/Berlin"`
}

// UnmarshalNode reads a schedule in either form.
func (v *Schedule) UnmarshalNode(d *decode.Decoder, n *source.Node) {
	v.Span = n.Span
	if n.Kind == source.Map {
		var long cronForm
		d.Value(n, &long)
		v.Cron, v.Timezone, v.Set = long.Cron, long.Timezone, long.Cron.Set
		return
	}
	every, ok := parseDuration(n.Text)
	switch {
	case n.Kind == source.Scalar && n.Text == "manual":
		v.Manual, v.Set = true, true
	case n.Kind == source.Scalar && n.Style != source.Reference && ok:
		v.Every, v.Text, v.Set = every, n.Text, true
	default:
		d.Mismatch(n, `a duration such as 6h, "manual", or {cron: "0 */6 * * *"}`)
	}
}

// NodeSchema describes both forms.
func (v *Schedule) NodeSchema(s *decode.SchemaBuilder) map[string]any {
	return map[string]any{"anyOf": []any{
		map[string]any{"type": "string", "pattern": `^([0-9]+[smhd]|manual)$|\$\{env\.`, "examples": []any{"1h", "6h", "manual"}},
		s.OfValue(&cronForm{}),
	}}
}

// TextList is one text or a list of them.
type TextList struct {
	Items []Text
	Span  source.Span
	Set   bool
}

// Strings gives the texts.
func (l TextList) Strings() []string { return Strings(l.Items) }

// Strings gives the texts of a list.
func Strings(items []Text) []string {
	out := make([]string, len(items))
	for i, t := range items {
		out[i] = t.V
	}
	return out
}

// UnmarshalNode reads one text or a list.
func (l *TextList) UnmarshalNode(d *decode.Decoder, n *source.Node) {
	l.Span, l.Set = n.Span, true
	if n.Kind == source.Scalar {
		l.Items = make([]Text, 1)
		d.Value(n, &l.Items[0])
		return
	}
	l.Set = n.Kind == source.List
	d.Value(n, &l.Items)
}

// NodeSchema describes both forms.
func (l *TextList) NodeSchema(*decode.SchemaBuilder) map[string]any {
	return map[string]any{"anyOf": []any{decode.TextSchema(),
		map[string]any{"type": "array", "items": decode.TextSchema()}}}
}

// Columns are columns with types, or a list of names that picks from the
// catalogue. In the list form every Type is unset.
type Columns struct {
	Span  source.Span
	Set   bool
	List  bool // names only
	Items []ColumnSpec
}

// ColumnSpec is one column.
type ColumnSpec struct {
	Name Text
	Type Text
}

// UnmarshalNode reads either form.
func (c *Columns) UnmarshalNode(d *decode.Decoder, n *source.Node) {
	c.Span = n.Span
	c.Set = n.Kind == source.Map || n.Kind == source.List
	c.List = n.Kind == source.List
	switch n.Kind {
	case source.Map:
		c.Items = make([]ColumnSpec, len(n.Entries))
		for i, e := range n.Entries {
			c.Items[i].Name = Text{V: e.Key, Span: e.KeySpan, Set: true}
			d.Under(e.Key, func() { d.Value(e.Value, &c.Items[i].Type) })
		}
	case source.List:
		c.Items = make([]ColumnSpec, len(n.Items))
		seen := map[string]source.Span{}
		for i, item := range n.Items {
			d.Value(item, &c.Items[i].Name)
			repeated(d, seen, c.Items[i].Name)
		}
	case source.Null:
	default:
		d.Mismatch(n, "a map of columns with types, or a list of names")
	}
}

// NodeSchema describes both forms.
func (c *Columns) NodeSchema(*decode.SchemaBuilder) map[string]any {
	return map[string]any{"anyOf": []any{
		map[string]any{"type": []any{"object", "null"}, "additionalProperties": TypeSchema()},
		map[string]any{"type": "array", "items": decode.TextSchema()}}}
}

// Mapping is {name here: name there}, or a list where both are the same.
type Mapping struct {
	Span  source.Span
	Set   bool
	Pairs []Pair
}

// Pair is one entry of a Mapping.
type Pair struct{ To, From Text }

// UnmarshalNode reads either form.
func (m *Mapping) UnmarshalNode(d *decode.Decoder, n *source.Node) {
	m.Span, m.Set = n.Span, n.Kind == source.Map || n.Kind == source.List
	switch n.Kind {
	case source.Map:
		m.Pairs = make([]Pair, len(n.Entries))
		for i, e := range n.Entries {
			m.Pairs[i].To = Text{V: e.Key, Span: e.KeySpan, Set: true}
			d.Under(e.Key, func() { d.Value(e.Value, &m.Pairs[i].From) })
		}
	case source.List:
		m.Pairs = make([]Pair, len(n.Items))
		seen := map[string]source.Span{}
		for i, item := range n.Items {
			d.Value(item, &m.Pairs[i].From)
			m.Pairs[i].To = m.Pairs[i].From
			repeated(d, seen, m.Pairs[i].To)
		}
	default:
		d.Mismatch(n, "a map of names, or a list where both names are the same")
	}
}

// NodeSchema describes both forms.
func (m *Mapping) NodeSchema(*decode.SchemaBuilder) map[string]any {
	return map[string]any{"anyOf": []any{
		map[string]any{"type": "object", "additionalProperties": decode.TextSchema()},
		map[string]any{"type": "array", "items": decode.TextSchema()}}}
}

// DataTests are the tests of one column.
type DataTests struct {
	Span  source.Span
	Items []DataTest
}

// DataTest is one dbt test.
type DataTest struct {
	Span   source.Span
	Name   Text
	Values []Text // accepted_values
	To     Text   // relationships
	Field  Text
}

type relationship struct {
	To    Text `key:"to,required"`
	Field Text `key:"field,required"`
}

type testForm struct {
	AcceptedValues *[]Text       `key:"accepted_values" doc:"Values that the column may have."`
	Relationships  *relationship `key:"relationships" doc:"Every value is in a column of another model."`
}

// UnmarshalNode reads the list of tests of a column.
func (t *DataTests) UnmarshalNode(d *decode.Decoder, n *source.Node) {
	t.Span = n.Span
	if n.Kind != source.List {
		d.Mismatch(n, "a list of tests")
		return
	}
	for _, item := range n.Items {
		test := DataTest{Span: item.Span}
		if item.Kind == source.Map {
			test.long(d, item)
		} else {
			d.Value(item, &test.Name)
			if test.Name.Set && test.Name.V != "not_null" && test.Name.V != "unique" {
				d.List.Add(diag.Diagnostic{Code: decode.BadValue, Span: item.Span,
					Message: fmt.Sprintf("data test %q is not known", test.Name.V),
					Suggest: diag.Nearest(test.Name.V, []string{"not_null", "unique"}),
					Detail:  "Known tests: not_null, unique, {accepted_values: [..]}, {relationships: {to: model, field: column}}."})
			}
		}
		t.Items = append(t.Items, test)
	}
}

func (t *DataTest) long(d *decode.Decoder, n *source.Node) {
	var form testForm
	d.Value(n, &form)
	switch {
	case form.AcceptedValues != nil:
		t.Name, t.Values = Text{V: "accepted_values", Span: n.Span, Set: true}, *form.AcceptedValues
	case form.Relationships != nil:
		t.Name = Text{V: "relationships", Span: n.Span, Set: true}
		t.To, t.Field = form.Relationships.To, form.Relationships.Field
	case len(n.Entries) == 0 || n.Entries[0].Value.Kind == source.Null:
		d.Add(decode.BadValue, n.Span, "this names no data test",
			"Known tests: not_null, unique, {accepted_values: [..]}, {relationships: {to: model, field: column}}.")
	}
}

// NodeSchema describes the tests of a column.
func (t *DataTests) NodeSchema(s *decode.SchemaBuilder) map[string]any {
	return map[string]any{"type": "array", "items": map[string]any{"anyOf": []any{
		map[string]any{"enum": []any{"not_null", "unique"}}, map[string]any{"type": "string", "pattern": `\$\{env\.`}, s.OfValue(&testForm{})}}}
}

// Limit is a number, or a share in percent.
type Limit struct {
	Span    source.Span
	Set     bool
	N       int
	Percent bool
}

// UnmarshalNode reads a limit.
func (l *Limit) UnmarshalNode(d *decode.Decoder, n *source.Node) {
	l.Span = n.Span
	digits, percent := strings.CutSuffix(n.Text, "%")
	v, err := strconv.Atoi(digits)
	if n.Kind != source.Scalar || n.Style == source.Reference || err != nil || v < 0 || percent && v > 100 {
		d.Mismatch(n, "a whole number, or a share from 0% to 100%")
		return
	}
	l.N, l.Percent, l.Set = v, percent, true
}

// NodeSchema describes a limit.
func (l *Limit) NodeSchema(*decode.SchemaBuilder) map[string]any {
	return map[string]any{"anyOf": []any{map[string]any{"type": "integer", "minimum": 0},
		map[string]any{"type": "string", "pattern": `^[+-]?[0-9]+%?$|\$\{env\.`}}}
}

// TypeSchema describes a column type.
func TypeSchema() map[string]any {
	return map[string]any{"anyOf": []any{
		map[string]any{"enum": []any{"text", "email", "integer", "number", "float", "boolean", "date", "timestamp", "timestamp_ntz", "json"}},
		map[string]any{"type": "string", "pattern": `^number\(\s*[0-9]+\s*(,\s*[0-9]+\s*)?\)$|\$\{env\.`}}}
}

// repeated reports a name that stands twice in a list of names.
func repeated(d *decode.Decoder, seen map[string]source.Span, name Text) {
	if !name.Set {
		return
	}
	if first, twice := seen[name.V]; twice {
		d.List.Add(diag.Diagnostic{Code: RepeatedName, Span: name.Span,
			Message: fmt.Sprintf("%q stands twice in this list", name.V),
			Related: []diag.Note{{Span: first, Message: "it is first named here"}}})
		return
	}
	seen[name.V] = name.Span
}

// CronForm is the type of a schedule's long form, for the documentation.
func CronForm() reflect.Type { return reflect.TypeFor[cronForm]() }

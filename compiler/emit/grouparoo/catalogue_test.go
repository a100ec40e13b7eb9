package grouparoo_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

// everyDestination is Rain Shield with one destination for each entry of the
// catalogue that Grouparoo serves, in each of its modes, and one that is off.
func everyDestination(t *testing.T) *ir.Pipeline {
	t.Helper()
	p := irtest.RainShield()
	p.Destinations = nil
	for _, name := range catalog.Embedded().DestinationNames() {
		d, problems := catalog.Embedded().Destination(name)
		require.Empty(t, problems, name)
		if d.Engine == "grouparoo" {
			p.Destinations = append(p.Destinations, destinationFrom(d))
		}
	}
	require.NotEmpty(t, p.Destinations)
	off := p.Destinations[0]
	off.ID, off.Enabled, off.Syncs = "off", false, slices.Clone(off.Syncs[:1])
	off.Syncs[0].ID, off.Syncs[0].Names = "off.everyone", names("off_everyone")
	p.Destinations = append(p.Destinations, off)
	return p
}

func destinationFrom(d *catalog.Destination) ir.Destination {
	out := ir.Destination{ID: d.Name, Connector: d.Name, Title: d.Title, Engine: d.Engine, Enabled: true, Origin: irtest.RainShield().Destinations[0].Origin}
	out.Grouparoo = ir.GrouparooDestination{
		Plugin: d.Grouparoo.Plugin, App: d.Grouparoo.App, DestinationType: d.Grouparoo.Destination,
		Options: filled(d.Grouparoo.AppOptions, d.Config, d.Name),
	}
	for i, mode := range d.Modes.Keys {
		out.Syncs = append(out.Syncs, syncFrom(d, mode, d.Modes.Values[i]))
	}
	return out
}

func names(id string) ir.GrouparooNames {
	return ir.GrouparooNames{
		SourceApp: id + "_warehouse", App: id + "_app", Source: id + "_source", Schedule: id + "_schedule",
		Group: id + "_group", Destination: id + "_destination", PropertyPrefix: id + "_",
	}
}

func syncFrom(d *catalog.Destination, mode, engine string) ir.Sync {
	s := irtest.RainShield().Destinations[0].Syncs[0]
	id := strings.ReplaceAll(d.Name, "-", "_") + "_" + mode
	s.ID, s.Key, s.Mode, s.Engine, s.OnRemoved = d.Name+"."+mode, mode, ir.Mode(mode), engine, ""
	if s.Mode == ir.Mirror {
		s.OnRemoved = d.OnRemoved[0]
	}
	s.Names, s.View, s.OnDestroy = names(id), "SYNC_"+strings.ToUpper(id), "remove"
	s.Options = filled(d.Grouparoo.Options, d.To, d.Name)
	s.Keys, s.Fields = columnsFor(d)
	if s.Mode != ir.Mirror {
		s.Fields = s.Fields[:1] // every type once for each destination is enough
	}
	for _, option := range d.Grouparoo.KeyOptions {
		s.Options = append(s.Options, ir.Field{Name: option, Value: ir.Value{Kind: ir.StringValue, Text: s.Keys[0].Field}})
	}
	s.Tags = []string{"regular_customer", "umbrella"}
	return s
}

// filled gives each option the value of the field that fills it: secrets by
// name, the rest as the entry's own example or something of its type.
func filled(rules catalog.OrderedMap[string], fields catalog.Fields, name string) []ir.Field {
	var out []ir.Field
	for i, option := range rules.Keys {
		f, ok := fields.Get(rules.Values[i])
		switch {
		case !ok:
			continue
		case f.Secret:
			secret := strings.ToUpper(strings.ReplaceAll(name, "-", "_") + "_" + rules.Values[i])
			out = append(out, ir.Field{Name: option, Value: ir.Value{Kind: ir.SecretValue, Secret: secret}})
		case f.Default != nil:
			out = append(out, ir.Field{Name: option, Value: typed(f.Type, f.Default.Text)})
		case f.Required, f.Type == "boolean":
			out = append(out, ir.Field{Name: option, Value: typed(f.Type, f.Example)})
		}
	}
	return out
}

func typed(kind, text string) ir.Value {
	switch kind {
	case "integer", "number":
		return ir.Value{Kind: ir.NumberValue, Text: text}
	case "boolean":
		return ir.Value{Kind: ir.BoolValue, Bool: true}
	}
	if text == "" {
		text = "something"
	}
	return ir.Value{Kind: ir.StringValue, Text: text}
}

// columnsFor maps a column of every type to the fields of a destination that
// are open, and its key to an address.
func columnsFor(d *catalog.Destination) (keys, fields []ir.SyncColumn) {
	key := "Email"
	if d.Keys.Len() > 0 {
		key = d.Keys.Keys[0]
	}
	column := func(field, name string, typ ir.Type) ir.SyncColumn {
		return ir.SyncColumn{Field: field, Column: name, SQL: strings.ToUpper(name), Type: typ}
	}
	keys = []ir.SyncColumn{column(key, "email", ir.Type{Kind: ir.Email})}
	open := regexp.MustCompile("^(?:" + d.OpenFields + ")$")
	for _, typ := range []ir.Type{
		{Kind: ir.Text}, {Kind: ir.Integer}, {Kind: ir.Number, Precision: 12, Scale: 2}, {Kind: ir.Float}, {Kind: ir.Boolean},
		{Kind: ir.Date}, {Kind: ir.Timestamp}, {Kind: ir.TimestampNTZ}, {Kind: ir.JSON},
	} {
		name := "a_" + strings.ReplaceAll(string(typ.Kind), "timestamp", "time")
		for _, field := range []string{name, strings.ToUpper(name)} {
			if open.MatchString(field) {
				fields = append(fields, column(field, name, typ))
				break
			}
		}
	}
	return keys, fields
}

// TestDestinationEntries holds the entries against each other: what an option
// names must exist, and what is offered must be usable.
func TestDestinationEntries(t *testing.T) {
	served := []string{}
	for _, name := range catalog.Embedded().DestinationNames() {
		d, problems := catalog.Embedded().Destination(name)
		require.Empty(t, problems, name)
		if d.Engine != "grouparoo" {
			continue
		}
		served = append(served, name)
		t.Run(name, func(t *testing.T) { checkEntry(t, d) })
	}
	assert.Equal(t, []string{"mailchimp", "mysql", "postgres", "salesforce", "zendesk"}, served)
}

func checkEntry(t *testing.T, d *catalog.Destination) {
	for i, option := range d.Grouparoo.AppOptions.Keys {
		assertField(t, d.Config, d.Grouparoo.AppOptions.Values[i], option)
	}
	for i, option := range d.Grouparoo.Options.Keys {
		assertField(t, d.To, d.Grouparoo.Options.Values[i], option)
	}
	assert.Len(t, d.Grouparoo.AppOptions.Keys, d.Config.Len(), "a field of config that reaches no option")
	assert.Len(t, d.Grouparoo.Options.Keys, d.To.Len(), "a field of to that reaches no option")
	assert.True(t, d.Keys.Len() > 0 != (d.OpenKeys != ""), "keys are either listed or open")
	for _, mode := range d.Modes.Keys {
		assert.Contains(t, []string{"upsert", "update", "mirror"}, mode)
	}
	_, mirror := d.Modes.Get("mirror")
	assert.Equal(t, mirror, len(d.OnRemoved) > 0)
	for _, pattern := range []string{d.OpenKeys, d.OpenFields, d.TagPattern} {
		_, err := regexp.Compile(pattern)
		assert.NoError(t, err)
	}
	for i, name := range d.Fields.Keys {
		f := d.Fields.Values[i]
		assert.False(t, f.Required && f.Refused != "", name)
	}
	assert.NotEmpty(t, d.Notes)
	assert.NotEmpty(t, d.Docs)
}

func assertField(t *testing.T, fields catalog.Fields, rule, option string) {
	t.Helper()
	if strings.HasPrefix(rule, "=") {
		return
	}
	_, ok := fields.Get(rule)
	assert.True(t, ok, "option %s is filled by %s, which does not exist", option, rule)
}

package catalog_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// registryEntry is one connector of the public registry.
type registryEntry struct {
	ID, Tag, License string
	Spec             *spec
	raw              json.RawMessage
}

// spec is as much of a JSON schema as connector specifications use.
type spec struct {
	Type       string
	Required   []string
	Properties map[string]*spec
	OneOf      []*spec
	Items      *spec
	Secret     bool `json:"airbyte_secret"`
	Hidden     bool `json:"airbyte_hidden"`
	Enum       []any
	Const      any
	Default    any
	Pattern    string
	Format     string
	Minimum    *float64
	Maximum    *float64
	Min, Max   *float64 // not JSON schema, but what some connectors say
}

// constant is a const, or an enum of one.
func (s *spec) constant() any {
	if s.Const == nil && len(s.Enum) == 1 {
		return s.Enum[0]
	}
	return s.Const
}

func registry(t *testing.T) map[string]registryEntry {
	t.Helper()
	f, err := os.Open(judge.Spec(t, "airbyte-registry-2025-01.json.gz"))
	require.NoError(t, err)
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	require.NoError(t, err)
	var all map[string]struct {
		ID, Tag, License string
		Spec             json.RawMessage
	}
	require.NoError(t, json.NewDecoder(unzipped).Decode(&all))
	out := map[string]registryEntry{}
	for name, e := range all {
		entry := registryEntry{ID: e.ID, Tag: e.Tag, License: e.License, raw: e.Spec, Spec: &spec{}}
		if slices.Contains(catalog.Embedded().SourceNames(), strings.TrimPrefix(name, "source-")) {
			require.NoError(t, json.Unmarshal(e.Spec, entry.Spec), name)
		}
		out[name] = entry
	}
	return out
}

// differences are places where an entry says something else than the registry,
// on purpose.
var differences = map[string]string{
	"mailchimp/credentials required":       "nothing can be read without",
	"mailchimp/start_date pattern":         "the dot before the milliseconds is meant, not any character",
	"mssql/port default":                   "the port that the server listens on unless told otherwise",
	"mysql/replication_method default":     "the form that asks nothing of the server",
	"s3/start_date pattern":                "the dot before the microseconds is meant, not any character",
	"shopify/credentials required":         "nothing can be read without",
	"shopify/shop pattern":                 "the registry's looks ahead, which Go cannot; ours takes names only",
	"slack/credentials required":           "nothing can be read without",
	"zendesk-support/credentials required": "nothing can be read without",
	"github/repositories[] pattern":        "the registry's looks behind, which Go cannot; ours also takes a name that ends in .git",
	"s3/delivery_method left out":          "its other form copies files, which gives no rows",

	"s3/streams[]/format(unstructured)/processing left out": "has one form, which is the default",
	"s3/streams[]/validation_policy type":                   "the registry leaves it out beside the enum",
}

// held collects the differences that a test came across, so that a reason
// without a difference is found too.
type held struct {
	t    *testing.T
	seen map[string]bool
}

func (h *held) that(ok bool, where, what, format string, args ...any) {
	h.t.Helper()
	key := where + " " + what
	if _, excused := differences[key]; !ok && excused {
		h.seen[key] = true
		return
	}
	assert.True(h.t, ok, "%s: %s", key, fmt.Sprintf(format, args...))
}

// Each source says what the registry says, in both directions.
func TestSourcesAgainstRegistry(t *testing.T) {
	all := registry(t)
	seen := map[string]bool{}
	names := catalog.Embedded().SourceNames()
	require.GreaterOrEqual(t, len(names), 15)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			src := load(t, name)
			entry, ok := all["source-"+name]
			require.True(t, ok, "the registry knows no source-%s", name)
			assert.Equal(t, entry.ID, src.Airbyte.Definition)
			assert.Equal(t, entry.Tag, src.Airbyte.Version)
			assert.Equal(t, "airbyte/source-"+name, src.Airbyte.Repository)
			assert.True(t, strings.EqualFold(entry.License, src.Airbyte.License), "license %s", src.Airbyte.License)
			h := &held{t, seen}
			h.fields(name, src.Config, entry.Spec)
		})
	}
	for key := range differences {
		assert.True(t, seen[key], "%s is no difference any more", key)
	}
}

func load(t *testing.T, name string) *catalog.Source {
	t.Helper()
	src, problems := catalog.Embedded().Source(name)
	require.Empty(t, problems, "%v", problems)
	require.NotNil(t, src)
	return src
}

// fields compares the fields of one object.
func (h *held) fields(where string, ours catalog.Fields, theirs *spec) {
	for i, name := range ours.Keys {
		at := where + "/" + name
		s := theirs.Properties[name]
		if !assert.NotNil(h.t, s, "%s: the connector has no such field", at) {
			continue
		}
		h.field(at, &ours.Values[i], s, slices.Contains(theirs.Required, name))
	}
	for _, name := range slices.Sorted(maps.Keys(theirs.Properties)) {
		_, known := ours.Get(name)
		s := theirs.Properties[name]
		required := slices.Contains(theirs.Required, name)
		h.that(known || s.Hidden && !required, where+"/"+name, "left out", "the connector has this field, the entry does not")
	}
}

func (h *held) field(at string, ours *catalog.Field, theirs *spec, required bool) {
	h.that(ours.Type == theirs.Type, at, "type", "%q, the registry says %q", ours.Type, theirs.Type)
	h.that(ours.Secret == theirs.Secret, at, "secret", "%v, the registry says %v", ours.Secret, theirs.Secret)
	if constant := theirs.constant(); constant != nil {
		if assert.NotNil(h.t, ours.Const, "%s: is constant", at) {
			assert.Equal(h.t, constant, ours.Const.Text, at)
		}
		return
	}
	assert.Nil(h.t, ours.Const, "%s: is not constant", at)
	if required {
		assert.True(h.t, ours.Required || ours.Default != nil, "%s: the connector requires it", at)
	} else {
		h.that(!ours.Required, at, "required", "the connector does not require it")
		assert.Nil(h.t, ours.Default, "%s: a default is written where the connector needs one", at)
	}
	if ours.Default != nil {
		h.that(reflect.DeepEqual(plain(ours.Type, ours.Default), theirs.Default), at, "default", "the registry says %v", theirs.Default)
	}
	h.limits(at, ours, theirs)
	h.inside(at, ours, theirs)
}

func (h *held) limits(at string, ours *catalog.Field, theirs *spec) {
	var enum []string
	for _, v := range theirs.Enum {
		enum = append(enum, fmt.Sprint(v))
	}
	assert.Equal(h.t, enum, ours.Enum, at)
	h.that(ours.Pattern == unanchored(theirs.Pattern), at, "pattern", "%q, the registry says %q", ours.Pattern, theirs.Pattern)
	if ours.Format != "" || theirs.Pattern == "" {
		assert.Equal(h.t, theirs.Format, ours.Format, at)
	}
	assert.Equal(h.t, first(theirs.Minimum, theirs.Min), ours.Minimum, at)
	assert.Equal(h.t, first(theirs.Maximum, theirs.Max), ours.Maximum, at)
	if ours.Pattern != "" {
		re, err := regexp.Compile("^(?:" + ours.Pattern + ")$")
		if assert.NoError(h.t, err, at) && ours.Example != "" {
			assert.Regexp(h.t, re, ours.Example, at)
		}
		assert.NotEmpty(h.t, ours.PatternHint, "%s: a pattern is said in words", at)
	}
}

func first(a, b *float64) *float64 {
	if a != nil {
		return a
	}
	return b
}

// unanchored is a pattern as the catalogue writes it: for the whole text.
func unanchored(pattern string) string {
	if rest, ok := strings.CutPrefix(pattern, "^$|^"); ok {
		return "(" + strings.TrimSuffix(rest, "$") + ")?"
	}
	pattern = strings.TrimSuffix(strings.TrimPrefix(pattern, "^"), "$")
	if inner, ok := strings.CutPrefix(pattern, "("); ok && strings.HasSuffix(pattern, ")?)") {
		return strings.TrimSuffix(inner, ")")
	}
	return pattern
}

// inside compares items, fields and forms.
func (h *held) inside(at string, ours *catalog.Field, theirs *spec) {
	if theirs.Items != nil && assert.NotNil(h.t, ours.Items, "%s: has items", at) {
		h.field(at+"[]", ours.Items, theirs.Items, false)
	}
	if theirs.Properties != nil {
		h.fields(at, ours.Fields, theirs)
	}
	assert.Len(h.t, ours.OneOf, len(theirs.OneOf), at)
	for i := range ours.OneOf {
		form := &ours.OneOf[i]
		assert.NotEmpty(h.t, form.Title, at)
		tag, s := match(form, theirs)
		if assert.NotNil(h.t, s, "%s: no form of the registry is %q", at, form.Title) {
			h.fields(at+"("+tag+")", form.Fields, s)
		}
	}
}

// match finds the registry's form that has all the constants of ours.
func match(form *catalog.Variant, theirs *spec) (string, *spec) {
	for _, s := range theirs.OneOf {
		for i, name := range form.Fields.Keys {
			c := form.Fields.Values[i].Const
			if c != nil && s.Properties[name] != nil && s.Properties[name].constant() == c.Text {
				return c.Text, s
			}
		}
	}
	return "", nil
}

// plain is a catalogue value as JSON has it.
func plain(typ string, n *source.Node) any {
	switch {
	case n.Kind == source.Map:
		out := map[string]any{}
		for _, e := range n.Entries {
			out[e.Key] = plain("string", e.Value)
		}
		return out
	case typ == "integer" || typ == "number":
		f, _ := strconv.ParseFloat(n.Text, 64)
		return f
	case typ == "boolean":
		return n.Text == "true"
	}
	return n.Text
}

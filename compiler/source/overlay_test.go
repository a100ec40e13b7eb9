package source_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

func TestOverlay(t *testing.T) {
	for name, c := range map[string]struct{ base, over, want string }{
		"maps merge":               {"{a: {b: 1, c: 2}, d: 3}", "{a: {c: 4, e: 5}}", "{a: {b: '1', c: '4', e: '5'}, d: '3'}"},
		"lists replace":            {"{a: [1, 2]}", "{a: [3]}", "{a: ['3']}"},
		"values replace maps":      {"{a: {b: 1}}", "{a: x}", "{a: 'x'}"},
		"maps replace values":      {"{a: x}", "{a: {b: 1}}", "{a: {b: '1'}}"},
		"null removes":             {"{a: 1, b: {c: 2, d: 3}}", "{a: null, b: {c: ~}}", "{b: {d: '3'}}"},
		"null removes nothing":     {"{a: 1}", "{b: null}", "{a: '1'}"},
		"quoted null stays":        {"{a: 1}", "{a: \"null\"}", "{a: 'null'}"},
		"null in a new map":        {"{a: 1}", "{b: {c: null, d: 2}}", "{a: '1', b: {d: '2'}}"},
		"null in a list stays":     {"{a: 1}", "{a: [null, 2]}", "{a: [null, '2']}"},
		"an empty map says little": {"{a: {b: 1}}", "{a: {}}", "{a: {b: '1'}}"},
		"an empty map is new":      {"{a: 1}", "{b: {}}", "{a: '1', b: {}}"},
		"new keys come last":       {"{b: 1, a: 2}", "{d: 3, a: 4, c: 5}", "{b: '1', a: '4', d: '3', c: '5'}"},
		"nothing below":            {"", "{a: {b: null, c: 1}}", "{a: {c: '1'}}"},
		"an empty list replaces":   {"{a: [1]}", "{a: []}", "{a: []}"},
	} {
		base, over := parse(t, c.base), parse(t, c.over)
		before := plainForm(base) + plainForm(over)
		assert.Equal(t, c.want, plainForm(source.Overlay(base, over)), name)
		assert.Equal(t, before, plainForm(base)+plainForm(over), "%s: an input changed", name)
	}
}

func TestOverlay_sharesAndKeepsPlaces(t *testing.T) {
	base := parse(t, "same: {a: 1}\nchanged:\n  b: 2\n  c: 3\n")
	over, _ := source.Parse("over.yaml", []byte("\n\nchanged: {c: 4}\n"))
	result := source.Overlay(base, over)
	assert.Same(t, base.Get("same"), result.Get("same"))
	assert.Same(t, base.Get("changed").Get("b"), result.Get("changed").Get("b"))
	assert.Equal(t, "f.yaml:2:1", result.Entries[1].KeySpan.String())
	assert.Equal(t, "over.yaml:3:14", result.Get("changed").Get("c").Span.String())
	assert.Equal(t, "over.yaml:3:11", result.Get("changed").Entries[1].KeySpan.String())

	assert.Same(t, base, source.Overlay(base, nil))
	assert.Same(t, base, source.Overlay(base, &source.Node{Kind: source.Map}))
	assert.Equal(t, plainForm(over), plainForm(source.Overlay(nil, over)))
}

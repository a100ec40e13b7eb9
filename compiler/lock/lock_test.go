package lock_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/connector"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/lock"
)

func made(name, spec string) lock.Connector {
	canonical, err := connector.Canonical([]byte(spec))
	if err != nil {
		panic(err)
	}
	return lock.Connector{Name: name, Title: "It's \"" + name + "\": #1", Docs: "https://docs.example.com/a?b=<c>&d", License: "MIT",
		Definition: "6f1f9d3e-2b7c-4c57-9e0c-0d6a2f4b8a11", Repository: "airbyte/source-" + name, Version: "1.2.3", Spec: canonical}
}

const strange = `{"z":1,"properties":{"b":{"description":"It's \"q\" <b>\u0000\u0007\u0085\u2028\ufeff\ud83d\ude00é\t#"},"a":{"default":1.50}},"type":"object"}`

func TestTextComesBack(t *testing.T) {
	l := &lock.Lock{}
	for _, name := range []string{"zeta", "alpha", "true", "12", "null", "a-b"} {
		l.Set(made(name, strange))
	}
	text := l.Text()
	again, problems := lock.Parse(lock.Name, text)
	require.Empty(t, problems)
	assert.Equal(t, l, again)
	assert.Equal(t, string(text), string(again.Text()))
	assert.Equal(t, []string{"12", "a-b", "alpha", "null", "true", "zeta"}, again.Names())
	for _, r := range string(text) {
		assert.True(t, r == '\n' || r >= ' ' && r != 0x85 && r != 0x2028 && r != 0xfeff, "%U", r)
	}
	// Line ends of another system, and JSON over several lines, say the same.
	again, problems = lock.Parse(lock.Name, bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
	require.Empty(t, problems)
	assert.Equal(t, l, again)
	again, problems = lock.Parse(lock.Name, bytes.ReplaceAll(text, []byte(`"type":`), []byte("\n      \"type\" :\n        ")))
	require.Empty(t, problems)
	assert.Equal(t, l, again)
}

func TestEmptyLock(t *testing.T) {
	l := &lock.Lock{}
	again, problems := lock.Parse(lock.Name, l.Text())
	require.Empty(t, problems)
	assert.Equal(t, l, again)
	none, problems := lock.Open(fstest.MapFS{}, ".")
	require.Empty(t, problems)
	assert.Same(t, catalog.Embedded(), none.Catalog(catalog.Embedded()))
}

// Each change of one line of a lock is found at that line or the digest's, but
// for those that change nothing that is used.
func TestChangedByHand(t *testing.T) {
	l := &lock.Lock{}
	l.Set(made("alpha", `{"type":"object","properties":{"a":{"type":"string"}}}`))
	text := string(l.Text())
	for _, c := range []struct{ old, new, want string }{
		{`version: 1`, `version: 3`, `3:10 TAP104`},
		{`version: 1`, `version: one`, `3:10 TAP103`},
		{`connectors:`, `conectors:`, `4:1 TAP101`},
		{`6f1f9d3e-2b7c`, `6f1f9d3e`, `8:17 TAP104`},
		{`airbyte/source-alpha`, `; rm -rf /`, `9:17 TAP104`},
		{`"1.2.3"`, `"latest version"`, `10:14 TAP104`},
		{`    version: "1.2.3"`, ``, `6:5 TAP102`},
		{`{"properties"`, `{"propertis"`, `12:13 TAP204`},
		{`"type":"string"}},`, `"type":"string"}}`, `14:44 TAP204`},
		{`spec: |`, `spec: >`, ``},
		{`spec: |`, `spec: {}`, `14:7 TAP001`},
		{`"type":"object"}`, `"type":"object"`, `14:60 TAP204`},
		{`"type":"object"}`, `"type":"object"} {}`, `14`},
		{`sha256:`, `sha512:`, `12:13 TAP104`},
		{`docs: `, `dox: `, `7:5 TAP101`},
		{`"alpha":`, `"alpha"`, `6:5 TAP001`},
		{`title: "It`, `title: It`, `6:12 TAP001`},
		{`license:`, "license: &a b\n    licence: *b #", `12:14 TAP004`},
	} {
		require.Contains(t, text, c.old)
		_, problems := lock.Parse(lock.Name, []byte(strings.Replace(text, c.old, c.new, 1)))
		if c.want == "" {
			assert.Empty(t, problems, c.new)
			continue
		}
		if assert.NotEmpty(t, problems, c.new) {
			problems.Sort()
			d := problems[0]
			assert.Contains(t, fmt.Sprintf("%d:%d %s", d.Span.Start.Line, d.Span.Start.Col, d.Code), c.want, "%s: %v", c.new, problems)
		}
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	_, problems := lock.Open(fstest.MapFS{lock.Name + "/x": {}}, ".")
	require.Len(t, problems, 1)
	assert.Equal(t, diag.Code("TAP003"), problems[0].Code)
	_, problems = lock.Open(fstest.MapFS{"sub/" + lock.Name: {Data: make([]byte, 11<<20)}}, "sub")
	require.Len(t, problems, 1)
	assert.Equal(t, "sub/"+lock.Name, problems[0].Span.File)
}

// A connector that the catalogue has too keeps its streams, also those that a
// form of its configuration brings, and gets version and fields from the lock.
func TestLockedConnectorOfTheCatalogue(t *testing.T) {
	base, _ := catalog.Embedded().Source("postgres")
	require.NotNil(t, base)
	l := &lock.Lock{}
	l.Set(made("postgres", `{"type":"object","properties":{"replication_method":{"type":"object","oneOf":[
		{"title":"New","properties":{"method":{"const":"New"}},"required":["method"]},
		{"title":"CDC","properties":{"method":{"const":"CDC"}},"required":["method"]}]}}}`))
	s, problems := l.Catalog(catalog.Embedded()).Source("postgres")
	require.Empty(t, problems)
	assert.Equal(t, "1.2.3", s.Airbyte.Version)
	assert.Equal(t, base.Title, s.Title)
	assert.Equal(t, base.Streams, s.Streams)
	assert.Equal(t, base.StreamDefaults, s.StreamDefaults)
	forms := s.Config.Values[0].OneOf
	require.Len(t, forms, 2)
	assert.Empty(t, forms[0].StreamDefaults.SyncModes)
	assert.NotEmpty(t, forms[1].StreamDefaults.SyncModes)
	assert.Equal(t, []string{"replication_method"}, s.Config.Keys)
}

func FuzzParse(f *testing.F) {
	l := &lock.Lock{}
	l.Set(made("alpha", strange))
	l.Set(made("beta", `{"type":"object"}`))
	f.Add(l.Text())
	f.Add([]byte("version: 1\nconnectors: {a: {definition: b, repository: c, version: d, digest: e, spec: |\n {}}}"))
	f.Add([]byte("version: 1\nconnectors:\n  a:\n    spec: >-\n      {\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, problems := lock.Parse(lock.Name, data)
		for _, d := range problems {
			if d.Span.File != lock.Name {
				t.Fatalf("%v is nowhere", d)
			}
		}
		text := l.Text()
		again, problems := lock.Parse(lock.Name, text)
		if len(problems) > 0 || !bytes.Equal(text, again.Text()) {
			t.Fatalf("%v\n%s\n%s", problems, text, again.Text())
		}
	})
}

package airbyte_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/airbyte"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

var update = flag.Bool("update", false, "write the golden files")

var pipelines = map[string]func() *ir.Pipeline{"rain-shield": irtest.RainShield, "shop": shop}

func TestGolden(t *testing.T) {
	for name, pipeline := range pipelines {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", name)
			var paths []string
			for _, a := range airbyte.Emit(pipeline()) {
				golden := filepath.Join(dir, filepath.FromSlash(a.Path))
				paths = append(paths, golden)
				if *update {
					require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
					require.NoError(t, os.WriteFile(golden, a.Content, 0o644))
				}
				want, err := os.ReadFile(golden)
				require.NoError(t, err)
				assert.Equal(t, string(want), string(a.Content), a.Path)
			}
			found, err := filepath.Glob(filepath.Join(dir, "airbyte", "*"))
			require.NoError(t, err)
			assert.ElementsMatch(t, paths, found)
		})
	}
}

func TestFilesAreWellFormed(t *testing.T) {
	for name, pipeline := range pipelines {
		for _, a := range airbyte.Emit(pipeline()) {
			assert.True(t, json.Valid(a.Content), a.Path)
			assert.True(t, bytes.HasSuffix(a.Content, []byte("}\n")), a.Path)
			assert.NotEmpty(t, a.Origins, "%s %s", name, a.Path)
			assert.NotEmpty(t, a.Needs, a.Path)
			for _, o := range a.Origins {
				assert.True(t, o.IsValid())
			}
		}
	}
}

// Whatever an artefact needs, another one provides, or it is of another system.
func TestNeedsAreProvided(t *testing.T) {
	for name, pipeline := range pipelines {
		provided := map[string]bool{}
		all := airbyte.Emit(pipeline())
		for _, a := range all {
			for _, p := range a.Provides {
				assert.False(t, provided[p], "%s twice", p)
				provided[p] = true
			}
		}
		for _, a := range all {
			for _, n := range a.Needs {
				if strings.HasPrefix(n, "airbyte:") {
					assert.True(t, provided[n], "%s: %s needs %s", name, a.Path, n)
				}
			}
		}
	}
}

// A second run on a pipeline whose streams came in another order gives the same
// connection.
func TestOrderOfStreamsDoesNotCount(t *testing.T) {
	p, q := shop(), shop()
	s := q.Sources[0].Streams
	s[0], s[2] = s[2], s[0]
	assert.Equal(t, content(t, airbyte.Emit(p), "airbyte/connection-shop.json"), content(t, airbyte.Emit(q), "airbyte/connection-shop.json"))
}

func TestSyncModes(t *testing.T) {
	modes := map[ir.SyncMode][2]string{
		ir.FullOverwrite:      {"full_refresh_overwrite", "full_refresh_overwrite"},
		ir.FullAppend:         {"full_refresh_append", "full_refresh_append"},
		ir.IncrementalAppend:  {"incremental_append", "incremental_append"},
		ir.IncrementalDeduped: {"incremental_deduped_history", "incremental_append"},
	}
	for mode, want := range modes {
		for i, landing := range []ir.Landing{ir.Direct, ir.S3} {
			p := shop()
			p.Ingestion.Landing = landing
			p.Sources = p.Sources[:1]
			p.Sources[0].Streams = p.Sources[0].Streams[:1]
			p.Sources[0].Streams[0].SyncMode = mode
			got := stream(t, airbyte.Emit(p), "airbyte/connection-shop.json")
			assert.Equal(t, want[i], got.SyncMode, "%s %s", mode, landing)
			assert.Equal(t, got.SyncMode == "incremental_deduped_history", len(got.PrimaryKey) == 2, "%s %s: a key only where Airbyte deduplicates", mode, landing)
			assert.Equal(t, strings.HasPrefix(got.SyncMode, "incremental"), len(got.CursorField) == 1, "%s %s: a cursor only where it is used", mode, landing)
		}
	}
}

func TestKeyAndCursorOfTheConnectorAreLeftOut(t *testing.T) {
	got := stream(t, airbyte.Emit(irtest.RainShield()), "airbyte/connection-salesforce.json")
	assert.Equal(t, "incremental_deduped_history", got.SyncMode)
	assert.Empty(t, got.PrimaryKey)
	assert.Empty(t, got.CursorField)
}

func TestOnlyBoundPlacesAreSecrets(t *testing.T) {
	d := document(t, content(t, airbyte.Emit(shop()), "airbyte/source-shop.json"))
	assert.Equal(t, []airbyte.Binding{
		{Pointer: "/workspaceId", From: "airbyte:workspace"},
		{Pointer: "/configuration/password", From: "secret:SHOP_PASSWORD"},
		{Pointer: "/configuration/ssl_mode/ca_certificate", From: "secret:SHOP_CA"},
	}, d.Bind)
	assert.NotContains(t, d.Needs, "secret:NOT_ONE")
}

// Names that JSON pointers must escape, secrets in lists, numbers that JSON
// cannot say, and letters that HTML would escape.
func TestAwkwardConfiguration(t *testing.T) {
	p := shop()
	p.Sources = p.Sources[:1]
	p.Sources[0].Config = ir.Value{Kind: ir.ObjectValue, Fields: []ir.Field{
		object("a/b~c", secret("k", "ONE")),
		{Name: "list", Value: ir.Value{Kind: ir.ListValue, List: []ir.Value{{}, {Kind: ir.SecretValue, Secret: "TWO"}}}},
		num("long", "123456789012345678901234567890"), num("plus", "+1"), num("zeros", "007"), num("half", ".5"), str("html", "<&>"),
	}}
	text := content(t, airbyte.Emit(p), "airbyte/source-shop.json")
	d := document(t, text)
	assert.Equal(t, "/configuration/a~1b~0c/k", d.Bind[1].Pointer)
	assert.Equal(t, "/configuration/list/1", d.Bind[2].Pointer)
	for _, want := range []string{`"long": 123456789012345678901234567890`, `"plus": 1`, `"zeros": 7`, `"half": 0.5`, `"html": "<&>"`} {
		assert.Contains(t, text, want)
	}
}

// A source's file comes from the lines of its configuration too.
func TestOriginsOfConfiguration(t *testing.T) {
	p := shop()
	p.Sources[0].Config.Fields[0].Value.Origin = at(5)
	p.Sources[0].Config.Fields[7].Value.Fields[0].Value.Origin = at(7)
	for _, a := range airbyte.Emit(p) {
		if a.Path == "airbyte/source-shop.json" {
			assert.Equal(t, []source.Span{at(3), at(5), at(7)}, a.Origins)
		}
	}
}

func TestHost(t *testing.T) {
	for account, want := range map[string]string{
		"MyOrg-My_Account":  "myorg-my-account.snowflakecomputing.com",
		"xy12345.us-east-1": "xy12345.us-east-1.snowflakecomputing.com",
	} {
		p := irtest.RainShield()
		p.Snowflake.Account = account
		assert.Contains(t, content(t, airbyte.Emit(p), "airbyte/destination-snowflake.json"), `"host": "`+want+`"`)
	}
}

func content(t *testing.T, all []emit.Artifact, path string) string {
	t.Helper()
	for _, a := range all {
		if a.Path == path {
			return string(a.Content)
		}
	}
	require.Fail(t, "no artefact "+path)
	return ""
}

func document(t *testing.T, text string) airbyte.Document {
	t.Helper()
	var d airbyte.Document
	require.NoError(t, json.Unmarshal([]byte(text), &d))
	return d
}

type streamBody struct {
	SyncMode    string
	CursorField []string
	PrimaryKey  [][]string
}

// stream gives the first stream of a connection.
func stream(t *testing.T, all []emit.Artifact, path string) streamBody {
	t.Helper()
	var d struct {
		Body struct {
			Configurations struct{ Streams []streamBody }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(content(t, all, path)), &d))
	require.NotEmpty(t, d.Body.Configurations.Streams)
	return d.Body.Configurations.Streams[0]
}

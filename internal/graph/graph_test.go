package graph_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/internal/graph"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestViews(t *testing.T) {
	g := graph.New(irtest.RainShield())
	for file, form := range map[string]string{"text.golden": "text", "mermaid.golden": "mermaid", "dot.golden": "dot", "json.golden": "json"} {
		var b bytes.Buffer
		require.NoError(t, graph.Write(&b, g, form, true))
		path := filepath.Join("testdata", file)
		if *update {
			require.NoError(t, os.MkdirAll("testdata", 0o755))
			require.NoError(t, os.WriteFile(path, b.Bytes(), 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, string(want), b.String(), file)
	}
}

// A name with everything that has a meaning in the drawing languages leaves the
// structure as it is.
func TestHostileNames(t *testing.T) {
	p := irtest.RainShield()
	p.Models[0].ID = "a\"] --> b;\n`<script>#quot;"
	p.Destinations[0].Syncs[0].Model = p.Models[0].ID
	g := graph.New(p)
	plain := graph.New(irtest.RainShield())
	for _, form := range []string{"mermaid", "dot"} {
		var hostile, normal bytes.Buffer
		require.NoError(t, graph.Write(&hostile, g, form, false))
		require.NoError(t, graph.Write(&normal, plain, form, false))
		assert.Equal(t, bytes.Count(normal.Bytes(), []byte("\n")), bytes.Count(hostile.Bytes(), []byte("\n")), form)
		if form == "mermaid" {
			assert.NotContains(t, hostile.String(), "<script>")
		}
	}
}

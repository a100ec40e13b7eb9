package grouparoo_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	src "github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// tool is a file of the tool set by which the judge is installed.
func tool(name string) string { return filepath.Join("..", "..", "..", "tools", "grouparoo", name) }

// TestLockFileIsTheJudges keeps what the image installs and what the tests ran
// the same. -update copies the tool set's files.
func TestLockFileIsTheJudges(t *testing.T) {
	for _, name := range []string{"package.json", "package-lock.json"} {
		want, err := os.ReadFile(tool(name))
		require.NoError(t, err)
		if *update {
			require.NoError(t, os.WriteFile(filepath.Join("lock", name), want, 0o644))
		}
		got, err := os.ReadFile(filepath.Join("lock", name))
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), "run the test with -update")
		assert.NotContains(t, string(got), `"resolved"`, "the lock file names no registry")
	}
}

func TestPackagesArePinned(t *testing.T) {
	var p struct {
		Dependencies map[string]string
		Grouparoo    struct{ Plugins []string }
	}
	content := byPath(t, grouparoo.Emit(irtest.RainShield()), "grouparoo/package.json").Content
	require.NoError(t, json.Unmarshal(content, &p))
	for name, version := range p.Dependencies {
		assert.Regexp(t, `^\d+\.\d+\.\d+$`, version, name)
		if strings.Contains(name, "grouparoo") {
			assert.Equal(t, "0.5.1", version, name)
		}
	}
	assert.Contains(t, p.Grouparoo.Plugins, "@grouparoo/snowflake")
	for _, name := range catalog.Embedded().DestinationNames() {
		if d, _ := catalog.Embedded().Destination(name); d.Engine == "grouparoo" {
			assert.Contains(t, p.Grouparoo.Plugins, d.Grouparoo.Plugin)
			assert.Contains(t, p.Dependencies, d.Grouparoo.Plugin)
		}
	}
}

func TestBillOfMaterialsListsTheLockFile(t *testing.T) {
	var bom struct {
		BOMFormat, SpecVersion string
		Components             []struct {
			Name, Version, PURL string
			Hashes              []struct{ Alg, Content string }
		}
	}
	content := byPath(t, grouparoo.Emit(irtest.RainShield()), "grouparoo/sbom.cdx.json").Content
	require.NoError(t, json.Unmarshal(content, &bom))
	assert.Equal(t, "CycloneDX", bom.BOMFormat)
	var lock struct {
		Packages map[string]struct{ Version string }
	}
	raw, err := os.ReadFile(tool("package-lock.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &lock))
	want := map[string]bool{}
	for path, p := range lock.Packages {
		if path != "" {
			want[regexp.MustCompile(`.*node_modules/`).ReplaceAllString(path, "")+"@"+p.Version] = true
		}
	}
	for _, c := range bom.Components {
		assert.True(t, want[c.Name+"@"+c.Version], c.Name)
		delete(want, c.Name+"@"+c.Version)
		require.Len(t, c.Hashes, 1, c.Name)
		assert.Equal(t, "SHA-512", c.Hashes[0].Alg)
		assert.Len(t, c.Hashes[0].Content, 128)
	}
	assert.Empty(t, want, "packages that the bill does not list")
}

func lines(spans []src.Span) []int {
	var out []int
	for _, s := range spans {
		out = append(out, s.Start.Line)
	}
	return out
}

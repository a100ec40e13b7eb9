package cfn

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	for _, v := range []variant{{"rain-shield", irtest.RainShield()}, {"rich", rich()}} {
		for _, a := range Emit(v.pipeline) {
			golden := filepath.Join("testdata", "golden", v.name, filepath.Base(a.Path))
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
				require.NoError(t, os.WriteFile(golden, a.Content, 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(a.Content), "%s differs; run go test -update if it should", golden)
		}
	}
}

func TestEmitGivesThreeTemplates(t *testing.T) {
	as := Emit(irtest.RainShield())
	var paths []string
	for _, a := range as {
		paths = append(paths, a.Path)
		assert.Equal(t, "cloudformation", a.Provider)
		assert.Equal(t, "template", a.Kind)
		assert.True(t, bytes.HasSuffix(a.Content, []byte("\n")) && !bytes.HasSuffix(a.Content, []byte("\n\n")), a.Path)
		assert.NotContains(t, string(a.Content), "\r")
	}
	assert.Equal(t, []string{FoundationPath, IngestionPath, SyncPath}, paths)
}

func TestArtifactsSayWhatTheyNeedAndWhereTheyComeFrom(t *testing.T) {
	p := irtest.RainShield()
	p.Ingestion.Access = access(p.AWS.Region, 15)
	as := Emit(p)
	assert.Empty(t, as[0].Needs)
	assert.Equal(t, []string{"stack:foundation"}, as[0].Provides)
	assert.Equal(t, []string{"stack:foundation"}, as[1].Needs)
	assert.Equal(t, []string{"parameter:/tapestry/rain-shield/production/airbyte/CONFIG", "parameter:/tapestry/rain-shield/production/airbyte/CREDENTIALS", "stack:ingestion"}, as[1].Provides)
	assert.Equal(t, []string{
		"image:dbt", "image:grouparoo", "parameter:/tapestry/rain-shield/production/grouparoo/admin-email",
		"parameter:/tapestry/rain-shield/production/grouparoo/admin-password", "parameter:/tapestry/rain-shield/production/grouparoo/server-token",
		"parameter:/tapestry/rain-shield/production/snowflake/dbt-private-key", "parameter:/tapestry/rain-shield/production/snowflake/grouparoo-token",
		"secret:MAILCHIMP_API_KEY", "stack:foundation", "view:SYNCS.SYNC_MAILCHIMP_NEWSLETTER",
	}, as[2].Needs)
	assert.Equal(t, []string{"stack:sync"}, as[2].Provides)
	assert.Equal(t, []int{5}, lines(as[0].Origins))
	assert.Equal(t, []int{5, 14, 15}, lines(as[1].Origins))
	assert.Equal(t, []int{5, 16, 17, 62}, lines(as[2].Origins))
}

func lines(spans []source.Span) []int {
	var all []int
	for _, s := range spans {
		all = append(all, s.Start.Line)
	}
	return all
}

func TestEmitIsTheSameEveryTime(t *testing.T) {
	for _, v := range []variant{{"rain-shield", irtest.RainShield()}, {"rich", rich()}} {
		first := Emit(v.pipeline)
		for range 20 {
			assert.Equal(t, first, Emit(v.pipeline), v.name)
		}
	}
}

func TestEmitDoesNotChangeThePipeline(t *testing.T) {
	p := rich()
	Emit(p)
	assert.Equal(t, rich(), p)
}

// TestResourcesAreCounted prints the sizes that the summary of compile prints.
func TestResourcesAreCounted(t *testing.T) {
	total := 0
	for _, template := range Templates(irtest.RainShield()) {
		content := template.Content()
		_, resources, _ := bytes.Cut(content, []byte("\nResources:\n"))
		assert.Equal(t, len(template.Resources), bytes.Count(resources, []byte("\n    Type: AWS::")), template.Path)
		assert.True(t, Inline(content), "%s fits inline", template.Path)
		total += len(template.Resources)
		t.Logf("%s: %d resources, %d bytes", template.Path, len(template.Resources), len(content))
	}
	assert.Equal(t, total, Count(irtest.RainShield()))
	assert.GreaterOrEqual(t, total, 49, "as many as by hand")
}

// C20: 51,200 bytes go inline, 51,201 through the bucket, and bytes are what
// counts.
func TestC20InlineLimit(t *testing.T) {
	assert.Equal(t, 51200, InlineLimit)
	assert.True(t, Inline(bytes.Repeat([]byte("x"), 51200)))
	assert.False(t, Inline(bytes.Repeat([]byte("x"), 51201)))
	assert.True(t, Inline(bytes.Repeat([]byte("ü"), 25600)))
	assert.False(t, Inline(bytes.Repeat([]byte("ü"), 25601)), "25,601 characters, 51,202 bytes")
}

func TestTextThatLooksLikeSomethingElseIsQuoted(t *testing.T) {
	p := irtest.RainShield()
	p.AWS.Tags = []ir.Tag{{Key: "NO", Value: "on"}, {Key: "account", Value: "012345670123"}, {Key: "since", Value: "2021-01-25"}}
	content := string(Emit(p)[0].Content)
	for _, want := range []string{"Key: \"NO\"\n          Value: \"on\"", `Value: "012345670123"`, `Value: "2021-01-25"`} {
		assert.Contains(t, content, want)
	}
}

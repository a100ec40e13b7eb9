//go:build cgo

package samples_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/internal/connector"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakesalesforce "github.com/tapestry-ci/tapestry-ci/internal/fake/salesforce"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/vendor"
	fakezoom "github.com/tapestry-ci/tapestry-ci/internal/fake/zoom"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/local"
	"github.com/tapestry-ci/tapestry-ci/internal/samples"
)

// pipeline is the Rain Shield example over the stand-ins.
type pipeline struct {
	zoom       *fakezoom.Server
	salesforce *fakesalesforce.Server
	proxy      *vendor.Proxy
	result     *compiler.Result
	env        map[string]string
}

func newPipeline(t *testing.T) *pipeline {
	t.Helper()
	p := &pipeline{zoom: fakezoom.New(), salesforce: fakesalesforce.New(), env: map[string]string{"SNOWFLAKE_ACCOUNT": "org-account", "MAILCHIMP_LIST_ID": "list"}}
	p.proxy = vendor.Start(t, p.zoom.Hosts(), p.salesforce.Hosts())
	for _, some := range []map[string]string{p.zoom.Secrets(), p.salesforce.Secrets()} {
		for name, value := range some {
			p.env[name] = value
		}
	}
	p.result = compiler.Compile(os.DirFS(filepath.Join("..", "..", "examples", "01-rain-shield")), "tapestry.yaml", compiler.Options{Env: p.env, Local: true})
	require.False(t, p.result.Diagnostics.HasErrors(), "%v", p.result.Diagnostics)
	return p
}

func (p *pipeline) config(t *testing.T, name string) samples.Config {
	t.Helper()
	c, err := connector.Open(t.Context(), connector.Config{Artifacts: p.result.Artifacts, Source: name, Secrets: connector.Variables(p.env),
		Environ: append(p.proxy.Environ(), "PATH="+os.Getenv("PATH"), connector.FoldersVariable+"="+judge.Dir(t, "connectors"))})
	require.NoError(t, err)
	return samples.Config{Source: p.source(name), Connector: c, Rows: 1000}
}

func (p *pipeline) source(name string) *ir.Source {
	for i := range p.result.Pipeline.Sources {
		if p.result.Pipeline.Sources[i].ID == name {
			return &p.result.Pipeline.Sources[i]
		}
	}
	return nil
}

// people are those of the test: the same ones in other case and with white
// space, without an address, and with what is none.
var people = []struct{ email, first, last string }{
	{"Diana.Prince@rainshield.example", "Diana", "Prince"}, {" diana.prince@RAINSHIELD.example ", "DIANA", "Prince"},
	{"barry.allen@rainshield.example", "Barry", "Allen"}, {"BARRY.ALLEN@RAINSHIELD.EXAMPLE", "Bartholomew", "Allen"},
	{"betty@bedrock.example", "Betty", "Rubble-Stone"}, {"\tbetty@bedrock.example", "Łucja", "O'Hara"},
	{"", "Nobody", ""}, {"   ", "Blank", ""}, {"no-address", "Rudolf", ""}, {"ünsal@köln.example", "Ünsal", "Öztürk"},
}

func (p *pipeline) fill() {
	for i, who := range people {
		p.zoom.Register(fakezoom.Webinar, fakezoom.Record{"email": who.email, "first_name": who.first, "last_name": who.last})
		if i%2 == 0 {
			p.salesforce.Insert("Contact", fakesalesforce.Record{"Email": strings.ToLower(who.email), "FirstName": who.first, "LastName": who.last})
		}
	}
	gone := p.salesforce.Insert("Contact", fakesalesforce.Record{"Email": "gone@elsewhere.example", "FirstName": "Gunther"})
	p.salesforce.Delete("Contact", gone)
}

// effects are the counts of a plan over the samples of a folder.
func (p *pipeline) effects(t *testing.T, dir string) map[string]deploy.Effect {
	t.Helper()
	plan, err := deploy.Build(t.Context(), local.New(local.Config{Dir: dir, Environment: "production"}), deploy.Input{Artifacts: p.result.Artifacts}, deploy.Meta{})
	require.NoError(t, err)
	out := map[string]deploy.Effect{}
	for _, c := range plan.Changes {
		if c.Effect != nil {
			e := *c.Effect
			e.Samples = nil // ids of the masked persons are others
			out[c.ID] = e
		}
	}
	return out
}

// Masked samples of real connectors hold nobody, and the plan over them counts
// what it counts over the real people.
func TestMaskedSamplesCountAsTheOriginals(t *testing.T) {
	p := newPipeline(t)
	p.fill()
	masked, original := t.TempDir(), t.TempDir()
	for _, name := range []string{"zoom", "salesforce"} {
		c := p.config(t, name)
		c.Dir = masked
		written, err := samples.Write(t.Context(), c)
		require.NoError(t, err)
		require.Len(t, written, 1)
		require.Len(t, written[0].Masked, 3)
		c.Dir, c.Unmasked = original, true
		_, err = samples.Write(t.Context(), c)
		require.NoError(t, err)
	}
	want, got := p.effects(t, original), p.effects(t, masked)
	assert.Equal(t, want, got)
	model := got["local:model:people"]
	assert.Positive(t, model.Merged)
	assert.Positive(t, model.Dropped)
	assert.NotEmpty(t, got["local:sync:mailchimp.newsletter"].Rejected, "what is no address is refused, masked or not")
	for _, stream := range []string{"zoom/webinar_registrants", "salesforce/Contact"} {
		holdsNobody(t, filepath.Join(masked, "samples", stream+".ndjson"))
		sameOtherwise(t, filepath.Join(masked, "samples", stream+".ndjson"), filepath.Join(original, "samples", stream+".ndjson"), p.source(strings.Split(stream, "/")[0]))
	}
	assert.Empty(t, p.proxy.Refused())
}

// holdsNobody looks for every part of every person, in all forms.
func holdsNobody(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	folded := strings.ToLower(string(text))
	for _, who := range append(people, struct{ email, first, last string }{"gone@elsewhere.example", "Gunther", ""}) {
		address := strings.TrimSpace(who.email)
		local, domain, _ := strings.Cut(address, "@")
		for _, part := range []string{address, local, domain, who.first, who.last} {
			if len(part) > 2 {
				quoted, _ := json.Marshal(strings.ToLower(part))
				assert.NotContains(t, folded, strings.ToLower(part), file)
				assert.NotContains(t, folded, strings.Trim(string(quoted), `"`), file)
			}
		}
	}
}

// sameOtherwise wants the columns that are not masked to be as they were, NULL
// and empty values to be where they were, and masked ones to be others.
func sameOtherwise(t *testing.T, masked, original string, src *ir.Source) {
	t.Helper()
	a, b := lines(t, masked), lines(t, original)
	require.Len(t, a, len(b))
	for i := range a {
		for _, c := range src.Streams[0].Columns {
			x, y := a[i][c.Name], b[i][c.Name]
			text, _ := y.(string)
			if !c.PII || y == nil || strings.TrimSpace(text) == "" {
				assert.Equal(t, y, x, c.Name)
			} else {
				assert.NotEqual(t, y, x, c.Name)
			}
		}
	}
}

func lines(t *testing.T, file string) []map[string]any {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var out []map[string]any
	for line := range bytes.Lines(text) {
		var row map[string]any
		require.NoError(t, json.Unmarshal(line, &row))
		out = append(out, row)
	}
	return out
}

// A limit ends the connector, a source without rows leaves the file alone, and
// two samples of one stream are refused before anything is read.
func TestLimitsAndFiles(t *testing.T) {
	p := newPipeline(t)
	c := p.config(t, "zoom")
	c.Dir = t.TempDir()
	file := filepath.Join(c.Dir, "samples", "zoom", "webinar_registrants.ndjson")
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte("{}\n"), 0o600))
	written, err := samples.Write(t.Context(), c)
	require.NoError(t, err)
	assert.Empty(t, written[0].File)
	assert.Contains(t, written[0].Notes[0], "no rows")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "{}\n", string(text))

	p.fill()
	c.Rows = 4
	written, err = samples.Write(t.Context(), c)
	require.NoError(t, err)
	assert.Equal(t, 4, written[0].Read)
	assert.Len(t, lines(t, file), 4)
	entries, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing is left beside it")

	require.NoError(t, os.WriteFile(strings.TrimSuffix(file, "ndjson")+"csv", nil, 0o600))
	p.zoom.Reset()
	_, err = samples.Write(t.Context(), c)
	require.ErrorContains(t, err, "webinar_registrants.csv is a sample")
	assert.Empty(t, p.zoom.Requests())
	c.Streams = []string{"other"}
	_, err = samples.Write(t.Context(), c)
	require.ErrorContains(t, err, `no stream "other"`)
}

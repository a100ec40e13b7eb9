package airbyte_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fake "github.com/tapestry-ci/tapestry-ci/internal/fake/airbyte"
)

func ids(changes []deploy.Change) []string {
	var out []string
	for _, c := range changes {
		out = append(out, string(c.Action)+" "+c.ID)
	}
	return out
}

// objects is the server's state but for jobs.
func objects(s *fake.Server) string {
	return strings.Join(slices.DeleteFunc(strings.Split(s.Snapshot(), "\n"), func(line string) bool { return strings.HasPrefix(line, "job ") }), "\n")
}

// Somebody let a connection read another source. No call of the API changes that:
// it is made anew, and read again.
func TestAnExchangedSource(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	want := objects(p.server)
	was := p.server.ID("connection", "rain-shield zoom")
	other := p.server.ID("source", "rain-shield salesforce")
	p.server.Edit("connection", "rain-shield zoom", func(b map[string]any) { b["sourceId"] = other })

	changes := p.plan()
	require.Equal(t, []string{"replace airbyte:connection:zoom", "create airbyte:sync:zoom"}, ids(changes))
	assert.Equal(t, []deploy.FieldChange{{Path: "sourceId", Before: "source:rain-shield salesforce", After: "source:rain-shield zoom"}}, changes[0].Fields)
	assert.Equal(t, deploy.Disruptive, changes[0].Risk)
	assert.Contains(t, changes[1].DependsOn, "airbyte:connection:zoom")

	require.NoError(t, p.apply())
	assert.Empty(t, p.plan())
	assert.Empty(t, p.snapshotted())
	assert.NotEqual(t, was, p.server.ID("connection", "rain-shield zoom"))
	assert.Equal(t, want, objects(p.server))
}

// A connection that reads something outside of the pipeline shows its id.
func TestAConnectionToSomethingElse(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	const foreign = "0c0ffee0-0000-4000-8000-000000000000"
	p.server.Edit("connection", "rain-shield zoom", func(b map[string]any) { b["destinationId"] = foreign })
	changes := p.plan()
	require.Len(t, changes, 2)
	assert.Equal(t, []deploy.FieldChange{{Path: "destinationId", Before: foreign, After: "destination:rain-shield Snowflake"}}, changes[0].Fields)
}

// A source that was deleted took its connection with it. Both are made again, and
// the connection is read again.
func TestADeletedSource(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	p.server.Edit("source", "rain-shield zoom", func(b map[string]any) { b["name"] = "somebody's" })
	assert.Equal(t, []string{"create airbyte:source:zoom", "replace airbyte:connection:zoom", "create airbyte:sync:zoom"}, ids(p.plan()))
	require.NoError(t, p.apply())
	assert.Empty(t, p.plan())
}

// A replacement that ended between deleting and creating, or before its sync.
func TestAReplacementThatBreaksOff(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	other := p.server.ID("source", "rain-shield salesforce")
	p.server.Edit("connection", "rain-shield zoom", func(b map[string]any) { b["sourceId"] = other })
	replace := p.plan()[0]
	unseen := replace
	unseen.Action = deploy.Update
	_, err := p.provider().Apply(t.Context(), unseen, p.in, func(string) {})
	require.ErrorContains(t, err, "since the plan was made", "nobody has approved that it is made anew")
	_, err = p.provider().Apply(t.Context(), replace, p.in, func(string) {})
	require.NoError(t, err)
	assert.Equal(t, []string{"create airbyte:sync:zoom"}, ids(p.plan()), "what was read before is not what it has to read")

	p.server.Remove("connection", "rain-shield zoom")
	assert.Equal(t, []string{"create airbyte:connection:zoom", "create airbyte:sync:zoom"}, ids(p.plan()))
	require.NoError(t, p.apply())
	assert.Empty(t, p.plan())
	_, err = p.provider().Apply(t.Context(), replace, p.in, func(string) {})
	require.NoError(t, err, "once more")
	assert.Empty(t, p.plan())
}

// What left the file is deleted, connections first, under words without spaces.
func TestWhatLeftTheFile(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	for from, to := range map[string]string{"rain-shield zoom": "rain-shield old", "rain-shield salesforce": "rain-shield my old/one"} {
		p.server.Edit("source", from, func(b map[string]any) { b["name"] = to })
		p.server.Edit("connection", from, func(b map[string]any) { b["name"] = to })
	}
	var gone []deploy.Change
	for _, c := range p.plan() {
		assert.NotContains(t, c.ID, " ")
		if c.Action == deploy.Delete {
			gone = append(gone, c)
		}
	}
	const odd = "my-old-one-51f90e"
	assert.ElementsMatch(t, []string{"delete airbyte:connection:" + odd, "delete airbyte:connection:old", "delete airbyte:source:" + odd, "delete airbyte:source:old"}, ids(gone))
	for _, c := range gone {
		if c.Kind == "source" {
			assert.Subset(t, c.DependsOn, []string{"airbyte:connection:" + odd, "airbyte:connection:old"})
		}
	}
	require.NoError(t, p.apply())
	assert.Empty(t, p.plan())
	assert.NotContains(t, p.server.Snapshot(), "old")
	for _, c := range gone {
		_, err := p.provider().Apply(t.Context(), c, p.in, func(string) {})
		require.NoError(t, err, "once more")
	}
	assert.Empty(t, p.plan())
}

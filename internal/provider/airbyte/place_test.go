package airbyte_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// elsewhere gives the pipeline another database.
func (p *place) elsewhere(database string) {
	p.in.Artifacts = slices.Clone(p.in.Artifacts)
	for i, a := range p.in.Artifacts {
		if a.Path == "airbyte/destination-snowflake.json" {
			p.in.Artifacts[i].Content = bytes.Replace(a.Content, []byte(`"database": "RAIN_SHIELD"`), []byte(`"database": "`+database+`"`), 1)
			require.NotEqual(p.t, string(a.Content), string(p.in.Artifacts[i].Content))
		}
	}
}

func change(changes []deploy.Change, id string) *deploy.Change {
	for i := range changes {
		if changes[i].ID == id {
			return &changes[i]
		}
	}
	return nil
}

// Airbyte remembers how far it has read, whatever the destination leads to: in
// another database there would only be what is new.
func TestAnotherDatabaseIsReadIntoFromTheBeginning(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	was := map[string]string{}
	for _, name := range []string{"rain-shield zoom", "rain-shield salesforce"} {
		was[name] = p.server.ID("connection", name)
	}
	p.elsewhere("ANOTHER")
	for _, changes := range [][]deploy.Change{p.plan(), p.snapshotted()} {
		d := change(changes, "airbyte:destination:snowflake")
		require.NotNil(t, d)
		assert.Equal(t, deploy.Disruptive, d.Risk)
		assert.Contains(t, d.Reason, "read everything again")
		for _, key := range []string{"zoom", "salesforce"} {
			c := change(changes, "airbyte:connection:"+key)
			require.NotNil(t, c, key)
			assert.Equal(t, deploy.Replace, c.Action)
			assert.Equal(t, deploy.Disruptive, c.Risk)
			assert.Contains(t, c.DependsOn, d.ID)
			assert.NotContains(t, c.Reason, "nothing is yet", "it may be one of before")
			assert.Contains(t, c.Fields, deploy.FieldChange{Path: "loads into", Before: "rainshield-main.snowflakecomputing.com RAIN_SHIELD", After: "rainshield-main.snowflakecomputing.com ANOTHER"})
			require.NotNil(t, change(changes, "airbyte:sync:"+key), "it is read again at once")
		}
		i := slices.IndexFunc(changes, func(c deploy.Change) bool { return c.Kind == "place" })
		require.GreaterOrEqual(t, i, 0)
		assert.Equal(t, deploy.Keep, changes[i].Action)
		assert.Contains(t, changes[i].Next, `DROP DATABASE "RAIN_SHIELD"`)
	}
	require.NoError(t, p.apply())
	assert.Empty(t, p.plan())
	assert.Empty(t, p.snapshotted())
	for name, id := range was {
		assert.NotEqual(t, id, p.server.ID("connection", name), "Airbyte would go on from where it stopped")
	}
}

// Whoever comes after a kill still knows that the connections read for another
// place, although the destination is as the file says.
func TestAnotherDatabaseAfterAKill(t *testing.T) {
	for _, kept := range []int{0, 1, 2} { // writes to the bucket before it
		p := open(t, rain)
		require.NoError(t, p.apply())
		id := p.server.ID("connection", "rain-shield zoom")
		p.elsewhere("ANOTHER")
		c := change(p.plan(), "airbyte:destination:snowflake")
		p.bucket.failAfter(kept)
		_, err := p.provider().Apply(t.Context(), *c, p.in, func(string) {})
		require.Equal(t, kept < 2, err != nil, "%d: %v", kept, err)
		p.bucket.failAfter(-1)
		moved := strings.Contains(p.server.Snapshot(), "ANOTHER")
		require.Equal(t, kept > 0, moved, "nothing moves before it is written down")
		again := change(p.plan(), "airbyte:connection:zoom")
		require.NotNil(t, again, "%d", kept)
		require.Equal(t, deploy.Replace, again.Action)
		require.NoError(t, p.apply())
		require.NotEqual(t, id, p.server.ID("connection", "rain-shield zoom"))
		require.Empty(t, p.plan())
	}
}

var errBucket = errors.New("the bucket does not answer")

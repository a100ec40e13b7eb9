package check_test

import (
	"bytes"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/bigfile"
)

// A mistake on thousands of lines takes no longer to report than the lines take
// to read: looking for the name that was meant must not go through all names for
// each of them.
func TestThousandsOfMistakes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	good := bigfile.Generate(10_000)
	for name, change := range map[string][2]string{
		"inputs": {"from: source_", "from: sourze_"}, "models": {"model: people_", "model: poeple_"}, "connectors": {"connector: ", "connector: x"},
		"columns": {"order_by: [", "order_by: [nothing, "}, "keys": {"unique_by: email", "unique_by: emial"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := bytes.ReplaceAll(good, []byte(change[0]), []byte(change[1]))
			started := time.Now()
			r := compiler.Check(fstest.MapFS{"tapestry.yaml": {Data: bad}}, "tapestry.yaml", compiler.Options{})
			assert.Less(t, time.Since(started), 20*time.Second)
			assert.Greater(t, len(r.Diagnostics), 900)
			t.Log(len(r.Diagnostics), time.Since(started))
		})
	}
}

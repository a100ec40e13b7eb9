package ledger_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func TestRunsAreRead(t *testing.T) {
	f := ledger.In(filepath.Join(t.TempDir(), "new"))
	runs, err := f.Runs()
	require.NoError(t, err)
	assert.Empty(t, runs)

	run, err := f.Begin(&deploy.Plan{Digest: "sha256:a"}, "ann", noon)
	require.NoError(t, err)
	require.NoError(t, f.Step(run, deploy.RunStep{Change: "x", State: deploy.Started, At: noon}))
	require.NoError(t, f.Step(run, deploy.RunStep{Change: "x", State: deploy.Done, At: noon}))

	again, err := f.Begin(&deploy.Plan{Digest: "sha256:a"}, "bob", noon)
	require.NoError(t, err)
	assert.Equal(t, run, again, "an unfinished run of the same plan goes on")

	require.NoError(t, f.End(run, "done", noon.Add(time.Minute)))
	next, err := f.Begin(&deploy.Plan{Digest: "sha256:a"}, "ann", noon)
	require.NoError(t, err)
	assert.NotEqual(t, run, next)

	runs, err = f.Runs()
	require.NoError(t, err)
	require.Len(t, runs, 2)
	assert.Equal(t, deploy.Done, runs[0].State("x"))
	assert.True(t, runs[0].Finished())
	assert.False(t, runs[1].Finished())
}

// A crash may cut the last line at any byte: what was there before is read, and
// the next line is whole.
func TestTornLine(t *testing.T) {
	dir := t.TempDir()
	f := ledger.In(dir)
	run, err := f.Begin(&deploy.Plan{Digest: "sha256:a"}, "ann", noon)
	require.NoError(t, err)
	require.NoError(t, f.Step(run, deploy.RunStep{Change: "x", State: deploy.Started, At: noon}))
	whole, err := os.ReadFile(filepath.Join(dir, "ledger.ndjson"))
	require.NoError(t, err)
	for cut := range whole {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "ledger.ndjson"), whole[:cut], 0o644))
		_, err := f.Runs()
		require.NoError(t, err, cut)
		run, err := f.Begin(&deploy.Plan{Digest: "sha256:a"}, "ann", noon)
		require.NoError(t, err)
		require.NoError(t, f.Step(run, deploy.RunStep{Change: "y", State: deploy.Started, At: noon}))
		runs, err := f.Runs()
		require.NoError(t, err, cut)
		assert.Equal(t, deploy.Started, runs[len(runs)-1].State("y"))
	}
}

func TestOneHolder(t *testing.T) {
	dir := t.TempDir()
	var holders atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			l, err := ledger.LockIn(dir)
			assert.NoError(t, err)
			if _, err := l.Acquire("ann", noon); err == nil {
				holders.Add(1)
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, 1, holders.Load())

	l, err := ledger.LockIn(dir)
	require.NoError(t, err)
	_, err = l.Acquire("bob", noon.Add(time.Hour))
	var held *deploy.Held
	require.ErrorAs(t, err, &held)
	assert.Equal(t, "ann", held.Holder.Owner)
	assert.Equal(t, time.Hour, held.Age)
	assert.False(t, held.Holder.Stale)
	require.NoError(t, l.Break())
	release, err := l.Acquire("bob", noon)
	require.NoError(t, err)
	require.NoError(t, release())
	h, err := l.Holder()
	require.NoError(t, err)
	assert.Nil(t, h)
}

// The lock of a process that is gone says so.
func TestStale(t *testing.T) {
	dir := t.TempDir()
	gone := exec.Command("true")
	require.NoError(t, gone.Run())
	host, err := os.Hostname()
	require.NoError(t, err)
	data := []byte(`{"owner":"ann","host":"` + host + `","pid":` + strconv.Itoa(gone.Process.Pid) + `,"since":"2026-11-25T11:00:00Z"}`)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "lock.json"), data, 0o644))
	l, err := ledger.LockIn(dir)
	require.NoError(t, err)
	_, err = l.Acquire("bob", noon)
	require.ErrorContains(t, err, "tapestry-ci unlock")
	require.ErrorContains(t, err, "its process is gone")
}

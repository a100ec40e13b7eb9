package ledger_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
)

// Steps that run side by side write side by side: each line is whole and there
// once, also a very long one and one with line ends in it.
func TestManyWriters(t *testing.T) {
	f := ledger.In(t.TempDir())
	run, err := f.Begin(&deploy.Plan{Digest: "sha256:a"}, "ann", noon)
	require.NoError(t, err)
	message := strings.Repeat("a long\nmessage \x00", 8000)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			for range 5 {
				assert.NoError(t, f.Step(run, deploy.RunStep{Change: fmt.Sprint(i), State: deploy.Failed, At: noon, Message: message}))
			}
		})
	}
	wg.Wait()
	runs, err := f.Runs()
	require.NoError(t, err)
	require.Len(t, runs[0].Steps, 100)
	for _, s := range runs[0].Steps {
		assert.Equal(t, message, s.Message)
	}
}

// A line that no ledger wrote is named with its number, and nothing is guessed.
func TestForeignLines(t *testing.T) {
	for line, want := range map[string]string{
		"hello":                           "ledger.ndjson:2: not a line of a ledger",
		`{"event":"step","run":"nobody"}`: `ledger.ndjson:2: run "nobody" was never begun`,
	} {
		dir := t.TempDir()
		f := ledger.In(dir)
		_, err := f.Begin(&deploy.Plan{Digest: "sha256:a"}, "ann", noon)
		require.NoError(t, err)
		book, err := os.OpenFile(filepath.Join(dir, "ledger.ndjson"), os.O_APPEND|os.O_WRONLY, 0)
		require.NoError(t, err)
		_, err = book.WriteString(line + "\n")
		require.NoError(t, err)
		require.NoError(t, book.Close())
		_, err = f.Runs()
		require.ErrorContains(t, err, want)
		_, err = f.Begin(&deploy.Plan{Digest: "sha256:a"}, "ann", noon)
		require.Error(t, err)
	}
}

// A run goes on only with the same plan, in the same direction, while it is the
// last one and not finished.
func TestWhichRunGoesOn(t *testing.T) {
	f := ledger.In(t.TempDir())
	begin := func(digest string, destroy bool) string {
		run, err := f.Begin(&deploy.Plan{Digest: digest, Destroy: destroy}, "ann", noon)
		require.NoError(t, err)
		return run
	}
	first := begin("sha256:a", false)
	require.NoError(t, f.End(first, "failed", noon))
	assert.Equal(t, first, begin("sha256:a", false), "a failed run goes on")
	second := begin("sha256:a", true)
	assert.NotEqual(t, first, second)
	third := begin("sha256:b", false)
	assert.NotContains(t, []string{first, second}, third)
	assert.NotContains(t, []string{first, second, third}, begin("sha256:a", false), "another one came in between")
}

// The lock of somebody else is never taken away by who held it before.
func TestReleaseIsForTheOwnLock(t *testing.T) {
	dir := t.TempDir()
	l, err := ledger.LockIn(dir)
	require.NoError(t, err)
	release, err := l.Acquire("ann", noon)
	require.NoError(t, err)
	require.NoError(t, l.Break())
	_, err = l.Acquire("bob", noon.Add(time.Minute))
	require.NoError(t, err)
	require.NoError(t, release())
	h, err := l.Holder()
	require.NoError(t, err)
	require.NotNil(t, h)
	assert.Equal(t, "bob", h.Owner)
	require.NoError(t, l.Break())
	require.NoError(t, l.Break(), "there is none to break")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "lock.json"), []byte("{"), 0o644))
	_, err = l.Acquire("ann", noon)
	require.ErrorContains(t, err, "lock.json is not a lock")
	require.NoError(t, l.Break())
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, entries, "nothing is left behind")
}

package state_test

import (
	"context"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/state"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
)

// open gives the state of a pipeline of its own; another handle is another
// machine.
func open(server *fakeaws.Server, name string) *state.Bucket {
	b, err := state.Open(ctx, state.Config{AWS: server.Config(), Account: fakeaws.Account, Settings: settings.Settings{
		DeployBucket: name + "-deploy", Region: fakeaws.Region, Pipeline: name, Environment: "production",
		Tags: []settings.Tag{{Key: "tapestry:environment", Value: "production"}, {Key: "tapestry:pipeline", Value: name}}}})
	if err != nil {
		panic(err)
	}
	return b
}

func TestState(t *testing.T) {
	server := fakeaws.Start(t)
	t.Run("without a bucket there is nothing, and nothing is made", func(t *testing.T) { nothing(t, open(server, "none")) })
	t.Run("objects", func(t *testing.T) { objects(t, open(server, "objects")) })
	t.Run("runs", func(t *testing.T) { runs(t, server) })
	t.Run("a second writer is noticed", func(t *testing.T) { secondWriter(t, server) })
	t.Run("one holder of twenty", func(t *testing.T) { oneHolder(t, server) })
	t.Run("broken and stale locks", func(t *testing.T) { brokenLocks(t, server) })
	t.Run("lost replies", func(t *testing.T) { lostReplies(t, server) })
}

func nothing(t *testing.T, s *state.Bucket) {
	there, err := s.Exists(ctx)
	require.NoError(t, err)
	require.False(t, there)
	_, found, err := s.Get(ctx, "x")
	require.NoError(t, err)
	require.False(t, found)
	got, err := s.Ledger().Runs()
	require.NoError(t, err)
	require.Empty(t, got)
	lock := s.Lock()
	holder, err := lock.Holder()
	require.NoError(t, err)
	require.Nil(t, holder)

	first, err := deploy.Build(ctx, []deploy.Provider{s.Provider()}, deploy.Input{}, deploy.Meta{})
	require.NoError(t, err)
	require.Len(t, first.Changes, 1)
	require.Equal(t, "none-deploy-123456789012-us-east-1", first.Changes[0].Name)
	_, err = s.Provider().Apply(ctx, first.Changes[0], deploy.Input{}, nil)
	require.NoError(t, err)
	second, err := deploy.Build(ctx, []deploy.Provider{s.Provider()}, deploy.Input{}, deploy.Meta{})
	require.NoError(t, err)
	require.True(t, second.Empty())
	require.Equal(t, first.Digest, second.Digest, "the bucket is no part of what is reviewed")
	last, err := deploy.Build(ctx, []deploy.Provider{s.Provider()}, deploy.Input{Destroy: true}, deploy.Meta{})
	require.NoError(t, err)
	require.Equal(t, deploy.Keep, last.Changes[0].Action)
}

func objects(t *testing.T, s *state.Bucket) {
	require.NoError(t, s.Ensure(ctx))
	require.NoError(t, s.Ensure(ctx), "again changes nothing")
	require.NoError(t, s.Put(ctx, "a/b.json", []byte("1")))
	require.NoError(t, s.Put(ctx, "a/b.json", []byte("2")))
	data, found, err := s.Get(ctx, "a/b.json")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "2", string(data))
	address, err := s.PutTemplate(ctx, "templates/a-b.yaml", []byte("x"))
	require.NoError(t, err)
	require.Contains(t, address, "/objects-deploy-123456789012-us-east-1/templates/a-b.yaml")
	require.NoError(t, s.Delete(ctx, "a/b.json"))
	require.NoError(t, s.Delete(ctx, "a/b.json"))
	_, found, err = s.Get(ctx, "a/b.json")
	require.NoError(t, err)
	require.False(t, found)
}

func runs(t *testing.T, server *fakeaws.Server) {
	one := open(server, "runs").Ledger()
	run, err := one.Begin(&deploy.Plan{Digest: "sha256:a"}, "ann", noon)
	require.NoError(t, err)
	require.NoError(t, one.Step(run, deploy.RunStep{Change: "x", State: deploy.Started, At: noon}))
	require.NoError(t, one.Step(run, deploy.RunStep{Change: "x", State: deploy.Done, At: noon}))
	require.Error(t, one.Step("other", deploy.RunStep{}))

	two := open(server, "runs").Ledger() // the machine that goes on
	again, err := two.Begin(&deploy.Plan{Digest: "sha256:a"}, "bob", noon)
	require.NoError(t, err)
	assert.Equal(t, run, again, "an unfinished run of the same plan goes on")
	require.NoError(t, two.End(run, "done", noon.Add(time.Minute)))
	next, err := two.Begin(&deploy.Plan{Digest: "sha256:a"}, "bob", noon)
	require.NoError(t, err)
	assert.NotEqual(t, run, next)

	got, err := open(server, "runs").Ledger().Runs()
	require.NoError(t, err)
	require.Len(t, got, 2)
	assert.Equal(t, deploy.Done, got[0].State("x"))
	assert.True(t, got[0].Finished())
	assert.Equal(t, "ann", got[0].Owner)
	assert.False(t, got[1].Finished())
}

func secondWriter(t *testing.T, server *fakeaws.Server) {
	one, two := open(server, "writers").Ledger(), open(server, "writers").Ledger()
	plan := &deploy.Plan{Digest: "sha256:a"}
	run, err := one.Begin(plan, "ann", noon)
	require.NoError(t, err)
	_, err = two.Begin(plan, "bob", noon)
	require.NoError(t, err)
	require.NoError(t, two.Step(run, deploy.RunStep{Change: "x", State: deploy.Started, At: noon}))
	require.ErrorContains(t, one.Step(run, deploy.RunStep{Change: "y", State: deploy.Started, At: noon}), "was written by another apply")
}

func oneHolder(t *testing.T, server *fakeaws.Server) {
	var holders, refused atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			lock := open(server, "locks").Lock()
			_, err := lock.Acquire("ann", noon)
			if held := (*deploy.Held)(nil); assert.ObjectsAreEqual(nil, err) {
				holders.Add(1)
			} else if assert.ErrorAs(t, err, &held) {
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, 1, holders.Load())
	assert.EqualValues(t, 19, refused.Load())
}

func brokenLocks(t *testing.T, server *fakeaws.Server) {
	lock := open(server, "broken").Lock()
	release, err := lock.Acquire("ann", noon)
	require.NoError(t, err)
	var held *deploy.Held
	_, err = lock.Acquire("bob", noon.Add(time.Hour))
	require.ErrorAs(t, err, &held)
	assert.Equal(t, "ann", held.Holder.Owner)
	assert.Equal(t, time.Hour, held.Age)
	assert.False(t, held.Holder.Stale)

	require.NoError(t, lock.Break())
	second, err := lock.Acquire("bob", noon)
	require.NoError(t, err)
	require.NoError(t, release(), "whose lock was broken takes away no other")
	holder, err := lock.Holder()
	require.NoError(t, err)
	require.Equal(t, "bob", holder.Owner)
	require.NoError(t, second())
	holder, err = lock.Holder()
	require.NoError(t, err)
	require.Nil(t, holder)

	// A holder whose process is gone.
	gone := exec.Command("true")
	require.NoError(t, gone.Run())
	state.HoldAs(t, open(server, "broken"), gone.Process.Pid)
	holder, err = lock.Holder()
	require.NoError(t, err)
	require.True(t, holder.Stale)
}

// Whichever call of a run loses its reply, the run is written as if it had not.
func lostReplies(t *testing.T, server *fakeaws.Server) {
	cells := 0
	for n := 1; ; n++ {
		s := open(server, "lost"+string(rune('a'+n)))
		before := len(server.Requests())
		server.Fault(fault.Rule{Service: "s3", Match: func(c fault.Call) bool { return c.N > before }, Nth: n, Do: fault.Drop})
		lock := s.Lock()
		release, err := lock.Acquire("ann", noon)
		require.NoError(t, err)
		l := s.Ledger()
		run, err := l.Begin(&deploy.Plan{Digest: "sha256:a"}, "ann", noon)
		require.NoError(t, err)
		require.NoError(t, l.Step(run, deploy.RunStep{Change: "x", State: deploy.Done, At: noon}))
		require.NoError(t, l.End(run, "done", noon))
		require.NoError(t, release())
		hit := false
		for _, c := range server.Requests()[before:] {
			hit = hit || c.Fault == "dropped"
		}
		if !hit {
			break
		}
		cells++
		got, err := s.Ledger().Runs()
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Len(t, got[0].Steps, 1)
		holder, err := lock.Holder()
		require.NoError(t, err)
		require.Nil(t, holder)
	}
	require.Greater(t, cells, 10)
	t.Logf("%d calls lost their reply, %d runs written whole", cells, cells)
}

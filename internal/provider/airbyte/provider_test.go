package airbyte_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	fake "github.com/tapestry-ci/tapestry-ci/internal/fake/airbyte"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/airbyte"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

const canary = `canary+"7/é`

type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	fails   bool // after so many writes more
	left    int
}

// failAfter lets writes fail after so many more; none where n is negative.
func (b *bucket) failAfter(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails, b.left = n >= 0, n
}

func (b *bucket) Get(_ context.Context, key string) ([]byte, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, ok := b.objects[key]
	return v, ok, nil
}

func (b *bucket) Put(_ context.Context, key string, v []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left--; b.fails && b.left < 0 {
		return errBucket
	}
	b.objects[key] = v
	return nil
}

type params struct{ credentials string }

func (p params) Get(_ context.Context, name string) (secret.Value, int, error) {
	if strings.HasSuffix(name, "/airbyte/CREDENTIALS") {
		return secret.New(p.credentials), 1, nil
	}
	return secret.New(canary), 1, nil
}

// place is one pipeline with its server and bucket.
type place struct {
	t      *testing.T
	server *fake.Server
	bucket *bucket
	in     deploy.Input
}

// compiled keeps what each example compiles to: nothing here changes it.
var compiled sync.Map

func artifacts(t *testing.T, folder string) []emit.Artifact {
	t.Helper()
	if all, done := compiled.Load(folder); done {
		return all.([]emit.Artifact)
	}
	data, err := os.ReadFile(filepath.Join(folder, ".env"))
	require.NoError(t, err)
	values, err := dotenv.Parse(data)
	require.NoError(t, err)
	r := compiler.Compile(os.DirFS(folder), "tapestry.yaml", compiler.Options{Env: values})
	require.False(t, r.Diagnostics.HasErrors())
	compiled.Store(folder, r.Artifacts)
	return r.Artifacts
}

func open(t *testing.T, folder string, o ...fake.Options) *place {
	return &place{t, fake.Start(t, o...), &bucket{objects: map[string][]byte{}}, deploy.Input{Artifacts: artifacts(t, folder), Live: true,
		Outputs: deploy.Outputs{"output.ingestion.LandingBucket": "landing-1", "output.ingestion.Ready": "yes"}}}
}

func (p *place) provider() *airbyte.Provider {
	made := airbyte.New(airbyte.Config{Poll: time.Millisecond, Wait: true, Store: p.bucket, Params: params{p.server.Credentials()},
		Reach: func(context.Context, deploy.Outputs) (airbyte.Way, error) {
			return airbyte.Way{URL: p.server.URL()}, nil
		}})
	p.t.Cleanup(made.Close)
	return made
}

func (p *place) plan() []deploy.Change {
	p.t.Helper()
	plan, err := deploy.Build(p.t.Context(), []deploy.Provider{p.provider()}, p.in, deploy.Meta{})
	require.NoError(p.t, err)
	return plan.Changes
}

// apply makes the changes of one plan in order, each by a new provider, as a run
// that is killed after each would.
func (p *place) apply() error {
	for _, c := range p.plan() {
		if c.Empty() {
			continue
		}
		if _, err := p.provider().Apply(p.t.Context(), c, p.in, func(string) {}); err != nil {
			return err
		}
	}
	return nil
}

func (p *place) snapshotted() []deploy.Change {
	p.in.Live = false
	defer func() { p.in.Live = true }()
	return p.plan()
}

func TestEveryExampleConverges(t *testing.T) {
	folders, err := filepath.Glob("../../../examples/0*")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			p := open(t, folder)
			require.NotEmpty(t, p.plan())
			require.NoError(t, p.apply())
			assert.Empty(t, p.plan())
			assert.Empty(t, p.snapshotted())
			before := len(p.server.Fault.Calls())
			p.plan()
			assert.LessOrEqual(t, len(p.server.Fault.Calls())-before, 10)
		})
	}
}

const rain = "../../../examples/01-rain-shield"

func TestAnEditShowsInItsPlace(t *testing.T) {
	cases := []struct {
		kind, name, field string
		edit              func(map[string]any)
		change, path      string
		risk              deploy.Risk
	}{
		{"connection", "rain-shield zoom", "schedule", func(b map[string]any) { b["schedule"] = map[string]any{"scheduleType": "manual"} },
			"airbyte:connection:zoom", "schedule", deploy.Safe},
		{"connection", "rain-shield salesforce", "stream", func(b map[string]any) {
			stream(b)["syncMode"] = "full_refresh_append"
		}, "airbyte:connection:salesforce", "stream.Contact.syncMode", deploy.Disruptive},
		{"connection", "rain-shield salesforce", "fields", func(b map[string]any) { delete(stream(b), "selectedFields") },
			"airbyte:connection:salesforce", "stream.Contact.selectedFields", deploy.Safe},
		{"source", "rain-shield zoom", "configuration", func(b map[string]any) { b["configuration"].(map[string]any)["account_id"] = "x" },
			"airbyte:source:zoom", "configuration.account_id", deploy.Safe},
	}
	for _, c := range cases {
		t.Run(c.field, func(t *testing.T) {
			p := open(t, rain)
			require.NoError(t, p.apply())
			require.Equal(t, 1, p.server.Edit(c.kind, c.name, c.edit))
			changes := p.plan()
			require.Len(t, changes, 1)
			assert.Equal(t, c.change, changes[0].ID)
			assert.Equal(t, c.risk, changes[0].Risk)
			require.Len(t, changes[0].Fields, 1)
			assert.Equal(t, c.path, changes[0].Fields[0].Path)
			require.NoError(t, p.apply())
			assert.Empty(t, p.plan())
		})
	}
}

func stream(b map[string]any) map[string]any {
	return b["configurations"].(map[string]any)["streams"].([]any)[0].(map[string]any)
}

// C10: order and what the server adds are no change.
func TestOrderIsNoChange(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	p.server.Edit("connection", "rain-shield salesforce", func(b map[string]any) {
		fields := stream(b)["selectedFields"].([]any)
		fields[0], fields[2] = fields[2], fields[0]
		stream(b)["primaryKey"] = []any{[]any{"Id"}}
		b["schedule"].(map[string]any)["cronExpression"] = "0 0 * * * ? UTC"
	})
	assert.Empty(t, p.plan())
}

func TestTwoOfOneName(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	p.server.Double("source", "rain-shield zoom")
	_, err := p.provider().Plan(t.Context(), p.in)
	assert.ErrorContains(t, err, `two sources named "rain-shield zoom"`)
}

// C13, C14: another workspace is left alone and gets objects of its own.
func TestTwoWorkspaces(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	other := open(t, "../../../examples/02-blank")
	other.server = p.server
	require.NoError(t, other.apply())
	assert.Empty(t, p.plan())
	assert.Empty(t, other.plan())
}

func TestBeforeTheStackIsThere(t *testing.T) {
	p := open(t, rain)
	p.in.Outputs = nil
	changes := p.plan()
	require.Equal(t, "airbyte:server:ready", changes[0].ID)
	for _, c := range changes[1:] {
		assert.Equal(t, deploy.Deferred, c.Action, c.ID)
		assert.Contains(t, c.DependsOn, "airbyte:server:ready", c.ID)
	}
	assert.Empty(t, p.server.Fault.Calls())
}

func TestARotatedSecretIsSentAgain(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	p.in.Outputs["parameter./tapestry/rain-shield/production/ZOOM_CLIENT_SECRET"] = "2"
	changes := p.plan()
	require.Len(t, changes, 1)
	assert.True(t, changes[0].Aside)
	assert.Equal(t, []deploy.FieldChange{{Path: "configuration.client_secret", After: "(changed)"}}, changes[0].Fields)
	assert.Equal(t, canary, p.server.Stored("source", "rain-shield zoom")["client_secret"])
}

// A key that Snowflake's steps make anew in this plan is sent in this plan, too.
func TestAKeyThatIsMadeAnewIsSent(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	const param = "/tapestry/rain-shield/production/snowflake/airbyte-private-key"
	p.in.Outputs["parameter."+param] = "1"
	require.Empty(t, p.plan())
	p.in.Outputs["parameter."+param] = "2"
	changes := p.plan()
	require.Equal(t, []string{"update airbyte:destination:snowflake"}, ids(changes))
	assert.Contains(t, changes[0].Needs, "parameter:"+param)
	assert.Contains(t, p.provider().Follows(), "snowflake")
}

// C32
func TestASlowDiscovery(t *testing.T) {
	p := open(t, rain, fake.Options{SlowDiscovery: true})
	require.NoError(t, p.apply())
	assert.Equal(t, 2, strings.Count(p.server.Snapshot(), "connection {"))
	assert.Empty(t, p.plan())
	never := open(t, rain, fake.Options{NoDiscovery: true})
	err := never.apply()
	assert.ErrorContains(t, err, "source salesforce (streams Contact)")
	assert.ErrorContains(t, err, "known columns")
}

func TestATokenThatExpires(t *testing.T) {
	p := open(t, rain)
	var mu sync.Mutex
	now := time.Now()
	p.server = fake.Start(t, fake.Options{TokenLife: time.Minute, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(25 * time.Second) // each call is that late
		return now
	}})
	require.NoError(t, p.apply())
	assert.Empty(t, p.plan())
}

func TestNoSecretIsSeen(t *testing.T) {
	p := open(t, rain)
	plan, err := json.Marshal(p.plan())
	require.NoError(t, err)
	require.NoError(t, p.apply())
	seen := string(plan) + string(p.bucket.objects["airbyte/snapshot.json"]) + p.server.Snapshot()
	quoted, err := json.Marshal(canary)
	require.NoError(t, err)
	for _, form := range []string{canary, base64.StdEncoding.EncodeToString([]byte(canary)), url.QueryEscape(canary), strings.Trim(string(quoted), `"`)} {
		assert.NotContains(t, seen, form)
	}
	for _, c := range p.server.Fault.Containing(strings.Trim(string(quoted), `"`)) {
		assert.Regexp(t, "^/api/public/v1/(sources|destinations)", c.Path)
	}
}

// Every call of a first apply is refused, or done with its reply lost, in one
// process that goes on from what it remembers and in one process a step. Applying
// again ends in the same state.
func TestFaults(t *testing.T) {
	for name, apply := range map[string]func(*place) error{"one process": (*place).once, "a process a step": (*place).apply} {
		whole := open(t, rain)
		require.NoError(t, apply(whole))
		calls, want := len(whole.server.Fault.Calls()), whole.server.Snapshot()
		cells := 0
		for n := 1; n <= calls; n++ {
			for fault, rule := range map[string]fault.Rule{"refused": {Nth: n, Do: fault.Refuse}, "unavailable": {Nth: n, Do: fault.Refuse, Status: http.StatusServiceUnavailable},
				"dropped": {Nth: n, Do: fault.Drop}, "cut": {Nth: n, Do: fault.Cut}} {
				p := open(t, rain)
				p.server.Fault.Add(rule)
				if err := apply(p); err != nil {
					require.NoError(t, apply(p), "%s, call %d %s", name, n, fault)
				}
				assert.Equal(t, want, p.server.Snapshot(), "%s, call %d %s", name, n, fault)
				assert.Empty(t, p.plan(), "%s, call %d %s", name, n, fault)
				assert.Empty(t, p.snapshotted(), "%s, call %d %s", name, n, fault)
				cells++
			}
		}
		t.Log(fmt.Sprintf("%s: %d calls, %d cells", name, calls, cells))
	}
}

// Taking down switches connections off and deletes nothing.
func TestDestroy(t *testing.T) {
	p := open(t, rain)
	require.NoError(t, p.apply())
	p.in.Destroy = true
	require.Len(t, p.plan(), 2)
	require.NoError(t, p.apply())
	assert.Empty(t, p.plan())
	assert.Equal(t, 2, strings.Count(p.server.Snapshot(), `"status":"inactive"`))
	p.in.Destroy = false
	require.NoError(t, p.apply())
}

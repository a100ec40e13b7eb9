package dbt_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/dbt"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
)

const (
	changeID = "dbt:build:rain-shield"
	keyPath  = "/tapestry/rain-shield/production/snowflake/dbt-private-key"
	aKey     = "-----BEGIN PRIVATE KEY-----\nMIIcanarycanarycanary0123456789\n-----END PRIVATE KEY-----\n"
	recorded = "dbt/last.json"
)

// rainShield is the build of the first example.
func rainShield(t *testing.T) []emit.Artifact {
	t.Helper()
	values := map[string]string{"SNOWFLAKE_ACCOUNT": "rainshield-main", "ZOOM_ACCOUNT_ID": "a", "ZOOM_CLIENT_ID": "b", "SF_CLIENT_ID": "c", "MAILCHIMP_LIST_ID": "d"}
	r := compiler.Compile(os.DirFS("../../../examples/01-rain-shield"), "tapestry.yaml", compiler.Options{Env: values})
	require.False(t, r.Diagnostics.HasErrors())
	return r.Artifacts
}

// with gives the artefacts with one of them changed by f.
func with(t *testing.T, artifacts []emit.Artifact, path string, f func(string) string) []emit.Artifact {
	t.Helper()
	out := slices.Clone(artifacts)
	i := slices.IndexFunc(out, func(a emit.Artifact) bool { return a.Path == path })
	require.GreaterOrEqual(t, i, 0, path)
	content := f(string(out[i].Content))
	require.NotEqual(t, string(out[i].Content), content)
	out[i].Content = []byte(content)
	return out
}

var errBroken = errors.New("the connection was closed")

// bucket is the store: objects in memory, with calls that can be broken.
type bucket struct {
	mu      sync.Mutex
	objects map[string]string
	calls   int
	refuse  int // the number of the call that is not made
	drop    int // the number of the call whose answer is lost
}

func (b *bucket) Get(_ context.Context, key string) ([]byte, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls++; b.calls == b.refuse || b.calls == b.drop {
		return nil, false, errBroken
	}
	data, found := b.objects[key]
	return []byte(data), found, nil
}

func (b *bucket) Put(_ context.Context, key string, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls++; b.calls == b.refuse {
		return errBroken
	}
	b.objects[key] = string(data)
	if b.calls == b.drop {
		return errBroken
	}
	return nil
}

func (b *bucket) record(t *testing.T) dbt.Record {
	t.Helper()
	var r dbt.Record
	require.NoError(t, json.Unmarshal([]byte(b.objects[recorded]), &r))
	return r
}

// params holds the private key.
type params map[string]string

func (p params) Get(_ context.Context, name string) (secret.Value, int, error) {
	v, ok := p[name]
	if !ok {
		return secret.Value{}, 0, errors.New("there is no such parameter")
	}
	return secret.New(v), 3, nil
}

// site is a place to apply from: a bucket, a warehouse in a DuckDB file, a dbt.
type site struct {
	bucket
	t         *testing.T
	config    dbt.Config
	warehouse string
	saying    sync.Mutex
	said      []string
}

func newSite(t *testing.T, program string) *site {
	s := &site{bucket: bucket{objects: map[string]string{}}, t: t, warehouse: filepath.Join(t.TempDir(), "RAIN_SHIELD.duckdb")}
	clock := noon
	s.config = dbt.Config{Store: &s.bucket, Params: params{keyPath: aKey}, Program: program, Target: "duckdb", Wait: true,
		Environ: append(os.Environ(), "TAPESTRY_DUCKDB="+s.warehouse, "ZOOM_CLIENT_SECRET=canary-of-another-system"),
		Now:     func() time.Time { clock = clock.Add(time.Second); return clock }}
	return s
}

func (s *site) plan(artifacts []emit.Artifact) *deploy.Plan {
	s.t.Helper()
	p, err := deploy.Build(ctx, []deploy.Provider{dbt.New(s.config)}, deploy.Input{Artifacts: artifacts}, deploy.Meta{})
	require.NoError(s.t, err)
	return p
}

// apply makes the one change that there is.
func (s *site) apply(ctx context.Context, artifacts []emit.Artifact) (deploy.Outputs, error) {
	s.t.Helper()
	p := s.plan(artifacts)
	require.Len(s.t, p.Changes, 1)
	require.Equal(s.t, changeID, p.Changes[0].ID)
	return dbt.New(s.config).Apply(ctx, p.Changes[0], deploy.Input{Artifacts: artifacts}, s.say)
}

func (s *site) say(message string) {
	s.saying.Lock()
	defer s.saying.Unlock()
	s.said = append(s.said, message)
}

func (s *site) told() string {
	s.saying.Lock()
	defer s.saying.Unlock()
	return strings.Join(s.said, "\n")
}

// noRows looks for persons, keys and other secrets wherever something was told
// or kept.
func (s *site) noRows(err error) {
	s.t.Helper()
	for _, text := range []string{err.Error(), s.told(), s.objects[recorded]} {
		for _, row := range []string{"rainshield.example", "Diana", "Betty", "Jack", "Rubble", "Prince", "MIIcanary", "canary-of-another-system"} {
			require.NotContains(s.t, text, row)
		}
	}
}

// sql runs statements on the warehouse and gives the rows of the last one.
func (s *site) sql(statements ...string) string {
	s.t.Helper()
	script := `
import duckdb, sys
c = duckdb.connect(sys.argv[1])
for s in sys.argv[2:]: c.execute(s)
print("\n".join(" | ".join(map(str, r)) for r in c.fetchall()))`
	cmd := exec.Command(judge.Program(s.t, "dbt", "python"), append([]string{"-c", script, s.warehouse}, statements...)...)
	out, err := cmd.CombinedOutput()
	require.NoError(s.t, err, string(out))
	return strings.TrimSpace(string(out))
}

// added are the columns that Airbyte adds.
const added = `_AIRBYTE_RAW_ID VARCHAR, _AIRBYTE_EXTRACTED_AT TIMESTAMPTZ, _AIRBYTE_META JSON, _AIRBYTE_GENERATION_ID DECIMAL(38,0)`

func row(values string) string {
	return "(" + values + ", 'raw', '2026-01-01 00:00:00+00'::timestamptz, '{}', 1)"
}

// synced makes the raw tables as the first syncs do.
func (s *site) synced() {
	s.sql("create schema RAW_ZOOM", "create schema RAW_SALESFORCE",
		"create table RAW_ZOOM.WEBINAR_REGISTRANTS (ID VARCHAR, EMAIL VARCHAR, FIRST_NAME VARCHAR, LAST_NAME VARCHAR, "+added+")",
		"create table RAW_SALESFORCE.CONTACT (ID VARCHAR, EMAIL VARCHAR, FIRSTNAME VARCHAR, LASTNAME VARCHAR, ISDELETED BOOLEAN, SYSTEMMODSTAMP TIMESTAMPTZ, "+added+")",
		"insert into RAW_ZOOM.WEBINAR_REGISTRANTS values "+row("'r1', 'diana@rainshield.example', 'Diana', 'Prince'")+", "+row("'r2', 'betty@rainshield.example', 'Betty', 'Rubble'"),
		"insert into RAW_SALESFORCE.CONTACT values "+row("'c1', 'jack@rainshield.example', 'Jack', 'Rogers', false, '2026-01-01 00:00:00+00'"))
}

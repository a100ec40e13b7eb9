package snowflake

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	sf "github.com/snowflakedb/gosnowflake"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	emitter "github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakesnowflake "github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// Whom GitHub says that the two jobs are.
const (
	subject     = "repo:acme/pipeline:environment:production"
	planSubject = "repo:acme/pipeline:pull_request"
)

// store keeps parameters in memory.
type store struct {
	mu     sync.Mutex
	values map[string]secret.Value
	puts   map[string]int64
	fail   error
}

func (s *store) Put(_ context.Context, name string, v secret.Value) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.values[name] = v
	s.puts[name]++
	return nil
}

func (s *store) Get(_ context.Context, name string) (secret.Value, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.values[name]
	if !ok {
		return v, 0, errors.New("ParameterNotFound")
	}
	return v, s.puts[name], nil
}

// account is a stand-in with a pipeline that is applied to it.
type account struct {
	t         testing.TB
	server    *fakesnowflake.Server
	params    *store
	artifacts []emit.Artifact
	outputs   deploy.Outputs
	rotate    []string
	now       time.Time
	dir       string
	run       int
	subject   string
	readOnly  bool
	env       map[string]string
	planned   func() // is called between a plan and its apply
}

func newAccount(t testing.TB, server *fakesnowflake.Server, artifacts []emit.Artifact) *account {
	return &account{t: t, server: server, artifacts: artifacts, outputs: outputs, now: time.Now(), dir: t.TempDir(), subject: subject,
		env:    map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://github.invalid", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x"},
		params: &store{values: map[string]secret.Value{}, puts: map[string]int64{}}}
}

func emitted(change func(*ir.Pipeline)) []emit.Artifact {
	p := irtest.RainShield()
	if change != nil {
		change(p)
	}
	return emitter.Emit(p)
}

// example compiles one of the examples.
func example(t testing.TB, name string) []emit.Artifact {
	return compiled(t, name).Artifacts
}

// compiled is what the compiler says of an example.
func compiled(t testing.TB, name string) *compiler.Result {
	dir := filepath.Join("..", "..", "..", "examples", name)
	env := map[string]string{}
	if data, err := os.ReadFile(filepath.Join(dir, ".env")); err == nil {
		for _, line := range strings.Split(string(data), "\n") {
			if k, v, ok := strings.Cut(line, "="); ok {
				env[k] = v
			}
		}
	}
	r := compiler.Compile(os.DirFS(dir), "tapestry.yaml", compiler.Options{Env: env})
	require.False(t, r.Diagnostics.HasErrors(), "%v", r.Diagnostics)
	return r
}

// lookup is the environment of a job in which GitHub's identity signs in.
func (a *account) lookup(name string) (string, bool) {
	v, ok := map[string]string{
		"SNOWFLAKE_HOST": a.server.Host(), "SNOWFLAKE_PORT": strconv.Itoa(a.server.Port()), "SNOWFLAKE_PROTOCOL": "http",
		"SNOWFLAKE_ACCOUNT": fakesnowflake.Account,
	}[name]
	if !ok {
		v, ok = a.env[name]
	}
	return v, ok
}

// identityToken is a token as GitHub makes them.
func identityToken(subject string) secret.Value {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return secret.New(part(`{"alg":"RS256"}`) + "." +
		part(fmt.Sprintf(`{"iss":"https://token.actions.githubusercontent.com","sub":%q,"aud":%q}`, subject, Audience)) + "." + part("signature"))
}

func (a *account) provider() *Provider {
	a.run++
	p := New(Config{Lookup: a.lookup, Params: a.params, Tool: "test", Run: "run-" + strconv.Itoa(a.run), Rotate: a.rotate, ReadOnly: a.readOnly, Retries: 1,
		Now: func() time.Time { return a.now },
		Token: func(_ context.Context, audience string) (secret.Value, error) {
			require.Equal(a.t, Audience, audience)
			return identityToken(a.subject), nil
		}})
	a.t.Cleanup(p.Close)
	return p
}

// admin runs statements as the account administrator.
func (a *account) admin(role string, statements ...string) {
	a.t.Helper()
	db, err := sql.Open("snowflake", a.server.AdminDSN(role))
	require.NoError(a.t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		_, err := db.ExecContext(a.t.Context(), s)
		require.NoError(a.t, err, s)
	}
}

// bootstrap does what an administrator is asked to.
func (a *account) bootstrap() {
	a.t.Helper()
	pl, err := read(a.artifacts)
	require.NoError(a.t, err)
	if pl.set.Database.Existing {
		a.admin("SYSADMIN", "CREATE DATABASE IF NOT EXISTS "+quote(pl.set.Database.Name))
	}
	statements, err := split(bootstrapText(pl.set, map[string]string{"bootstrap.GitHubSubject": subject, "bootstrap.GitHubPlanSubject": planSubject}))
	require.NoError(a.t, err)
	a.admin("ACCOUNTADMIN", statements...)
}

// parameters stands for the provider of secrets.
type parameters struct{ *store }

func (parameters) Name() string { return "secrets" }

func (p parameters) Plan(context.Context, deploy.Input) (deploy.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := deploy.Outputs{}
	for name := range p.values {
		out["parameter."+name] = strconv.FormatInt(p.puts[name], 10)
	}
	return deploy.Outcome{Outputs: out}, nil
}

func (parameters) Apply(context.Context, deploy.Change, deploy.Input, deploy.Progress) (deploy.Outputs, error) {
	return nil, errors.New("nothing to do")
}

func (a *account) input(destroy bool) deploy.Input {
	return deploy.Input{Artifacts: a.artifacts, Outputs: a.outputs, Destroy: destroy}
}

func (a *account) plan(p *Provider, destroy bool) (*deploy.Plan, error) {
	return deploy.Build(a.t.Context(), []deploy.Provider{p, parameters{a.params}}, a.input(destroy), deploy.Meta{Pipeline: "rain-shield"})
}

// apply plans and applies with a process of its own.
func (a *account) apply(destroy bool) (*deploy.Plan, *deploy.Result) {
	a.t.Helper()
	p := a.provider()
	defer p.Close()
	plan, err := a.plan(p, destroy)
	require.NoError(a.t, err)
	if a.planned != nil {
		a.planned()
	}
	l := ledger.In(filepath.Join(a.dir, strconv.Itoa(a.run)))
	result, err := deploy.Execute(a.t.Context(), plan, deploy.Execution{Providers: []deploy.Provider{p}, Input: a.input(destroy), Ledger: l, Owner: "test", Now: time.Now})
	require.NoError(a.t, err)
	return plan, result
}

func (a *account) mustApply() *deploy.Plan {
	a.t.Helper()
	plan, result := a.apply(false)
	require.Empty(a.t, result.Failed)
	require.Equal(a.t, "done", result.Status, "left %v", result.Left)
	return plan
}

// waiting are the changes of a plan that would do something.
func (a *account) waiting() []deploy.Change {
	a.t.Helper()
	p := a.provider()
	defer p.Close()
	plan, err := a.plan(p, false)
	require.NoError(a.t, err)
	return slices.DeleteFunc(slices.Clone(plan.Changes), deploy.Change.Empty)
}

// withManifest are artefacts with a manifest that was meddled with.
func withManifest(t *testing.T, set migration.Set) []emit.Artifact {
	content, err := set.JSON()
	require.NoError(t, err)
	return []emit.Artifact{{Path: manifestPath, Provider: Name, Kind: "manifest", Content: content}}
}

// signsIn tries a key, or a token in the place of a password.
func signsIn(t *testing.T, server *fakesnowflake.Server, user string, v secret.Value) bool {
	cfg := server.Config(user)
	if block, _ := pem.Decode([]byte(v.Reveal())); block != nil {
		k, err := rsaKey(block.Bytes, "the parameter")
		require.NoError(t, err)
		cfg.Authenticator, cfg.PrivateKey = sf.AuthTypeJwt, k
	} else {
		cfg.Password = v.Reveal()
	}
	db := sql.OpenDB(sf.NewConnector(sf.SnowflakeDriver{}, *cfg))
	defer db.Close()
	return db.PingContext(t.Context()) == nil
}

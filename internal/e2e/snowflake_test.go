package e2e

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	sf "github.com/snowflakedb/gosnowflake"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakesnowflake "github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/snowflake"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// Whom GitHub says that the two jobs are, and where the sync stack's containers
// come from.
const (
	subject     = "repo:acme/data:environment:production"
	planSubject = "repo:acme/data:environment:plan"
	egress      = "192.0.2.10"
	lookers     = "LOOKERS" // the tests' own warehouse
)

// store keeps in memory what the systems manager would keep.
type store struct {
	mu     sync.Mutex
	values map[string]secret.Value
	puts   map[string]int64
}

func newStore() *store { return &store{values: map[string]secret.Value{}, puts: map[string]int64{}} }

func (s *store) Put(_ context.Context, name string, v secret.Value) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[name] = v
	s.puts[name]++
	return nil
}

func (s *store) Get(_ context.Context, name string) (secret.Value, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.values[name]
	if !ok {
		return v, 0, errors.New("ParameterNotFound: " + name)
	}
	return v, s.puts[name], nil
}

// ending gives the one value whose name ends so.
func (s *store) ending(t testing.TB, end string) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, v := range s.values {
		if strings.HasSuffix(name, end) {
			return v.Reveal()
		}
	}
	t.Fatalf("apply kept nothing that ends in %s", end)
	return ""
}

// bootstrap is what an administrator is told to run.
func bootstrap(artifacts []emit.Artifact) (account, text string, err error) {
	return snowflake.Bootstrap(artifacts, map[string]string{"bootstrap.GitHubSubject": subject, "bootstrap.GitHubPlanSubject": planSubject})
}

// administer runs statements as the account administrator.
func (w *world) administer(statements ...string) {
	w.t.Helper()
	db, err := sql.Open("snowflake", w.snowflake.AdminDSN("ACCOUNTADMIN"))
	require.NoError(w.t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		_, err := db.ExecContext(w.t.Context(), s)
		require.NoError(w.t, err, s)
	}
}

// migrate does what the administrator does, and applies the migrations.
func (w *world) migrate() {
	w.t.Helper()
	var set migration.Set
	for _, a := range w.artifacts {
		if a.Path == "snowflake/manifest.json" {
			var err error
			set, err = migration.Parse(a.Content)
			require.NoError(w.t, err)
		}
	}
	for _, st := range set.Statements {
		if !st.Bootstrap {
			continue
		}
		st, err := migration.Resolve(st, map[string]string{"bootstrap.GitHubSubject": subject, "bootstrap.GitHubPlanSubject": planSubject})
		require.NoError(w.t, err)
		w.administer(st.SQL)
	}
	w.administer("CREATE WAREHOUSE " + lookers)
	w.apply()
}

// apply plans and applies the provider of the warehouse, as the job does.
func (w *world) apply() {
	w.t.Helper()
	p := snowflake.New(snowflake.Config{Lookup: w.lookup, Params: w.params, Tool: "test", Run: "e2e", Now: time.Now, Token: identityToken})
	defer p.Close()
	in := deploy.Input{Artifacts: w.artifacts, Outputs: deploy.Outputs{
		"output.foundation.EgressAddresses": egress, "output.ingestion.LandingBucket": "landing", "output.ingestion.LandingRoleArn": "arn:aws:iam::123456789012:role/landing"}}
	plan, err := deploy.Build(w.t.Context(), []deploy.Provider{p}, in, deploy.Meta{Pipeline: "e2e"})
	require.NoError(w.t, err)
	result, err := deploy.Execute(w.t.Context(), plan, deploy.Execution{Providers: []deploy.Provider{p}, Input: in, Ledger: ledger.In(filepath.Join(w.t.TempDir(), "ledger")), Owner: "test", Now: time.Now})
	require.NoError(w.t, err)
	require.Empty(w.t, result.Failed)
}

func (w *world) lookup(name string) (string, bool) {
	v, ok := map[string]string{
		"SNOWFLAKE_HOST": w.snowflake.Host(), "SNOWFLAKE_PORT": strconv.Itoa(w.snowflake.Port()), "SNOWFLAKE_PROTOCOL": "http",
		"ACTIONS_ID_TOKEN_REQUEST_URL": "https://github.invalid", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x",
	}[name]
	return v, ok
}

// identityToken is a token as GitHub makes them.
func identityToken(_ context.Context, audience string) (secret.Value, error) {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return secret.New(part(`{"alg":"RS256"}`) + "." +
		part(fmt.Sprintf(`{"iss":"https://token.actions.githubusercontent.com","sub":%q,"aud":%q}`, subject, audience)) + "." + part("signature")), nil
}

// rows asks as the account administrator, who owns everything through SYSADMIN.
func (w *world) rows(query string) []string {
	w.t.Helper()
	cfg := w.snowflake.AdminConfig("ACCOUNTADMIN")
	cfg.Warehouse = lookers
	db := sql.OpenDB(sf.NewConnector(sf.SnowflakeDriver{}, *cfg))
	defer db.Close()
	rows, err := db.QueryContext(w.t.Context(), query)
	require.NoError(w.t, err, query)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(w.t, err)
	var out []string
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		require.NoError(w.t, rows.Scan(into...))
		fields := make([]string, len(values))
		for i, v := range values {
			if fields[i] = "NULL"; v.Valid {
				fields[i] = v.String
			}
		}
		out = append(out, strings.Join(fields, " | "))
	}
	require.NoError(w.t, rows.Err())
	return out
}

// refused are the statements that Snowflake refused a user since the last Reset.
func (w *world) refused(user string) []fakesnowflake.Statement {
	var out []fakesnowflake.Statement
	for _, s := range w.snowflake.Statements() {
		if s.User == user && s.Error != "" {
			out = append(out, s)
		}
	}
	return out
}

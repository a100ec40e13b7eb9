package fakesnowflake

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/snowflakedb/gosnowflake"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	emitsnowflake "github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
)

// inputs are what other parts would have found out by then.
var inputs = map[string]string{
	"output.foundation.EgressAddresses": "192.0.2.10,192.0.2.11", "bootstrap.GitHubSubject": "repo:rain-shield/data:environment:production",
	"bootstrap.GitHubPlanSubject":    "repo:rain-shield/data:environment:plan",
	"output.ingestion.LandingBucket": "rain-shield-landing", "output.ingestion.LandingRoleArn": "arn:aws:iam::123456789012:role/landing",
}

const githubIssuer = "https://token.actions.githubusercontent.com"

// connect opens a database on a configuration, with one connection.
func connect(t testing.TB, c *gosnowflake.Config) *sql.DB {
	t.Helper()
	db := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, *c))
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// person signs in as the administrator.
func person(t testing.TB, s *Server, role string) *sql.DB {
	t.Helper()
	return connect(t, s.AdminConfig(role))
}

// runner runs a set of statements as its manifest says: bootstrap as the
// administrator, the rest as the pipeline's own user, with its token from GitHub.
type runner struct {
	t         testing.TB
	s         *Server
	admin, ci *sql.DB
	set       migration.Set
	tokens    map[string]string // user → programmatic access token
}

func newRunner(t testing.TB, s *Server, p *ir.Pipeline) *runner {
	t.Helper()
	r := &runner{t: t, s: s, admin: person(t, s, "ACCOUNTADMIN"), set: emitsnowflake.Set(p), tokens: map[string]string{}}
	if p.Snowflake.Existing {
		r.must(r.admin, "CREATE DATABASE "+name(p.Snowflake.Database))
		r.must(r.admin, "GRANT OWNERSHIP ON DATABASE "+name(p.Snowflake.Database)+" TO ROLE SYSADMIN")
	}
	c := s.Config("")
	c.Authenticator, c.WorkloadIdentityProvider = gosnowflake.AuthTypeWorkloadIdentityFederation, "OIDC"
	c.Token = identityToken(githubIssuer, inputs["bootstrap.GitHubSubject"])
	r.ci = connect(t, c)
	return r
}

func name(part string) string { return `"` + strings.ReplaceAll(part, `"`, `""`) + `"` }

func (r *runner) must(db *sql.DB, query string) {
	r.t.Helper()
	_, err := db.ExecContext(context.Background(), query)
	require.NoError(r.t, err, query)
}

// all runs every statement that does not wait for something else, in order.
func (r *runner) all() {
	r.t.Helper()
	for _, st := range r.set.Statements {
		if st.WhenExists == nil {
			require.NoError(r.t, r.run(st), st.ID)
		}
	}
}

func (r *runner) run(st migration.Statement) error {
	st, err := migration.Resolve(st, inputs)
	if err != nil {
		return err
	}
	db := r.ci
	if st.Bootstrap {
		db = r.admin
	}
	if st.Kind != migration.Use {
		if err := r.become(db, st); err != nil {
			return err
		}
	}
	if st.Step != nil {
		return r.step(db, st)
	}
	if st.Check != "" && r.rows(db, st.Check) {
		if st.SQL = st.Change; st.SQL == "" {
			return nil
		}
	}
	_, err = db.Exec(st.SQL)
	return err
}

func (r *runner) become(db *sql.DB, st migration.Statement) error {
	_, err := db.Exec("USE ROLE " + name(st.As))
	if err == nil && len(st.In) == 2 {
		_, err = db.Exec("USE SCHEMA " + name(st.In[0]) + "." + name(st.In[1]))
	}
	return err
}

func (r *runner) rows(db *sql.DB, query string) bool {
	r.t.Helper()
	rows, err := db.Query(query)
	require.NoError(r.t, err, query)
	defer func() { _ = rows.Close() }()
	return rows.Next()
}

func (r *runner) step(db *sql.DB, st migration.Statement) error {
	if st.Kind == migration.KeyPair {
		_, err := db.Exec(fmt.Sprintf("ALTER USER %s SET RSA_PUBLIC_KEY = '%s'", name(st.Step.User), publicKey(r.t, testKey(r.t))))
		return err
	}
	var token, secret string
	err := db.QueryRow(fmt.Sprintf("ALTER USER %s ADD PROGRAMMATIC ACCESS TOKEN %s ROLE_RESTRICTION = '%s' DAYS_TO_EXPIRY = %d",
		name(st.Step.User), name(st.Step.Name), strings.ReplaceAll(strings.ReplaceAll(st.Step.Role, `\`, `\\`), "'", "''"), st.Step.Days)).Scan(&token, &secret)
	r.tokens[st.Step.User] = secret
	return err
}

// Every example and every environment of it can be set up.
func TestExamplesAreSetUp(t *testing.T) {
	s := Start(t)
	folders, err := filepath.Glob("../../../examples/*")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, folder := range folders {
		fsys := os.DirFS(folder)
		data, err := os.ReadFile(filepath.Join(folder, ".env"))
		require.NoError(t, err)
		values, err := dotenv.Parse(data)
		require.NoError(t, err)
		for _, env := range compiler.Check(fsys, "tapestry.yaml", compiler.Options{Env: values}).Environments {
			t.Run(filepath.Base(folder)+"/"+env, func(t *testing.T) {
				require.NoError(t, s.Reset(t.Context()))
				p := compiler.Compile(fsys, "tapestry.yaml", compiler.Options{Environment: env, Env: values}).Pipeline
				require.NotNil(t, p)
				newRunner(t, s, p).all()
			})
		}
	}
}

// So can every kind of pipeline, twice over: a second run changes nothing.
func TestVariantsAreSetUpTwice(t *testing.T) {
	s := Start(t)
	for _, landing := range []ir.Landing{ir.Direct, ir.S3} {
		for _, enterprise := range []bool{false, true} {
			for _, existing := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s enterprise=%t existing=%t", landing, enterprise, existing), func(t *testing.T) {
					require.NoError(t, s.Reset(t.Context()))
					p := irtest.RainShield()
					p.Ingestion.Landing, p.Snowflake.Enterprise, p.Snowflake.Existing = landing, enterprise, existing
					r := newRunner(t, s, p)
					r.all()
					before := s.Snapshot()
					for _, st := range r.set.Statements {
						if st.WhenExists == nil && st.Kind != migration.Token {
							require.NoError(t, r.run(st), st.ID)
						}
					}
					require.Equal(t, before, s.Snapshot())
				})
			}
		}
	}
}

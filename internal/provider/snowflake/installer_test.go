package snowflake

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"database/sql"
	"encoding/base64"
	"maps"
	"slices"
	"sync"
	"testing"

	sf "github.com/snowflakedb/gosnowflake"
	"github.com/stretchr/testify/require"

	emitter "github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	fakesnowflake "github.com/tapestry-ci/tapestry-ci/internal/fake/snowflake"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// inputs are what an administrator and the stacks say.
var inputs = map[string]string{
	"bootstrap.GitHubSubject": subject, "bootstrap.GitHubPlanSubject": planSubject, "output.foundation.EgressAddresses": outputs["output.foundation.EgressAddresses"],
	"output.ingestion.LandingBucket": outputs["output.ingestion.LandingBucket"], "output.ingestion.LandingRoleArn": outputs["output.ingestion.LandingRoleArn"],
}

// oneKey is the key of all service users: making one takes longer than setting an
// account up.
var oneKey = sync.OnceValues(func() (secret.Value, string) {
	private, public, err := newKey(Config{Rand: rand.Reader})
	if err != nil {
		panic(err)
	}
	return private, base64.StdEncoding.EncodeToString(public)
})

// installer sets an account up by the statements of a set alone: no plan, no
// ledger. It is what apply comes to on a fresh account, in a fraction of the time.
type installer struct {
	a     *account
	p     *ir.Pipeline
	set   migration.Set // the whole one, whatever is installed of it
	admin *sql.DB
	ci    *client
	// values fill in the inputs; secrets are those that services sign in with.
	values  map[string]string
	secrets map[string]secret.Value
}

func newInstaller(t testing.TB, server *fakesnowflake.Server, p *ir.Pipeline) *installer {
	in := &installer{a: newAccount(t, server, nil), p: p, set: emitter.Set(p), values: maps.Clone(inputs), secrets: map[string]secret.Value{}}
	// Nobody says that an administrator's own role is the one that is needed.
	in.admin = connected(server.AdminConfig("PUBLIC"))
	if in.set.Database.Existing {
		in.a.admin("SYSADMIN", "CREATE DATABASE IF NOT EXISTS "+quote(in.set.Database.Name))
	}
	return in
}

// connected is one connection that signs in when it is first used.
func connected(cfg *sf.Config) *sql.DB {
	quiet()
	db := sql.OpenDB(sf.NewConnector(sf.SnowflakeDriver{}, *cfg))
	db.SetMaxOpenConns(1)
	return db
}

func (in *installer) close() {
	_ = in.admin.Close()
	if in.ci != nil {
		in.ci.close()
	}
}

// install runs statements in their order: those of bootstrap as a script that an
// administrator pastes, the others as the job does.
func (in *installer) install(list []migration.Statement) error {
	for _, st := range list {
		st, err := migration.Resolve(st, in.values)
		if err != nil {
			return err
		}
		if st.Bootstrap {
			_, err = in.admin.ExecContext(in.ctx(), st.SQL)
		} else {
			err = in.apply(st)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (in *installer) ctx() context.Context { return in.a.t.Context() }

func (in *installer) apply(st migration.Statement) error {
	if in.ci == nil {
		cfg, _, err := Connection(in.a.lookup, in.set)
		if err != nil {
			return err
		}
		in.ci = newClient(connector{cfg: cfg, token: func(context.Context) (secret.Value, error) { return identityToken(subject), nil }}, queryTag{Tool: "tapestry-ci"})
	}
	return in.ci.work.as(in.ctx(), st.As, st.In, func(conn *sql.Conn) error {
		switch st.Kind {
		case migration.KeyPair:
			private, public := oneKey()
			in.secrets[st.Step.User] = private
			return in.exec(conn, setKey(st, firstKey)+literal(public))
		case migration.Token:
			return in.token(conn, st)
		}
		if st.Check != "" {
			rows, err := query(in.ctx(), conn, st.Check)
			if err != nil {
				return err
			}
			if len(rows) > 0 {
				st.SQL = st.Change
			}
		}
		if st.SQL == "" {
			return nil
		}
		return in.exec(conn, st.SQL)
	})
}

func (in *installer) exec(conn *sql.Conn, text string) error {
	_, err := conn.ExecContext(in.ctx(), text)
	return err
}

func (in *installer) token(conn *sql.Conn, st migration.Statement) error {
	rows, err := query(in.ctx(), conn, addToken(st))
	if isThere(err) {
		if err := in.exec(conn, removeToken(st)); err != nil {
			return err
		}
		rows, err = query(in.ctx(), conn, addToken(st))
	}
	if err == nil {
		in.secrets[st.Step.User] = secret.New(rows[0]["token_secret"])
	}
	return err
}

// now are the statements that wait for nothing, later those that wait for what
// dbt builds.
func now(list []migration.Statement) []migration.Statement {
	return slices.DeleteFunc(slices.Clone(list), func(st migration.Statement) bool { return st.WhenExists != nil })
}

func afterDbt(list []migration.Statement) []migration.Statement {
	return slices.DeleteFunc(slices.Clone(list), func(st migration.Statement) bool { return st.WhenExists == nil })
}

// privateOf reads the key that stands in a secret.
func privateOf(t testing.TB, v secret.Value) *rsa.PrivateKey {
	k, err := privateKey(func(name string) string {
		if name == "SNOWFLAKE_PRIVATE_KEY" {
			return v.Reveal()
		}
		return ""
	})
	require.NoError(t, err)
	return k
}

package fakesnowflake

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"
	"time"

	"github.com/snowflakedb/gosnowflake"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// signIn tries to connect and gives the number of the refusal, or the role.
func signIn(t *testing.T, c *gosnowflake.Config) (string, int) {
	t.Helper()
	var role string
	err := connect(t, c).QueryRow("SELECT CURRENT_ROLE()").Scan(&role)
	return role, code(t, err)
}

// clock is a time that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// serviceUser is a service user with a role, under a network policy.
var serviceUser = []string{
	"CREATE DATABASE D", "CREATE ROLE R", "CREATE ROLE OTHER", "CREATE USER U TYPE = SERVICE DEFAULT_ROLE = R DEFAULT_SECONDARY_ROLES = ()",
	"GRANT ROLE R TO USER U", "GRANT ROLE OTHER TO USER U",
	"CREATE NETWORK RULE D.PUBLIC.N TYPE = IPV4 VALUE_LIST = ('203.0.113.0/24')",
	"CREATE NETWORK POLICY P ALLOWED_NETWORK_RULE_LIST = ('D.PUBLIC.N')",
}

func startAt(t *testing.T, c *clock) *Server {
	t.Helper()
	s, err := New(context.Background(), Options{Fakesnow: judge.Program(t, "fakes", "fakesnow"), Now: c.now})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func TestSignInByToken(t *testing.T) {
	now := &clock{time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)}
	s := startAt(t, now)
	admin := person(t, s, "ACCOUNTADMIN")
	for _, query := range serviceUser {
		_, err := admin.Exec(query)
		require.NoError(t, err, query)
	}
	add := "ALTER USER U ADD PROGRAMMATIC ACCESS TOKEN IF NOT EXISTS T ROLE_RESTRICTION = 'R' DAYS_TO_EXPIRY = 180"
	_, err := admin.Exec(add)
	require.ErrorContains(t, err, "network policy", "a service user must be under one")
	_, err = admin.Exec("ALTER USER U SET NETWORK_POLICY = P")
	require.NoError(t, err)
	_, err = admin.Exec("ALTER USER U ADD PROGRAMMATIC ACCESS TOKEN T DAYS_TO_EXPIRY = 180")
	require.ErrorContains(t, err, "ROLE_RESTRICTION is required")
	var token, secret string
	require.NoError(t, admin.QueryRow(add).Scan(&token, &secret))

	c := s.Config("U")
	c.Password = secret
	_, refused := signIn(t, c)
	require.Equal(t, 390422, refused, "from another address")
	s.SetAddress("203.0.113.9")
	role, refused := signIn(t, c)
	require.Equal(t, []any{"R", 0}, []any{role, refused})
	c.Role = "OTHER"
	_, refused = signIn(t, c)
	require.Equal(t, 390189, refused, "the token is bound to one role, though the user has another")
	c.Role = ""

	var again *string
	require.NoError(t, admin.QueryRow(add).Scan(&again), "there already: one column, no secret")
	require.Contains(t, *again, "already exists")
	var fresh, old string
	require.NoError(t, admin.QueryRow("ALTER USER U ROTATE PROGRAMMATIC ACCESS TOKEN T EXPIRE_ROTATED_TOKEN_AFTER_HOURS = 1").Scan(&token, &fresh, &old))
	require.NotEqual(t, secret, fresh)
	_, refused = signIn(t, c)
	require.Zero(t, refused, "the old one is good for an hour")
	now.at = now.at.Add(2 * time.Hour)
	_, refused = signIn(t, c)
	require.NotZero(t, refused)
	c.Password = fresh
	_, refused = signIn(t, c)
	require.Zero(t, refused)
	require.Equal(t, Digest(fresh), s.Secrets()["U token T"])
	require.NotContains(t, s.Snapshot(), fresh)

	now.at = now.at.Add(180 * 24 * time.Hour)
	_, refused = signIn(t, c)
	require.NotZero(t, refused, "expired")
	_, err = admin.Exec("ALTER USER U REMOVE PROGRAMMATIC ACCESS TOKEN T")
	require.NoError(t, err)
	require.NotContains(t, s.Secrets(), "U token T")
}

func TestSignInByKey(t *testing.T) {
	s := Start(t)
	admin := person(t, s, "ACCOUNTADMIN")
	for _, query := range []string{"CREATE ROLE R", "CREATE USER U TYPE = SERVICE DEFAULT_ROLE = R", "GRANT ROLE R TO USER U"} {
		_, err := admin.Exec(query)
		require.NoError(t, err, query)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	with := func(key *rsa.PrivateKey) *gosnowflake.Config {
		c := s.Config("U")
		c.Authenticator, c.PrivateKey = gosnowflake.AuthTypeJwt, key
		return c
	}
	_, refused := signIn(t, with(testKey(t)))
	require.Equal(t, 390144, refused, "no key yet")
	_, err = admin.Exec("ALTER USER U SET RSA_PUBLIC_KEY = '" + publicKey(t, testKey(t)) + "'")
	require.NoError(t, err)
	role, _ := signIn(t, with(testKey(t)))
	require.Equal(t, "R", role)
	_, refused = signIn(t, with(other))
	require.Equal(t, 390144, refused)
	_, err = admin.Exec("ALTER USER U SET RSA_PUBLIC_KEY_2 = '" + publicKey(t, other) + "'")
	require.NoError(t, err)
	_, refused = signIn(t, with(other))
	require.Zero(t, refused)
	_, err = admin.Exec("ALTER USER U UNSET RSA_PUBLIC_KEY")
	require.NoError(t, err)
	_, refused = signIn(t, with(testKey(t)))
	require.Equal(t, 390144, refused)
	_, err = admin.Exec("ALTER USER U SET RSA_PUBLIC_KEY = 'no key'")
	require.Equal(t, 390310, code(t, err))
	_, err = admin.Exec("ALTER USER U SET PASSWORD = 'x'")
	require.ErrorContains(t, err, "Cannot set PASSWORD", "a service has none")
}

func TestSignInByIdentityAndPassword(t *testing.T) {
	s := Start(t)
	admin := person(t, s, "ACCOUNTADMIN")
	for _, query := range []string{
		"CREATE USER U TYPE = SERVICE WORKLOAD_IDENTITY = (TYPE = OIDC ISSUER = 'https://issuer.example' SUBJECT = 'repo:a/b')",
		"CREATE USER \"jon.doe@x.example\" PASSWORD = 'pw' DISABLED = TRUE",
	} {
		_, err := admin.Exec(query)
		require.NoError(t, err, query)
	}
	with := func(issuer, subject string) *gosnowflake.Config {
		c := s.Config("")
		c.Authenticator, c.WorkloadIdentityProvider, c.Token = gosnowflake.AuthTypeWorkloadIdentityFederation, "OIDC", identityToken(issuer, subject)
		return c
	}
	role, refused := signIn(t, with("https://issuer.example", "repo:a/b"))
	require.Equal(t, []any{"PUBLIC", 0}, []any{role, refused}, "no role was granted")
	_, refused = signIn(t, with("https://issuer.example", "repo:a/c"))
	require.NotZero(t, refused)
	_, refused = signIn(t, with("https://other.example", "repo:a/b"))
	require.NotZero(t, refused)

	c := s.Config("jon.doe@x.example")
	c.Password = "pw"
	_, refused = signIn(t, c)
	require.Equal(t, 390101, refused, "disabled")
	_, err := admin.Exec(`ALTER USER "jon.doe@x.example" SET DISABLED = FALSE`)
	require.NoError(t, err)
	_, refused = signIn(t, c)
	require.Zero(t, refused)
	c.Password = "other"
	_, refused = signIn(t, c)
	require.Equal(t, 390100, refused)
	c.Password, c.Role = "pw", "ACCOUNTADMIN"
	_, refused = signIn(t, c)
	require.Equal(t, 390189, refused)

	c = s.AdminConfig("SYSADMIN")
	c.Database = "NOWHERE"
	_, refused = signIn(t, c)
	require.Equal(t, 390201, refused)
	require.True(t, strings.HasPrefix(s.AdminDSN("SYSADMIN"), Admin+":"))
}

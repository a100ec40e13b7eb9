package fakesnowflake

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var onceKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// testKey is one key for all tests: making one takes long.
func testKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := onceKey()
	require.NoError(t, err)
	return key
}

// publicKey is the public half as ALTER USER takes it.
func publicKey(t testing.TB, key *rsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(der)
}

// identityToken is what GitHub would give a job, but for its signature.
func identityToken(issuer, subject string) string {
	part := func(v any) string {
		data, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(data)
	}
	return part(map[string]string{"alg": "RS256", "typ": "JWT"}) + "." + part(map[string]any{"iss": issuer, "sub": subject, "aud": "snowflakecomputing.com", "exp": 4102444800}) + ".c2ln"
}

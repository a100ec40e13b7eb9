package snowflake

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	sf "github.com/snowflakedb/gosnowflake"
	"github.com/stretchr/testify/require"
)

func TestConnection(t *testing.T) {
	set := variant(nil).set
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(k)
	require.NoError(t, err)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	github := map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "y"}
	for _, c := range []struct {
		env  map[string]string
		how  string
		auth sf.AuthType
	}{
		{github, ByIdentity, sf.AuthTypeWorkloadIdentityFederation},
		{map[string]string{"SNOWFLAKE_PASSWORD": "canary"}, ByPassword, sf.AuthTypeSnowflake},
		{map[string]string{"SNOWFLAKE_TOKEN": "canary"}, ByToken, sf.AuthTypePat},
		{map[string]string{"SNOWFLAKE_PRIVATE_KEY": text, "SNOWFLAKE_TOKEN": "canary"}, ByKey, sf.AuthTypeJwt},
	} {
		lookup := func(name string) (string, bool) { v, ok := c.env[name]; return v, ok }
		cfg, how, err := Connection(lookup, set)
		require.NoError(t, err)
		require.Equal(t, c.how, how)
		require.Equal(t, c.auth, cfg.Authenticator)
		require.Equal(t, []string{"myorg-account1", "RAIN_SHIELD_CI", "RAIN_SHIELD_DEPLOY", "RAIN_SHIELD_TRANSFORM"}, []string{cfg.Account, cfg.User, cfg.Role, cfg.Warehouse})
		require.LessOrEqual(t, cfg.LoginTimeout, loginTimeout)
	}
	for want, env := range map[string]map[string]string{
		"permissions: {id-token: write}":            {},
		"SNOWFLAKE_PORT is \"x\"":                   {"SNOWFLAKE_PORT": "x"},
		"holds no private key in PEM form":          {"SNOWFLAKE_PRIVATE_KEY": "canary"},
		"SNOWFLAKE_PRIVATE_KEY_PATH: open":          {"SNOWFLAKE_PRIVATE_KEY_PATH": filepath.Join(t.TempDir(), "none")},
		"unset the one or change the other":         {"SNOWFLAKE_ACCOUNT": "else-where", "SNOWFLAKE_TOKEN": "canary"},
		"holds no private key in PKCS #8 form":      {"SNOWFLAKE_PRIVATE_KEY": "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----"},
		"set SNOWFLAKE_PRIVATE_KEY_PASSPHRASE":      {"SNOWFLAKE_PRIVATE_KEY": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nY2FuYXJ5\n-----END ENCRYPTED PRIVATE KEY-----"},
		"SNOWFLAKE_PRIVATE_KEY cannot be decrypted": {"SNOWFLAKE_PRIVATE_KEY": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nY2FuYXJ5\n-----END ENCRYPTED PRIVATE KEY-----", "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": "canary"},
	} {
		_, _, err := Connection(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, set)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "canary")
	}
}

// Names that are not upper case are quoted for the login (C7).
func TestNamesOfTheLogin(t *testing.T) {
	require.Equal(t, "RAIN_SHIELD_DEPLOY", signInName("RAIN_SHIELD_DEPLOY"))
	require.Equal(t, `"rain"`, signInName("rain"))
	require.Equal(t, `"a""b"`, signInName(`a"b`))
}

// Keys as openssl encrypts them.
func TestEncryptedKeys(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("there is no openssl")
	}
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain.p8")
	run := func(args ...string) {
		out, err := exec.Command(openssl, args...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	run("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", plain)
	data, err := os.ReadFile(plain)
	require.NoError(t, err)
	block, _ := pem.Decode(data)
	for _, how := range [][]string{{"-v2", "aes-256-cbc"}, {"-v2", "aes-128-cbc"}, {"-v2", "des3"}, {"-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"}} {
		file := filepath.Join(dir, "encrypted.p8")
		run(append([]string{"pkcs8", "-topk8", "-in", plain, "-out", file, "-passout", "pass:secret"}, how...)...)
		env := map[string]string{"SNOWFLAKE_PRIVATE_KEY_PATH": file, "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": "secret"}
		cfg, how2, err := Connection(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, variant(nil).set)
		require.NoError(t, err, how)
		require.Equal(t, ByKey, how2)
		got, err := x509.MarshalPKCS8PrivateKey(cfg.PrivateKey)
		require.NoError(t, err)
		require.Equal(t, block.Bytes, got)
		env["SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"] = "wrong"
		_, _, err = Connection(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, variant(nil).set)
		require.Error(t, err)
	}
}

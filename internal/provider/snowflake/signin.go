package snowflake

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	sf "github.com/snowflakedb/gosnowflake"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
)

// Lookup reads a variable of the environment.
type Lookup func(string) (string, bool)

// Audience is whom GitHub's identity token is for.
const Audience = "snowflakecomputing.com"

// The ways of signing in, as Connection names them.
const (
	ByKey      = "a key pair"
	ByToken    = "a programmatic access token"
	ByPassword = "a password"
	ByIdentity = "GitHub's identity token"
)

// Long enough for a cold start, short enough not to look hung.
const (
	loginTimeout  = 30 * time.Second
	clientTimeout = 10 * time.Minute // of one answer: a statement may take long
	retries       = 3
)

// Connection says how to sign in, from the environment, and by which way. With
// GitHub's identity the token is still to be asked for. It signs in to nothing.
func Connection(lookup Lookup, set migration.Set) (cfg sf.Config, how string, err error) {
	get := func(name string) string { v, _ := lookup(name); return v }
	account := set.Account
	if other := get("SNOWFLAKE_ACCOUNT"); other != "" && get("SNOWFLAKE_HOST") != "" {
		account = other
	} else if other != "" && !strings.EqualFold(other, account) {
		return cfg, "", fmt.Errorf("SNOWFLAKE_ACCOUNT is %s, and the file says %s: unset the one or change the other", other, account)
	}
	cfg = sf.Config{Account: account, User: or(get("SNOWFLAKE_USER"), deployUser(set)), Role: signInName(or(get("SNOWFLAKE_ROLE"), set.Deploy)),
		Warehouse: signInName(set.Warehouse), Application: "tapestry-ci", Host: get("SNOWFLAKE_HOST"), Protocol: get("SNOWFLAKE_PROTOCOL"),
		LoginTimeout: loginTimeout, ClientTimeout: clientTimeout, JWTClientTimeout: loginTimeout, MaxRetryCount: retries,
		ValidateDefaultParameters: sf.ConfigBoolFalse, DisableTelemetry: true}
	if port := get("SNOWFLAKE_PORT"); port != "" {
		if cfg.Port, err = strconv.Atoi(port); err != nil {
			return cfg, "", fmt.Errorf("SNOWFLAKE_PORT is %q, which is no number", port)
		}
	}
	switch {
	case get("SNOWFLAKE_PRIVATE_KEY") != "" || get("SNOWFLAKE_PRIVATE_KEY_PATH") != "":
		how, cfg.Authenticator = ByKey, sf.AuthTypeJwt
		cfg.PrivateKey, err = privateKey(get)
	case get("SNOWFLAKE_TOKEN") != "":
		how, cfg.Authenticator, cfg.Token = ByToken, sf.AuthTypePat, get("SNOWFLAKE_TOKEN")
	case get("SNOWFLAKE_PASSWORD") != "":
		how, cfg.Password = ByPassword, get("SNOWFLAKE_PASSWORD")
	case get("ACTIONS_ID_TOKEN_REQUEST_URL") != "" && get("ACTIONS_ID_TOKEN_REQUEST_TOKEN") != "":
		how, cfg.Authenticator, cfg.WorkloadIdentityProvider = ByIdentity, sf.AuthTypeWorkloadIdentityFederation, "OIDC"
	default:
		err = errors.New("nothing says how to sign in to Snowflake account " + cfg.Account + " as " + cfg.User + ".\n" +
			"In a GitHub job, give it `permissions: {id-token: write}`. Elsewhere set SNOWFLAKE_PRIVATE_KEY_PATH to a private key of that user (and SNOWFLAKE_PRIVATE_KEY_PASSPHRASE\n" +
			"if it has one), or SNOWFLAKE_TOKEN to a programmatic access token. SNOWFLAKE_USER names another user")
	}
	return cfg, how, err
}

// signInName writes a name for the login, which reads it as SQL does: bare, it
// would fold to upper case.
func signInName(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return quote(name)
}

var plainName = regexp.MustCompile(`^[A-Z_][A-Z0-9_$]*$`)

func or(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}

// deployUser is the user that bootstrap gives the deploy role to.
func deployUser(set migration.Set) string {
	for _, s := range set.Statements {
		if s.Bootstrap && s.Grant != nil && s.Grant.ToUser && s.Object.Parts[0] == set.Deploy {
			return s.Grant.To
		}
	}
	return ""
}

// privateKey reads the key of the environment. The text of the key is in no
// error.
func privateKey(get func(string) string) (*rsa.PrivateKey, error) {
	text, from := get("SNOWFLAKE_PRIVATE_KEY"), "SNOWFLAKE_PRIVATE_KEY"
	if text == "" {
		from = "SNOWFLAKE_PRIVATE_KEY_PATH"
		data, err := os.ReadFile(get(from))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", from, err)
		}
		text = string(data)
	}
	// A variable of one line holds \n for its line ends.
	block, _ := pem.Decode([]byte(strings.ReplaceAll(text, `\n`, "\n")))
	if block == nil {
		return nil, fmt.Errorf("%s holds no private key in PEM form", from)
	}
	der := block.Bytes
	if block.Type == "ENCRYPTED PRIVATE KEY" {
		passphrase := get("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE")
		if passphrase == "" {
			return nil, fmt.Errorf("the key in %s is encrypted: set SNOWFLAKE_PRIVATE_KEY_PASSPHRASE", from)
		}
		var err error
		if der, err = decrypt(der, passphrase); err != nil {
			return nil, fmt.Errorf("the key in %s cannot be decrypted: %w", from, err)
		}
	}
	return rsaKey(der, from)
}

func rsaKey(der []byte, from string) (*rsa.PrivateKey, error) {
	if k, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return k, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s holds no private key in PKCS #8 form", from)
	}
	k, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("the key in %s is no RSA key, and Snowflake takes no other", from)
	}
	return k, nil
}

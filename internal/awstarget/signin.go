package awstarget

import (
	"context"

	"github.com/tapestry-ci/tapestry-ci/internal/cloud"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/secrets"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// values are secrets of the file, which are variables of their own names. An
// empty one is what a job has whose secret nobody set.
func values(lookup func(string) (string, bool)) secret.Source {
	return func(name string) (secret.Value, bool) {
		v, _ := lookup(name)
		return secret.New(v), v != ""
	}
}

// identity asks GitHub for identity tokens, where the job may.
func identity(lookup func(string) (string, bool)) func(context.Context, string) (secret.Value, error) {
	source, _ := cloud.GitHubToken(lookup)
	return source
}

// signsIn says that the environment holds a way to sign in to Snowflake, which
// belongs to one user, whoever that is.
func signsIn(lookup func(string) (string, bool)) bool {
	for _, name := range []string{"SNOWFLAKE_PRIVATE_KEY", "SNOWFLAKE_PRIVATE_KEY_PATH", "SNOWFLAKE_TOKEN", "SNOWFLAKE_PASSWORD"} {
		if v, _ := lookup(name); v != "" {
			return true
		}
	}
	return false
}

// parameters reads SSM parameters for providers that count versions in an int.
type parameters struct{ store *secrets.Store }

// Get reads and decrypts a value.
func (p parameters) Get(ctx context.Context, name string) (secret.Value, int, error) {
	v, version, err := p.store.Get(ctx, name)
	return v, int(version), err
}

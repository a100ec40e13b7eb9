package cloud

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// RoleVariable names the role to take in a GitHub job. Where it is empty, the
// chain of the SDK decides.
const RoleVariable = "TAPESTRY_AWS_ROLE"

// Load gives the configuration for a region. Nothing is asked of AWS until the
// first call that needs it.
func Load(ctx context.Context, region string, lookup func(string) (string, bool)) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return aws.Config{}, fmt.Errorf("signing in to AWS: %w", err)
	}
	role, _ := lookup(RoleVariable)
	if role == "" {
		return cfg, nil
	}
	token, ok := GitHubToken(lookup)
	if !ok {
		return aws.Config{}, fmt.Errorf("%s is set, but this job may ask GitHub for no identity token: give it \"permissions: {id-token: write}\"", RoleVariable)
	}
	fetch := &audience{token: token, audience: "sts.amazonaws.com", ctx: context.WithoutCancel(ctx)}
	provider := stscreds.NewWebIdentityRoleProvider(sts.NewFromConfig(cfg), role, fetch, func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName = "tapestry-ci"
	})
	cfg.Credentials = aws.NewCredentialsCache(trusted{role: role, next: provider, tokens: fetch})
	return cfg, nil
}

// audience asks for a token whenever the credentials have to be renewed.
type audience struct {
	token    TokenSource
	audience string
	ctx      context.Context

	mu   sync.Mutex
	last string // whom the last token names
}

// GetIdentityToken is called by the SDK.
func (a *audience) GetIdentityToken() ([]byte, error) {
	token, err := a.token(a.ctx, a.audience)
	a.mu.Lock()
	a.last = subjectOf(token.Reveal())
	a.mu.Unlock()
	return []byte(token.Reveal()), err
}

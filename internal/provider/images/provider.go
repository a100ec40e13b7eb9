package images

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

const provider = "images"

// Config is what the provider needs from outside.
type Config struct {
	AWS aws.Config
	// Lookup reads the environment: TAPESTRY_GROUPAROO_BASE and
	// TAPESTRY_DBT_BASE name dependency images that are ready elsewhere.
	Lookup func(name string) (string, bool)
	// Builder builds dependency images; nil where nothing here can.
	Builder Builder
	// Keychain signs in to the registries that the environment names; the one of
	// Docker's configuration where it is nil.
	Keychain authn.Keychain
	// Transport reaches the registries.
	Transport http.RoundTripper
	// Backoff is the pause between tries, 1 s and then 3 s where it is zero.
	Backoff remote.Backoff
	Now     func() time.Time
}

// Provider plans and pushes images.
type Provider struct {
	c   Config
	ecr *ecr.Client

	mu      sync.Mutex
	session *session
}

// New makes a provider. Nothing is asked before Plan.
func New(c Config) *Provider {
	if c.Lookup == nil {
		c.Lookup = func(string) (string, bool) { return "", false }
	}
	if c.Keychain == nil {
		c.Keychain = authn.DefaultKeychain
	}
	if c.Transport == nil {
		c.Transport = remote.DefaultTransport
	}
	if c.Backoff.Steps == 0 {
		c.Backoff = remote.Backoff{Duration: time.Second, Factor: 3, Jitter: 0.1, Steps: 3}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Provider{c: c, ecr: ecr.NewFromConfig(c.AWS)}
}

// Name is "images".
func (*Provider) Name() string { return provider }

// sideBySide runs f for each of n at once.
func sideBySide(n int, f func(int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// Apply pushes one image, or the dependency image below it. Whatever is there
// already under its tag is as it should be: tags are digests of contents, and
// never move.
func (p *Provider) Apply(ctx context.Context, c deploy.Change, in deploy.Input, say deploy.Progress) (deploy.Outputs, error) {
	all, err := read(in.Artifacts)
	if err != nil {
		return nil, err
	}
	for _, w := range all {
		if c.ID != w.imageID() && c.ID != w.baseID() {
			continue
		}
		r, err := p.repository(ctx, w, in.Outputs)
		if err != nil {
			return nil, err
		}
		if c.ID == w.baseID() {
			return nil, p.provide(ctx, r, w, say)
		}
		return p.push(ctx, r, w, say)
	}
	return nil, fmt.Errorf("the build has no image for %s: compile again", c.ID)
}

package cloudformation

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/tapestry-ci/tapestry-ci/internal/cloud"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

const provider = "cloudformation"

// Config is what the provider needs from outside.
type Config struct {
	AWS aws.Config
	// Upload puts a template that is too large to be sent itself where
	// CloudFormation can read it, and says where that is.
	Upload func(ctx context.Context, key string, template []byte) (url string, err error)
	// Lookup reads the environment: TAPESTRY_AMI_ID, TAPESTRY_ABCTL_SHA256 and
	// TAPESTRY_AWS_STACK_ROLE.
	Lookup func(name string) (string, bool)
	Now    func() time.Time
	// Poll is the pause between two looks at something that takes its time; five
	// seconds where it is zero.
	Poll time.Duration
	// Wait waits for as long as it is told, or until ctx ends; nil is a timer.
	Wait func(ctx context.Context, d time.Duration) error
}

// Provider plans and applies stacks.
type Provider struct {
	c Config

	mu sync.Mutex
	// seen are the answers that Outputs got, by the stack's name, for the Plan
	// that comes right after it. Nil where there is no such stack.
	seen map[string]*types.Stack
	// found are the outputs that the last Plan was given. What providers said to
	// be certain then is certain still when it is applied.
	found deploy.Outputs
}

// New makes a provider. Nothing is asked before Outputs or Plan.
func New(c Config) *Provider {
	if c.Lookup == nil {
		c.Lookup = func(string) (string, bool) { return "", false }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Poll == 0 {
		c.Poll = 5 * time.Second
	}
	if c.Wait == nil {
		c.Wait = cloud.Sleep
	}
	return &Provider{c: c}
}

// Name is "cloudformation".
func (*Provider) Name() string { return provider }

// Follows names those whose findings are values of parameters: which images will
// be pushed, and whom Snowflake's integration comes as.
func (*Provider) Follows() []string { return []string{"images", "snowflake"} }

// clients are those of one region.
type clients struct {
	cfn *cloudformation.Client
	ssm *ssm.Client
	ecs *ecs.Client
	s3  *s3.Client
	sts *sts.Client
}

func (p *Provider) clients(region string) clients {
	cfg := p.c.AWS.Copy()
	cfg.Region = region
	return clients{
		cfn: cloudformation.NewFromConfig(cfg), ssm: ssm.NewFromConfig(cfg), ecs: ecs.NewFromConfig(cfg), sts: sts.NewFromConfig(cfg),
		s3: s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = o.BaseEndpoint != nil }),
	}
}

// The kinds of changes. The last part of a change's id is the name of the stack
// as artefacts have it: foundation, ingestion, sync.
const (
	kindStack    = "stack"
	kindTemplate = "template"
	kindTrust    = "trust"

	kindRollback = "rollback"
	kindQuiesce  = "quiesce"
	kindDrift    = "drift"
	kindKept     = "kept"
)

func id(kind, name string) string { return provider + ":" + kind + ":" + name }

// Apply makes one change. Each begins with a look at what is there, so that one
// that was done already, or half, goes on from there.
func (p *Provider) Apply(ctx context.Context, c deploy.Change, in deploy.Input, say deploy.Progress) (deploy.Outputs, error) {
	all, err := p.read(in.Artifacts)
	if err != nil {
		return nil, err
	}
	in.Outputs = p.outputs(in.Outputs)
	w := work{p: p, clients: all.clients, all: all, change: c, in: in, say: say}
	_, name, _ := strings.Cut(strings.TrimPrefix(c.ID, provider+":"), ":")
	for _, s := range all.stacks {
		if s.Name == name {
			w.stack = s
		}
	}
	if w.stack == nil {
		return nil, fmt.Errorf("the build has no stack for %s: compile again", c.ID)
	}
	switch c.Kind {
	case kindTemplate:
		return w.upload(ctx)
	case kindStack:
		if c.Action == deploy.Delete {
			return nil, w.remove(ctx)
		}
		return w.deploy(ctx)
	case kindTrust:
		return nil, w.giveTrust(ctx)
	case kindRollback:
		return nil, w.rollback(ctx)
	case kindDrift:
		return nil, w.putBack(ctx)
	case kindQuiesce:
		return nil, w.beQuiet(ctx)
	}
	return nil, fmt.Errorf("the provider knows no change %s", c.ID)
}

func (p *Provider) remember(outputs deploy.Outputs) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.found = maps.Clone(outputs)
}

// outputs are those of an apply so far, and what the plan before it knew.
func (p *Provider) outputs(now deploy.Outputs) deploy.Outputs {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := deploy.Outputs{}
	maps.Copy(all, p.found)
	maps.Copy(all, now)
	return all
}

// work is one change that is being made.
type work struct {
	clients
	p      *Provider
	all    *pipeline
	stack  *stack
	change deploy.Change
	in     deploy.Input
	say    deploy.Progress
}

// roleVariable names the role that CloudFormation makes resources with. Without it
// that is whoever applies, or the role that a stack was made with.
const roleVariable = "TAPESTRY_AWS_STACK_ROLE"

func (p *Provider) role() *string {
	if role, ok := p.c.Lookup(roleVariable); ok && role != "" {
		return &role
	}
	return nil
}

// pause waits for as long as Poll says.
func (p *Provider) pause(ctx context.Context) error { return p.c.Wait(ctx, p.c.Poll) }

// patiently reads something that a wait depends on, and outlasts a short outage of
// AWS. Nothing that is begun may be read so: a call that was heard is not repeated.
func (p *Provider) patiently(ctx context.Context, say func(string), read func() error) error {
	return cloud.Patience{First: p.c.Poll, Now: p.c.Now, Wait: p.c.Wait}.Read(ctx, say, read)
}

// sideBySide runs f for each of n at once.
func sideBySide(n int, f func(int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

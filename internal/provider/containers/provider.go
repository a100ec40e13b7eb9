package containers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/tapestry-ci/tapestry-ci/internal/cloud"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Name is the provider's name.
const Name = "containers"

// cluster is the output of the sync stack without which nothing runs.
const cluster = "output.sync.Cluster"

// Config is what the provider needs.
type Config struct {
	AWS aws.Config
	// Poll is the pause between two looks at a deployment, 10 s; Patience how long
	// one may take, 30 min.
	Poll, Patience time.Duration
	Now            func() time.Time
	// Wait waits for as long as it is told, or until ctx ends; nil is a timer.
	Wait func(ctx context.Context, d time.Duration) error
}

// Provider restarts containers.
type Provider struct {
	c   Config
	ecs *ecs.Client
	ssm *ssm.Client
}

// New gives the provider.
func New(c Config) *Provider {
	if c.Poll == 0 {
		c.Poll = 10 * time.Second
	}
	if c.Patience == 0 {
		c.Patience = 30 * time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Wait == nil {
		c.Wait = cloud.Sleep
	}
	return &Provider{c: c, ecs: ecs.NewFromConfig(c.AWS), ssm: ssm.NewFromConfig(c.AWS)}
}

// Name is part of deploy.Provider.
func (*Provider) Name() string { return Name }

// Follows is part of deploy.Follower: who writes parameters, and when they were
// written.
func (*Provider) Follows() []string { return []string{"secrets", "snowflake"} }

// Plan compares what containers read with when they were started.
func (p *Provider) Plan(ctx context.Context, in deploy.Input) (deploy.Outcome, error) {
	if in.Destroy || in.Outputs[cluster] == "" {
		return deploy.Outcome{}, nil
	}
	readers, err := readers(in.Artifacts)
	if err != nil {
		return deploy.Outcome{}, err
	}
	times, err := written(readers, in.Outputs)
	if err != nil || !anySince(times, in.Outputs["created.sync"]) {
		return deploy.Outcome{}, err
	}
	running, err := p.running(ctx, readers, in.Outputs)
	if err != nil {
		return deploy.Outcome{}, err
	}
	if news := newsOf(running, times); len(news) > 0 {
		return deploy.Outcome{Changes: []deploy.Change{restart(readers, news)}}, nil
	}
	return deploy.Outcome{}, nil
}

// written is when each parameter was written last, as those that we follow say.
// What this plan writes is younger than anything that runs.
func written(readers []reader, outputs deploy.Outputs) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	for _, param := range all(readers) {
		at, known := outputs["modified."+param]
		switch {
		case !known: // it is not there, and nothing is going to write it
		case at == "":
			out[param] = time.Unix(1<<40, 0)
		default:
			t, err := time.Parse(time.RFC3339, at)
			if err != nil {
				return nil, fmt.Errorf("when %s was written is %q, which is no time: %w", param, at, err)
			}
			out[param] = t
		}
	}
	return out, nil
}

// anySince reports whether a parameter was written after the stack was created.
// Where none was, no container can be older, and nobody has to be asked. Who does
// not know when that was, asks.
func anySince(times map[string]time.Time, created string) bool {
	since, err := time.Parse(time.RFC3339, created)
	for _, at := range times {
		if err != nil || at.After(since) {
			return true
		}
	}
	return false
}

// newsOf are the parameters that some service has an older value of.
func newsOf(running []service, times map[string]time.Time) []string {
	var out []string
	for _, s := range running {
		out = append(out, s.news(times)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// restart is the change. It needs every parameter that containers read, and the
// stack, so that it comes after whatever could make another one necessary.
func restart(readers []reader, news []string) deploy.Change {
	c := deploy.Change{ID: Name + ":restart:grouparoo", Provider: Name, Kind: "restart", Name: "grouparoo", Action: deploy.Update, Risk: deploy.Disruptive, Aside: true,
		Reason: "containers read these when they start, and those that run have, or will have, older values: " + strings.Join(news, ", "),
		Needs:  []string{"stack:sync"}}
	var parts []string
	for _, r := range readers {
		parts = append(parts, r.output+"="+strings.Join(r.params, ","))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	c.Content = "sha256:" + hex.EncodeToString(sum[:])
	for _, param := range all(readers) {
		c.Needs = append(c.Needs, "parameter:"+param)
	}
	return c
}

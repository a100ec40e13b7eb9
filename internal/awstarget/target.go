package awstarget

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/cloud"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/airbyte"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/containers"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/dbt"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/images"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/secrets"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/snowflake"
	"github.com/tapestry-ci/tapestry-ci/internal/state"
)

// Config is what a Target is made of.
type Config struct {
	Artifacts []emit.Artifact
	// Lookup reads the environment, Environ lists it, for programs that are
	// started. Secrets of the file are variables of their own names.
	Lookup  func(name string) (string, bool)
	Environ []string
	// AWS is used as it is where it is not nil; else the environment says how to
	// sign in.
	AWS  *aws.Config
	Tool string // version of the program
	// Live reads every system itself. Applying adds what only an apply has:
	// secrets must be given, private keys are read.
	Live, Applying bool
	// Wait follows first syncs to their end.
	Wait bool
	// Dbt is dbt's path; where it is empty the path is searched.
	Dbt string
	// Say is told what takes its time before there is a plan; it may be nil.
	Say  func(message string)
	Now  func() time.Time
	Rand io.Reader
	// Poll is the pause between two looks at something that takes its time.
	Poll time.Duration
	// Builder builds dependency images; Docker where it is nil and there is one.
	Builder images.Builder
}

// pollVariable says how often to look at what takes its time, such as 2s. Each
// provider has a pause of its own where it is not set.
const pollVariable = "TAPESTRY_POLL"

// Target is one pipeline's place on AWS. Close it.
type Target struct {
	Providers []deploy.Provider
	Ledger    deploy.Ledger
	Lock      deploy.Lock
	Settings  settings.Settings

	c         Config
	bucket    *state.Bucket
	stacks    *cloudformation.Provider
	images    *images.Provider
	snowflake *snowflake.Provider
	airbyte   *airbyte.Provider
	dbt       *dbt.Provider
}

// Open gets everything ready. It asks AWS only who we are.
func Open(ctx context.Context, c Config) (*Target, error) {
	s, err := settingsOf(c.Artifacts)
	if err != nil {
		return nil, err
	}
	if err := environment(c.Lookup); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if text, _ := c.Lookup(pollVariable); text != "" && c.Poll == 0 {
		c.Poll, _ = time.ParseDuration(text) // it was looked at
	}
	if c.Say == nil {
		c.Say = func(string) {}
	}
	var cfg aws.Config
	if c.AWS != nil {
		cfg = *c.AWS
	} else if cfg, err = cloud.Load(ctx, s.Region, c.Lookup); err != nil {
		return nil, err
	}
	account, err := cloud.Account(ctx, cfg)
	if refused := (*cloud.NotTrusted)(nil); errors.As(err, &refused) {
		return nil, refused
	}
	if unheard := (*cloud.Unreachable)(nil); errors.As(err, &unheard) {
		return nil, unheard
	}
	if err != nil {
		return nil, fmt.Errorf("%w\nGive this job AWS credentials of the account: a profile (AWS_PROFILE), keys, or in a GitHub job %s with `permissions: {id-token: write}`", err, cloud.RoleVariable)
	}
	if err := ownRole(c.Lookup, account); err != nil {
		return nil, err
	}
	bucket, err := state.Open(ctx, state.Config{AWS: cfg, Settings: s, Account: account, Now: c.Now, Rand: c.Rand})
	if err != nil {
		return nil, err
	}
	t := &Target{c: c, Settings: s, bucket: bucket, Ledger: bucket.Ledger(), Lock: bucket.Lock()}
	t.providers(cfg)
	return t, nil
}

// providers are in the order in which a plan shows them.
func (t *Target) providers(cfg aws.Config) {
	c, params := t.c, parameters{secrets.NewStore(cfg, t.Settings)}
	t.stacks = cloudformation.New(cloudformation.Config{AWS: cfg, Upload: t.bucket.PutTemplate, Lookup: c.Lookup, Now: c.Now, Poll: c.Poll})
	builder := c.Builder
	if builder == nil {
		builder = images.Docker()
	}
	t.images = images.New(images.Config{AWS: cfg, Lookup: c.Lookup, Builder: builder, Now: c.Now})
	t.snowflake = snowflake.New(snowflake.Config{Lookup: c.Lookup, Token: identity(c.Lookup), ReadOnly: !c.Live && !signsIn(c.Lookup),
		Params: params.store, Tool: c.Tool, Run: c.Now().UTC().Format("20060102T150405Z"), Now: c.Now, Rand: c.Rand})
	t.airbyte = airbyte.New(airbyte.Config{Reach: t.reach(cfg), Lasting: lasting, Params: params, Store: t.bucket, Now: c.Now, Poll: c.Poll, Wait: c.Wait,
		Publishes: c.Applying})
	t.dbt = dbt.New(dbt.Config{Store: t.bucket, Params: params, Program: c.Dbt, Environ: c.Environ, Wait: c.Wait, Now: c.Now})
	t.Providers = []deploy.Provider{t.bucket.Provider(), t.stacks, secrets.New(secrets.Config{AWS: cfg, Values: values(c.Lookup), MustHave: c.Applying, Rand: c.Rand}),
		t.images, t.snowflake, t.airbyte, t.dbt, containers.New(containers.Config{AWS: cfg, Poll: c.Poll, Now: c.Now})}
}

// Prepare makes what an apply has to have before it takes the lock: the bucket
// that the lock is in.
func (t *Target) Prepare(ctx context.Context) error { return t.bucket.Ensure(ctx) }

// Input is what the providers are asked with: the artefacts, and the outputs of
// the stacks that there are.
func (t *Target) Input(ctx context.Context) (deploy.Input, error) {
	outputs, err := t.stacks.Outputs(ctx, t.Settings)
	return deploy.Input{Artifacts: t.c.Artifacts, Outputs: outputs, Live: t.c.Live}, err
}

// Publish writes what an apply saw of Airbyte, for plans that cannot look.
func (t *Target) Publish(ctx context.Context, in deploy.Input) error {
	if in.Destroy || in.Outputs["output.ingestion.InstanceId"] == "" {
		return nil
	}
	return t.airbyte.Publish(ctx, in)
}

// Close ends connections and tunnels.
func (t *Target) Close() {
	t.airbyte.Close()
	t.snowflake.Close()
}

func settingsOf(artifacts []emit.Artifact) (settings.Settings, error) {
	for _, a := range artifacts {
		if a.Path == settings.Path {
			return settings.Parse(a.Content)
		}
	}
	return settings.Settings{}, errors.New("the build has no " + settings.Path + ": compile it again")
}

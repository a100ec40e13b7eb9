package cloudformation_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/cloudformation"
)

const (
	rainShield = "01-rain-shield"
	support    = "03-support-and-payments"
	bigCompany = "05-big-company"

	tick    = 10 * time.Millisecond
	patient = 2 * time.Minute
)

// shared is one server for all tests: starting is most of what a small one costs.
var shared *fakeaws.Server

func TestMain(m *testing.M) {
	code := m.Run()
	if shared != nil {
		if err := shared.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// account gives the shared server with an empty account.
func account(t testing.TB) *fakeaws.Server {
	t.Helper()
	python := filepath.Join(judge.Dir(t, "fakes"), "bin", "python")
	if shared == nil {
		var err error
		shared, err = fakeaws.New(context.Background(), fakeaws.Options{Python: python})
		require.NoError(t, err)
	}
	require.NoError(t, shared.Reset())
	require.NoError(t, shared.Network("eu-central-1", "vpc-0a1b2c3d4e5f67890", "subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002",
		"subnet-0a1b2c3d4e5f60011", "subnet-0a1b2c3d4e5f60012"))
	return shared
}

// built are the artefacts of an example, which are made once.
var built sync.Map

func example(t testing.TB, name string) []emit.Artifact {
	t.Helper()
	if all, ok := built.Load(name); ok {
		return slices.Clone(all.([]emit.Artifact))
	}
	folder := filepath.Join("..", "..", "..", "examples", name)
	data, err := os.ReadFile(filepath.Join(folder, ".env"))
	require.NoError(t, err)
	values, err := dotenv.Parse(data)
	require.NoError(t, err)
	result := compiler.Compile(os.DirFS(folder), "tapestry.yaml", compiler.Options{Env: values, Tool: "test"})
	require.NotNil(t, result.Pipeline, "%v", result.Diagnostics)
	built.Store(name, result.Artifacts)
	return slices.Clone(result.Artifacts)
}

func settingsOf(t testing.TB, all []emit.Artifact) settings.Settings {
	t.Helper()
	i := slices.IndexFunc(all, func(a emit.Artifact) bool { return a.Path == settings.Path })
	s, err := settings.Parse(all[i].Content)
	require.NoError(t, err)
	return s
}

// edited is a build with one text put for another in one file.
func edited(t testing.TB, all []emit.Artifact, path, from, to string) []emit.Artifact {
	t.Helper()
	all = slices.Clone(all)
	i := slices.IndexFunc(all, func(a emit.Artifact) bool { return a.Path == path })
	require.Contains(t, string(all[i].Content), from)
	all[i].Content = []byte(strings.Replace(string(all[i].Content), from, to, 1))
	return all
}

const (
	sha      = "abababababababababababababababababababababababababababababababab"
	registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com/"
)

// known are the outputs of other providers.
func known() deploy.Outputs {
	return deploy.Outputs{"image.grouparoo": registry + "grouparoo@sha256:" + sha, "image.dbt": registry + "dbt@sha256:" + sha}
}

func environment(name string) (string, bool) {
	return map[string]string{"TAPESTRY_ABCTL_SHA256": sha}[name], name == "TAPESTRY_ABCTL_SHA256"
}

func provider(cfg aws.Config) *cloudformation.Provider {
	return cloudformation.New(cloudformation.Config{AWS: cfg, Lookup: environment, Upload: upload(cfg), Now: time.Now, Poll: time.Millisecond})
}

// upload puts templates into a bucket, as package state does.
func upload(cfg aws.Config) func(context.Context, string, []byte) (string, error) {
	return func(ctx context.Context, key string, template []byte) (string, error) {
		client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
		if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("templates")}); err != nil {
			return "", err
		}
		_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("templates"), Key: &key, Body: strings.NewReader(string(template))})
		return aws.ToString(cfg.BaseEndpoint) + "/templates/" + key, err
	}
}

func plan(t testing.TB, p *cloudformation.Provider, in deploy.Input) deploy.Outcome {
	t.Helper()
	out, err := p.Plan(context.Background(), in)
	require.NoError(t, err)
	return out
}

// apply makes changes in their order, and adds what they give to the outputs.
func apply(p *cloudformation.Provider, changes []deploy.Change, in deploy.Input, say deploy.Progress) error {
	if say == nil {
		say = func(string) {}
	}
	for _, c := range changes {
		if c.Empty() {
			continue
		}
		out, err := p.Apply(context.Background(), c, in, say)
		if err != nil {
			return err
		}
		for k, v := range out {
			in.Outputs[k] = v
		}
	}
	return nil
}

func ids(changes []deploy.Change) []string {
	var all []string
	for _, c := range changes {
		all = append(all, string(c.Action)+" "+c.ID)
	}
	return all
}

// up makes all stacks of an example.
func up(t testing.TB, s *fakeaws.Server, all []emit.Artifact) (*cloudformation.Provider, deploy.Input) {
	t.Helper()
	p := provider(s.Config())
	in := deploy.Input{Artifacts: all, Outputs: known(), Live: true}
	require.NoError(t, apply(p, plan(t, p, in).Changes, in, nil))
	return p, in
}

func describe(stack string) *cfn.DescribeStacksInput {
	return &cfn.DescribeStacksInput{StackName: &stack}
}

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/sandbox"
)

// trial is a copy of an example, and a sandbox that the command is led to.
type trial struct {
	t   testing.TB
	dir string
	box *sandbox.Sandbox
	env []string
	// drawn are addresses that the account gave the pipeline by chance.
	drawn []string
}

func newTrial(t testing.TB, example string) *trial {
	t.Helper()
	c := &trial{t: t, dir: t.TempDir()}
	require.NoError(t, os.CopyFS(c.dir, os.DirFS(filepath.Join("..", "..", "examples", example))))
	env := map[string]string{}
	if data, err := os.ReadFile(filepath.Join(c.dir, ".env")); err == nil {
		env, err = dotenv.Parse(data)
		require.NoError(t, err)
	}
	r := compiler.Compile(os.DirFS(c.dir), "tapestry.yaml", compiler.Options{Env: env})
	require.False(t, r.Diagnostics.HasErrors(), "%v", r.Diagnostics)
	c.box = sandbox.Start(t, r.Artifacts)
	c.env = append(c.box.Env(), "PATH="+t.TempDir(), "HOME="+t.TempDir(), "TMPDIR="+t.TempDir())
	return c
}

// start gives a process of the command that works on the pipeline.
func (c *trial) start(args ...string) *exec.Cmd {
	cmd := command(c.t, args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	return cmd
}

// run runs the command to its end.
func (c *trial) run(args ...string) (out, said string, code int) {
	c.t.Helper()
	cmd := c.start(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if failed := (*exec.ExitError)(nil); !errors.As(err, &failed) {
		require.NoError(c.t, err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// must runs the command and wants it to succeed.
func (c *trial) must(args ...string) string {
	c.t.Helper()
	out, said, code := c.run(args...)
	require.Zero(c.t, code, "%s\n%s%s", strings.Join(args, " "), out, said)
	return out
}

// state is all that there is in the sandbox, without what differs from one apply
// to another: times, secrets, ids that somebody drew.
func (c *trial) state() string {
	c.t.Helper()
	cfg := c.box.AWS.Inside(c.region())
	var b strings.Builder
	c.stacks(&b, cfg)
	c.parameters(&b, cfg)
	c.objects(&b, cfg)
	for _, name := range []string{"rain-shield/grouparoo", "rain-shield/dbt"} {
		for _, tag := range sorted(c.box.Registry.Tags(name)) {
			fmt.Fprintf(&b, "image %s %s\n", name, tag)
		}
	}
	text := b.String() + c.box.Snowflake.Snapshot() + c.box.Airbyte.Snapshot()
	for _, address := range c.drawn {
		text = strings.ReplaceAll(text, address, "ADDRESS")
	}
	return text
}

func sorted(m map[string]string) []string {
	var out []string
	for k, v := range m {
		out = append(out, k+" "+v)
	}
	slices.Sort(out)
	return out
}

func (c *trial) region() string {
	for _, pair := range c.env {
		if region, ok := strings.CutPrefix(pair, "AWS_REGION="); ok {
			return region
		}
	}
	return ""
}

func (c *trial) stacks(b *strings.Builder, cfg aws.Config) {
	client := cloudformation.NewFromConfig(cfg)
	answer, err := client.DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{})
	require.NoError(c.t, err)
	var lines []string
	for _, s := range answer.Stacks {
		template, err := client.GetTemplate(context.Background(), &cloudformation.GetTemplateInput{StackName: s.StackName})
		require.NoError(c.t, err)
		line := fmt.Sprintf("stack %s %t %x", aws.ToString(s.StackName), aws.ToBool(s.EnableTerminationProtection), sha256.Sum256([]byte(aws.ToString(template.TemplateBody))))
		for _, p := range s.Parameters {
			line += " " + aws.ToString(p.ParameterKey) + "=" + aws.ToString(p.ParameterValue)
		}
		for _, o := range s.Outputs {
			if aws.ToString(o.OutputKey) == "EgressAddresses" {
				c.drawn = strings.Split(aws.ToString(o.OutputValue), ",")
			}
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, "\n") + "\n")
}

func (c *trial) parameters(b *strings.Builder, cfg aws.Config) {
	pages := ssm.NewDescribeParametersPaginator(ssm.NewFromConfig(cfg), &ssm.DescribeParametersInput{})
	var lines []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		require.NoError(c.t, err)
		for _, p := range page.Parameters {
			lines = append(lines, fmt.Sprintf("parameter %s %s", aws.ToString(p.Name), p.Type))
		}
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, "\n") + "\n")
}

// objects are those of all buckets, but for the ledger, which tells each try.
func (c *trial) objects(b *strings.Builder, cfg aws.Config) {
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	buckets, err := client.ListBuckets(context.Background(), &s3.ListBucketsInput{})
	require.NoError(c.t, err)
	for _, bucket := range buckets.Buckets {
		fmt.Fprintf(b, "bucket %s\n", aws.ToString(bucket.Name))
		objects, err := client.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: bucket.Name})
		require.NoError(c.t, err)
		for _, o := range objects.Contents {
			if !strings.HasPrefix(aws.ToString(o.Key), "ledger/") {
				fmt.Fprintf(b, "object %s\n", aws.ToString(o.Key))
			}
		}
	}
}

// history are the steps of all runs, in order.
func (c *trial) history() []struct{ Change, State string } {
	c.t.Helper()
	var h struct {
		Runs []struct {
			Steps []struct{ Change, State string }
		}
	}
	require.NoError(c.t, json.Unmarshal([]byte(c.must("history", "--target", "aws", "--format", "json")), &h))
	var all []struct{ Change, State string }
	for _, r := range h.Runs {
		all = append(all, r.Steps...)
	}
	return all
}

package fakeaws

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
)

const rainShield = "../../../examples/01-rain-shield"

// Every template of every example, in each of its environments, can be deployed:
// no type and no attribute is missing.
func TestEveryExampleDeploys(t *testing.T) {
	s := fresh(t)
	folders, err := filepath.Glob("../../../examples/[0-9][0-9]-*")
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	stacks := 0
	for _, folder := range folders {
		checked := compiler.Check(os.DirFS(folder), "tapestry.yaml", compiler.Options{Env: environ(t, folder)})
		for _, env := range checked.Environments {
			require.NoError(t, s.Reset())
			network(t, s)
			stacks += deployAll(t, s, filepath.Base(folder)+" "+env, build(t, folder, env))
		}
	}
	t.Log(stacks, "stacks")
}

// Options that no example has with a network of its own.
func TestEveryOptionDeploys(t *testing.T) {
	s := fresh(t)
	for _, option := range []string{
		"ingestion: {data: instance}",
		"ingestion: {landing: s3}",
		"ingestion: {access: {certificate: arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000001, allow: [203.0.113.0/24]}}",
		"sync: {data: containers}",
		"sync: {data: managed, access: {certificate: arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000001, allow: [203.0.113.0/24]}}",
	} {
		require.NoError(t, s.Reset())
		deployAll(t, s, option, build(t, with(t, option), ""))
	}
}

// with copies Rain Shield and gives it an option.
func with(t *testing.T, option string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(rainShield)))
	file := filepath.Join(dir, "tapestry.yaml")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	key, _, _ := strings.Cut(option, ":")
	require.NotContains(t, string(text), "\n"+key+":")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(text, "\n%s\n", option), 0o600))
	return dir
}

// deployAll deploys the stacks of a build.
func deployAll(t *testing.T, s *Server, what string, files map[string]string) int {
	t.Helper()
	target, err := settings.Parse([]byte(files[settings.Path]))
	require.NoError(t, err)
	for _, st := range target.Stacks {
		stack := deploy(t, s, st.Stack, files[st.Template], types.ChangeSetTypeCreate)
		require.Equal(t, types.StackStatusCreateComplete, stack.StackStatus, "%s: %s", what, reasons(t, s, st.Stack))
	}
	return len(target.Stacks)
}

// network is what example 05 finds in its account.
func network(t *testing.T, s *Server) {
	t.Helper()
	require.NoError(t, s.Network(Region, "vpc-0a1b2c3d4e5f67890", "subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002",
		"subnet-0a1b2c3d4e5f60011", "subnet-0a1b2c3d4e5f60012"))
}

package cloudformation_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// variant is Rain Shield with more in its pipeline file.
func variant(t testing.TB, more string) []emit.Artifact {
	t.Helper()
	folder := filepath.Join("..", "..", "..", "examples", rainShield)
	file, err := os.ReadFile(filepath.Join(folder, "tapestry.yaml"))
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(folder, ".env"))
	require.NoError(t, err)
	values, err := dotenv.Parse(data)
	require.NoError(t, err)
	text := strings.Replace(string(file), "\nsources:\n", "\n"+more+"\nsources:\n", 1)
	result := compiler.Compile(fstest.MapFS{"tapestry.yaml": {Data: []byte(text)}}, "tapestry.yaml", compiler.Options{Env: values, Tool: "test"})
	require.NotNil(t, result.Pipeline, "%v", result.Diagnostics)
	return result.Artifacts
}

// orphans are the resources of a stack that an update failed to delete.
func orphans(t testing.TB, s *fakeaws.Server, stack string) []string {
	t.Helper()
	var all []string
	pages := cfn.NewDescribeStackEventsPaginator(client(s), describeEvents(stack))
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, e := range page.StackEvents {
			if e.ResourceStatus == types.ResourceStatusDeleteFailed {
				all = append(all, aws.ToString(e.LogicalResourceId))
			}
		}
	}
	return all
}

func describeEvents(stack string) *cfn.DescribeStackEventsInput {
	return &cfn.DescribeStackEventsInput{StackName: &stack}
}

// A database that leaves its stack is protected, and CloudFormation would leave it
// behind with the update done. The network that it is in could not be deleted then.
func TestAProtectedDatabaseGoes(t *testing.T) {
	for _, c := range []struct{ more, stack, id string }{
		{"ingestion: {data: instance}\n", ingestion, "cloudformation:stack:ingestion"},
		{"sync: {data: containers}\n", syncStack, "cloudformation:stack:sync"},
	} {
		t.Run(c.stack, func(t *testing.T) {
			s := account(t)
			up(t, s, example(t, rainShield))
			all := variant(t, c.more)
			in := deploy.Input{Artifacts: all, Outputs: known(), Live: true}
			p := provider(s.Config())
			going := change(t, plan(t, provider(s.PlanConfig()), in), c.id)
			assert.Equal(t, deploy.Destructive, going.Risk)
			assert.Contains(t, going.Reason, "Database: leaves the template; a last snapshot is taken (DeletionPolicy Snapshot), and nothing loads it again by itself")
			assert.Contains(t, field(going, "Database (AWS::RDS::DBInstance).Properties.DeletionProtection").After, "switched off by this apply")

			var said []string
			require.NoError(t, apply(p, plan(t, p, in).Changes, in, func(m string) { said = append(said, m) }))
			assert.Contains(t, said, "protection against deletion is switched off first, since these go: Database")
			assert.Empty(t, orphans(t, s, c.stack))
			nothing(t, s, all)

			in.Destroy = true
			require.NoError(t, apply(p, plan(t, p, in).Changes, in, nil))
			assert.Empty(t, plan(t, p, in).Changes)
		})
	}
}

// A database that is made anew: the old one goes, the new one is protected.
func TestAProtectedDatabaseIsMadeAnew(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	p, _ := up(t, s, all)
	after := edited(t, all, syncPath, "DBName: grouparoo", "DBName: other")
	in := deploy.Input{Artifacts: after, Outputs: known(), Live: true}
	c := change(t, plan(t, p, in), "cloudformation:stack:sync")
	require.Equal(t, deploy.Destructive, c.Risk)
	// An apply that ends in between leaves it unprotected; the next one goes on.
	s.Fault(fault.Rule{Operation: "CreateChangeSet", Nth: 2, Do: fault.Refuse, Status: 403, Code: "AccessDenied", Message: "not now"})
	require.ErrorContains(t, apply(p, []deploy.Change{c}, in, nil), "AccessDenied")
	again := change(t, plan(t, p, in), "cloudformation:stack:sync")
	assert.Equal(t, c.Content, again.Content)
	assert.Equal(t, deploy.Destructive, again.Risk)
	require.NoError(t, apply(p, []deploy.Change{c}, in, nil))
	assert.Empty(t, orphans(t, s, syncStack))
	nothing(t, s, after)
	for _, v := range live(t, s, syncStack).Parameters {
		if aws.ToString(v.ParameterKey) == "DeletionProtection" {
			assert.Equal(t, "true", aws.ToString(v.ParameterValue))
		}
	}
}

package fakeaws

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
)

// The life of a pipeline's stacks: made, found unchanged, given another image and
// other tags, and deleted once nothing is protected any more.
func TestLifeOfThreeStacks(t *testing.T) {
	s := fresh(t)
	files := build(t, rainShield, "")
	deployAll(t, s, "Rain Shield", files)
	target, err := settings.Parse([]byte(files[settings.Path]))
	require.NoError(t, err)
	for _, st := range target.Stacks {
		change := changeSet(t, s, st.Stack, files[st.Template], types.ChangeSetTypeUpdate)
		assert.Equal(t, types.ChangeSetStatusFailed, change.Status, "%s is unchanged: %v", st.Stack, replacements(change))
		drop(t, s, change)
		assert.Empty(t, drifted(t, s, st.Stack), st.Stack)
	}
	image(t, s, files)
	tagged(t, s, files)
	_, err = cloudformation.NewFromConfig(s.Config()).DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: aws.String("rain-shield-foundation")})
	refused(t, err, "ValidationError", "in use by")
	for i := len(target.Stacks) - 1; i >= 0; i-- {
		open(t, s, target.Stacks[i].Stack, files[target.Stacks[i].Template])
		assert.Empty(t, remove(t, s, target.Stacks[i].Stack), target.Stacks[i].Stack)
	}
}

// open takes the protection off what a stack holds.
func open(t *testing.T, s *Server, stack, template string) {
	t.Helper()
	if off := strings.Replace(template, "Default: \"true\"", "Default: \"false\"", 1); off != template {
		assert.Equal(t, types.StackStatusUpdateComplete, deploy(t, s, stack, off, types.ChangeSetTypeUpdate).StackStatus, reasons(t, s, stack))
	}
}

// image gives the workers another image: their task definition is made anew.
func image(t *testing.T, s *Server, files map[string]string) {
	t.Helper()
	old := values["GrouparooImage"]
	defer func() { values["GrouparooImage"] = old }()
	values["GrouparooImage"] = strings.Replace(old, "sha256:aa", "sha256:cc", 1)
	change := changeSet(t, s, "rain-shield-sync", files["cloudformation/sync.yaml"], types.ChangeSetTypeUpdate)
	found := replacements(change)
	assert.Equal(t, types.ReplacementTrue, found["WorkerTask"])
	assert.Equal(t, types.ReplacementFalse, found["WorkerService"])
	assert.NotContains(t, found, "Database")
	drop(t, s, change)
	stack := deploy(t, s, "rain-shield-sync", files["cloudformation/sync.yaml"], types.ChangeSetTypeUpdate)
	assert.Equal(t, types.StackStatusUpdateComplete, stack.StackStatus, reasons(t, s, "rain-shield-sync"))
}

// tagged changes the tags of two stacks and nothing else.
func tagged(t *testing.T, s *Server, files map[string]string) {
	t.Helper()
	for _, name := range []string{"foundation", "ingestion"} {
		in := request("rain-shield-"+name, files["cloudformation/"+name+".yaml"])
		in.Capabilities, in.Parameters = []types.Capability{types.CapabilityCapabilityNamedIam}, parameters(files["cloudformation/"+name+".yaml"])
		in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("other")}}
		cfn := cloudformation.NewFromConfig(s.Config())
		made, err := cfn.CreateChangeSet(t.Context(), in)
		require.NoError(t, err)
		change := ready(t, s, made.Id)
		for resource, replacement := range replacements(change) {
			assert.Equal(t, types.ReplacementFalse, replacement, resource)
		}
		_, err = cfn.ExecuteChangeSet(t.Context(), &cloudformation.ExecuteChangeSetInput{ChangeSetName: made.Id})
		require.NoError(t, err)
		assert.Equal(t, types.StackStatusUpdateComplete, settled(t, s, *in.StackName).StackStatus, reasons(t, s, *in.StackName))
		drop(t, s, change)
	}
}

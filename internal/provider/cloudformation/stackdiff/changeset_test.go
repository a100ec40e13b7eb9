package stackdiff

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
)

// against are edits of the stacks of an example, as pairs of texts.
var against = []struct {
	name, stack string
	replace     []string
	parameters  map[string]string
}{
	{name: "another network", stack: "foundation", replace: []string{"10.20.0.0/16", "10.30.0.0/16"}},
	{name: "a topic less", stack: "foundation", replace: []string{"TopicName: rain-shield-alerts", "TopicName: rain-shield-alarms"}},
	{name: "other tags", stack: "foundation", replace: []string{"Value: growth", "Value: data"}},
	{name: "less logs", stack: "foundation", replace: []string{"RetentionInDays: 90", "RetentionInDays: 30"}},
	{name: "another machine image", stack: "ingestion", parameters: map[string]string{"AmiId": "ami-0fedcba9876543210"}},
	{name: "another installer", stack: "ingestion", parameters: map[string]string{"AbctlVersion": "v0.31.0"}},
	{name: "another bucket", stack: "ingestion", replace: []string{"rain-shield-state-", "rain-shield-status-"}},
	{name: "larger database", stack: "ingestion", replace: []string{"DBInstanceClass: db.", "DBInstanceClass: db.x"}},
	{name: "another image of Grouparoo", stack: "sync", parameters: map[string]string{"GrouparooImage": "example/grouparoo@sha256:" + strings.Repeat("c", 64)}},
	{name: "no workers", stack: "sync", parameters: map[string]string{"WorkerMinimum": "0", "ScheduleState": "DISABLED"}},
	{name: "another cluster", stack: "sync", replace: []string{"ClusterName: rain-shield", "ClusterName: rain-cover"}},
	{name: "larger Redis", stack: "sync", replace: []string{"cache.t4g.micro", "cache.t4g.small"}},
	{name: "another user of the database", stack: "sync", replace: []string{"MasterUsername: grouparoo", "MasterUsername: admin"}},
	{name: "an alarm less", stack: "sync", replace: []string{"  RedisMemoryAlarm:\n    Type: AWS::CloudWatch::Alarm\n", "  RedisFullAlarm:\n    Type: AWS::CloudWatch::Alarm\n"}},
}

// TestChangeSetsSayTheSame holds what we say against the change sets of the
// stand-in, which has a table of its own.
func TestChangeSetsSayTheSame(t *testing.T) {
	server := fakeaws.Start(t)
	account := &account{t: t, cfn: cloudformation.NewFromConfig(server.Config())}
	templates := compiled(t, root+"/examples/01-rain-shield", "production")
	for _, name := range []string{"foundation", "ingestion", "sync"} {
		account.create("rain-shield-"+name, string(templates[name+".yaml"]))
	}
	for _, e := range against {
		t.Run(e.name, func(t *testing.T) {
			before := string(templates[e.stack+".yaml"])
			require.NotEqual(t, before == strings.NewReplacer(e.replace...).Replace(before), len(e.replace) > 0)
			after := strings.NewReplacer(e.replace...).Replace(before)
			values := merged(live, e.parameters)
			r, err := Compare(Side{Template: []byte(before), Parameters: live}, Side{Template: []byte(after), Parameters: values})
			require.NoError(t, err)
			ours := map[string]string{}
			for _, x := range r.Resources {
				ours[x.LogicalID] = inTheirWords(x)
			}
			theirs := account.changes("rain-shield-"+e.stack, after, values)
			require.NotEmpty(t, theirs)
			assert.Equal(t, theirs, ours)
		})
	}
}

// inTheirWords says what happens to a resource in the words of change sets.
func inTheirWords(r Resource) string {
	switch {
	case r.Action == deploy.Create:
		return "Add"
	case r.Action == deploy.Delete || r.Action == deploy.Keep:
		return "Remove"
	case r.Conditional:
		return "Modify Conditional"
	case r.Action == deploy.Replace:
		return "Modify True"
	}
	return "Modify False"
}

type account struct {
	t   *testing.T
	cfn *cloudformation.Client
}

func (a *account) create(stack, template string) {
	_, err := a.cfn.CreateStack(a.t.Context(), &cloudformation.CreateStackInput{
		StackName: &stack, TemplateBody: &template, Parameters: declaredIn(template, live),
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	})
	require.NoError(a.t, err)
	require.Eventually(a.t, func() bool {
		out, err := a.cfn.DescribeStacks(a.t.Context(), &cloudformation.DescribeStacksInput{StackName: &stack})
		return assert.NoError(a.t, err) && out.Stacks[0].StackStatus == types.StackStatusCreateComplete
	}, 2*time.Minute, 20*time.Millisecond)
}

// changes gives what a change set says of every resource.
func (a *account) changes(stack, template string, values map[string]string) map[string]string {
	made, err := a.cfn.CreateChangeSet(a.t.Context(), &cloudformation.CreateChangeSetInput{
		StackName: &stack, ChangeSetName: aws.String("compare"), ChangeSetType: types.ChangeSetTypeUpdate,
		TemplateBody: &template, Parameters: declaredIn(template, values), Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	})
	require.NoError(a.t, err)
	var found *cloudformation.DescribeChangeSetOutput
	require.Eventually(a.t, func() bool {
		found, err = a.cfn.DescribeChangeSet(a.t.Context(), &cloudformation.DescribeChangeSetInput{ChangeSetName: made.Id})
		return assert.NoError(a.t, err) && found.Status == types.ChangeSetStatusCreateComplete
	}, 2*time.Minute, 20*time.Millisecond)
	said := said(found.Changes)
	_, err = a.cfn.DeleteChangeSet(a.t.Context(), &cloudformation.DeleteChangeSetInput{ChangeSetName: made.Id})
	require.NoError(a.t, err)
	return said
}

// said leaves out what a change set says only for safety: that whoever reads an
// attribute of a resource which is changed in place might get another value.
func said(changes []types.Change) map[string]string {
	inPlace := map[string]bool{}
	for {
		all := saidIf(changes, inPlace)
		before := len(inPlace)
		for _, c := range changes {
			id := aws.ToString(c.ResourceChange.LogicalResourceId)
			if said, ok := all[id]; !ok || said == "Modify False" {
				inPlace[id] = true
			}
		}
		if len(inPlace) == before {
			return all
		}
	}
}

func saidIf(changes []types.Change, inPlace map[string]bool) map[string]string {
	all := map[string]string{}
	for _, c := range changes {
		id := aws.ToString(c.ResourceChange.LogicalResourceId)
		if c.ResourceChange.Action != types.ChangeActionModify {
			all[id] = string(c.ResourceChange.Action)
			continue
		}
		worst := types.Replacement("")
		for _, d := range c.ResourceChange.Details {
			cause, _, _ := strings.Cut(aws.ToString(d.CausingEntity), ".")
			through := d.ChangeSource == types.ChangeSourceResourceAttribute || d.ChangeSource == types.ChangeSourceResourceReference
			if !through || !inPlace[cause] {
				worst = worse(worst, d.Target.RequiresRecreation)
			}
		}
		if worst != "" {
			all[id] = "Modify " + string(worst)
		}
	}
	return all
}

func worse(r types.Replacement, d types.RequiresRecreation) types.Replacement {
	switch {
	case d == types.RequiresRecreationAlways || r == types.ReplacementTrue:
		return types.ReplacementTrue
	case d == types.RequiresRecreationConditionally || r == types.ReplacementConditional:
		return types.ReplacementConditional
	}
	return types.ReplacementFalse
}

func declaredIn(template string, values map[string]string) []types.Parameter {
	var all []types.Parameter
	for name, value := range values {
		if strings.Contains(template, "\n  "+name+":\n    Type:") {
			all = append(all, types.Parameter{ParameterKey: aws.String(name), ParameterValue: aws.String(value)})
		}
	}
	return all
}

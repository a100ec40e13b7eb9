package cloudformation_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// Every call of a first apply is refused, or cut, or its answer is lost, and the
// SDK does not try again by itself. Applying again must end where an undisturbed
// apply does, with no stack made twice.
func TestEveryCallMayFail(t *testing.T) {
	s := account(t)
	all := example(t, rainShield)
	names := settingsOf(t, all).Stacks
	from := len(s.Requests())
	require.NoError(t, once(s, all, 1))
	calls := len(s.Requests()) - from
	want := picture(t, s)
	faults := map[string]fault.Action{"refused": fault.Refuse, "reply dropped": fault.Drop, "cut": fault.Cut}
	cells, survived, twice, broke := 0, 0, 0, 0
	for n := 1; n <= calls; n++ {
		for name, do := range faults {
			cells++
			s := account(t)
			s.Fault(fault.Rule{Nth: n, Do: do})
			if err := once(s, all, 1); err != nil {
				broke++
				if err = once(s, all, 3); err != nil {
					t.Errorf("call %d %s: applying again: %v", n, name, err)
					continue
				}
			}
			if made(t, s) != len(names) {
				twice++
				t.Errorf("call %d %s: stacks were made twice", n, name)
			}
			if got := picture(t, s); got != want {
				t.Errorf("call %d %s: ends as\n%s\nnot as\n%s", n, name, got, want)
				continue
			}
			survived++
		}
	}
	fmt.Printf("cloudformation: %d calls of a first apply; %d cells, %d stopped an apply, %d of %d ended as an undisturbed one, %d stacks made twice\n",
		calls, cells, broke, survived, cells, twice)
	require.Equal(t, cells, survived)
}

// once plans and applies as a process of its own would.
func once(s *fakeaws.Server, all []emit.Artifact, attempts int) error {
	cfg := s.Config()
	cfg.RetryMaxAttempts = attempts
	p := provider(cfg)
	in := deploy.Input{Artifacts: all, Outputs: known(), Live: true}
	out, err := p.Plan(context.Background(), in)
	if err != nil {
		return err
	}
	return apply(p, out.Changes, in, nil)
}

// made counts all stacks that there ever were.
func made(t *testing.T, s *fakeaws.Server) int {
	t.Helper()
	out, err := client(s).ListStacks(t.Context(), &cfn.ListStacksInput{})
	require.NoError(t, err)
	return len(out.StackSummaries)
}

// picture is the end: which stacks there are, in which state, with what.
func picture(t *testing.T, s *fakeaws.Server) string {
	t.Helper()
	text := ""
	for _, name := range []string{foundation, ingestion, syncStack} {
		stack := live(t, s, name)
		resources, err := client(s).DescribeStackResources(t.Context(), &cfn.DescribeStackResourcesInput{StackName: &name})
		require.NoError(t, err)
		text += fmt.Sprintf("%s %s protected %v, %d resources, %d outputs\n", name, stack.StackStatus, aws.ToBool(stack.EnableTerminationProtection), len(resources.StackResources), len(stack.Outputs))
		require.Equal(t, types.StackStatusCreateComplete, stack.StackStatus)
	}
	return text
}

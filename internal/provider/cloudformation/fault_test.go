package cloudformation_test

import (
	"context"
	"fmt"
	"slices"
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

var stacks = []string{foundation, ingestion, syncStack}

// Every call of a first apply is refused, or cut, or its answer is lost, and the
// SDK does not try again by itself. Applying again must end where an undisturbed
// apply does, with no stack made twice. What comes after the stack that the call
// was for is left out.
func TestEveryCallMayFail(t *testing.T) {
	all := example(t, rainShield)
	var calls []int // up to the end of each stack
	var want []string
	for n := range stacks {
		s := account(t)
		// Here the SDK may try again: nothing is broken on purpose, and a stand-in
		// that hiccups is not what is tried.
		require.NoError(t, once(s, all, 3, n+1))
		calls, want = append(calls, len(s.Requests())), append(want, picture(t, s, n+1))
	}
	cells, survived, twice, broke := 0, 0, 0, 0
	for call := 1; call <= calls[len(calls)-1]; call++ {
		n := slices.IndexFunc(calls, func(last int) bool { return call <= last }) + 1
		for name, do := range map[string]fault.Action{"refused": fault.Refuse, "reply dropped": fault.Drop, "cut": fault.Cut} {
			cells++
			s := account(t)
			s.Fault(fault.Rule{Nth: call, Do: do})
			if err := once(s, all, 1, n); err != nil {
				broke++
				if err = once(s, all, 3, n); err != nil {
					t.Errorf("call %d %s: applying again: %v", call, name, err)
					continue
				}
			}
			if made(t, s) != n {
				twice++
				t.Errorf("call %d %s: stacks were made twice", call, name)
			}
			if got := picture(t, s, n); got != want[n-1] {
				t.Errorf("call %d %s: ends as\n%s\nnot as\n%s", call, name, got, want[n-1])
				continue
			}
			survived++
		}
	}
	fmt.Printf("cloudformation: %d calls of a first apply; %d cells, %d stopped an apply, %d of %d ended as an undisturbed one, %d with stacks made twice\n",
		calls[len(calls)-1], cells, broke, survived, cells, twice)
	require.Equal(t, cells, survived)
}

// once plans, and applies to the first n stacks, as a process of its own would.
func once(s *fakeaws.Server, all []emit.Artifact, attempts, n int) error {
	cfg := s.Config()
	cfg.RetryMaxAttempts = attempts
	p := provider(cfg)
	in := deploy.Input{Artifacts: all, Outputs: known(), Live: true}
	out, err := p.Plan(context.Background(), in)
	if err != nil {
		return err
	}
	return apply(p, slices.DeleteFunc(out.Changes, func(c deploy.Change) bool { return !slices.Contains(stacks[:n], c.Name) }), in, nil)
}

// made counts all stacks that there ever were.
func made(t *testing.T, s *fakeaws.Server) int {
	t.Helper()
	out, err := client(s).ListStacks(t.Context(), &cfn.ListStacksInput{})
	require.NoError(t, err)
	return len(out.StackSummaries)
}

// picture is the end: which stacks there are, in which state, with what.
func picture(t *testing.T, s *fakeaws.Server, n int) string {
	t.Helper()
	text := ""
	for _, name := range stacks[:n] {
		stack := live(t, s, name)
		resources, err := client(s).DescribeStackResources(t.Context(), &cfn.DescribeStackResourcesInput{StackName: &name})
		require.NoError(t, err)
		text += fmt.Sprintf("%s %s protected %v, %d resources, %d outputs\n", name, stack.StackStatus, aws.ToBool(stack.EnableTerminationProtection), len(resources.StackResources), len(stack.Outputs))
		require.Equal(t, types.StackStatusCreateComplete, stack.StackStatus)
	}
	return text
}

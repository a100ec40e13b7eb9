package images_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	fakeregistry "github.com/tapestry-ci/tapestry-ci/internal/fake/registry"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/images"
)

// first makes a first apply, the dependency images copied, with what r breaks.
// It ends at the first error.
func first(c images.Config, out deploy.Outcome) (deploy.Outputs, error) {
	p := images.New(c) // a process of its own: it signs in anew
	got := deploy.Outputs{}
	for _, change := range out.Changes {
		o, err := p.Apply(context.Background(), change, input(rainShield()), quiet)
		if err != nil {
			return nil, err
		}
		for k, v := range o {
			got[k] = v
		}
	}
	return got, nil
}

// Every call of a first apply, broken in every way: either the try after it goes
// through by itself, or the next apply does. Nothing is there twice, and all is
// as after an undisturbed run.
func TestEveryCallMayBreak(t *testing.T) {
	calm := registry(t)
	_, c := elsewhere(t, calm)
	out := plan(t, images.New(c), input(rainShield()))
	calm.Reset()
	want, err := first(c, out)
	require.NoError(t, err)
	calls := len(calm.Requests())

	cells, byItself := 0, 0
	for n := 1; n <= calls; n++ {
		for what, rule := range map[string]fault.Rule{
			"refused": {Nth: n, Do: fault.Refuse, Code: "UNAVAILABLE", Status: http.StatusServiceUnavailable},
			"denied":  {Nth: n, Do: fault.Refuse, Code: "DENIED", Status: http.StatusForbidden},
			"dropped": {Nth: n, Do: fault.Drop},
			"cut":     {Nth: n, Do: fault.Cut},
			// From here on nothing gets through: the process might as well be gone.
			"killed before": {Nth: n, Times: -1, Do: fault.Cut},
			"killed after":  {Nth: n, Do: fault.Drop},
		} {
			cells++
			r := registry(t)
			c.AWS = r.Config()
			r.Fault(rule)
			if what == "killed after" {
				r.Fault(fault.Rule{Nth: n + 1, Times: -1, Do: fault.Cut})
			}
			got, err := first(c, out)
			if err == nil {
				byItself++
			} else {
				assert.NotContains(t, err.Error(), fakeregistry.Password)
				r.Reset()
				got, err = first(c, out)
			}
			cell := fmt.Sprintf("call %d %s", n, what)
			require.NoError(t, err, cell)
			require.Equal(t, want, got, cell)
			require.Equal(t, calm.Tags(repoGrou), r.Tags(repoGrou), cell)
			require.Equal(t, calm.Tags(repoDbt), r.Tags(repoDbt), cell)
			require.Equal(t, calm.Blobs(), r.Blobs(), cell)
			r.Reset()
			require.Empty(t, plan(t, images.New(c), input(rainShield())).Changes, cell)
		}
	}
	t.Logf("%d calls, %d cells, all the same in the end; %d went on by themselves", calls, cells, byItself)
}

func TestRefusalsAreExplained(t *testing.T) {
	r := fakeregistry.Start(t) // without repositories
	_, err := provider(r).Apply(context.Background(), deploy.Change{ID: "images:image:dbt"}, input(rainShield()), quiet)
	assert.ErrorContains(t, err, "make a new plan")
	_, c := elsewhere(t, r)
	_, err = images.New(c).Apply(context.Background(), deploy.Change{ID: "images:base:dbt"}, input(rainShield()), quiet)
	assert.ErrorContains(t, err, "NAME_UNKNOWN")
	assert.ErrorContains(t, err, "deploy the stack anew")

	r.Create(repoDbt, repoGrou)
	r.Fault(fault.Rule{Operation: "GET manifest", Times: -1, Do: fault.Refuse, Code: "DENIED", Status: http.StatusForbidden})
	_, err = provider(r).Plan(context.Background(), input(rainShield()))
	assert.ErrorContains(t, err, "ecr:BatchGetImage")
	r.Reset()
	r.Fault(fault.Rule{Operation: "GetAuthorizationToken", Times: -1, Do: fault.Refuse, Code: "AccessDeniedException"})
	_, err = provider(r).Plan(context.Background(), input(rainShield()))
	assert.ErrorContains(t, err, "ecr:GetAuthorizationToken")
	r.Reset()
	r.Fault(fault.Rule{Operation: "DescribeImages", Times: -1, Do: fault.Refuse, Code: "AccessDeniedException"})
	_, err = provider(r).Plan(context.Background(), input(rainShield()))
	assert.ErrorContains(t, err, "ecr:DescribeImages")

	_, err = provider(r).Apply(context.Background(), deploy.Change{ID: "images:image:dbt"}, deploy.Input{Artifacts: rainShield()}, quiet)
	assert.ErrorContains(t, err, "output DbtRepository")
}

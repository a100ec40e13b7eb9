package containers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/tapestry-ci/tapestry-ci/internal/cloud"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Apply starts new containers of the services that have older values by now, and
// waits until all have taken over, also those that an earlier apply began.
func (p *Provider) Apply(ctx context.Context, _ deploy.Change, in deploy.Input, say deploy.Progress) (deploy.Outputs, error) {
	if in.Outputs[cluster] == "" {
		return nil, nil
	}
	readers, err := readers(in.Artifacts)
	if err != nil {
		return nil, err
	}
	times, err := p.times(ctx, all(readers))
	if err != nil {
		return nil, err
	}
	running, err := p.running(ctx, readers, in.Outputs)
	if err != nil {
		return nil, err
	}
	var waiting []*rollout
	for _, s := range running {
		r, err := p.restart(ctx, in.Outputs[cluster], s, times, say)
		if err != nil {
			return nil, err
		}
		waiting = append(waiting, r)
	}
	patience := cloud.Patience{First: p.c.Poll, Now: p.c.Now, Wait: p.c.Wait}
	look := func() (found []service, err error) {
		err = patience.Read(ctx, say, func() (err error) { found, err = p.running(ctx, readers, in.Outputs); return err })
		return found, err
	}
	return nil, p.settle(ctx, waiting, look, say)
}

// times is when parameters were written last, 50 a call.
func (p *Provider) times(ctx context.Context, params []string) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	for some := range slices.Chunk(params, 50) {
		pages := ssm.NewDescribeParametersPaginator(p.ssm, &ssm.DescribeParametersInput{MaxResults: aws.Int32(50),
			ParameterFilters: []types.ParameterStringFilter{{Key: aws.String("Name"), Option: aws.String("Equals"), Values: some}}})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("asking when parameters were written: %w", err)
			}
			for _, m := range page.Parameters {
				out[aws.ToString(m.Name)] = aws.ToTime(m.LastModifiedDate)
			}
		}
	}
	return out, nil
}

// restart begins a new deployment of a service that has older values, and gives
// the deployment that has to take over.
func (p *Provider) restart(ctx context.Context, cluster string, s service, times map[string]time.Time, say deploy.Progress) (*rollout, error) {
	if len(s.news(times)) == 0 {
		return rolloutOf(s.Service), nil
	}
	say("restarting " + aws.ToString(s.ServiceName))
	answer, err := p.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: &cluster, Service: s.ServiceName, ForceNewDeployment: true})
	if err != nil {
		return nil, fmt.Errorf("restarting %s: %w", aws.ToString(s.ServiceName), err)
	}
	return rolloutOf(*answer.Service), nil
}

// settle waits for every deployment. One that fails holds up no other.
func (p *Provider) settle(ctx context.Context, waiting []*rollout, look func() ([]service, error), say deploy.Progress) error {
	var failed []error
	for began := p.c.Now(); ; {
		running, err := look()
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		waiting = slices.DeleteFunc(waiting, func(r *rollout) bool {
			i := slices.IndexFunc(running, func(s service) bool { return aws.ToString(s.ServiceName) == r.service })
			if i < 0 {
				return true // it is gone, or was scaled down to nothing
			}
			over, err := r.over(running[i].Service)
			if err != nil {
				failed = append(failed, err)
			}
			return over || err != nil
		})
		if len(waiting) == 0 {
			return errors.Join(failed...)
		}
		if passed := p.c.Now().Sub(began); passed > p.c.Patience {
			return errors.Join(append(failed, late(waiting, p.c.Patience))...)
		}
		say("waiting for the new containers of " + names(waiting))
		if err := p.c.Wait(ctx, p.c.Poll); err != nil {
			return err
		}
	}
}

func late(waiting []*rollout, patience time.Duration) error {
	return fmt.Errorf("the new containers of %s have not taken over after %s. The events of the service in ECS say why; ECS goes on trying, and a new plan has the restart again if it gives up",
		names(waiting), patience)
}

func names(waiting []*rollout) string {
	var out []string
	for _, r := range waiting {
		out = append(out, r.service)
	}
	return strings.Join(out, ", ")
}

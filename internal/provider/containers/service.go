package containers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// service is one service as it runs.
type service struct {
	types.Service
	params []string // that its containers read
}

// running are the services that have containers, in the template's order. One
// call looks at all of them.
func (p *Provider) running(ctx context.Context, readers []reader, outputs deploy.Outputs) ([]service, error) {
	var names []string
	reads := map[string][]string{}
	for _, r := range readers {
		if name := outputs["output.sync."+r.output]; name != "" && len(r.params) > 0 {
			names, reads[name] = append(names, name), r.params
		}
	}
	if names == nil {
		return nil, nil
	}
	answer, err := p.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String(outputs[cluster]), Services: names})
	if gone := (*types.ClusterNotFoundException)(nil); errors.As(err, &gone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking at the services of cluster %s: %w", outputs[cluster], err)
	}
	var out []service
	for _, s := range answer.Services {
		if aws.ToString(s.Status) == "ACTIVE" && s.DesiredCount > 0 {
			out = append(out, service{s, reads[aws.ToString(s.ServiceName)]})
		}
	}
	return out, nil
}

// began is when the newest deployment began whose containers run or are coming.
func (s service) began() time.Time {
	var newest time.Time
	for _, d := range s.Deployments {
		if at := aws.ToTime(d.CreatedAt); d.RolloutState != types.DeploymentRolloutStateFailed && at.After(newest) {
			newest = at
		}
	}
	return newest
}

// news are the parameters that were written after the service's containers were
// started. ECS tells milliseconds.
func (s service) news(times map[string]time.Time) []string {
	var out []string
	for _, param := range s.params {
		if at, known := times[param]; known && at.Truncate(time.Millisecond).After(s.began()) {
			out = append(out, param)
		}
	}
	return out
}

// primary is the deployment that ECS is bringing about or has brought about.
func primary(s types.Service) types.Deployment {
	for _, d := range s.Deployments {
		if aws.ToString(d.Status) == "PRIMARY" {
			return d
		}
	}
	return types.Deployment{}
}

// rollout is a deployment that has to take over.
type rollout struct {
	service, id string
	began       time.Time
	seen        bool
}

func rolloutOf(s types.Service) *rollout {
	d := primary(s)
	return &rollout{service: aws.ToString(s.ServiceName), id: aws.ToString(d.Id), began: aws.ToTime(d.CreatedAt)}
}

// over reports whether the deployment has taken over. What ECS tells right after
// it was begun may be from before.
func (r *rollout) over(s types.Service) (bool, error) {
	for _, d := range s.Deployments {
		if aws.ToString(d.Id) != r.id {
			continue
		}
		r.seen = true
		if d.RolloutState == types.DeploymentRolloutStateFailed {
			return false, r.failed(aws.ToString(d.RolloutStateReason))
		}
		return aws.ToString(d.Status) == "PRIMARY" && d.RolloutState == types.DeploymentRolloutStateCompleted, nil
	}
	now := primary(s)
	switch {
	case !r.seen:
	case aws.ToTime(now.CreatedAt).After(r.began): // somebody began another one
		r.id = aws.ToString(now.Id)
	default:
		return false, r.failed("ECS went back to the deployment before it")
	}
	return false, nil
}

func (r *rollout) failed(why string) error {
	return fmt.Errorf("the new containers of %s do not start, and the former ones go on with the former values: %s. Their logs say more; a new plan has the restart again", r.service, why)
}

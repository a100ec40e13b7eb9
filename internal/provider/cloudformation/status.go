package cloudformation

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Status is how the stacks are doing.
type Status []StackStatus

// StackStatus is how one stack is doing.
type StackStatus struct {
	Name   string `json:"name"`  // foundation, ingestion, sync
	Stack  string `json:"stack"` // its name in AWS
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
	// Changed is when something happened to it last.
	Changed time.Time `json:"changed,omitzero"`
	// Machine is the instance that Airbyte runs on.
	Machine string `json:"machine,omitempty"`
	// Outputs are those that a person may want: where pages and images are.
	Outputs  map[string]string `json:"outputs,omitempty"`
	Services []Service         `json:"services,omitempty"`
	// Link is its page in the console.
	Link string `json:"link,omitempty"`
}

// Service is how many tasks of one kind there are.
type Service struct {
	Name    string `json:"name"`
	Running int32  `json:"running"`
	Desired int32  `json:"desired"`
}

// worth are the outputs that a status shows.
var worth = []string{"Url", "EgressAddresses", "GrouparooRepository", "DbtRepository", "LandingBucket"}

// Status asks for every stack, and for the services of the sync stack.
func (p *Provider) Status(ctx context.Context, in deploy.Input) (Status, error) {
	all, err := p.read(in.Artifacts)
	if err != nil {
		return nil, err
	}
	out, wrong := make(Status, len(all.stacks)), make([]error, len(all.stacks))
	sideBySide(len(all.stacks), func(i int) { out[i], wrong[i] = all.status(ctx, all.stacks[i]) })
	return out, errors.Join(wrong...)
}

func (all *pipeline) status(ctx context.Context, s *stack) (StackStatus, error) {
	st := StackStatus{Name: s.Name, Stack: s.Stack.Stack, Status: "not there"}
	live, err := all.describe(ctx, s.Stack.Stack)
	if err != nil || live == nil {
		return st, err
	}
	st.Status, st.Reason = string(live.StackStatus), clean(live.StackStatusReason)
	st.Link = page(all.Region, aws.ToString(live.StackId))
	events, err := all.cfn.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{StackName: live.StackId})
	if err != nil {
		return st, fmt.Errorf("reading the events of stack %s: %w", s.Stack.Stack, err)
	}
	if len(events.StackEvents) > 0 {
		st.Changed = aws.ToTime(events.StackEvents[0].Timestamp).UTC()
	}
	outputs := deploy.Outputs{}
	addOutputs(outputs, s.Stack, live)
	st.Machine = outputs["output.ingestion.InstanceId"]
	for _, name := range worth {
		if v := outputs["output."+s.Name+"."+name]; v != "" {
			if st.Outputs == nil {
				st.Outputs = map[string]string{}
			}
			st.Outputs[name] = v
		}
	}
	st.Services, err = all.services(ctx, outputs)
	return st, err
}

// services counts the tasks of the services that a stack's outputs name.
func (cl clients) services(ctx context.Context, outputs deploy.Outputs) ([]Service, error) {
	cluster := outputs["output.sync.Cluster"]
	if cluster == "" {
		return nil, nil
	}
	in := &ecs.DescribeServicesInput{Cluster: &cluster}
	for _, name := range []string{"WebService", "WorkerService"} {
		if v := outputs["output.sync."+name]; v != "" {
			in.Services = append(in.Services, v)
		}
	}
	if len(in.Services) == 0 {
		return nil, nil
	}
	out, err := cl.ecs.DescribeServices(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("counting the tasks of cluster %s: %w", cluster, err)
	}
	var all []Service
	for _, s := range out.Services {
		all = append(all, Service{Name: aws.ToString(s.ServiceName), Running: s.RunningCount, Desired: s.DesiredCount})
	}
	slices.SortFunc(all, func(a, b Service) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// page is a stack's page in the console.
func page(region, stack string) string {
	return fmt.Sprintf("https://%s.console.aws.amazon.com/cloudformation/home?region=%s#/stacks/stackinfo?stackId=%s", region, region, url.QueryEscape(stack))
}

// Lines say it in words.
func (s Status) Lines() []string {
	var out []string
	for _, st := range s {
		line := st.Name + ": " + st.Status
		if !st.Changed.IsZero() {
			line += ", since " + st.Changed.Format(time.RFC3339)
		}
		if st.Reason != "" && st.Status != string(types.StackStatusCreateComplete) {
			line += ": " + st.Reason
		}
		out = append(out, line)
		if st.Machine != "" {
			out = append(out, "  Airbyte's machine: "+st.Machine)
		}
		for _, service := range st.Services {
			out = append(out, fmt.Sprintf("  %s: %d of %d tasks run", service.Name, service.Running, service.Desired))
		}
		for _, name := range worth {
			if v := st.Outputs[name]; v != "" {
				out = append(out, "  "+name+": "+v)
			}
		}
		if st.Link != "" {
			out = append(out, "  "+st.Link)
		}
	}
	return out
}

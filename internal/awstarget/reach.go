package awstarget

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/tunnel"
)

// airbyteVariable names Airbyte's address where it is reached in another way
// than through a tunnel, such as by the load balancer.
const airbyteVariable = "TAPESTRY_AIRBYTE_URL"

// airbytePort is where abctl's ingress listens on the machine.
const airbytePort = 8000

// reach gives the way to Airbyte.
func (t *Target) reach(cfg aws.Config) func(context.Context, deploy.Outputs) (string, func(), error) {
	return func(ctx context.Context, outputs deploy.Outputs) (string, func(), error) {
		if url, _ := t.c.Lookup(airbyteVariable); url != "" {
			return url, nil, nil
		}
		instance := outputs["output.ingestion.InstanceId"]
		if instance == "" {
			return "", nil, errors.New("the stack with Airbyte's machine is not there")
		}
		t.c.Say("opening a tunnel to " + instance)
		way, err := tunnel.Open(ctx, tunnel.Config{AWS: cfg, Instance: instance, Port: airbytePort, Log: t.c.Say, Now: t.c.Now, Poll: t.c.Poll})
		if err != nil {
			return "", nil, err
		}
		return way.URL(), func() { _ = way.Close() }, nil
	}
}

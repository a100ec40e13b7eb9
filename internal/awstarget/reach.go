package awstarget

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/airbyte"
	"github.com/tapestry-ci/tapestry-ci/internal/tunnel"
)

// airbyteVariable names Airbyte's address where it is reached in another way
// than through a tunnel, such as by the load balancer.
const airbyteVariable = "TAPESTRY_AIRBYTE_URL"

// airbytePort is where abctl's ingress listens on the machine.
const airbytePort = 8000

// reach gives the way to Airbyte.
func (t *Target) reach(cfg aws.Config) func(context.Context, deploy.Outputs) (airbyte.Way, error) {
	return func(ctx context.Context, outputs deploy.Outputs) (airbyte.Way, error) {
		if url, _ := t.c.Lookup(airbyteVariable); url != "" {
			return airbyte.Way{URL: url}, nil
		}
		instance := outputs["output.ingestion.InstanceId"]
		if instance == "" {
			return airbyte.Way{}, errors.New("the stack with Airbyte's machine is not there")
		}
		t.c.Say("opening a tunnel to " + instance)
		way, err := tunnel.Open(ctx, tunnel.Config{AWS: cfg, Instance: instance, Port: airbytePort, Log: t.c.Say, Now: t.c.Now, Poll: t.c.Poll})
		if err != nil {
			return airbyte.Way{}, err
		}
		return airbyte.Way{URL: way.URL(), Close: func() { _ = way.Close() }, Err: way.Err}, nil
	}
}

// lasting says that no waiting mends an error: AWS refuses, or the machine cannot.
// A parameter that its machine has not written yet comes by itself.
func lasting(err error) bool {
	var missing *types.ParameterNotFound
	return !errors.As(err, &missing) && tunnel.Lasting(err)
}

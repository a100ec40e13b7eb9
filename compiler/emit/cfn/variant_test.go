package cfn

import (
	"fmt"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// variant is one combination of the options that change the templates.
type variant struct {
	name     string
	pipeline *ir.Pipeline
}

// change is one option, set on a pipeline.
type change struct {
	name  string
	apply func(*ir.Pipeline)
}

func at(line int) source.Span {
	return source.Span{File: "tapestry.yaml", Start: source.Pos{Line: line, Col: 3}, End: source.Pos{Line: line, Col: 9}}
}

func access(region string, line int) *ir.Access {
	return &ir.Access{
		Certificate: "arn:aws:acm:" + region + ":012345670123:certificate/12345678-1234-1234-1234-123456789012",
		Allow:       []string{"203.0.113.0/24", "2001:db8::/32"}, Origin: at(line),
	}
}

func existingVPC(p *ir.Pipeline) {
	p.AWS.Network = ir.Network{VPC: "vpc-0123456789abcdef0", Origin: at(7),
		PrivateSubnets: []string{"subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"},
		PublicSubnets:  []string{"subnet-0123456789abcdef3", "subnet-0123456789abcdef4"},
		Egress:         []string{"203.0.113.10", "203.0.113.64/28"}}
}

func noPublicSubnets(p *ir.Pipeline) {
	existingVPC(p)
	p.AWS.Network.PublicSubnets = nil
}

// The axes. The first value of each is Rain Shield's own.
var (
	networks = []change{{"own", func(*ir.Pipeline) {}}, {"existing", existingVPC}, {"private", noPublicSubnets}}
	places   = []change{
		{"managed", func(*ir.Pipeline) {}},
		{"instance", func(p *ir.Pipeline) { p.Ingestion.Data = ir.Instance }},
	}
	landings = []change{
		{"direct", func(*ir.Pipeline) {}},
		{"s3", func(p *ir.Pipeline) { p.Ingestion.Landing = ir.S3 }},
	}
	accesses = []change{
		{"closed", func(*ir.Pipeline) {}},
		{"open", func(p *ir.Pipeline) {
			p.Ingestion.Access, p.Sync.Access = access(p.AWS.Region, 15), access(p.AWS.Region, 17)
		}},
	}
	states = []change{
		{"managed", func(*ir.Pipeline) {}},
		{"containers", func(p *ir.Pipeline) { p.Sync.Data = ir.Containers }},
	}
	regions = []change{
		{"us", func(*ir.Pipeline) {}},
		{"eu", func(p *ir.Pipeline) { p.AWS.Region = "eu-central-1" }},
	}
)

// matrix is every combination of the axes, the region first because access
// takes its certificate from there.
func matrix() []variant {
	axes := [][]change{regions, networks, places, landings, accesses, states}
	var all []variant
	for i := 0; ; i++ {
		p, name, rest := irtest.RainShield(), "", i
		for _, axis := range axes {
			c := axis[rest%len(axis)]
			rest /= len(axis)
			c.apply(p)
			name += "-" + c.name
		}
		if rest > 0 {
			return all
		}
		all = append(all, variant{name[1:], p})
	}
}

// rich is a pipeline that uses everything at once: two environments' worth of
// destinations, one of them off, sources and destinations with ports of their
// own, tags with spaces, several alert addresses.
func rich() *ir.Pipeline {
	p := irtest.RainShield()
	p.Env, p.Prefix = "staging", "rain-shield-staging"
	p.AWS.Region, p.AWS.ParamPath = "eu-central-1", "/tapestry/rain-shield/staging"
	p.AWS.Tags = []ir.Tag{{Key: "Cost Center", Value: "0042"}, {Key: "Name", Value: "umbrella"}, {Key: "tapestry:environment", Value: "staging"}, {Key: "tapestry:pipeline", Value: "rain-shield"}}
	p.AWS.Stacks = ir.Stacks{Foundation: "rain-shield-staging-foundation", Ingestion: "rain-shield-staging-ingestion", Sync: "rain-shield-staging-sync"}
	existingVPC(p)
	p.Ingestion.Data, p.Ingestion.Landing, p.Ingestion.Instance = ir.Instance, ir.S3, "m6i.large"
	p.Ingestion.Access, p.Sync.Access = access("eu-central-1", 15), access("eu-central-1", 17)
	p.Transform.Schedule = ir.Schedule{Cron: "30 6 * * 1-5", EventBus: "cron(30 6 ? * 2-6 *)", TZ: "Europe/Berlin", Origin: at(19)}
	p.Alerts = []string{"data@rainshield.example", "on-call@rainshield.example"}
	p.Sources[0].Config.Fields = append(p.Sources[0].Config.Fields, number("port", "5432"), ir.Field{Name: "tunnel_method", Value: ir.Value{Kind: ir.ObjectValue, Fields: []ir.Field{number("tunnel_port", "22")}}})
	p.Destinations = append(p.Destinations, destination("billing", true, "BILLING_PASSWORD"), destination("desk", false, "DESK_TOKEN"))
	for i, name := range []string{"BILLING_PASSWORD", "DESK_TOKEN"} {
		p.Secrets = append(p.Secrets, ir.Secret{Name: name, Param: "/tapestry/rain-shield/staging/" + name, Origins: []source.Span{at(80 + i)}})
	}
	return p
}

func number(name, digits string) ir.Field {
	return ir.Field{Name: name, Value: ir.Value{Kind: ir.NumberValue, Text: digits}}
}

func destination(id string, enabled bool, secret string) ir.Destination {
	return ir.Destination{ID: id, Engine: "grouparoo", Enabled: enabled, Syncs: []ir.Sync{{ID: id + ".all", Enabled: true}}, Grouparoo: ir.GrouparooDestination{Options: []ir.Field{
		{Name: "password", Value: ir.Value{Kind: ir.SecretValue, Secret: secret}}, number("port", "6543"),
	}}, Origin: at(70)}
}

// manySyncs is a pipeline of the size that makes the templates largest.
func manySyncs(n int) *ir.Pipeline {
	p := rich()
	p.AWS.Network, p.Ingestion.Data = ir.Network{CIDR: "10.20.0.0/16"}, ir.Managed
	for i := range n {
		name := fmt.Sprintf("SECRET_OF_DESTINATION_%d", i)
		p.Destinations = append(p.Destinations, destination(fmt.Sprintf("more%d", i), true, name))
		p.Secrets = append(p.Secrets, ir.Secret{Name: name, Param: p.AWS.ParamPath + "/" + name})
	}
	return p
}

// manual has no schedule for dbt, bare has no alerts, no syncs, no secrets.
func manual() *ir.Pipeline {
	p := irtest.RainShield()
	p.Transform.Schedule = ir.Schedule{Manual: true, Origin: at(17)}
	return p
}

func bare() *ir.Pipeline {
	p := irtest.RainShield()
	p.Alerts, p.Destinations, p.Secrets, p.Sources, p.Models = nil, nil, nil, nil, nil
	return p
}

package check

import (
	"regexp"

	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

var subnetForm = regexp.MustCompile(`^subnet-([0-9a-f]{8}|[0-9a-f]{17})$`)

// checkNetwork: an existing VPC comes with enough subnets (TAP503).
func checkNetwork(p *resolve.Program, add report) {
	n := p.File.AWS.Network
	if n == nil {
		return
	}
	seen := map[string]source.Span{}
	checkSubnets(n.PrivateSubnets, seen, add)
	checkSubnets(n.PublicSubnets, seen, add)
	if n.PrivateSubnets != nil && len(n.PrivateSubnets) < 2 {
		d := problem(BadSubnets, firstSpan(n.PrivateSubnets, n.Span), "private_subnets must name two subnets or more, in different zones")
		d.Detail = "Databases and tasks are spread over two zones, so that one may fail."
		add(d)
	}
	access, key := opened(p.File)
	switch {
	case lost(n.Given, "public_subnets", n.PublicSubnets != nil):
	case len(n.PublicSubnets) == 1:
		d := problem(BadSubnets, n.PublicSubnets[0].Span, "public_subnets must name two subnets or more, in different zones")
		d.Detail = "A load balancer stands in two zones."
		add(d)
	case len(n.PublicSubnets) == 0 && access != nil:
		d := problem(BadSubnets, access.Span, "%s.access needs public subnets, and the network names none", key)
		d.Detail = "A load balancer stands in two zones. Add public_subnets with two subnets or more."
		d.Related = append(d.Related, note(n.Span, "the network is here"))
		add(d)
	}
}

func firstSpan(items []spec.Text, other source.Span) source.Span {
	if len(items) > 0 {
		return items[0].Span
	}
	return other
}

// opened is the access block that is there, with the key it stands under.
func opened(f *spec.File) (*spec.Access, string) {
	if f.Ingestion.Access != nil {
		return f.Ingestion.Access, "ingestion"
	}
	return f.Sync.Access, "sync"
}

func checkSubnets(subnets []spec.Text, seen map[string]source.Span, add report) {
	for _, s := range subnets {
		if !s.Set {
			continue
		}
		if !subnetForm.MatchString(s.V) {
			d := problem(BadSubnets, s.Span, "%s is no subnet id", quote(s.V))
			d.Detail = "A subnet id is subnet- and 8 or 17 of the characters 0-9 and a-f, such as subnet-0abc12345678def90."
			add(d)
			continue
		}
		if first, twice := seen[s.V]; twice {
			d := problem(BadSubnets, s.Span, "the subnet %s is named twice", s.V)
			d.Detail = "Each subnet stands once, under private_subnets or under public_subnets. Load balancers and databases need subnets in different zones."
			d.Related = append(d.Related, note(first, "it is first named here"))
			add(d)
			continue
		}
		seen[s.V] = s.Span
	}
}

package cfn

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
)

// rule lets TCP traffic of one port through, to or from a network or a group.
type rule struct {
	port  int
	cidr  string
	group node
	why   string
}

func (r rule) common() obj {
	return obj{
		k("Description", str(r.why)), k("IpProtocol", str("tcp")),
		k("FromPort", num(r.port)), k("ToPort", num(r.port)),
	}
}

func (r rule) ingress() obj { return append(r.common(), r.peer("SourceSecurityGroupId")) }
func (r rule) egress() obj  { return append(r.common(), r.peer("DestinationSecurityGroupId")) }

func (r rule) peer(groupKey string) yamltree.Entry {
	switch {
	case r.group != nil:
		return k(groupKey, r.group)
	case strings.Contains(r.cidr, ":"):
		return k("CidrIpv6", str(r.cidr))
	}
	return k("CidrIp", str(r.cidr))
}

// noEgress stands where a group has no rule of its own: without any, EC2 would
// let everything out.
var noEgress = obj{
	k("Description", str("Nothing else leaves")), k("IpProtocol", str("-1")), k("CidrIp", str("127.0.0.1/32")),
}

// securityGroup adds a group. Rules between two groups are resources of their
// own, see reaches.
func (s *stack) securityGroup(id, description string, vpc node, in, out []rule) {
	properties := obj{k("GroupDescription", str(description)), k("VpcId", vpc)}
	if len(in) > 0 {
		var rules list
		for _, r := range in {
			rules = append(rules, r.ingress())
		}
		properties = append(properties, k("SecurityGroupIngress", rules))
	}
	var rules list
	for _, r := range out {
		rules = append(rules, r.egress())
	}
	if len(rules) == 0 {
		rules = list{noEgress}
	}
	s.add(id, "AWS::EC2::SecurityGroup", append(properties, k("SecurityGroupEgress", rules), s.tags()))
}

// reaches lets the members of group from open a port of the members of group
// to. Both sides are resources of their own, so that the groups do not depend
// on each other.
func (s *stack) reaches(from, to string, port int, why string) {
	s.add(from+"To"+to, "AWS::EC2::SecurityGroupEgress", append(obj{k("GroupId", att(from, "GroupId"))},
		rule{port: port, group: att(to, "GroupId"), why: why}.egress()...))
	s.add(to+"From"+from, "AWS::EC2::SecurityGroupIngress", append(obj{k("GroupId", att(to, "GroupId"))},
		rule{port: port, group: att(from, "GroupId"), why: why}.ingress()...))
}

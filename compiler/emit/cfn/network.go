package cfn

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
)

// webPort is where Grouparoo's web service and its health page listen.
const webPort = 8080

// zones are the last parts of the logical ids of what exists once a zone.
var zones = []string{"A", "B"}

// ownNetwork is a VPC over two zones. It gives the VPC's id.
func ownNetwork(s *stack) node {
	cidrs := subnetCIDRs(s.p.AWS.Network.CIDR, 2*len(zones))
	stackName := s.p.AWS.Stacks.Foundation
	s.group("Network: two zones, each with a public and a private subnet. Everything runs in the private ones.")
	s.add("Vpc", "AWS::EC2::VPC", obj{
		k("CidrBlock", str(s.p.AWS.Network.CIDR)), k("EnableDnsSupport", boolean(true)), k("EnableDnsHostnames", boolean(true)),
		s.tags(nameTag(stackName, "vpc")),
	})
	for i, zone := range zones {
		s.subnet("PublicSubnet"+zone, "public-"+strings.ToLower(zone), i, cidrs[i])
	}
	for i, zone := range zones {
		s.subnet("PrivateSubnet"+zone, "private-"+strings.ToLower(zone), i, cidrs[len(zones)+i])
	}
	internet(s)
	wayOut(s)
	flowLog(s)
	s.output(OutVPC, "VPC", ref("Vpc"))
	s.output(OutPrivateSubnets, "Private subnets, in two zones", joinCommas(ref("PrivateSubnetA"), ref("PrivateSubnetB")))
	s.output(OutPublicSubnets, "Public subnets, in two zones", joinCommas(ref("PublicSubnetA"), ref("PublicSubnetB")))
	s.output(OutEgressAddresses, "Address that all traffic leaves from; kept when the stack is deleted", att("NatAddress", "PublicIp"))
	return ref("Vpc")
}

func joinCommas(items ...node) node { return tagged("Join", list{str(","), list(items)}) }

func (s *stack) subnet(id, label string, zone int, cidr string) {
	s.add(id, "AWS::EC2::Subnet", obj{
		k("VpcId", ref("Vpc")), k("CidrBlock", str(cidr)),
		k("AvailabilityZone", selectFrom(int64(zone), tagged("GetAZs", str("")))),
		k("MapPublicIpOnLaunch", boolean(false)),
		s.tags(nameTag(s.p.AWS.Stacks.Foundation, label)),
	})
}

// internet connects the public subnets.
func internet(s *stack) {
	s.group("The public subnets hold the NAT, and load balancers where there are any.")
	s.add("InternetGateway", "AWS::EC2::InternetGateway", obj{s.tags()})
	s.add("InternetGatewayAttachment", "AWS::EC2::VPCGatewayAttachment", obj{
		k("VpcId", ref("Vpc")), k("InternetGatewayId", ref("InternetGateway")),
	})
	s.routeTable("Public", k("GatewayId", ref("InternetGateway")), "InternetGatewayAttachment")
}

// wayOut connects the private subnets through one address.
func wayOut(s *stack) {
	s.group("One way out, with one address that is kept: Snowflake's network rule names it.")
	s.add("NatAddress", "AWS::EC2::EIP", obj{k("Domain", str("vpc")), s.tags()}, dependsOn("InternetGatewayAttachment"), kept())
	s.add("Nat", "AWS::EC2::NatGateway", obj{
		k("AllocationId", att("NatAddress", "AllocationId")), k("SubnetId", ref("PublicSubnetA")), s.tags(),
	})
	s.routeTable("Private", k("NatGatewayId", ref("Nat")))
	s.add("S3Endpoint", "AWS::EC2::VPCEndpoint", obj{
		k("VpcEndpointType", str("Gateway")), k("VpcId", ref("Vpc")),
		k("ServiceName", sub("com.amazonaws.${AWS::Region}.s3")),
		k("RouteTableIds", list{ref("PrivateRoutes")}),
		s.tags(),
	})
}

// routeTable is the routes of the subnets of one kind, with one default route.
func (s *stack) routeTable(kind string, target yamltree.Entry, after ...string) {
	table := kind + "Routes"
	s.add(table, "AWS::EC2::RouteTable", obj{k("VpcId", ref("Vpc")), s.tags()})
	route := obj{k("RouteTableId", ref(table)), k("DestinationCidrBlock", str("0.0.0.0/0")), target}
	if len(after) > 0 {
		s.add(kind+"DefaultRoute", "AWS::EC2::Route", route, dependsOn(after...))
	} else {
		s.add(kind+"DefaultRoute", "AWS::EC2::Route", route)
	}
	for _, zone := range zones {
		s.add(kind+"Routes"+zone, "AWS::EC2::SubnetRouteTableAssociation", obj{
			k("RouteTableId", ref(table)), k("SubnetId", ref(kind+"Subnet"+zone)),
		})
	}
}

func flowLog(s *stack) {
	s.group("Who talked to whom, for the day when somebody asks.")
	s.logGroup("FlowLogs", flowLogs)
	s.role("FlowLogRole", "Writes the network's flow log", trust("vpc-flow-logs.amazonaws.com", sameAccount()),
		statement{sid: "WriteFlowLog", actions: []string{"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"},
			resources: []node{att("FlowLogs", "Arn")}})
	s.add("FlowLog", "AWS::EC2::FlowLog", obj{
		k("ResourceType", str("VPC")), k("ResourceId", ref("Vpc")), k("TrafficType", str("ALL")),
		k("LogDestinationType", str("cloud-watch-logs")), k("LogDestination", att("FlowLogs", "Arn")),
		k("DeliverLogsPermissionArn", att("FlowLogRole", "Arn")),
		s.tags(),
	})
}

// existingNetwork passes on the ids of a network that is there already. Its
// routes, and so the addresses that traffic leaves from, are its owner's.
func existingNetwork(s *stack) node {
	n := s.p.AWS.Network
	s.output(OutVPC, "VPC, as given", str(n.VPC))
	s.output(OutPrivateSubnets, "Private subnets, as given", str(strings.Join(n.PrivateSubnets, ",")))
	if s.hasPublicSubnets() {
		s.output(OutPublicSubnets, "Public subnets, as given", str(strings.Join(n.PublicSubnets, ",")))
	}
	if len(n.Egress) > 0 {
		s.output(OutEgressAddresses, "Addresses that traffic leaves from, as given", str(strings.Join(n.Egress, ",")))
	}
	return str(n.VPC)
}

// hasPublicSubnets reports whether a load balancer has somewhere to stand.
func (s *stack) hasPublicSubnets() bool {
	return s.p.AWS.Network.Own() || len(s.p.AWS.Network.PublicSubnets) >= len(zones)
}

// subnetCIDRs cuts the first n sixteenths out of a network.
func subnetCIDRs(network string, n int) []string {
	whole, _ := netip.ParsePrefix(network)
	bits := min(whole.Bits()+4, 28)
	address := whole.Masked().Addr()
	var all []string
	for range n {
		all = append(all, address.String()+"/"+strconv.Itoa(bits))
		address = skip(address, 1<<(32-bits))
	}
	return all
}

// skip gives the address n further on.
func skip(a netip.Addr, n uint32) netip.Addr {
	if !a.Is4() {
		return a
	}
	b := a.As4()
	sum := uint32(b[0])<<24 + uint32(b[1])<<16 + uint32(b[2])<<8 + uint32(b[3]) + n
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
}

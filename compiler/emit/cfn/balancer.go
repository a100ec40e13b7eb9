package cfn

import "github.com/tapestry-ci/tapestry-ci/compiler/ir"

const (
	httpsPort = 443
	tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06" // TLS 1.2 and 1.3
)

// balancer is a load balancer in two zones that takes HTTPS from the given
// networks only.
type balancer struct {
	access            *ir.Access
	name, targetGroup string
	targetType        string // instance | ip
	targets           list   // instances; tasks register themselves
	group             string // logical id of the targets' security group
	port              int
	health            string
	idleSeconds       int
	what              string // for descriptions: Airbyte
}

// The logical ids of a stack's load balancer.
const (
	balancerID       = "LoadBalancer"
	balancerGroup    = "LoadBalancerGroup"
	balancerListener = "LoadBalancerListener"
	balancerTargets  = "LoadBalancerTargets"
)

// balanced reports whether a stack gets a load balancer: it is asked for, and
// there are public subnets for it to stand in.
func (s *stack) balanced(access *ir.Access) bool { return access != nil && s.hasPublicSubnets() }

func (s *stack) balancer(b balancer) {
	s.group("Load balancer: HTTPS only, from the allowed networks only.")
	var in []rule
	for _, network := range b.access.Allow {
		in = append(in, rule{port: httpsPort, cidr: network, why: "HTTPS from an allowed network"})
	}
	s.securityGroup(balancerGroup, "Load balancer of "+b.what, s.foundation(OutVPC), in, nil)
	s.reaches(balancerGroup, b.group, b.port, "Web page of "+b.what)
	s.add(balancerID, "AWS::ElasticLoadBalancingV2::LoadBalancer", obj{
		k("Name", str(b.name)), k("Type", str("application")), k("Scheme", str("internet-facing")),
		k("Subnets", s.publicSubnets()), k("SecurityGroups", list{att(balancerGroup, "GroupId")}),
		k("LoadBalancerAttributes", attributes(
			"deletion_protection.enabled", s.protected(),
			"routing.http.drop_invalid_header_fields.enabled", str("true"),
			"idle_timeout.timeout_seconds", str(itoa(b.idleSeconds)),
			"access_logs.s3.enabled", str("true"),
			"access_logs.s3.bucket", s.foundation(OutArtifactBucket),
			"access_logs.s3.prefix", str(balancerLogs+"/"+b.name),
		)), s.tags(),
	})
	s.balancerTargets(b)
	s.add(balancerListener, "AWS::ElasticLoadBalancingV2::Listener", obj{
		k("LoadBalancerArn", ref(balancerID)), k("Protocol", str("HTTPS")), k("Port", num(httpsPort)),
		k("SslPolicy", str(tlsPolicy)), k("Certificates", list{obj{k("CertificateArn", str(b.access.Certificate))}}),
		k("DefaultActions", list{obj{k("Type", str("forward")), k("TargetGroupArn", ref(balancerTargets))}}),
		s.tags(),
	})
	s.output("Url", "Where "+b.what+" is reached; point the certificate's name here", sub("https://${"+balancerID+".DNSName}"))
}

// balancerTargets is where the load balancer sends to. Inside the VPC it speaks
// HTTP: neither Airbyte nor Grouparoo serves TLS itself.
func (s *stack) balancerTargets(b balancer) {
	properties := obj{
		k("Name", str(b.targetGroup)), k("VpcId", s.foundation(OutVPC)), k("TargetType", str(b.targetType)),
		k("Protocol", str("HTTP")), k("Port", num(b.port)),
		k("HealthCheckPath", str(b.health)), k("HealthCheckIntervalSeconds", num(30)),
		k("HealthyThresholdCount", num(2)), k("UnhealthyThresholdCount", num(5)), k("Matcher", obj{k("HttpCode", str("200"))}),
		k("TargetGroupAttributes", attributes("deregistration_delay.timeout_seconds", str("30"))),
	}
	if len(b.targets) > 0 {
		properties = append(properties, k("Targets", b.targets))
	}
	s.add(balancerTargets, "AWS::ElasticLoadBalancingV2::TargetGroup", append(properties, s.tags()))
}

// attributes is a list of keys and values, given in turn.
func attributes(pairs ...any) list {
	var all list
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, obj{k("Key", str(pairs[i].(string))), k("Value", pairs[i+1].(node))})
	}
	return all
}

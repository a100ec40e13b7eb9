package cfn

import "github.com/tapestry-ci/tapestry-ci/compiler/ir"

// The outputs of the foundation stack. Each is exported under
// "<stack name>-<output>". EgressAddresses is what Snowflake's network rule
// lets in: the NAT's elastic IP, or what the file says of an existing network.
const (
	OutVPC                 = "VpcId"
	OutPrivateSubnets      = "PrivateSubnets"
	OutPublicSubnets       = "PublicSubnets"
	OutEgressAddresses     = "EgressAddresses"
	OutConsoleGroup        = "ConsoleSecurityGroup"
	OutKey                 = "KeyArn"
	OutArtifactBucket      = "ArtifactBucket"
	OutTopic               = "TopicArn"
	OutGrouparooRepository = "GrouparooRepository"
	OutDbtRepository       = "DbtRepository"
)

// foundation is the stack that everything else stands on.
func foundation(p *ir.Pipeline) Template {
	s := &stack{p: p,
		comment: "The foundation of pipeline " + p.Name + " (" + p.Env + "): network, image repositories, key,\n" +
			"artefact bucket, alerts and logs. Applied first; the other stacks import its outputs.",
		description: "tapestry-ci: foundation of " + p.Prefix,
	}
	var vpc node
	if p.AWS.Network.Own() {
		vpc = ownNetwork(s)
	} else {
		vpc = existingNetwork(s)
	}
	consoleGroup(s, vpc)
	encryptionKey(s)
	artifactBucket(s)
	alerts(s)
	repositories(s)
	logGroups(s)
	return template(s, FoundationPath, p.AWS.Stacks.Foundation,
		nil, []string{"stack:foundation"}, p.AWS.Origin, p.AWS.Network.Origin)
}

// consoleGroup lets its members reach each other's web pages: the machine that
// a person's tunnel ends on, and Grouparoo's web service.
func consoleGroup(s *stack, vpc node) {
	s.group("Members may open each other's web page on port 8080. It is how a person reaches Grouparoo\n" +
		"through the SSM tunnel to the ingestion machine, without a load balancer.")
	s.securityGroup("ConsoleGroup", "Web pages that are reached through the SSM tunnel", vpc, nil, nil)
	s.add("ConsoleGroupIn", "AWS::EC2::SecurityGroupIngress", append(obj{k("GroupId", ref("ConsoleGroup"))},
		rule{port: webPort, group: ref("ConsoleGroup"), why: "Web page of another member"}.ingress()...))
	s.add("ConsoleGroupOut", "AWS::EC2::SecurityGroupEgress", append(obj{k("GroupId", ref("ConsoleGroup"))},
		rule{port: webPort, group: ref("ConsoleGroup"), why: "Web page of another member"}.egress()...))
	s.output(OutConsoleGroup, "Security group whose members may open each other's web page", ref("ConsoleGroup"))
}

func repositories(s *stack) {
	s.group("Image repositories. A tag is never moved, and deployments name images by digest.")
	for _, r := range []struct{ id, name, output string }{
		{"GrouparooRepository", s.p.AWS.Names.RepoGrouparoo, OutGrouparooRepository},
		{"DbtRepository", s.p.AWS.Names.RepoDbt, OutDbtRepository},
	} {
		s.add(r.id, "AWS::ECR::Repository", obj{
			k("RepositoryName", str(r.name)),
			k("ImageTagMutability", str("IMMUTABLE")),
			k("ImageScanningConfiguration", obj{k("ScanOnPush", boolean(true))}),
			k("EncryptionConfiguration", obj{k("EncryptionType", str("KMS")), k("KmsKey", att("Key", "Arn"))}),
			k("LifecyclePolicy", obj{k("LifecyclePolicyText", block(lifecyclePolicy))}),
			k("EmptyOnDelete", boolean(true)),
			s.tags(),
		}, disposable())
		s.output(r.output, "Where the image is pushed to", att(r.id, "RepositoryUri"))
	}
}

// Only tags of configurations are counted: each of them rests on the dependency
// image, which is pushed once and would be among the oldest soon.
const lifecyclePolicy = `{
  "rules": [
    {
      "rulePriority": 1,
      "description": "Images that lost their tag go after two weeks",
      "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14},
      "action": {"type": "expire"}
    },
    {
      "rulePriority": 2,
      "description": "The last 50 configurations stay, so that an older one can be put back",
      "selection": {"tagStatus": "tagged", "tagPrefixList": ["config-"], "countType": "imageCountMoreThan", "countNumber": 50},
      "action": {"type": "expire"}
    }
  ]
}
`

// logDays is how long logs are kept.
const logDays = 90

// The logs of the later stacks are made here, so that their first line has
// somewhere to go.
func logGroups(s *stack) {
	s.group("Logs")
	for _, g := range []struct{ id, leaf string }{
		{"AirbyteLogs", airbyteLogs}, {"GrouparooLogs", grouparooLogs}, {"DbtLogs", dbtLogs},
	} {
		s.logGroup(g.id, g.leaf)
	}
}

// The last parts of log groups' names.
const (
	airbyteLogs   = "/airbyte"
	grouparooLogs = "/grouparoo"
	dbtLogs       = "/dbt"
	flowLogs      = "/flow"
)

func (s *stack) logGroup(id, leaf string) {
	s.add(id, "AWS::Logs::LogGroup", obj{
		k("LogGroupName", str(s.p.AWS.Names.LogGroup+leaf)),
		k("RetentionInDays", num(logDays)),
		k("KmsKeyId", att("Key", "Arn")),
		s.tags(),
	}, disposable())
}

// alerts is the topic that every alarm goes to, and who reads it.
func alerts(s *stack) {
	s.group("Alerts. Each address has to confirm its subscription once.")
	s.add("Topic", "AWS::SNS::Topic", obj{
		k("TopicName", str(s.p.AWS.Names.Topic)),
		k("KmsMasterKeyId", ref("Key")),
		s.tags(),
	})
	s.add("TopicPolicy", "AWS::SNS::TopicPolicy", obj{
		k("Topics", list{ref("Topic")}),
		k("PolicyDocument", policyDocument(
			statement{sid: "Alarms", principal: service("cloudwatch.amazonaws.com"), actions: []string{"sns:Publish"}, resources: []node{ref("Topic")}, conditions: sameAccount()},
			statement{sid: "Events", why: eventsWithoutCondition, principal: service("events.amazonaws.com"), actions: []string{"sns:Publish"}, resources: []node{ref("Topic")}},
			statement{sid: "OnlyOverTLS", deny: true, principal: str("*"), actions: []string{"sns:Publish"},
				resources: []node{ref("Topic")}, conditions: condition("Bool", k("aws:SecureTransport", str("false")))},
		)),
	})
	for _, address := range s.p.Alerts {
		s.add("AlertTo"+shortHash(address), "AWS::SNS::Subscription", obj{
			k("TopicArn", ref("Topic")), k("Protocol", str("email")), k("Endpoint", str(address)),
		})
	}
	s.output(OutTopic, "Topic of all alarms", ref("Topic"))
}

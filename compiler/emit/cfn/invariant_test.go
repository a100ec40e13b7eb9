package cfn

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

func TestUserDataIsTheSameForEveryPipeline(t *testing.T) {
	other := irtest.RainShield()
	other.Name, other.Prefix, other.AWS.ParamPath = "other", "other", "/tapestry/other/production"
	other.AWS.Tags, other.AWS.Buckets.State = nil, "other-state"
	seen := map[string]bool{}
	for _, r := range resourcesOf(append(allVariants(), variant{"other", other})...) {
		if r.typ == "AWS::EC2::Instance" {
			seen[text(r.properties.Get("UserData"))] = true
		}
	}
	require.Len(t, seen, 1)
	assert.NotContains(t, userData(), "rain-shield")
	assert.Less(t, len(userData()), userDataLimit)
}

// TestSecretsAreExact holds, for every execution role, that what the role may
// read is what the containers of its tasks are given: no more, no less.
func TestSecretsAreExact(t *testing.T) {
	for _, v := range allVariants() {
		given, allowed := map[string][]string{}, map[string][]string{}
		for _, r := range resourcesOf(v) {
			switch r.typ {
			case "AWS::ECS::TaskDefinition":
				role := text(r.properties.Get("ExecutionRoleArn"))
				given[role] = append(given[role], valuesFrom(r.properties.Get("ContainerDefinitions"))...)
			case "AWS::IAM::Role":
				for _, st := range statementsIn(r.properties) {
					if slices.Contains([]string{"ReadSecrets", "ReadPasswords"}, field(st, "Sid")) && strings.HasSuffix(r.id, "ExecutionRole") {
						role := text(att(r.id, "Arn"))
						allowed[role] = append(allowed[role], texts(st.Get("Resource").(list))...)
					}
				}
			}
		}
		require.NotEmpty(t, given)
		for role, secrets := range given {
			assert.ElementsMatch(t, compact(secrets), compact(allowed[role]), "%s: %s", v.name, role)
		}
		assert.Len(t, allowed, len(given), v.name)
	}
}

// valuesFrom gives the secrets of containers, without the key inside a
// generated secret's JSON.
func valuesFrom(containers node) []string {
	var all []string
	walk(containers, func(n node) {
		m, ok := n.(obj)
		if !ok || m.Get("ValueFrom") == nil {
			return
		}
		from := m.Get("ValueFrom")
		if tag := from.(yamltree.Tagged); tag.Tag == "Sub" && strings.HasSuffix(string(tag.Value.(str)), "::") {
			id, _, _ := strings.Cut(strings.TrimPrefix(string(tag.Value.(str)), "${"), "}")
			from = ref(id)
		}
		all = append(all, text(from))
	})
	return all
}

func compact(all []string) []string {
	all = slices.Clone(all)
	slices.Sort(all)
	return slices.Compact(all)
}

func TestDisabledDestinationsGetNoSecret(t *testing.T) {
	p := rich()
	worker := resource(t, p, SyncPath, workerTask)
	names := []string{}
	for _, secret := range worker.properties.Get("ContainerDefinitions").(list)[0].(obj).Get("Secrets").(list) {
		names = append(names, field(secret.(obj), "Name"))
	}
	assert.Equal(t, []string{
		"SERVER_TOKEN", "GROUPAROO_OPTION__APP__snowflake_token",
		"GROUPAROO_OPTION__APP__MAILCHIMP_API_KEY", "GROUPAROO_OPTION__APP__BILLING_PASSWORD",
		"DB_PASS", "REDIS_PASS",
	}, names)
	for _, a := range Emit(p) {
		assert.NotContains(t, string(a.Content), "DESK_TOKEN")
	}
	p.Destinations[0].Enabled = false
	resource(t, p, SyncPath, workerService) // the worker stays
}

// wildcards are the statements that may say "*", by sid. Each has a comment in
// the template that says why.
var wildcards = []string{
	"AccountDecides", "Alarms", "BeManaged", "Events", "FollowBackup", "FollowUpgrade", "Logs", "Look", "ReportHealth", "SeeBackups", "SignInToRegistry",
}

func TestWildcardsAreTheKnownOnes(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range resourcesOf(allVariants()...) {
		for _, st := range statementsIn(r.properties) {
			resources, _ := st.Get("Resource").(list)
			for _, n := range resources {
				if n == str("*") {
					seen[field(st, "Sid")] = true
				}
			}
			for _, action := range st.Get("Action").(list) {
				if strings.HasSuffix(string(action.(str)), ":*") {
					assert.True(t, r.typ == "AWS::KMS::Key" || field(st, "Effect") == "Deny", "%s: %s", r, action)
				}
			}
		}
	}
	var sids []string
	for sid := range seen {
		sids = append(sids, sid)
	}
	assert.ElementsMatch(t, wildcards, sids)
}

func TestTaskRolesMayDoNothing(t *testing.T) {
	for _, r := range resourcesOf(allVariants()...) {
		if r.id == taskRole {
			assert.Nil(t, r.properties.Get("Policies"))
			assert.Nil(t, r.properties.Get("ManagedPolicyArns"))
		}
		if r.typ == "AWS::ECS::TaskDefinition" {
			assert.Equal(t, att(taskRole, "Arn"), r.properties.Get("TaskRoleArn"))
		}
	}
}

func TestLoadBalancersOnlyWithAccess(t *testing.T) {
	for _, v := range allVariants() {
		p := v.pipeline
		public := p.AWS.Network.Own() || len(p.AWS.Network.PublicSubnets) > 1
		want := map[string]bool{IngestionPath: p.Ingestion.Access != nil && public, SyncPath: p.Sync.Access != nil && public, FoundationPath: false}
		got := map[string]bool{}
		for _, r := range resourcesOf(v) {
			if r.typ == "AWS::ElasticLoadBalancingV2::LoadBalancer" {
				got[r.file] = true
				assert.Equal(t, str("internet-facing"), r.properties.Get("Scheme"))
			}
			if r.typ == "AWS::ElasticLoadBalancingV2::Listener" {
				assert.Equal(t, str("HTTPS"), r.properties.Get("Protocol"))
			}
		}
		for file, wanted := range want {
			assert.Equal(t, wanted, got[file], "%s %s", v.name, file)
		}
	}
}

// TestOnlyAllowedNetworksComeIn holds that networks stand in the inward rules
// of load balancers only, and are the allowed ones.
func TestOnlyAllowedNetworksComeIn(t *testing.T) {
	open := 0
	for _, r := range resourcesOf(allVariants()...) {
		in, _ := r.properties.Get("SecurityGroupIngress").(list)
		if r.typ == "AWS::EC2::SecurityGroupIngress" {
			in = list{r.properties}
		}
		for _, n := range in {
			m := n.(obj)
			if network := field(m, "CidrIp") + field(m, "CidrIpv6"); network != "" {
				open++
				assert.Equal(t, balancerGroup, r.id, r)
				assert.Equal(t, num(443), m.Get("FromPort"), r)
				assert.Contains(t, []string{"203.0.113.0/24", "2001:db8::/32"}, network, r)
			}
		}
	}
	assert.Positive(t, open)
}

// policyOf says what must happen to a resource that holds something.
var policyOf = map[string]string{
	"AWS::S3::Bucket": "Retain", "AWS::S3::BucketPolicy": "Retain", "AWS::KMS::Key": "Retain", "AWS::EC2::EIP": "Retain", "AWS::EC2::Volume": "Retain",
	"AWS::RDS::DBInstance": "Snapshot", "AWS::ElastiCache::ReplicationGroup": "Snapshot",
	"AWS::SecretsManager::Secret": "Delete", "AWS::Logs::LogGroup": "Delete", "AWS::ECR::Repository": "Delete",
}

func TestDataIsKept(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range resourcesOf(allVariants()...) {
		want := policyOf[r.typ]
		assert.Equal(t, want, field(r.body, "DeletionPolicy"), r)
		assert.Equal(t, want, field(r.body, "UpdateReplacePolicy"), r)
		seen[r.typ] = true
	}
	for typ := range policyOf {
		assert.True(t, seen[typ], "%s is in no template", typ)
	}
}

// untaggable are types without tags of their own. cfn-lint would refuse tags.
var untaggable = []string{
	"AWS::ApplicationAutoScaling::ScalingPolicy", "AWS::EC2::Route", "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress",
	"AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::VPCGatewayAttachment", "AWS::IAM::InstanceProfile", "AWS::KMS::Alias",
	"AWS::S3::BucketPolicy", "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy", "AWS::Scheduler::Schedule",
}

func TestEverythingTaggableIsTagged(t *testing.T) {
	for _, v := range allVariants() {
		for _, r := range resourcesOf(v) {
			if slices.Contains(untaggable, r.typ) {
				continue
			}
			if !assert.NotNil(t, r.properties.Get("Tags"), r) {
				continue
			}
			tags := text(r.properties.Get("Tags"))
			for _, tag := range v.pipeline.AWS.Tags {
				assert.Contains(t, tags, text(str(tag.Key))[3:len(text(str(tag.Key)))-1], "%s: tag %s", r, tag.Key)
			}
			assert.LessOrEqual(t, strings.Count(tags, "Key: Name\n"), 1, r)
		}
	}
}

// ruleText is what EC2 takes in descriptions of groups and rules.
var ruleText = regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}$`)

func TestSecurityGroupRulesSayWhatTheyAreFor(t *testing.T) {
	rules := 0
	for _, r := range resourcesOf(allVariants()...) {
		if r.typ == "AWS::EC2::SecurityGroup" {
			assert.Regexp(t, ruleText, field(r.properties, "GroupDescription"), r)
			assert.NotEmpty(t, r.properties.Get("SecurityGroupEgress"), "%s lets everything out", r)
		}
		walk(r.properties, func(n node) {
			if m, ok := n.(obj); ok && m.Get("IpProtocol") != nil {
				rules++
				assert.Regexp(t, ruleText, field(m, "Description"), r)
			}
		})
	}
	assert.Positive(t, rules)
}

func TestEgressIsHTTPSAndWhatConfigurationsName(t *testing.T) {
	ports := func(file, id string) []node {
		var all []node
		for _, n := range resource(t, rich(), file, id).properties.Get("SecurityGroupEgress").(list) {
			all = append(all, n.(obj).Get("FromPort"))
		}
		return all
	}
	assert.Equal(t, []node{num(22), num(443), num(5432)}, ports(IngestionPath, instanceGroup))
	assert.Equal(t, []node{num(443), num(6543)}, ports(SyncPath, grouparooGroup))
	assert.Equal(t, []node{num(443)}, ports(SyncPath, dbtGroup))
}

func TestImportsAreExported(t *testing.T) {
	for _, v := range allVariants() {
		exported := map[string]bool{}
		for _, template := range Templates(v.pipeline) {
			for _, e := range template.stack.outputs {
				exported[template.StackName+"-"+e.Key] = true
			}
			walk(template.stack.document().Root, func(n node) {
				if tag, ok := n.(yamltree.Tagged); ok && tag.Tag == "ImportValue" {
					assert.True(t, exported[string(tag.Value.(str))], "%s %s: %s", v.name, template.Path, tag.Value)
				}
			})
		}
	}
}

// physicalNames are the properties that give a resource a name of its own.
var physicalNames = map[string]string{
	"AWS::ECR::Repository": "RepositoryName", "AWS::KMS::Alias": "AliasName", "AWS::SNS::Topic": "TopicName", "AWS::Logs::LogGroup": "LogGroupName",
	"AWS::ECS::Cluster": "ClusterName", "AWS::Scheduler::ScheduleGroup": "Name", "AWS::SSM::Document": "Name", "AWS::SSM::Parameter": "Name",
	"AWS::ElasticLoadBalancingV2::LoadBalancer": "Name", "AWS::ElasticLoadBalancingV2::TargetGroup": "Name", "AWS::S3::Bucket": "BucketName",
	"AWS::ServiceDiscovery::PrivateDnsNamespace": "Name",
}

func TestNamesComeFromThePipeline(t *testing.T) {
	for _, v := range allVariants() {
		a := v.pipeline.AWS
		known := []string{a.Names.RepoGrouparoo, a.Names.RepoDbt, a.Names.KeyAlias, a.Names.Topic, a.Names.Cluster, a.Names.ScheduleGroup, a.Names.BackupDocument,
			a.Names.IngestionALB, a.Names.IngestionTargetGroup, a.Names.SyncALB, a.Names.SyncTargetGroup, v.pipeline.Params().Airbyte.Config, a.Stacks.Sync + ".internal"}
		for _, leaf := range []string{airbyteLogs, grouparooLogs, dbtLogs, flowLogs} {
			known = append(known, a.Names.LogGroup+leaf)
		}
		for _, base := range []string{a.Buckets.Artifacts, a.Buckets.State, a.Buckets.Landing} {
			known = append(known, base+"-${AWS::AccountId}-${AWS::Region}")
		}
		for _, r := range resourcesOf(v) {
			property, ok := physicalNames[r.typ]
			if !ok {
				continue
			}
			name := r.properties.Get(property)
			if tag, ok := name.(yamltree.Tagged); ok {
				name = tag.Value
			}
			assert.Contains(t, known, string(name.(str)), r)
		}
	}
}

func TestContainersAreLockedDown(t *testing.T) {
	for _, r := range resourcesOf(allVariants()...) {
		if r.typ != "AWS::ECS::TaskDefinition" {
			continue
		}
		for _, n := range r.properties.Get("ContainerDefinitions").(list) {
			c := n.(obj)
			assert.Equal(t, boolean(true), c.Get("ReadonlyRootFilesystem"), r)
			assert.NotNil(t, c.Get("LogConfiguration"), r)
			if r.id != "StateTask" { // its images start as root to step down by themselves
				assert.Equal(t, str(ContainerUser), c.Get("User"), r)
			}
		}
	}
}

func TestDataBucketsAreLogged(t *testing.T) {
	for _, r := range resourcesOf(allVariants()...) {
		if r.typ == "AWS::S3::Bucket" && r.id != "ArtifactBucket" {
			assert.NotNil(t, r.properties.Get("LoggingConfiguration"), r)
		}
	}
}

func TestAlarmsReachTheTopic(t *testing.T) {
	alarms := 0
	for _, r := range resourcesOf(allVariants()...) {
		if r.typ != "AWS::CloudWatch::Alarm" {
			continue
		}
		alarms++
		actions := r.properties.Get("AlarmActions").(list)
		assert.Equal(t, "ImportValue", actions[0].(yamltree.Tagged).Tag, r)
	}
	assert.Positive(t, alarms)
}

func TestNobodyTakesTheLandingRoleBeforeSnowflakeIsKnown(t *testing.T) {
	role := resource(t, rich(), IngestionPath, "LandingRole")
	statement := role.properties.Get("AssumeRolePolicyDocument").(obj).Get("Statement").(list)[0].(obj)
	effect := statement.Get("Effect").(yamltree.Tagged)
	assert.Equal(t, list{str("IntegrationExists"), str("Allow"), str("Deny")}, effect.Value)
	ingestion := Templates(rich())[1].stack
	for _, id := range []string{ParamSnowflakePrincipal, ParamSnowflakeExternalID} {
		assert.Equal(t, str(""), ingestion.parameters.Get(id).(obj).Get("Default"))
	}
	for _, r := range resourcesOf(variant{"", irtest.RainShield()}) {
		assert.NotEqual(t, "LandingRole", r.id)
	}
}

func TestManualTransformHasNoSchedule(t *testing.T) {
	for _, r := range resourcesOf(variant{"", manual()}) {
		assert.NotContains(t, r.typ, "Scheduler")
	}
	resource(t, manual(), SyncPath, dbtTask)
	schedule := resource(t, rich(), SyncPath, "Schedule")
	assert.Equal(t, str("Europe/Berlin"), schedule.properties.Get("ScheduleExpressionTimezone"))
	assert.Equal(t, str("cron(30 6 ? * 2-6 *)"), schedule.properties.Get("ScheduleExpression"))
}

func TestExistingNetworkIsLeftAlone(t *testing.T) {
	p := irtest.RainShield()
	existingVPC(p)
	for _, r := range resourcesOf(variant{"", p}) {
		for _, typ := range []string{"AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::EC2::Route", "AWS::EC2::FlowLog"} {
			assert.NotEqual(t, typ, r.typ, r)
		}
	}
	assert.Equal(t, str(strings.Join(p.AWS.Network.PrivateSubnets, ",")), Templates(p)[0].stack.outputs.Get(OutPrivateSubnets).(obj).Get("Value"))
}

func TestSubnetsAreCutFromTheNetwork(t *testing.T) {
	assert.Equal(t, []string{"10.20.0.0/20", "10.20.16.0/20", "10.20.32.0/20", "10.20.48.0/20"}, subnetCIDRs("10.20.0.0/16", 4))
	assert.Equal(t, []string{"192.168.1.0/28", "192.168.1.16/28", "192.168.1.32/28", "192.168.1.48/28"}, subnetCIDRs("192.168.1.0/24", 4))
}

func TestPortsInConfigurations(t *testing.T) {
	v := ir.Value{Fields: []ir.Field{number("port", "5432"), number("ssh_port", "22"), number("support", "1"), number("port_count", "2"), number("bad_port", "70000"),
		{Name: "hosts", Value: ir.Value{List: []ir.Value{{Fields: []ir.Field{number("port", "3306")}}}}}}}
	assert.Equal(t, []int{5432, 22, 3306}, portsIn(v))
}

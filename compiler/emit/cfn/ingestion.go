package cfn

import (
	"regexp"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

const airbytePort = 8000

// Outputs of the ingestion stack.
const (
	OutInstance      = "InstanceId"
	OutLandingBucket = "LandingBucket"
	OutLandingRole   = "LandingRoleArn"
)

// The logical ids that the parts of the ingestion stack share.
const (
	instanceID    = "Instance"
	instanceGroup = "InstanceGroup"
	instanceRole  = "InstanceRole"
	dataVolume    = "DataVolume"
	stateBucket   = "StateBucket"
	landingBucket = "LandingBucket"
)

// ingestion is the stack with Airbyte.
func ingestion(p *ir.Pipeline) Template {
	s := &stack{p: p,
		comment: "Ingestion of pipeline " + p.Name + " (" + p.Env + "): one machine with Airbyte, and its state.\n" +
			"Needs the outputs of stack " + p.AWS.Stacks.Foundation + ".",
		description: "tapestry-ci: ingestion of " + p.Prefix,
	}
	managed := p.Ingestion.Data == ir.Managed
	machineParameters(s)
	s.group("What may reach the machine, and what it may reach. People come through SSM, which opens no port.")
	s.securityGroup(instanceGroup, "Airbyte", s.foundation(OutVPC), nil, outward("Sources, Snowflake, container images", sourceConfigs(p)...))
	if managed {
		s.database(database{user: "airbyte", class: "db.t4g.small", from: instanceGroup, who: "Airbyte"})
		s.group("Airbyte's logs, connector state and job output")
		s.dataBucket(stateBucket, p.AWS.Buckets.State, []node{expireOld()})
	}
	if p.Ingestion.Landing == ir.S3 {
		landing(s)
	}
	machine(s)
	if !managed {
		volume(s)
	}
	machineConfig(s, managed)
	upgrade(s, managed)
	machineAlarms(s)
	if s.balanced(p.Ingestion.Access) {
		airbyteBalancer(s)
	}
	return template(s, IngestionPath, p.AWS.Stacks.Ingestion,
		[]string{"stack:foundation"}, []string{"stack:ingestion", "parameter:" + p.Params().Airbyte.Config, "parameter:" + p.Params().Airbyte.Credentials},
		append([]source.Span{p.AWS.Origin, p.AWS.Network.Origin, p.Ingestion.Origin}, accessSpan(p.Ingestion.Access)...)...)
}

func airbyteBalancer(s *stack) {
	s.balancer(balancer{
		access: s.p.Ingestion.Access, name: s.p.AWS.Names.IngestionALB, targetGroup: s.p.AWS.Names.IngestionTargetGroup,
		targetType: "instance", targets: list{obj{k("Id", ref(instanceID)), k("Port", num(airbytePort))}},
		group: instanceGroup, port: airbytePort, health: "/api/public/v1/health",
		idleSeconds: 900, // schema discovery answers late
		what:        "Airbyte",
	})
}

func sourceConfigs(p *ir.Pipeline) []ir.Value {
	var all []ir.Value
	for _, s := range p.Sources {
		all = append(all, s.Config)
	}
	return all
}

func accessSpan(a *ir.Access) []source.Span {
	if a == nil {
		return nil
	}
	return []source.Span{a.Origin}
}

func machineParameters(s *stack) {
	amazons, abctls := architecture(s.p.Ingestion.Instance)
	s.givenParameter(ParamImage, fromImage+amazons, "AWS::EC2::Image::Id",
		"Amazon Linux 2023, of the instance type's architecture. Apply finds the newest once and keeps it: another image replaces the machine.")
	s.parameter(ParamAbctl, "String", "Version of abctl, Airbyte's installer",
		k("Default", str(defaultAbctl)), k("AllowedPattern", str(`v\d+\.\d+\.\d+`)))
	// No default: which archive runs as root is for whoever applies to say.
	s.givenParameter(ParamAbctlDigest, fromAbctl+defaultAbctl+":"+abctls, "String",
		"SHA-256 of abctl's archive for Linux, of that version and of the architecture of the instance type. The machine installs no other.",
		k("AllowedPattern", str("[0-9a-f]{64}")))
	s.parameter(ParamChart, "String", "Version of Airbyte's Helm chart. A change is installed by the upgrade document, after a backup.",
		k("Default", str(defaultChart)), k("AllowedPattern", str(`\d+\.\d+\.\d+`)))
}

// graviton are the families of instance types with Amazon's own processors: a1,
// and those with a g right after their generation, such as t4g and m7gd.
var graviton = regexp.MustCompile(`^(a1|[a-z]+[0-9]+g[a-z]*)\.`)

// architecture gives the words that Amazon and abctl have for an instance type's
// processor.
func architecture(instance string) (amazons, abctls string) {
	if graviton.MatchString(instance) {
		return "arm64", "arm64"
	}
	return "x86_64", "amd64"
}

// machine is the instance, with nothing on it that is not on another disk or
// can be made again.
func machine(s *stack) {
	instancePolicies(s)
	s.group("The machine. Its user data is the same for every pipeline; it learns its parameters' path from the path\n" +
		"of its instance profile. Containers on it need two hops more to reach the metadata than the machine itself.")
	s.add("InstanceProfile", "AWS::IAM::InstanceProfile", obj{
		k("Path", str(s.p.AWS.ParamPath+"/")), k("Roles", list{ref(instanceRole)}),
	})
	s.add(instanceID, "AWS::EC2::Instance", obj{
		k("ImageId", ref(ParamImage)), k("InstanceType", str(s.p.Ingestion.Instance)),
		k("SubnetId", selectFrom(0, s.privateSubnets())),
		k("SecurityGroupIds", list{att(instanceGroup, "GroupId"), s.foundation(OutConsoleGroup)}),
		k("IamInstanceProfile", ref("InstanceProfile")),
		k("MetadataOptions", obj{k("HttpEndpoint", str("enabled")), k("HttpTokens", str("required")), k("HttpPutResponseHopLimit", num(3))}),
		k("BlockDeviceMappings", list{obj{k("DeviceName", str("/dev/xvda")), k("Ebs", obj{
			k("VolumeSize", num(100)), k("VolumeType", str("gp3")), k("Encrypted", boolean(true)), k("KmsKeyId", s.foundation(OutKey)),
			k("DeleteOnTermination", boolean(true)),
		})}}),
		k("Monitoring", boolean(true)), k("PropagateTagsToVolumeOnCreation", boolean(true)),
		k("UserData", tagged("Base64", block(userData()))),
		s.tags(nameTag(s.p.AWS.Stacks.Ingestion, "airbyte")),
	})
	s.output(OutInstance, "Machine that Airbyte runs on; tunnels end here", ref(instanceID))
}

// backupTag marks the volume that snapshots are taken of.
func backupTag(s *stack) ir.Tag { return ir.Tag{Key: "tapestry:backup", Value: s.p.Prefix} }

// volume keeps Airbyte's own database and files. The machine attaches it
// itself: an attachment in the template would have to be made before the old
// one is gone, which fails whenever the machine is replaced.
func volume(s *stack) {
	s.group("Airbyte's database and files, kept when the machine or the stack goes, with a snapshot every night.")
	s.add(dataVolume, "AWS::EC2::Volume", obj{
		k("AvailabilityZone", att(instanceID, "AvailabilityZone")),
		k("Size", num(100)), k("VolumeType", str("gp3")), k("Encrypted", boolean(true)), k("KmsKeyId", s.foundation(OutKey)),
		s.tags(nameTag(s.p.AWS.Stacks.Ingestion, "airbyte-data"), backupTag(s)),
	}, kept())
	ownSnapshots := condition("StringEquals", k("aws:ResourceTag/"+backupTag(s).Key, str(backupTag(s).Value)))
	snapshots := sub("arn:${AWS::Partition}:ec2:${AWS::Region}::snapshot/*")
	s.role("SnapshotRole", "Takes and expires the nightly snapshots", trust("dlm.amazonaws.com", sameAccount()),
		statement{sid: "TakeSnapshots", actions: []string{"ec2:CreateSnapshot"}, resources: []node{volumeARN()}, conditions: ownSnapshots},
		statement{sid: "MakeSnapshots", actions: []string{"ec2:CreateSnapshot", "ec2:CreateTags"}, resources: []node{snapshots}},
		statement{sid: "ExpireSnapshots", actions: []string{"ec2:DeleteSnapshot"}, resources: []node{snapshots}, conditions: ownSnapshots},
		statement{sid: "Look", why: "EC2 has no narrower resource for these.", actions: []string{"ec2:DescribeInstances", "ec2:DescribeVolumes", "ec2:DescribeSnapshots"}, resources: everything()},
	)
	s.add("Snapshots", "AWS::DLM::LifecyclePolicy", obj{
		k("Description", str("Nightly snapshots for "+s.p.Prefix)), k("State", str("ENABLED")), k("ExecutionRoleArn", att("SnapshotRole", "Arn")),
		k("PolicyDetails", obj{
			k("PolicyType", str("EBS_SNAPSHOT_MANAGEMENT")), k("ResourceTypes", strs("VOLUME")),
			k("TargetTags", list{obj{k("Key", str(backupTag(s).Key)), k("Value", str(backupTag(s).Value))}}),
			k("Schedules", list{obj{
				k("Name", str("Nightly")), k("CreateRule", obj{k("Interval", num(24)), k("IntervalUnit", str("HOURS")), k("Times", strs("02:00"))}),
				k("RetainRule", obj{k("Count", num(backupDays))}), k("CopyTags", boolean(true)),
			}}),
		}), s.tags(),
	})
}

func volumeARN() node { return arn("ec2", "volume/${"+dataVolume+"}") }

func machineAlarms(s *stack) {
	s.group("Alarms")
	instance := obj{dimension("InstanceId", ref(instanceID))}
	action := func(what string) []node {
		return []node{sub("arn:${AWS::Partition}:automate:${AWS::Region}:ec2:" + what)}
	}
	for _, a := range []alarm{
		{id: "CpuAlarm", says: "Airbyte's machine is busy", namespace: "AWS/EC2", metric: "CPUUtilization", statistic: "Average", threshold: 90, minutes: 5, periods: 6, missing: "ignore"},
		{id: "SystemCheckAlarm", says: "the host of Airbyte's machine failed; moved to another", namespace: "AWS/EC2", metric: "StatusCheckFailed_System", statistic: "Maximum", minutes: 1, periods: 5, missing: "ignore", actions: action("recover")},
		{id: "InstanceCheckAlarm", says: "Airbyte's machine does not answer; restarted", namespace: "AWS/EC2", metric: "StatusCheckFailed_Instance", statistic: "Maximum", minutes: 1, periods: 10, missing: "ignore", actions: action("reboot")},
		{id: "HealthAlarm", says: "Airbyte has not answered for 40 minutes", namespace: metricNamespace, metric: "Healthy", statistic: "Minimum", under: true, threshold: 1, minutes: 10, periods: 4, missing: "breaching"},
		{id: "DiskAlarm", says: "a disk of Airbyte's machine is nearly full", namespace: metricNamespace, metric: "DiskUsedPercent", statistic: "Maximum", threshold: 85, minutes: 10, periods: 3, missing: "ignore"},
		{id: "BackupAlarm", says: "there is no backup of Airbyte from the last 26 hours", namespace: metricNamespace, metric: "BackupAgeHours", statistic: "Minimum", threshold: 26, minutes: 60, periods: 1, missing: "ignore"},
	} {
		a.dimensions = instance
		s.alarm(a)
	}
}

// metricNamespace is the namespace of the machine's own metrics.
const metricNamespace = "Tapestry/Airbyte"

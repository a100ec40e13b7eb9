package stackdiff

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// one is a stack of one resource.
func one(kind, beside, properties string) Side {
	return stack(fmt.Sprintf("  A: {Type: \"%s\", %s Properties: {%s}}\n", kind, beside, properties))
}

// policies are both of them.
func policies(policy string) string {
	return fmt.Sprintf("DeletionPolicy: %s, UpdateReplacePolicy: %[1]s,", policy)
}

// Each change is of a resource A of that type.
var risks = []struct {
	name, kind     string
	beside, before string
	after          string
	want           string // action, risk and reason
}{
	{"machine in place", "AWS::EC2::Instance", "", "InstanceType: a, BlockDeviceMappings: [{DeviceName: /dev/xvda, Ebs: {VolumeSize: 9}}]", "InstanceType: b, BlockDeviceMappings: [{DeviceName: /dev/xvda, Ebs: {VolumeSize: 9}}]",
		"update | disruptive | the machine stops and starts"},
	{"machine whose disk is not told", "AWS::EC2::Instance", "", "InstanceType: a", "InstanceType: b",
		"replace? | disruptive | may be replaced: InstanceType changes; the machine stops and starts; the machine is made anew, and what is on its own disk is lost"},
	{"machine in a subnet, in another group", "AWS::EC2::Instance", "", "SubnetId: a, SecurityGroupIds: [a]", "SubnetId: a, SecurityGroupIds: [b]", "update | safe | changes in place"},
	{"machine in no subnet, in another group", "AWS::EC2::Instance", "", "SecurityGroupIds: [a]", "SecurityGroupIds: [b]",
		"replace? | disruptive | may be replaced: SecurityGroupIds changes; the machine is made anew, and what is on its own disk is lost"},
	{"machine made anew", "AWS::EC2::Instance", "", "SubnetId: a", "SubnetId: b",
		"replace | disruptive | is replaced: SubnetId changes; the machine is made anew, and what is on its own disk is lost"},
	{"machine whose tags change", "AWS::EC2::Instance", "", "Tags: [{Key: a, Value: b}]", "Tags: [{Key: a, Value: c}]", "update | safe | changes in place"},
	{"property nobody knows", "AWS::EC2::Instance", "", "Brandnew: a", "Brandnew: b",
		"replace? | disruptive | may be replaced: Brandnew is not known to leave it as it is; the machine is made anew, and what is on its own disk is lost"},
	{"type nobody knows", "AWS::Test::Thing", "", "A: a", "A: b",
		"replace? | destructive | may be replaced: A is not known to leave it as it is; loses whatever it holds: its type is not known here"},
	{"type nobody knows, kept", "AWS::Test::Thing", policies("Retain"), "A: a", "A: b",
		"replace? | disruptive | may be replaced: A is not known to leave it as it is; the old one is kept outside of the stack (UpdateReplacePolicy Retain), the new one starts empty"},
	{"snapshot of what has none", "AWS::Test::Thing", policies("Snapshot"), "A: a", "A: b",
		"replace? | destructive | may be replaced: A is not known to leave it as it is; loses whatever it holds: its type is not known here"},

	{"larger database", "AWS::RDS::DBInstance", "", "DBInstanceClass: a", "DBInstanceClass: b", "update | disruptive | the database is down for some minutes"},
	{"database made anew", "AWS::RDS::DBInstance", "", "DBName: a", "DBName: b", "replace | destructive | is replaced: DBName changes; loses the database with every row in it"},
	{"database made anew with a snapshot", "AWS::RDS::DBInstance", policies("Snapshot"), "DBName: a", "DBName: b",
		"replace | destructive | is replaced: DBName changes; a last snapshot is taken of the old one (UpdateReplacePolicy Snapshot), the new one starts empty"},
	{"DeletionPolicy does not count for that", "AWS::RDS::DBInstance", "DeletionPolicy: Retain,", "DBName: a", "DBName: b",
		"replace | destructive | is replaced: DBName changes; loses the database with every row in it"},
	{"UpdateReplacePolicy does", "AWS::RDS::DBInstance", "DeletionPolicy: Delete, UpdateReplacePolicy: Retain,", "DBName: a", "DBName: b",
		"replace | disruptive | is replaced: DBName changes; the old one is kept outside of the stack (UpdateReplacePolicy Retain), the new one starts empty"},
	{"database without protection", "AWS::RDS::DBInstance", "", "DeletionProtection: true", "DeletionProtection: false", "update | disruptive | DeletionProtection is true no longer"},
	{"database whose protection is left out", "AWS::RDS::DBInstance", "", "DeletionProtection: true", "", "update | disruptive | DeletionProtection is true no longer"},
	{"database that is protected", "AWS::RDS::DBInstance", "", "DeletionProtection: false", "DeletionProtection: true", "update | safe | changes in place"},
	{"fewer backups", "AWS::RDS::DBInstance", "", "BackupRetentionPeriod: 14", "BackupRetentionPeriod: 7",
		"update | disruptive | the database may restart; backups are kept for less long"},
	{"more disk", "AWS::RDS::DBInstance", "", "AllocatedStorage: 20", "AllocatedStorage: 40", "update | safe | changes in place"},
	{"balancer without protection", "AWS::ElasticLoadBalancingV2::LoadBalancer", "", "LoadBalancerAttributes: [{Key: x, Value: y}, {Key: deletion_protection.enabled, Value: true}]", "LoadBalancerAttributes: [{Key: x, Value: y}]",
		"update | disruptive | LoadBalancerAttributes.deletion_protection.enabled.Value is true no longer"},

	{"bucket of another name", "AWS::S3::Bucket", "", "BucketName: a", "BucketName: b", "replace | destructive | is replaced: BucketName changes; loses every object in it"},
	{"bucket without versions", "AWS::S3::Bucket", "", "VersioningConfiguration: {Status: Enabled}", "VersioningConfiguration: {Status: Suspended}",
		"update | disruptive | VersioningConfiguration.Status is Enabled no longer"},
	{"logs for less long", "AWS::Logs::LogGroup", "", "RetentionInDays: 90", "RetentionInDays: 30", "update | destructive | older lines are deleted"},
	{"logs that were for ever", "AWS::Logs::LogGroup", "", "", "RetentionInDays: 30", "update | destructive | older lines are deleted"},
	{"logs for longer", "AWS::Logs::LogGroup", "", "RetentionInDays: 30", "RetentionInDays: 90", "update | safe | changes in place"},
	{"images under another key", "AWS::ECR::Repository", "", "RepositoryName: a, EncryptionConfiguration: {EncryptionType: KMS, KmsKey: a}", "RepositoryName: a, EncryptionConfiguration: {EncryptionType: KMS, KmsKey: b}",
		"replace | destructive | is replaced: EncryptionConfiguration changes; CloudFormation refuses that while RepositoryName stays the same; loses every image in it"},
	{"nested property", "AWS::EC2::VPCEndpoint", "", "DnsOptions: {DnsRecordIpType: a}", "DnsOptions: {DnsRecordIpType: b}", "update | safe | changes in place"},
	{"nested property that replaces", "AWS::EC2::VPCEndpoint", "", "", "DnsOptions: {PrivateDnsPreference: a}",
		"replace | disruptive | is replaced: DnsOptions.PrivateDnsPreference changes; connections to the service that are open break"},
	{"volume under another key", "AWS::EC2::Volume", policies("Snapshot"), "KmsKeyId: a", "KmsKeyId: b",
		"replace? | disruptive | may be replaced: KmsKeyId changes; a last snapshot is taken of the old one (UpdateReplacePolicy Snapshot), the new one starts empty"},
	{"key that may not", "AWS::KMS::Key", "", "KeySpec: a", "KeySpec: b", "update | disruptive | CloudFormation refuses to change KeySpec"},
	{"task", "AWS::ECS::TaskDefinition", "", "Cpu: 256", "Cpu: 512", "replace | disruptive | is replaced: Cpu changes; running tasks are replaced one after the other"},
	{"node of Redis", "AWS::ElastiCache::ReplicationGroup", "", "CacheNodeType: a", "CacheNodeType: b", "update | disruptive | Redis moves to other nodes"},
	{"new version of a document", "AWS::SSM::Document", "", "UpdateMethod: NewVersion, Content: a", "UpdateMethod: NewVersion, Content: b", "update | safe | changes in place"},
	{"document", "AWS::SSM::Document", "", "UpdateMethod: Replace, Content: a", "UpdateMethod: Replace, Content: b", "replace? | safe | may be replaced: Content changes"},
}

func TestRisks(t *testing.T) {
	for _, c := range risks {
		lines := compare(t, one(c.kind, c.beside, c.before), one(c.kind, c.beside, c.after))
		assert.Equal(t, "A | "+c.want, lines[0], c.name)
		assert.GreaterOrEqual(t, len(lines), 2, c.name)
	}
}

func TestLockedResources(t *testing.T) {
	on, off := one("AWS::RDS::DBInstance", policies("Delete"), "DeletionProtection: true, DBName: a"), one("AWS::RDS::DBInstance", policies("Delete"), "DeletionProtection: false, DBName: b")
	const first = "DeletionProtection has to be switched off before"
	assert.Contains(t, compare(t, on, off)[0], first)
	assert.Contains(t, compare(t, on, stack("  {}"))[0], first)
	assert.NotContains(t, compare(t, off, on)[0], first)
	assert.NotContains(t, compare(t, off, stack("  {}"))[0], first)
}

// What happens to a resource that leaves the template.
func TestRemovals(t *testing.T) {
	for _, c := range []struct{ kind, beside, want string }{
		{"AWS::RDS::DBInstance", "DeletionPolicy: Delete,", "delete | destructive | leaves the template; loses the database with every row in it"},
		{"AWS::RDS::DBInstance", "", "delete | destructive | leaves the template; a last snapshot is taken (DeletionPolicy Snapshot, by default), and nothing loads it again by itself"},
		{"AWS::RDS::DBInstance", "DeletionPolicy: Snapshot,", "delete | destructive | leaves the template; a last snapshot is taken (DeletionPolicy Snapshot), and nothing loads it again by itself"},
		{"AWS::EC2::Volume", "", "delete | destructive | leaves the template; loses everything on the volume"},
		{"AWS::S3::Bucket", "UpdateReplacePolicy: Retain,", "delete | destructive | leaves the template; loses every object in it"},
		{"AWS::S3::Bucket", policies("Retain"), "keep | disruptive | leaves the template; it is kept outside of the stack (DeletionPolicy Retain)"},
		{"AWS::S3::Bucket", "DeletionPolicy: RetainExceptOnCreate,", "keep | disruptive | leaves the template; it is kept outside of the stack (DeletionPolicy Retain)"},
		{"AWS::S3::BucketPolicy", policies("Retain"), "keep | safe | leaves the template; it is kept outside of the stack (DeletionPolicy Retain)"},
		{"AWS::EC2::EIP", "", "delete | destructive | leaves the template; loses the address, which Snowflake's network rule names"},
		{"AWS::ECS::Service", "", "delete | disruptive | leaves the template; what still uses it stops working"},
		{"AWS::CloudWatch::Alarm", "", "delete | safe | leaves the template"},
		{"AWS::Test::Thing", "", "delete | destructive | leaves the template; loses whatever it holds: its type is not known here"},
	} {
		assert.Equal(t, []string{"A | " + c.want}, compare(t, one(c.kind, c.beside, ""), stack("  {}")), c.kind+c.beside)
	}
}

func TestPoliciesThatAreTakenAway(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{policies("Retain"), policies("Delete"), "update | disruptive | DeletionPolicy Retain is taken away: later changes can lose every object in it; UpdateReplacePolicy Retain is taken away: later changes can lose every object in it"},
		{"DeletionPolicy: Retain,", "", "update | disruptive | DeletionPolicy Retain is taken away: later changes can lose every object in it"},
		{"", policies("Retain"), "update | safe | changes in place"},
		{"", "Metadata: {a: b},", "update | safe | changes in place"},
		{"DependsOn: B,", "DependsOn: [B, C],", "update | safe | changes in place"},
	} {
		lines := compare(t, one("AWS::S3::Bucket", c.before, ""), one("AWS::S3::Bucket", c.after, ""))
		assert.Equal(t, "A | "+c.want, lines[0])
	}
	assert.Empty(t, compare(t, one("AWS::S3::Bucket", "DependsOn: B,", ""), one("AWS::S3::Bucket", "DependsOn: [B],", "")))
	assert.Empty(t, compare(t, one("AWS::S3::Bucket", "DependsOn: [B, C],", ""), one("AWS::S3::Bucket", "DependsOn: [C, B],", "")))
	// Retain that goes, or comes, with the replacement itself cannot be relied on.
	for _, pair := range [][2]string{{policies("Retain"), ""}, {"", policies("Retain")}} {
		lines := compare(t, one("AWS::S3::Bucket", pair[0], "BucketName: a"), one("AWS::S3::Bucket", pair[1], "BucketName: b"))
		assert.Contains(t, lines[0], "A | replace | destructive | is replaced: BucketName changes; ")
	}
}

// A resource whose condition stops to hold is still in the template, so that its
// policy there may be the one that counts.
func TestPolicyOfWhatIsSwitchedOff(t *testing.T) {
	side := func(condition, policy string) Side {
		return Side{Template: []byte(fmt.Sprintf("Conditions: {C: !Equals [a, %s]}\nResources: {A: {Type: \"AWS::S3::Bucket\", Condition: C, DeletionPolicy: %s}}\n", condition, policy))}
	}
	for _, c := range [][3]string{{"Retain", "Retain", "keep"}, {"Retain", "Delete", "delete"}, {"Delete", "Retain", "delete"}} {
		assert.Contains(t, compare(t, side("a", c[0]), side("b", c[1]))[0], "A | "+c[2])
	}
}

func TestTypeChanges(t *testing.T) {
	assert.Equal(t, []string{
		"A | replace | destructive | is replaced: its type changes, which CloudFormation refuses under one logical id: give it another; loses every object in it",
		"  Type: AWS::S3::Bucket -> AWS::SNS::Topic",
	}, compare(t, one("AWS::S3::Bucket", "", ""), one("AWS::SNS::Topic", "", "")))
}

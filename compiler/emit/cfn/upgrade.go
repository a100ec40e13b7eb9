package cfn

import "github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"

// upgrade is the document that takes a backup and then installs the version
// that the stack names. Nothing else changes Airbyte's version.
func upgrade(s *stack, managed bool) {
	backup := volumeBackup(s)
	statements := volumeBackupStatements()
	if managed {
		backup = databaseBackup()
		statements = databaseBackupStatements()
	}
	s.group("Upgrades: a backup first, then the version in " + ParamChart + ".")
	s.role("UpgradeRole", "Backs Airbyte up and upgrades it", trust("ssm.amazonaws.com", sameAccount()), append(statements,
		statement{sid: "RunUpgrade", actions: []string{"ssm:SendCommand"}, resources: []node{
			sub("arn:${AWS::Partition}:ssm:${AWS::Region}::document/AWS-RunShellScript"), arn("ec2", "instance/${"+instanceID+"}")}},
		statement{sid: "FollowUpgrade", why: "A command that was just sent has no name that could be said here.",
			actions: []string{"ssm:DescribeInstanceInformation", "ssm:ListCommands", "ssm:ListCommandInvocations"}, resources: everything()},
	)...)
	s.add("UpgradeDocument", "AWS::SSM::Document", obj{
		k("Name", str(s.p.AWS.Names.BackupDocument)), k("DocumentType", str("Automation")), k("DocumentFormat", str("YAML")),
		k("UpdateMethod", str("NewVersion")),
		k("Content", obj{
			k("schemaVersion", str("0.3")), k("description", str("Backs Airbyte up, then installs the version that stack "+s.p.AWS.Stacks.Ingestion+" names.")),
			k("assumeRole", att("UpgradeRole", "Arn")),
			k("mainSteps", append(backup, obj{
				k("name", str("upgrade")), k("action", str("aws:runCommand")), k("timeoutSeconds", num(5400)),
				k("inputs", obj{
					k("DocumentName", str("AWS-RunShellScript")), k("InstanceIds", list{ref(instanceID)}),
					k("Parameters", obj{k("commands", strs("/usr/local/sbin/tapestry-airbyte upgrade")), k("executionTimeout", strs("5400"))}),
				}), k("isEnd", boolean(true)),
			})),
		}), s.tags(),
	})
}

// step is one call of an AWS API in an automation.
func step(name, action string, inputs obj, more ...yamltree.Entry) node {
	return append(obj{k("name", str(name)), k("action", str(action)), k("inputs", inputs)}, more...)
}

const snapshotName = "tapestry-{{ automation:EXECUTION_ID }}"

func databaseBackup() list {
	return list{
		step("backUp", "aws:executeAwsApi", obj{k("Service", str("rds")), k("Api", str("CreateDBSnapshot")),
			k("DBInstanceIdentifier", ref(databaseID)), k("DBSnapshotIdentifier", str(snapshotName))}),
		step("waitForBackup", "aws:waitForAwsResourceProperty", obj{k("Service", str("rds")), k("Api", str("DescribeDBSnapshots")),
			k("DBSnapshotIdentifier", str(snapshotName)), k("PropertySelector", str("$.DBSnapshots[0].Status")), k("DesiredValues", strs("available"))},
			k("timeoutSeconds", num(3600))),
	}
}

func databaseBackupStatements() []statement {
	snapshots := arn("rds", "snapshot:tapestry-*")
	return []statement{
		{sid: "TakeBackup", actions: []string{"rds:CreateDBSnapshot", "rds:AddTagsToResource"}, resources: []node{att(databaseID, "DBInstanceArn"), snapshots}},
		{sid: "FollowBackup", actions: []string{"rds:DescribeDBSnapshots"}, resources: []node{att(databaseID, "DBInstanceArn"), snapshots}},
	}
}

func volumeBackup(s *stack) list {
	return list{
		step("backUp", "aws:executeAwsApi", obj{k("Service", str("ec2")), k("Api", str("CreateSnapshot")),
			k("VolumeId", ref(dataVolume)), k("Description", str("Before an upgrade of Airbyte: "+s.p.Prefix))},
			k("outputs", list{obj{k("Name", str("SnapshotId")), k("Selector", str("$.SnapshotId")), k("Type", str("String"))}})),
		step("waitForBackup", "aws:waitForAwsResourceProperty", obj{k("Service", str("ec2")), k("Api", str("DescribeSnapshots")),
			k("SnapshotIds", strs("{{ backUp.SnapshotId }}")), k("PropertySelector", str("$.Snapshots[0].State")), k("DesiredValues", strs("completed"))},
			k("timeoutSeconds", num(3600))),
	}
}

func volumeBackupStatements() []statement {
	return []statement{
		{sid: "TakeBackup", actions: []string{"ec2:CreateSnapshot"}, resources: []node{volumeARN(), sub("arn:${AWS::Partition}:ec2:${AWS::Region}::snapshot/*")}},
		{sid: "FollowBackup", why: "EC2 has no narrower resource for this.", actions: []string{"ec2:DescribeSnapshots"}, resources: everything()},
	}
}

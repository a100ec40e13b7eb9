package cfn

import "github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"

const (
	postgresPort    = 5432
	postgresMajor   = "17"
	postgresVersion = "17.9" // of a new database; RDS keeps up the minor version by itself
	backupDays      = 14
	gigabyte        = 1 << 30
)

// database is a Postgres on RDS, reached by one security group over TLS only.
type database struct {
	user  string // also the name of the first database
	class string
	from  string // logical id of the group that may reach it
	who   string // for descriptions: Airbyte
}

// The logical ids of a stack's database.
const (
	databaseID     = "Database"
	databaseSecret = "DatabaseSecret"
	databaseGroup  = "DatabaseGroup"
)

// database adds the database with its password, its network and its alarm.
// Deleting it takes a last snapshot, and takes switching off its protection
// first.
func (s *stack) database(d database) {
	s.group(d.who + "'s Postgres. Protected against deletion, backed up for " + itoa(backupDays) + " days, and snapshotted when it goes.")
	s.secret(databaseSecret, d.who+": user and password of Postgres", d.user)
	s.securityGroup(databaseGroup, "Postgres of "+d.who, s.foundation(OutVPC), nil, nil)
	s.reaches(d.from, databaseGroup, postgresPort, "Postgres of "+d.who)
	s.add("DatabaseSubnets", "AWS::RDS::DBSubnetGroup", obj{
		k("DBSubnetGroupDescription", str("Private subnets of "+s.p.Prefix)),
		k("SubnetIds", s.privateSubnets()), s.tags(),
	})
	s.add("DatabaseParameters", "AWS::RDS::DBParameterGroup", obj{
		k("Family", str("postgres"+postgresMajor)), k("Description", str("TLS only")),
		k("Parameters", obj{k("rds.force_ssl", str("1")), k("log_min_duration_statement", str("5000"))}), s.tags(),
	})
	s.role("DatabaseMonitoringRole", "Reports the operating system's figures of the database", trust("monitoring.rds.amazonaws.com", sameAccount()),
		statement{sid: "WriteFigures", actions: []string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:PutRetentionPolicy", "logs:DescribeLogStreams", "logs:GetLogEvents"},
			resources: []node{arn("logs", "log-group:RDSOSMetrics"), arn("logs", "log-group:RDSOSMetrics:log-stream:*")}})
	s.add(databaseID, "AWS::RDS::DBInstance", s.databaseProperties(d), snapshotted())
	s.alarm(alarm{id: "DatabaseDiskAlarm", says: d.who + "'s Postgres has less than 4 GB of disk left",
		namespace: "AWS/RDS", metric: "FreeStorageSpace", dimensions: obj{dimension("DBInstanceIdentifier", ref(databaseID))},
		statistic: "Minimum", under: true, threshold: 4 * gigabyte, minutes: 5, periods: 3, missing: "ignore"})
}

func (s *stack) databaseProperties(d database) obj {
	key := s.foundation(OutKey)
	return obj{
		k("Engine", str("postgres")), k("EngineVersion", str(postgresVersion)), k("DBInstanceClass", str(d.class)),
		k("DBName", str(d.user)), k("Port", str(itoa(postgresPort))),
		k("MasterUsername", str(d.user)),
		k("MasterUserPassword", sub("{{resolve:secretsmanager:${"+databaseSecret+"}:SecretString:password}}")),
		k("AllocatedStorage", str("20")), k("MaxAllocatedStorage", num(200)), k("StorageType", str("gp3")),
		k("StorageEncrypted", boolean(true)), k("KmsKeyId", key),
		yamltree.Entry{Key: "MultiAZ", Value: boolean(false), Comment: "One zone: a failed zone costs hours, not data. Point-in-time recovery covers the rest."},
		k("PubliclyAccessible", boolean(false)), k("DBSubnetGroupName", ref("DatabaseSubnets")),
		k("VPCSecurityGroups", list{att(databaseGroup, "GroupId")}),
		k("DBParameterGroupName", ref("DatabaseParameters")), k("CACertificateIdentifier", str("rds-ca-rsa2048-g1")),
		k("EnableIAMDatabaseAuthentication", boolean(true)),
		k("BackupRetentionPeriod", num(backupDays)), k("PreferredBackupWindow", str("02:00-02:30")),
		k("PreferredMaintenanceWindow", str("sun:03:00-sun:03:30")),
		k("CopyTagsToSnapshot", boolean(true)), k("DeleteAutomatedBackups", boolean(false)), k("DeletionProtection", s.protected()),
		k("AutoMinorVersionUpgrade", boolean(true)),
		k("EnableCloudwatchLogsExports", strs("postgresql", "upgrade")),
		k("MonitoringInterval", num(60)), k("MonitoringRoleArn", att("DatabaseMonitoringRole", "Arn")),
		k("EnablePerformanceInsights", boolean(true)), k("PerformanceInsightsKMSKeyId", key), k("PerformanceInsightsRetentionPeriod", num(7)),
		s.tags(),
	}
}

// secret is a generated password. With a user, it is JSON with both; without,
// the password is all of it.
func (s *stack) secret(id, description, user string) {
	generate := obj{k("PasswordLength", num(40)), k("ExcludePunctuation", boolean(true))}
	if user != "" {
		generate = append(obj{k("SecretStringTemplate", str(`{"username":"`+user+`"}`)), k("GenerateStringKey", str("password"))}, generate...)
	}
	s.add(id, "AWS::SecretsManager::Secret", obj{
		k("Description", str(description)), k("KmsKeyId", s.foundation(OutKey)), k("GenerateSecretString", generate), s.tags(),
	}, disposable())
}

// privateSubnets and publicSubnets are the lists that the foundation exports.
func (s *stack) privateSubnets() node { return splitCommas(s.foundation(OutPrivateSubnets)) }
func (s *stack) publicSubnets() node  { return splitCommas(s.foundation(OutPublicSubnets)) }

package cfn

const (
	redisPort    = 6379
	redisSecret  = "RedisSecret"
	redisGroup   = "RedisGroup"
	stateService = "StateService"
)

// managedState keeps Grouparoo's state in RDS and ElastiCache. It gives the
// variables by which Grouparoo finds them: single ones, because it does not
// decode passwords in URLs and ignores sslmode there. The image trusts Amazon's
// authorities where DATABASE_SSL is true.
func managedState(s *stack) environment {
	s.database(database{user: "grouparoo", class: "db.t4g.micro", from: grouparooGroup, who: "Grouparoo"})
	redis(s)
	return stateEnvironment(att(databaseID, "Endpoint.Address"), att(redisID, "PrimaryEndPoint.Address")).with(
		variable{"DATABASE_SSL", str("true")},
		variable{"REDIS_SSL", str("true")},
	)
}

func stateEnvironment(postgresHost, redisHost node) environment {
	return environment{
		values: []variable{
			{"DB_DIALECT", str("postgres")}, {"DB_HOST", postgresHost}, {"DB_PORT", str(itoa(postgresPort))},
			{"DB_DATABASE", str("grouparoo")}, {"DB_USER", str("grouparoo")},
			{"REDIS_HOST", redisHost}, {"REDIS_PORT", str(itoa(redisPort))}, {"REDIS_DB", str("0")},
		},
		generated: []generatedSecret{{"DB_PASS", databaseSecret, "password"}, {"REDIS_PASS", redisSecret, ""}},
	}
}

const redisID = "Redis"

func redis(s *stack) {
	s.group("Grouparoo's Redis: its queue of work. TLS and a token are required; a last snapshot is taken when it goes.")
	s.secret(redisSecret, "Grouparoo: token of Redis", "")
	s.securityGroup(redisGroup, "Redis of Grouparoo", s.foundation(OutVPC), nil, nil)
	s.reaches(grouparooGroup, redisGroup, redisPort, "Redis of Grouparoo")
	s.add("RedisSubnets", "AWS::ElastiCache::SubnetGroup", obj{
		k("Description", str("Private subnets of "+s.p.Prefix)), k("SubnetIds", s.privateSubnets()), s.tags(),
	})
	s.add("RedisParameters", "AWS::ElastiCache::ParameterGroup", obj{
		k("CacheParameterGroupFamily", str("redis7")), k("Description", str("A queue: nothing is dropped to make room")),
		k("Properties", obj{k("maxmemory-policy", str("noeviction"))}), s.tags(),
	})
	s.add(redisID, "AWS::ElastiCache::ReplicationGroup", obj{
		k("ReplicationGroupDescription", str("Queue of Grouparoo")), k("Engine", str("redis")), k("EngineVersion", str("7.1")),
		k("CacheNodeType", str("cache.t4g.micro")), k("NumCacheClusters", num(1)), k("AutomaticFailoverEnabled", boolean(false)),
		k("CacheParameterGroupName", ref("RedisParameters")), k("CacheSubnetGroupName", ref("RedisSubnets")),
		k("SecurityGroupIds", list{att(redisGroup, "GroupId")}), k("Port", num(redisPort)),
		k("TransitEncryptionEnabled", boolean(true)), k("AtRestEncryptionEnabled", boolean(true)), k("KmsKeyId", s.foundation(OutKey)),
		k("AuthToken", sub("{{resolve:secretsmanager:${"+redisSecret+"}:SecretString}}")),
		k("SnapshotRetentionLimit", num(7)), k("SnapshotWindow", str("02:00-03:00")), k("PreferredMaintenanceWindow", str("sun:03:30-sun:04:30")),
		k("AutoMinorVersionUpgrade", boolean(true)), s.tags(),
	}, snapshotted())
	s.alarm(alarm{id: "RedisMemoryAlarm", says: "Grouparoo's Redis is nearly full", namespace: "AWS/ElastiCache", metric: "DatabaseMemoryUsagePercentage",
		dimensions: obj{dimension("CacheClusterId", sub("${"+redisID+"}-001")), dimension("CacheNodeId", str("0001"))},
		statistic:  "Maximum", threshold: 80, minutes: 5, periods: 3, missing: "ignore"})
}

// containerState keeps Grouparoo's state in containers of its own service, for
// a trial.
func containerState(s *stack) environment {
	s.group("Grouparoo's state, for a trial. IT IS LOST whenever this task stops: at a deployment, at maintenance, when it\n" +
		"fails. Grouparoo then starts from nothing and sends every row again. `sync: {data: managed}` keeps it.")
	s.secret(databaseSecret, "Grouparoo: user and password of Postgres", "grouparoo")
	s.secret(redisSecret, "Grouparoo: token of Redis", "")
	s.securityGroup("StateGroup", "Postgres and Redis of Grouparoo", s.foundation(OutVPC), nil, outward("Container images, AWS"))
	for _, port := range []struct {
		number int
		id     string
	}{{postgresPort, "Postgres"}, {redisPort, "Redis"}} {
		r := rule{port: port.number, why: port.id + " of Grouparoo"}
		r.group = att("StateGroup", "GroupId")
		s.add("GrouparooTo"+port.id, "AWS::EC2::SecurityGroupEgress", append(obj{k("GroupId", att(grouparooGroup, "GroupId"))}, r.egress()...))
		r.group = att(grouparooGroup, "GroupId")
		s.add(port.id+"FromGrouparoo", "AWS::EC2::SecurityGroupIngress", append(obj{k("GroupId", att("StateGroup", "GroupId"))}, r.ingress()...))
	}
	host := str("state." + s.p.AWS.Stacks.Sync + ".internal")
	stateDirectory(s)
	stateTask(s)
	return stateEnvironment(host, host)
}

// stateDirectory gives the state's task a name that stays when its address
// changes.
func stateDirectory(s *stack) {
	s.add("StateNamespace", "AWS::ServiceDiscovery::PrivateDnsNamespace", obj{
		k("Name", str(s.p.AWS.Stacks.Sync+".internal")), k("Vpc", s.foundation(OutVPC)), s.tags(),
	})
	s.add("StateName", "AWS::ServiceDiscovery::Service", obj{
		k("Name", str("state")), k("NamespaceId", ref("StateNamespace")),
		k("DnsConfig", obj{k("RoutingPolicy", str("MULTIVALUE")), k("DnsRecords", list{obj{k("Type", str("A")), k("TTL", num(10))}})}),
		k("HealthCheckCustomConfig", obj{k("FailureThreshold", num(1))}), s.tags(),
	})
}

func stateTask(s *stack) {
	postgres := environment{
		values:    []variable{{"POSTGRES_USER", str("grouparoo")}, {"POSTGRES_DB", str("grouparoo")}, {"PGDATA", str("/var/lib/postgresql/data/here")}},
		generated: []generatedSecret{{"POSTGRES_PASSWORD", databaseSecret, "password"}},
	}
	queue := environment{generated: []generatedSecret{{"REDIS_TOKEN", redisSecret, ""}}}
	both := environment{generated: append(append([]generatedSecret{}, postgres.generated...), queue.generated...)}
	s.executionRole("StateExecutionRole", "Grouparoo's state", s.p.AWS.Names.RepoGrouparoo, grouparooLogs, both)
	s.taskDefinition(task{id: "StateTask", family: "state", cpu: 512, memory: 1024, execution: "StateExecutionRole", containers: []container{
		{name: "postgres", image: ref(ParamPostgresImage), logs: grouparooLogs, env: postgres, port: postgresPort,
			root: true, paths: []string{"/var/lib/postgresql/data", "/var/run/postgresql", "/tmp"},
			health: []string{"CMD-SHELL", "pg_isready -U grouparoo"}},
		{name: "redis", image: ref(ParamRedisImage), logs: grouparooLogs, env: queue, port: redisPort, root: true, paths: []string{"/data"},
			command: []string{"sh", "-c", `exec docker-entrypoint.sh redis-server --requirepass "$REDIS_TOKEN" --maxmemory-policy noeviction --save "" --appendonly no`},
			health:  []string{"CMD-SHELL", `REDISCLI_AUTH="$REDIS_TOKEN" redis-cli ping | grep -q PONG`}},
	}})
	properties := serviceProperties(s, "StateTask", 0, 100, att("StateGroup", "GroupId"))
	s.add(stateService, "AWS::ECS::Service", append(properties, k("DesiredCount", num(1)),
		k("ServiceRegistries", list{obj{k("RegistryArn", att("StateName", "Arn"))}}), s.tags()))
}

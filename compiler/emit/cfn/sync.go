package cfn

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Outputs of the sync stack.
const (
	OutCluster       = "Cluster"
	OutWebService    = "WebService"
	OutWorkerService = "WorkerService"
	OutDbtTask       = "DbtTask"
	OutDbtGroup      = "DbtSecurityGroup"
	// OutLedger is where the warehouse notes of what runs here are: the account, a
	// space, and the table as SQL. Whoever moves to another place finds them so.
	OutLedger = "SnowflakeLedger"
)

// The logical ids that the parts of the sync stack share.
const (
	clusterID      = "Cluster"
	grouparooGroup = "GrouparooGroup"
	grouparooRole  = "GrouparooExecutionRole"
	webRole        = "WebExecutionRole"
	dbtGroup       = "DbtGroup"
	dbtRole        = "DbtExecutionRole"
	webTask        = "WebTask"
	webService     = "WebService"
	workerTask     = "WorkerTask"
	workerService  = "WorkerService"
	dbtTask        = "DbtTask"
)

// syncStack is the stack with Grouparoo and dbt.
func syncStack(p *ir.Pipeline) Template {
	s := &stack{p: p,
		comment: "Sync of pipeline " + p.Name + " (" + p.Env + "): Grouparoo and the scheduled dbt run on Fargate.\n" +
			"Needs the outputs of stack " + p.AWS.Stacks.Foundation + ". Applied last: both need views and secrets that come before.",
		description: "tapestry-ci: sync of " + p.Prefix,
	}
	syncParameters(s)
	cluster(s)
	s.group("What may reach the tasks, and what they may reach")
	s.securityGroup(grouparooGroup, "Grouparoo", s.foundation(OutVPC), nil, outward("Snowflake, destinations, AWS", destinationConfigs(p)...))
	s.securityGroup(dbtGroup, "dbt", s.foundation(OutVPC), nil, outward("Snowflake, AWS"))
	var e environment
	if p.Sync.Data == ir.Containers {
		e = containerState(s)
	} else {
		e = managedState(s)
	}
	grouparooTasks(s, e)
	if s.balanced(p.Sync.Access) {
		s.balancer(balancer{
			access: p.Sync.Access, name: p.AWS.Names.SyncALB, targetGroup: p.AWS.Names.SyncTargetGroup, targetType: "ip",
			group: grouparooGroup, port: webPort, health: webHealth, idleSeconds: 120, what: "Grouparoo",
		})
	}
	services(s)
	dbt(s)
	taskAlarms(s)
	return template(s, SyncPath, p.AWS.Stacks.Sync, syncNeeds(p), []string{"stack:sync"}, syncOrigins(p)...)
}

func syncNeeds(p *ir.Pipeline) []string {
	needs := []string{"stack:foundation", "image:grouparoo", "image:dbt"}
	params := p.Params()
	for _, name := range []string{params.Grouparoo.ServerToken, params.Grouparoo.AdminEmail, params.Grouparoo.AdminPassword,
		params.Snowflake.GrouparooToken, params.Snowflake.DbtKey} {
		needs = append(needs, "parameter:"+name)
	}
	for _, secret := range destinationSecrets(p) {
		needs = append(needs, "secret:"+secret.Name)
	}
	for _, d := range p.Destinations {
		for _, sync := range d.Syncs {
			if d.Engine == "grouparoo" && d.Enabled && sync.Enabled {
				needs = append(needs, "view:"+p.Snowflake.Schemas.Syncs+"."+sync.View)
			}
		}
	}
	return needs
}

func syncOrigins(p *ir.Pipeline) []source.Span {
	all := append([]source.Span{p.AWS.Origin, p.AWS.Network.Origin, p.Sync.Origin, p.Transform.Origin, p.Transform.Schedule.Origin}, accessSpan(p.Sync.Access)...)
	for _, secret := range destinationSecrets(p) {
		all = append(all, secret.Origins...)
	}
	return all
}

func destinationConfigs(p *ir.Pipeline) []ir.Value {
	var all []ir.Value
	for _, d := range p.Destinations {
		if d.Enabled {
			all = append(all, ir.Value{Fields: d.Grouparoo.Options})
		}
	}
	return all
}

// destinationSecrets is the secrets that Grouparoo's configuration names, which
// are those of syncs that are on. A destination that is off gets nothing.
func destinationSecrets(p *ir.Pipeline) []ir.Secret {
	used := grouparoo.SecretNames(p)
	var all []ir.Secret
	for _, secret := range p.Secrets {
		if slices.Contains(used, secret.Name) {
			all = append(all, secret)
		}
	}
	return all
}

func syncParameters(s *stack) {
	digest := k("AllowedPattern", str(".+@sha256:[0-9a-f]{64}"))
	s.givenParameter(ParamGrouparooImage, fromGrouparooImage, "String", "Image of Grouparoo with this pipeline's configuration, by digest", digest)
	s.givenParameter(ParamDbtImage, fromDbtImage, "String", "Image of dbt with this pipeline's project, by digest", digest)
	s.parameter(ParamWorkerMinimum, "Number", "Fewest workers. With both at 0 nothing is synced.", k("Default", num(1)), k("MinValue", num(0)))
	s.parameter(ParamWorkerMaximum, "Number", "Most workers", k("Default", num(4)), k("MinValue", num(0)))
	if !s.p.Transform.Schedule.Manual {
		s.parameter(ParamScheduleState, "String", "Whether the scheduled dbt run happens", k("Default", str("ENABLED")), k("AllowedValues", strs("ENABLED", "DISABLED")))
	}
	if s.p.Sync.Data == ir.Containers {
		s.parameter(ParamPostgresImage, "String", "Image of Postgres", k("Default", str(defaultPostgres)))
		s.parameter(ParamRedisImage, "String", "Image of Redis", k("Default", str(defaultRedis)))
	}
}

func cluster(s *stack) {
	s.group("Cluster")
	s.add(clusterID, "AWS::ECS::Cluster", obj{
		k("ClusterName", str(s.p.AWS.Names.Cluster)),
		k("ClusterSettings", list{obj{k("Name", str("containerInsights")), k("Value", str("enabled"))}}),
		s.tags(),
	})
	s.output(OutCluster, "Cluster of all tasks", ref(clusterID))
	s.output(OutLedger, "Account and table with the notes of what runs here", str(ledgerPlace(s.p)))
}

func ledgerPlace(p *ir.Pipeline) string {
	s := p.Snowflake
	return migration.Set{Account: s.Account, Ledger: migration.Object{Name: sqlname.Qualified(s.Database, s.Schemas.Ledger, migration.LedgerTable)}}.Place()
}

func taskAlarms(s *stack) {
	s.group("Alarms")
	service := func(id string) obj {
		return obj{dimension("ClusterName", ref(clusterID)), dimension("ServiceName", att(id, "Name"))}
	}
	for _, a := range []alarm{
		{id: "WebRunningAlarm", says: "Grouparoo's web service does not run", dimensions: service(webService), threshold: 1},
		{id: "WorkerRunningAlarm", says: "there are fewer Grouparoo workers than there should be", dimensions: service(workerService), limit: ref(ParamWorkerMinimum)},
	} {
		a.namespace, a.metric, a.statistic, a.under = "ECS/ContainerInsights", "RunningTaskCount", "Minimum", true
		a.minutes, a.periods, a.missing = 1, 15, "breaching"
		s.alarm(a)
	}
	for _, a := range []alarm{
		{id: "WebCpuAlarm", says: "Grouparoo's web service is busy", dimensions: service(webService)},
		{id: "WorkerCpuAlarm", says: "Grouparoo's workers are busy, all that there may be", dimensions: service(workerService)},
	} {
		a.namespace, a.metric, a.statistic, a.threshold = "AWS/ECS", "CPUUtilization", "Average", 90
		a.minutes, a.periods, a.missing = 5, 6, "ignore"
		s.alarm(a)
	}
}

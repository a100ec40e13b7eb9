package ir

import "github.com/tapestry-ci/tapestry-ci/compiler/source"

// Pipeline is one tapestry.yaml in one environment.
type Pipeline struct {
	Name   string // rain-shield
	Env    string // production
	Prefix string // rain-shield in production, rain-shield-staging elsewhere; at most 24+1+16 characters

	AWS       AWS
	Snowflake Snowflake
	Ingestion Ingestion
	Sync      SyncEngine
	Transform Transform
	Alerts    []string // e-mail addresses, as written

	Sources      []Source
	Models       []Model // in an order in which every model comes after those it reads
	Destinations []Destination
	Secrets      []Secret
	UserSQL      []UserSQL // by name
	Origin       source.Span
}

// UserSQL is one file of the folder migrations beside the pipeline file.
type UserSQL struct {
	Name   string // 001_regions.sql
	SQL    string
	Origin source.Span
}

// Secret is a `${secret.X}` of the file. Its value is never part of a Pipeline.
type Secret struct {
	Name    string        // X
	Param   string        // SSM parameter: /tapestry/rain-shield/production/X
	UsedBy  []string      // "source:zoom", "destination:mailchimp"
	Origins []source.Span // every place that names it
}

// AWS is where everything runs.
type AWS struct {
	Region    string
	Tags      []Tag // by key; includes tapestry:pipeline and tapestry:environment
	Network   Network
	ParamPath string // /tapestry/rain-shield/production, no slash at the end

	Stacks  Stacks
	Buckets Buckets
	Names   AWSNames
	Origin  source.Span
}

// Tag is one resource tag.
type Tag struct{ Key, Value string }

// Network is an own VPC (VPC == "") or an existing one.
type Network struct {
	VPC            string
	PrivateSubnets []string // two or more, in file order, where VPC is set
	PublicSubnets  []string // may be empty: then there can be no load balancer
	Egress         []string // IPv4 addresses or networks that an existing VPC's traffic leaves from, sorted
	CIDR           string   // of the own VPC: 10.20.0.0/16
	Origin         source.Span
}

// Own reports whether the foundation stack makes the VPC.
func (n Network) Own() bool { return n.VPC == "" }

// Stacks are the names of the CloudFormation stacks.
type Stacks struct{ Foundation, Ingestion, Sync string }

// Buckets are the first parts of bucket names. The template appends
// "-<account id>-<region>", which lower has left room for (63 characters in
// all), because bucket names are unique in the world.
type Buckets struct {
	Artifacts, State, Landing string
	// Deploy holds ledger, lock and large templates. No stack makes it: apply
	// does, before the first of them.
	Deploy string
}

// AWSNames are names of single resources, within each service's limits.
type AWSNames struct {
	Cluster              string // ECS cluster
	IngestionALB         string // ≤32 characters, no edge hyphen, not internal-
	IngestionTargetGroup string
	SyncALB              string
	SyncTargetGroup      string
	RepoGrouparoo        string // ECR repositories
	RepoDbt              string
	LogGroup             string // /tapestry/rain-shield/production; groups below it end in /grouparoo, /dbt, /airbyte
	KeyAlias             string // alias/rain-shield
	Topic                string // SNS
	ScheduleGroup        string // EventBridge Scheduler
	BackupDocument       string // SSM document that upgrades Airbyte
}

// Ingestion is the self-hosted Airbyte.
type Ingestion struct {
	Instance string // t3.xlarge
	Data     DataPlace
	Landing  Landing
	Access   *Access // nil: no load balancer, reached through SSM
	Origin   source.Span

	WorkspaceName string
}

// SyncEngine is Grouparoo with its Postgres and Redis.
type SyncEngine struct {
	Data   DataPlace // Managed or Containers
	Access *Access
	Origin source.Span
}

// DataPlace says where a service keeps its own state.
type DataPlace string

// The places.
const (
	Managed    DataPlace = "managed"    // RDS, S3, ElastiCache
	Instance   DataPlace = "instance"   // a retained volume with snapshots (ingestion only)
	Containers DataPlace = "containers" // lost with the task (sync only)
)

// Landing says how raw data reaches Snowflake.
type Landing string

// The ways.
const (
	Direct Landing = "direct"
	S3     Landing = "s3"
)

// Access opens a load balancer, with TLS only, to the given networks.
type Access struct {
	Certificate string // ACM ARN
	Allow       []string
	Origin      source.Span
}

// Transform says when dbt runs.
type Transform struct {
	Schedule Schedule
	Origin   source.Span
}

// Schedule is either manual, or a rate of whole minutes that a cron can say, or
// a cron of five fields. The other forms are worked out by lower.
type Schedule struct {
	Manual   bool
	Minutes  int    // of a rate; 0 for a cron
	Cron     string // five fields, always set unless Manual
	Quartz   string // seconds first, `?` where Quartz wants it: "0 0 */6 * * ?"
	EventBus string // EventBridge: "rate(1 hour)" or "cron(0 */6 * * ? *)"
	TZ       string // IANA name; "UTC" unless said
	Origin   source.Span
}

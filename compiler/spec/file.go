package spec

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Short names for the values of the file.
type (
	// Text is a text of the file.
	Text = decode.Val[string]
	// Int is a whole number of the file.
	Int = decode.Val[int]
	// Bool is true or false.
	Bool = decode.Val[bool]
)

// File is a whole tapestry.yaml.
type File struct {
	Span         source.Span
	Version      Int                      `key:"version,required" doc:"Version of the language. There is one: 1." min:"1" max:"1" example:"1"`
	Name         Text                     `key:"name,required" doc:"Prefix of every resource: 2-24 characters, a-z, 0-9 and hyphens, first a letter." pattern:"^[a-z](-?[a-z0-9])+$" hint:"2-24 characters a-z, 0-9 and single hyphens inside, first a letter" example:"rain-shield"`
	AWS          AWS                      `key:"aws,required" doc:"Where everything runs."`
	Snowflake    Snowflake                `key:"snowflake,required" doc:"The warehouse."`
	Ingestion    Ingestion                `key:"ingestion" doc:"Self-hosted Airbyte. Everything here is optional."`
	Sync         Sync                     `key:"sync" doc:"Grouparoo, which sends rows to the destinations."`
	Transform    Transform                `key:"transform" doc:"When dbt runs."`
	Sources      decode.Map[Source]       `key:"sources" doc:"Where data comes from, by a name of your own."`
	Models       decode.Map[Model]        `key:"models" doc:"What is made of it: one table or view each."`
	Destinations decode.Map[Destination]  `key:"destinations" doc:"Where the result goes, by a name of your own."`
	Alerts       Alerts                   `key:"alerts" doc:"Who is told when something breaks."`
	Environments decode.Map[*source.Node] `key:"environments" doc:"Overlays, chosen with --env: maps merge, lists replace, null removes. production is the default."`
	Extra        struct{}                 `key:"x-*"`
	// Sound says that nothing was wrong with the file before the rules.
	Sound bool
}

// AWS is the aws block.
type AWS struct {
	Span    source.Span
	Region  Text             `key:"region,required" doc:"AWS region of every resource." example:"us-east-1"`
	Tags    decode.Map[Text] `key:"tags" doc:"Tags put on every resource."`
	Network *Network         `key:"network" doc:"An existing VPC. Without it the pipeline gets its own."`
}

// Network names an existing VPC.
type Network struct {
	Span           source.Span
	Given          decode.Given
	VPC            Text   `key:"vpc,required" doc:"VPC id." pattern:"^vpc-[0-9a-f]{8,17}$" hint:"a VPC id such as vpc-0abc12345678def90"`
	PrivateSubnets []Text `key:"private_subnets,required" doc:"Two or more subnets in different zones, with a way out to the internet through a NAT."`
	PublicSubnets  []Text `key:"public_subnets" doc:"Two or more subnets for load balancers. Needed with access."`
	Egress         []Text `key:"egress" doc:"IPv4 addresses or networks that traffic from the private subnets leaves from: those of the NAT. Needed, because Snowflake lets Grouparoo in from these only."`
}

// Snowflake is the snowflake block.
type Snowflake struct {
	Span      source.Span
	Given     decode.Given
	Account   Text      `key:"account,required" doc:"Account identifier: organisation, hyphen, account name." example:"myorg-account1"`
	Edition   Text      `key:"edition" doc:"standard, or enterprise: adds tag-based masking of pii columns." enum:"standard|enterprise|business_critical" default:"standard"`
	Database  Database  `key:"database" doc:"The database. Default: the name in upper case."`
	Warehouse Warehouse `key:"warehouse" doc:"Size of each of the three warehouses."`
	Masking   Bool      `key:"masking" doc:"Mask pii columns for every role but those of the pipeline. Default: true where the edition allows it."`
}

// Database names the database.
type Database struct {
	Span     source.Span
	Given    decode.Given
	Name     Text `key:"name" doc:"Database name. A plain name is stored in upper case."`
	Existing Bool `key:"existing" doc:"true: the database is there already and is not made."`
}

// Warehouse is the size of a warehouse.
type Warehouse struct {
	Span        source.Span
	Size        Text     `key:"size" doc:"Size of each warehouse." enum:"xsmall|small|medium|large|xlarge|xxlarge|xxxlarge|x4large|x5large|x6large" default:"xsmall"`
	AutoSuspend Duration `key:"auto_suspend" doc:"Idle time after which a warehouse stops: 60s to 24h. Default 60s."`
}

// Ingestion is the ingestion block.
type Ingestion struct {
	Span     source.Span
	Instance Text    `key:"instance" doc:"EC2 instance type: at least 2 CPUs and 8 GB." default:"t3.xlarge"`
	Data     Text    `key:"data" doc:"Where Airbyte keeps its own state: managed (RDS and S3) or instance (a retained volume with snapshots; cheaper)." enum:"managed|instance" default:"managed"`
	Landing  Text    `key:"landing" doc:"direct: Airbyte loads into Snowflake. s3: it writes files to a bucket of yours, which Snowflake loads through an external stage." enum:"direct|s3" default:"direct"`
	Access   *Access `key:"access" doc:"A load balancer in front. Without it people come through an SSM tunnel."`
}

// Access opens a load balancer.
type Access struct {
	Span        source.Span
	Given       decode.Given
	Certificate Text   `key:"certificate" doc:"ARN of an ACM certificate in the same region."`
	Allow       []Text `key:"allow" doc:"Networks (CIDR) that may connect."`
}

// Sync is the sync block.
type Sync struct {
	Span   source.Span
	Data   Text    `key:"data" doc:"Where Grouparoo keeps its state: managed (RDS and ElastiCache) or containers (for a trial: lost with the task)." enum:"managed|containers" default:"managed"`
	Access *Access `key:"access" doc:"A load balancer in front of Grouparoo's web pages."`
}

// Transform is the transform block.
type Transform struct {
	Span     source.Span
	Schedule Schedule `key:"schedule" doc:"When dbt runs. Default: 1h."`
}

// Alerts is the alerts block.
type Alerts struct {
	Span  source.Span
	Email []Text `key:"email" doc:"Addresses that get alarms."`
}

package cfn

// Parameters of the ingestion stack.
const (
	ParamImage = "AmiId"
	ParamAbctl = "AbctlVersion"
	// ParamAbctlDigest is the SHA-256 of abctl's archive. It has no default, as
	// abctl runs as root: apply has to give the one that belongs to the version.
	ParamAbctlDigest = "AbctlSha256"
	ParamChart       = "AirbyteChartVersion"
	// The two that Snowflake tells once its storage integration exists. Until
	// then nobody may take the role.
	ParamSnowflakePrincipal  = "SnowflakePrincipal"
	ParamSnowflakeExternalID = "SnowflakeExternalId"
)

// Parameters of the sync stack.
const (
	ParamGrouparooImage = "GrouparooImage" // repository@sha256:…
	ParamDbtImage       = "DbtImage"
	ParamPostgresImage  = "PostgresImage" // data: containers only
	ParamRedisImage     = "RedisImage"    // data: containers only
	ParamWorkerMinimum  = "WorkerMinimum"
	ParamWorkerMaximum  = "WorkerMaximum"
	ParamScheduleState  = "ScheduleState" // ENABLED | DISABLED
)

// ParamProtection is in every stack that has a database or a load balancer.
const ParamProtection = "DeletionProtection" // true | false

// Where the values of parameters come from; package settings has the words.
const (
	fromGrouparooImage = "image.grouparoo"
	fromDbtImage       = "image.dbt"
	fromPrincipal      = "snowflake.integration.principal"
	fromExternalID     = "snowflake.integration.external_id"
	fromImage          = "ami:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-" // and Amazon's word for the architecture
	fromAbctl          = "abctl:"                                                              // and version, colon, abctl's word for it
)

// The versions that a new pipeline starts with.
const (
	defaultAbctl    = "v0.30.4"
	defaultChart    = "2.2.0"
	defaultPostgres = "public.ecr.aws/docker/library/postgres:17-alpine"
	defaultRedis    = "public.ecr.aws/docker/library/redis:7-alpine"
)

// DbtPrivateKeyVariable holds dbt's private key; the profile reads it. dbt masks
// variables that begin with DBT_ENV_SECRET_ in its logs.
const DbtPrivateKeyVariable = "DBT_ENV_SECRET_PRIVATE_KEY"

// WritablePaths are the folders that a container may write to. Everything else
// is read-only, so an image has to declare each of them as a VOLUME that
// belongs to ContainerUser: Fargate takes owner and mode from there.
var WritablePaths = []string{"/tmp"}

// ContainerUser is who the processes run as: the user "node" of Node's images.
const ContainerUser = "1000:1000"

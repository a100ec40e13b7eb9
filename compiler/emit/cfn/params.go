package cfn

import "strings"

// Parameters of the ingestion stack.
const (
	ParamImage = "AmiId"
	ParamAbctl = "AbctlVersion"
	// ParamAbctlDigest is the SHA-256 of abctl's archive, or empty.
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

// The versions that a new pipeline starts with.
const (
	defaultAbctl    = "v0.30.4"
	defaultChart    = "2.2.0"
	defaultPostgres = "public.ecr.aws/docker/library/postgres:17-alpine"
	defaultRedis    = "public.ecr.aws/docker/library/redis:7-alpine"
)

// SSM parameters below the pipeline's path, beside the secrets of the file.
// CONFIG is made by the ingestion stack, CREDENTIALS by its machine, the others
// by the apply job, as SecureStrings under the pipeline's key.
const (
	LeafAirbyteConfig      = "/airbyte/CONFIG"
	LeafAirbyteCredentials = "/airbyte/CREDENTIALS"
	LeafServerToken        = "/grouparoo/SERVER_TOKEN"
	LeafSnowflakeToken     = "/grouparoo/SNOWFLAKE_TOKEN"
	LeafDbtPrivateKey      = "/dbt/PRIVATE_KEY"
)

// What the containers find in their environment.
const (
	// SnowflakeTokenOption is what a Grouparoo app says in place of Snowflake's
	// token; see AppOptionName. The double underscore keeps it apart from the
	// secrets of the file.
	SnowflakeTokenOption = "TAPESTRY__SNOWFLAKE_TOKEN"
	// DbtPrivateKeyVariable holds dbt's private key. dbt masks variables that
	// begin with DBT_ENV_SECRET_ in its logs.
	DbtPrivateKeyVariable = "DBT_ENV_SECRET_PRIVATE_KEY"
	// CABundle is where the Grouparoo image keeps the certificates of RDS.
	CABundle = "/etc/ssl/certs/rds-global-bundle.pem"
)

// WritablePaths are the folders that a container may write to. Everything else
// is read-only, so an image has to declare each of them as a VOLUME that
// belongs to ContainerUser: Fargate takes owner and mode from there.
var WritablePaths = []string{"/tmp"}

// ContainerUser is who the processes run as: the user "node" of Node's images.
const ContainerUser = "1000:1000"

// AppOptionName is what an option of a Grouparoo app says in place of a secret.
// Grouparoo replaces an option whose value is, letter by letter, the end of a
// variable's name that begins with GROUPAROO_OPTION__APP__.
func AppOptionName(secret string) string { return strings.ToUpper(secret) }

// AppOptionVariable is the environment variable that holds the secret itself.
func AppOptionVariable(secret string) string {
	return "GROUPAROO_OPTION__APP__" + AppOptionName(secret)
}

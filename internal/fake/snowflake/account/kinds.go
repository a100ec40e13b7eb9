package account

// The kinds of objects.
const (
	theAccount    = "ACCOUNT"
	role          = "ROLE"
	user          = "USER"
	warehouse     = "WAREHOUSE"
	monitor       = "RESOURCE MONITOR"
	database      = "DATABASE"
	schema        = "SCHEMA"
	policy        = "NETWORK POLICY"
	rule          = "NETWORK RULE"
	integration   = "INTEGRATION"
	stage         = "STAGE"
	fileFormat    = "FILE FORMAT"
	tag           = "TAG"
	maskingPolicy = "MASKING POLICY"
	table         = "TABLE"
	view          = "VIEW"
)

// kind is what there is to know about one kind of object.
type kind struct {
	name, plural string
	depth        int // parts of its full name: 1 of the account, 2 of a database, 3 of a schema
	ifNotExists  bool
	props        shapes
	required     []string
	// privileges that can be granted on it, besides OWNERSHIP.
	privileges []string
}

var userProps = shapes{
	"PASSWORD": text, "LOGIN_NAME": text, "DISPLAY_NAME": text, "FIRST_NAME": text, "LAST_NAME": text, "EMAIL": text,
	"TYPE": oneOf("PERSON", "SERVICE", "LEGACY_SERVICE"), "COMMENT": text, "DISABLED": boolean, "MUST_CHANGE_PASSWORD": boolean,
	"DEFAULT_ROLE": named, "DEFAULT_WAREHOUSE": named, "DEFAULT_NAMESPACE": named, "DEFAULT_SECONDARY_ROLES": secondaryRoles,
	"RSA_PUBLIC_KEY": publicKey, "RSA_PUBLIC_KEY_2": publicKey, "NETWORK_POLICY": named,
	"WORKLOAD_IDENTITY": nested(shapes{"TYPE": oneOf("OIDC"), "ISSUER": text, "SUBJECT": text, "OIDC_AUDIENCE_LIST": texts}),
	"QUERY_TAG":         text, "TIMEZONE": text,
	"STATEMENT_TIMEOUT_IN_SECONDS": number,
}

var sizes = oneOf("XSMALL", "X-SMALL", "SMALL", "MEDIUM", "LARGE", "XLARGE", "X-LARGE", "XXLARGE", "X2LARGE", "2X-LARGE", "XXXLARGE", "X3LARGE", "3X-LARGE",
	"X4LARGE", "4X-LARGE", "X5LARGE", "5X-LARGE", "X6LARGE", "6X-LARGE")

// sizeNames is how SHOW WAREHOUSES writes a size.
var sizeNames = map[string]string{
	"XSMALL": "X-Small", "X-SMALL": "X-Small", "SMALL": "Small", "MEDIUM": "Medium", "LARGE": "Large", "XLARGE": "X-Large", "X-LARGE": "X-Large",
	"XXLARGE": "2X-Large", "X2LARGE": "2X-Large", "2X-LARGE": "2X-Large", "XXXLARGE": "3X-Large", "X3LARGE": "3X-Large", "3X-LARGE": "3X-Large",
	"X4LARGE": "4X-Large", "4X-LARGE": "4X-Large", "X5LARGE": "5X-Large", "5X-LARGE": "5X-Large", "X6LARGE": "6X-Large", "6X-LARGE": "6X-Large",
}

func warehouseSize(p *parser, property string) string { return sizeNames[sizes(p, property)] }

var warehouseProps = shapes{
	"WAREHOUSE_SIZE": warehouseSize, "WAREHOUSE_TYPE": oneOf("STANDARD", "SNOWPARK-OPTIMIZED"), "AUTO_SUSPEND": number, "AUTO_RESUME": boolean,
	"INITIALLY_SUSPENDED": boolean, "RESOURCE_MONITOR": named, "COMMENT": text, "MIN_CLUSTER_COUNT": number, "MAX_CLUSTER_COUNT": number,
	"SCALING_POLICY": oneOf("STANDARD", "ECONOMY"), "MAX_CONCURRENCY_LEVEL": number, "ENABLE_QUERY_ACCELERATION": boolean,
	"STATEMENT_TIMEOUT_IN_SECONDS": number, "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS": number,
}

var monitorProps = shapes{
	"CREDIT_QUOTA": number, "FREQUENCY": oneOf("MONTHLY", "DAILY", "WEEKLY", "YEARLY", "NEVER"), "START_TIMESTAMP": oneOf("IMMEDIATELY"),
	"NOTIFY_USERS": func(p *parser, property string) string { return ruleNames(p, property) },
}

var integrationProps = shapes{
	"TYPE": oneOf("EXTERNAL_STAGE"), "STORAGE_PROVIDER": oneOf("S3"), "ENABLED": boolean, "STORAGE_AWS_ROLE_ARN": text,
	"STORAGE_AWS_EXTERNAL_ID": text, "STORAGE_AWS_OBJECT_ACL": text, "STORAGE_ALLOWED_LOCATIONS": texts, "STORAGE_BLOCKED_LOCATIONS": texts, "COMMENT": text,
}

var formatTypes = oneOf("CSV", "JSON", "AVRO", "ORC", "PARQUET", "XML")

var formatProps = shapes{
	"TYPE": formatTypes, "COMPRESSION": oneOf("AUTO", "GZIP", "BZ2", "BROTLI", "ZSTD", "DEFLATE", "RAW_DEFLATE", "NONE", "SNAPPY", "LZO"),
	"STRIP_OUTER_ARRAY": boolean, "STRIP_NULL_VALUES": boolean, "TRIM_SPACE": boolean, "ALLOW_DUPLICATE": boolean, "COMMENT": text,
}

var stageProps = shapes{
	"URL": text, "STORAGE_INTEGRATION": named, "COMMENT": text,
	"FILE_FORMAT": nested(shapes{"FORMAT_NAME": named, "TYPE": formatTypes, "STRIP_OUTER_ARRAY": boolean, "COMPRESSION": formatProps["COMPRESSION"]}),
	"DIRECTORY":   nested(shapes{"ENABLE": boolean}),
}

var containerProps = shapes{"COMMENT": text, "DATA_RETENTION_TIME_IN_DAYS": number, "MAX_DATA_EXTENSION_TIME_IN_DAYS": number, "DEFAULT_DDL_COLLATION": text}

var schemaCreates = []string{
	"CREATE TABLE", "CREATE VIEW", "CREATE STAGE", "CREATE FILE FORMAT", "CREATE TAG", "CREATE MASKING POLICY", "CREATE NETWORK RULE",
	"CREATE SEQUENCE", "CREATE FUNCTION", "CREATE PROCEDURE", "CREATE PIPE", "CREATE STREAM", "CREATE TASK", "CREATE DYNAMIC TABLE",
	"CREATE MATERIALIZED VIEW", "CREATE EXTERNAL TABLE", "CREATE SECRET", "CREATE ROW ACCESS POLICY", "CREATE TEMPORARY TABLE",
}

var accountPrivileges = []string{
	"CREATE ROLE", "CREATE USER", "CREATE DATABASE", "CREATE WAREHOUSE", "CREATE INTEGRATION", "CREATE NETWORK POLICY",
	"APPLY MASKING POLICY", "APPLY ROW ACCESS POLICY", "APPLY TAG", "MANAGE GRANTS", "MANAGE WAREHOUSES", "MANAGE USER SUPPORT CASES",
	"MONITOR USAGE", "MONITOR EXECUTION", "MONITOR", "EXECUTE TASK", "EXECUTE MANAGED TASK", "ATTACH POLICY", "CREATE SHARE", "IMPORT SHARE",
}

// kinds in the order in which a statement's words are tried, the longer first.
var kinds = []*kind{
	{name: theAccount, privileges: accountPrivileges},
	{name: role, plural: "ROLES", depth: 1, ifNotExists: true, props: shapes{"COMMENT": text}},
	{name: user, plural: "USERS", depth: 1, ifNotExists: true, props: userProps, privileges: []string{"MONITOR", "MODIFY PROGRAMMATIC AUTHENTICATION METHODS"}},
	{name: warehouse, plural: "WAREHOUSES", depth: 1, ifNotExists: true, props: warehouseProps, privileges: []string{"USAGE", "OPERATE", "MODIFY", "MONITOR"}},
	{name: monitor, plural: "RESOURCE MONITORS", depth: 1, ifNotExists: true, props: monitorProps, privileges: []string{"MODIFY", "MONITOR"}},
	{name: database, plural: "DATABASES", depth: 1, ifNotExists: true, props: containerProps, privileges: []string{"USAGE", "CREATE SCHEMA", "MODIFY", "MONITOR", "CREATE DATABASE ROLE"}},
	{name: schema, plural: "SCHEMAS", depth: 2, ifNotExists: true, props: containerProps, privileges: append([]string{"USAGE", "MODIFY", "MONITOR"}, schemaCreates...)},
	{name: policy, plural: "NETWORK POLICIES", depth: 1, ifNotExists: true, props: shapes{"COMMENT": text, "ALLOWED_NETWORK_RULE_LIST": ruleNames, "BLOCKED_NETWORK_RULE_LIST": ruleNames,
		"ALLOWED_IP_LIST": addresses, "BLOCKED_IP_LIST": addresses}},
	{name: rule, plural: "NETWORK RULES", depth: 3, props: shapes{"TYPE": oneOf("IPV4"), "MODE": oneOf("INGRESS"), "VALUE_LIST": addresses, "COMMENT": text},
		required: []string{"TYPE", "VALUE_LIST"}, privileges: []string{"USAGE"}},
	{name: integration, plural: "INTEGRATIONS", depth: 1, ifNotExists: true, props: integrationProps,
		required: []string{"TYPE", "STORAGE_PROVIDER", "ENABLED", "STORAGE_AWS_ROLE_ARN", "STORAGE_ALLOWED_LOCATIONS"}, privileges: []string{"USAGE"}},
	{name: stage, plural: "STAGES", depth: 3, ifNotExists: true, props: stageProps, privileges: []string{"USAGE", "READ", "WRITE"}},
	{name: fileFormat, plural: "FILE FORMATS", depth: 3, ifNotExists: true, props: formatProps, privileges: []string{"USAGE"}},
	{name: tag, plural: "TAGS", depth: 3, ifNotExists: true, props: shapes{"COMMENT": text}, privileges: []string{"APPLY", "READ"}},
	{name: maskingPolicy, plural: "MASKING POLICIES", depth: 3, ifNotExists: true, props: shapes{"COMMENT": text}, privileges: []string{"APPLY"}},
	{name: table, plural: "TABLES", depth: 3, ifNotExists: true, props: shapes{"COMMENT": text},
		privileges: []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "EVOLVE SCHEMA"}},
	{name: view, plural: "VIEWS", depth: 3, ifNotExists: true, props: shapes{"COMMENT": text}, privileges: []string{"SELECT", "REFERENCES"}},
}

func kindOf(name string) *kind {
	for _, k := range kinds {
		if k.name == name {
			return k
		}
	}
	return &kind{name: name}
}

// kind reads the words of a kind. STORAGE INTEGRATION is one, too.
func (p *parser) kind() *kind {
	if p.take("STORAGE INTEGRATION") {
		return kindOf(integration)
	}
	for _, k := range kinds {
		if k.depth > 0 && p.take(k.name) {
			return k
		}
	}
	p.unexpected()
	return kindOf("")
}

// plural reads the plural of a kind.
func (p *parser) plural() *kind {
	for _, k := range kinds {
		if k.depth > 0 && p.take(k.plural) {
			return k
		}
	}
	p.unexpected()
	return kindOf("")
}

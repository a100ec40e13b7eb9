package airbyte

import (
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// destination is the request that makes the one destination of the pipeline.
func destination(p *ir.Pipeline) emit.Artifact {
	if p.Ingestion.Landing == ir.S3 {
		return destinationS3(p)
	}
	return destinationSnowflake(p)
}

func destinationName(p *ir.Pipeline, title string) string { return p.Prefix + " " + title }

// destinationSnowflake signs in with a key pair, since service users have no
// password. The default schema is the internal one: connections name their own,
// and the connector writes its test table into the default.
func destinationSnowflake(p *ir.Pipeline) emit.Artifact {
	sf, key := p.Snowflake, fromParameter+p.Params().Snowflake.AirbyteKey
	config := object{
		{"host", host(sf.Account)},
		{"role", sf.Roles.Loader},
		{"warehouse", sf.IngestWarehouse},
		{"database", sf.Database},
		{"schema", sf.Schemas.Airbyte},
		{"username", sf.Users.Airbyte},
		{"credentials", object{{"auth_type", "Key Pair Authentication"}, {"private_key", "${" + key + "}"}}},
		{"raw_data_schema", sf.Schemas.Airbyte},
	}
	d := destinationDocument(p, toSnowflake, "Snowflake", config)
	d.Bind = append(d.Bind, Binding{"/configuration/credentials/private_key", key})
	d.Needs = append(d.Needs, key, schema(sf.Schemas.Airbyte))
	return file("destination-snowflake", "destination", d, []string{fromDest + toSnowflake.Connector}, sf.Origin, p.Ingestion.Origin)
}

// destinationS3 writes lines of JSON into the landing bucket, one folder a
// stream (ir.Source.LandingPath). No key is given: the machine's own role may
// write there.
func destinationS3(p *ir.Pipeline) emit.Artifact {
	config := object{
		{"s3_bucket_path", ir.LandingPrefix},
		{"s3_bucket_region", p.AWS.Region},
		{"format", object{
			{"format_type", "JSONL"},
			{"flattening", "No flattening"},
			{"compression", object{{"compression_type", "GZIP"}}},
		}},
		{"s3_path_format", "${NAMESPACE}/${STREAM_NAME}/${YEAR}_${MONTH}_${DAY}_${EPOCH}_"},
	}
	d := destinationDocument(p, toS3, "S3", config)
	d.Bind = append(d.Bind, Binding{"/configuration/s3_bucket_name", fromOutput + "ingestion.LandingBucket"})
	return file("destination-s3", "destination", d, []string{fromDest + toS3.Connector}, p.Ingestion.Origin, p.AWS.Origin)
}

func destinationDocument(p *ir.Pipeline, c Connector, title string, config object) Document {
	name := destinationName(p, title)
	return Document{
		Name:    name,
		Needs:   []string{ingestionStack, fromWorkspace},
		Request: Request{"POST", "/destinations"},
		Bind:    []Binding{{"/workspaceId", fromWorkspace}},
		Body:    object{{"name", name}, {"definitionId", c.DefinitionID}, {"configuration", config}},
	}
}

// host is the account's host name. An underscore of an account name is a hyphen
// there.
func host(account string) string {
	return strings.ReplaceAll(strings.ToLower(account), "_", "-") + ".snowflakecomputing.com"
}

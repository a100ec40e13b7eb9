package airbyte_test

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

func at(line int) source.Span {
	return source.Span{File: "tapestry.yaml", Start: source.Pos{Line: line, Col: 3}, End: source.Pos{Line: line, Col: 9}}
}

func str(name, text string) ir.Field {
	return ir.Field{Name: name, Value: ir.Value{Kind: ir.StringValue, Text: text}}
}

func num(name, text string) ir.Field {
	return ir.Field{Name: name, Value: ir.Value{Kind: ir.NumberValue, Text: text}}
}

func secret(name, ref string) ir.Field {
	return ir.Field{Name: name, Value: ir.Value{Kind: ir.SecretValue, Secret: ref}}
}

func object(name string, fields ...ir.Field) ir.Field {
	return ir.Field{Name: name, Value: ir.Value{Kind: ir.ObjectValue, Fields: fields}}
}

func col(name, sql string, kind ir.TypeKind, line int) ir.Column {
	return ir.Column{Name: name, SQL: sql, Type: ir.Type{Kind: kind}, Raw: true, Origin: at(line)}
}

// shop is a product database in three schemas and a manual source of sample
// data, both landed in S3.
func shop() *ir.Pipeline {
	p := irtest.RainShield()
	p.Ingestion.Landing = ir.S3
	p.Sources = []ir.Source{database(), sample()}
	return p
}

func database() ir.Source {
	list := ir.Value{Kind: ir.ListValue, List: []ir.Value{{Kind: ir.StringValue, Text: "public"}, {Kind: ir.StringValue, Text: "billing"}}}
	return ir.Source{
		ID: "shop", Connector: "postgres", Title: "PostgreSQL",
		Definition: "decd338e-5647-4c0b-adf4-da0e75f5a750", Repository: "airbyte/source-postgres", Version: "3.6.28",
		Config: ir.Value{Kind: ir.ObjectValue, Fields: []ir.Field{
			str("host", "db.internal"), num("port", "5432"), str("database", "shop"), str("username", "reader"), secret("password", "SHOP_PASSWORD"),
			{Name: "schemas", Value: list},
			object("ssl_mode", str("mode", "verify-full"), secret("ca_certificate", "SHOP_CA")),
			object("replication_method", str("method", "Standard")),
			object("tunnel_method", str("tunnel_method", "NO_TUNNEL")),
			str("jdbc_url_params", "options=<a&b>${secret.NOT_ONE}"),
		}},
		Schedule: ir.Schedule{Cron: "30 2 * * 1", Quartz: "0 30 2 ? * 2", EventBus: "cron(30 2 ? * 2 *)", TZ: "Europe/Berlin", Origin: at(12)},
		Schema:   "RAW_SHOP", SourceName: "rain-shield shop", ConnectionName: "rain-shield shop", Origin: at(3),
		Streams: []ir.Stream{
			{ID: "shop.users", Key: "users", Name: "users", Namespace: "public", Table: "USERS", SyncMode: ir.IncrementalDeduped,
				PrimaryKey: []string{"tenant", "id"}, Cursor: "updated_at", DeletedWhen: "deleted_at", Staging: "stg_shop__users", Origin: at(14),
				Columns: []ir.Column{col("tenant", "TENANT", ir.Text, 16), col("email", "EMAIL", ir.Email, 17), col("metadata", "METADATA", ir.JSON, 18),
					{Name: "plan", SQL: "PLAN", Type: ir.Type{Kind: ir.Text}, Origin: at(20), Nested: &ir.Nested{Column: "metadata", SQL: "METADATA", Path: []string{"plan"}}},
					{Name: "city", SQL: "CITY", Type: ir.Type{Kind: ir.Text}, Origin: at(21), Nested: &ir.Nested{Column: "address", SQL: "ADDRESS", Path: []string{"home", "city"}}}}},
			{ID: "shop.invoices", Key: "invoices", Name: "invoices", Namespace: "billing", Table: "INVOICES", SyncMode: ir.IncrementalAppend,
				Cursor: "created_at", Staging: "stg_shop__invoices", Origin: at(23), Columns: []ir.Column{col("id", "ID", ir.Integer, 24)}},
			{ID: "shop.plans", Key: "plans", Name: "plans", Namespace: "billing", Table: "PLANS", SyncMode: ir.FullAppend, Staging: "stg_shop__plans", Origin: at(26)},
		},
	}
}

func sample() ir.Source {
	return ir.Source{
		ID: "sample", Connector: "faker", Title: "Sample data",
		Definition: "dfd88b22-b603-4c3d-aad7-3701784586b1", Repository: "airbyte/source-faker", Version: "6.2.20",
		Config: ir.Value{Kind: ir.ObjectValue, Fields: []ir.Field{num("count", "0100"),
			{Name: "always_updated", Value: ir.Value{Kind: ir.BoolValue}}}},
		Schedule: ir.Schedule{Manual: true, Origin: at(31)}, Schema: "RAW_SAMPLE",
		SourceName: "rain-shield sample", ConnectionName: "rain-shield sample", Origin: at(30),
		Streams: []ir.Stream{{ID: "sample.users", Key: "users", Name: "users", Table: "USERS", SyncMode: ir.FullOverwrite, PrimaryKey: []string{"id"},
			SourceDefinedKey: true, Staging: "stg_sample__users", Origin: at(33), Columns: []ir.Column{col("email", "EMAIL", ir.Email, 34)}}},
	}
}

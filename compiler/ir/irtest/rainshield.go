package irtest

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

func at(line int) source.Span {
	return source.Span{File: "tapestry.yaml", Start: source.Pos{Line: line, Col: 1}, End: source.Pos{Line: line, Col: 2}}
}

func str(name, text string) ir.Field {
	return ir.Field{Name: name, Value: ir.Value{Kind: ir.StringValue, Text: text}}
}

func secret(name, ref string) ir.Field {
	return ir.Field{Name: name, Value: ir.Value{Kind: ir.SecretValue, Secret: ref}}
}

func object(fields ...ir.Field) ir.Value { return ir.Value{Kind: ir.ObjectValue, Fields: fields} }

func col(name, sql string, kind ir.TypeKind, pii bool) ir.Column {
	return ir.Column{Name: name, SQL: sql, Type: ir.Type{Kind: kind}, PII: pii, Raw: true, Origin: at(20)}
}

// RainShield is Zoom registrants and Salesforce contacts, one row a person, to
// a Mailchimp audience in mirror mode.
func RainShield() *ir.Pipeline {
	return &ir.Pipeline{
		Name: "rain-shield", Env: "production", Prefix: "rain-shield",
		AWS: aws(), Snowflake: snowflake(),
		Ingestion: ir.Ingestion{Instance: "t3.xlarge", Data: ir.Managed, Landing: ir.Direct, Origin: at(14), WorkspaceName: "rain-shield"},
		Sync:      ir.SyncEngine{Data: ir.Managed, Origin: at(16)},
		Transform: ir.Transform{Schedule: hourly(1), Origin: at(17)},
		Alerts:    []string{"data@rainshield.example"},
		Sources:   []ir.Source{salesforce(), zoom()},
		Models:    []ir.Model{people()},
		Destinations: []ir.Destination{{
			ID: "mailchimp", Connector: "mailchimp", Title: "Mailchimp", Engine: "grouparoo", Enabled: true,
			Config: object(secret("api_key", "MAILCHIMP_API_KEY")),
			Grouparoo: ir.GrouparooDestination{Plugin: "@grouparoo/mailchimp", App: "mailchimp",
				Options: []ir.Field{secret("apiKey", "MAILCHIMP_API_KEY")}, DestinationType: "mailchimp-export"},
			Syncs: []ir.Sync{newsletter()}, Origin: at(60),
		}},
		Secrets: []ir.Secret{
			{Name: "MAILCHIMP_API_KEY", Param: "/tapestry/rain-shield/production/MAILCHIMP_API_KEY", UsedBy: []string{"destination:mailchimp"}, Origins: []source.Span{at(62)}},
			{Name: "SF_CLIENT_SECRET", Param: "/tapestry/rain-shield/production/SF_CLIENT_SECRET", UsedBy: []string{"source:salesforce"}, Origins: []source.Span{at(32)}},
			{Name: "SF_REFRESH_TOKEN", Param: "/tapestry/rain-shield/production/SF_REFRESH_TOKEN", UsedBy: []string{"source:salesforce"}, Origins: []source.Span{at(33)}},
			{Name: "ZOOM_CLIENT_SECRET", Param: "/tapestry/rain-shield/production/ZOOM_CLIENT_SECRET", UsedBy: []string{"source:zoom"}, Origins: []source.Span{at(24)}},
		},
		Origin: at(1),
	}
}

func hourly(hours int) ir.Schedule {
	if hours == 1 {
		return ir.Schedule{Minutes: 60, Cron: "0 * * * *", Quartz: "0 0 * * * ?", EventBus: "rate(1 hour)", TZ: "UTC", Origin: at(17)}
	}
	return ir.Schedule{Minutes: 360, Cron: "0 */6 * * *", Quartz: "0 0 */6 * * ?", EventBus: "rate(6 hours)", TZ: "UTC", Origin: at(26)}
}

func aws() ir.AWS {
	return ir.AWS{
		Region:    "us-east-1",
		Tags:      []ir.Tag{{Key: "tapestry:environment", Value: "production"}, {Key: "tapestry:pipeline", Value: "rain-shield"}, {Key: "team", Value: "growth"}},
		Network:   ir.Network{CIDR: "10.20.0.0/16"},
		ParamPath: "/tapestry/rain-shield/production",
		Stacks:    ir.Stacks{Foundation: "rain-shield-foundation", Ingestion: "rain-shield-ingestion", Sync: "rain-shield-sync"},
		Buckets:   ir.Buckets{Artifacts: "rain-shield-artifacts", State: "rain-shield-state", Landing: "rain-shield-landing", Deploy: "rain-shield-deploy"},
		Names: ir.AWSNames{Cluster: "rain-shield", IngestionALB: "rain-shield-ingestion", IngestionTargetGroup: "rain-shield-ing",
			SyncALB: "rain-shield-sync", SyncTargetGroup: "rain-shield-syn", RepoGrouparoo: "rain-shield/grouparoo", RepoDbt: "rain-shield/dbt",
			LogGroup: "/tapestry/rain-shield/production", KeyAlias: "alias/rain-shield", Topic: "rain-shield-alerts",
			ScheduleGroup: "rain-shield", BackupDocument: "rain-shield-upgrade-airbyte"},
		Origin: at(5),
	}
}

func snowflake() ir.Snowflake {
	return ir.Snowflake{
		Account: "myorg-account1", Database: "RAIN_SHIELD", Warehouse: ir.Warehouse{Size: "XSMALL", AutoSuspend: 60, Origin: at(12)},
		Schemas: ir.Schemas{Airbyte: "AIRBYTE_INTERNAL", Analytics: "ANALYTICS", Snapshots: "SNAPSHOTS", Syncs: "SYNCS", Ledger: "TAPESTRY", Landing: "LANDING"},
		Roles:   ir.Roles{Deploy: "RAIN_SHIELD_DEPLOY", Loader: "RAIN_SHIELD_LOADER", Transformer: "RAIN_SHIELD_TRANSFORMER", Reader: "RAIN_SHIELD_READER", Plan: "RAIN_SHIELD_PLAN"},
		Users:   ir.Users{Airbyte: "RAIN_SHIELD_AIRBYTE", Dbt: "RAIN_SHIELD_DBT", Grouparoo: "RAIN_SHIELD_GROUPAROO", CI: "RAIN_SHIELD_CI", Plan: "RAIN_SHIELD_PLAN"},

		IngestWarehouse: "RAIN_SHIELD_INGEST", TransformWarehouse: "RAIN_SHIELD_TRANSFORM", SyncWarehouse: "RAIN_SHIELD_SYNC",
		Integration: "RAIN_SHIELD_LANDING", Stage: "LANDING", FileFormat: "LANDING_JSON",
		NetworkRule: "GROUPAROO_EGRESS", NetworkPolicy: "RAIN_SHIELD_GROUPAROO",
		PIITag: "PII", MaskText: "MASK_TEXT", MaskNumber: "MASK_NUMBER", MaskDate: "MASK_DATE", MaskTime: "MASK_TIME", Monitor: "RAIN_SHIELD_MONITOR",
		Origin: at(9),
	}
}

func zoom() ir.Source {
	return ir.Source{
		ID: "zoom", Connector: "zoom", Title: "Zoom",
		Definition: "cbfd9856-1322-44fb-bcf1-0b39b7a8e92e", Repository: "airbyte/source-zoom", Version: "1.2.6",
		Config: object(str("account_id", "acc-1"), str("client_id", "id-1"), secret("client_secret", "ZOOM_CLIENT_SECRET"),
			str("authorization_endpoint", "https://zoom.us/oauth/token")),
		Schedule: hourly(6), Schema: "RAW_ZOOM", SourceName: "rain-shield zoom", ConnectionName: "rain-shield zoom",
		Streams: []ir.Stream{{
			ID: "zoom.webinar_registrants", Key: "webinar_registrants", Name: "webinar_registrants", Table: "WEBINAR_REGISTRANTS",
			SyncMode: ir.FullOverwrite, Staging: "stg_zoom__webinar_registrants", Origin: at(27),
			Columns: []ir.Column{col("id", "ID", ir.Text, false), col("email", "EMAIL", ir.Email, true),
				col("first_name", "FIRST_NAME", ir.Text, true), col("last_name", "LAST_NAME", ir.Text, true)},
		}},
		Origin: at(20),
	}
}

func salesforce() ir.Source {
	return ir.Source{
		ID: "salesforce", Connector: "salesforce", Title: "Salesforce",
		Definition: "b117307c-14b6-41aa-9422-947e34922962", Repository: "airbyte/source-salesforce", Version: "2.6.4",
		Config: object(str("auth_type", "Client"), str("client_id", "id-2"), secret("client_secret", "SF_CLIENT_SECRET"),
			secret("refresh_token", "SF_REFRESH_TOKEN"), str("start_date", "2021-01-25T00:00:00Z")),
		Schedule: hourly(1), Schema: "RAW_SALESFORCE", SourceName: "rain-shield salesforce", ConnectionName: "rain-shield salesforce",
		Streams: []ir.Stream{{
			ID: "salesforce.Contact", Key: "Contact", Name: "Contact", Table: "CONTACT", SyncMode: ir.IncrementalDeduped,
			PrimaryKey: []string{"Id"}, Cursor: "SystemModstamp", SourceDefinedKey: true, SourceDefinedCur: true,
			DeletedWhen: "IsDeleted", Staging: "stg_salesforce__contact", Origin: at(38),
			Columns: []ir.Column{col("Id", "ID", ir.Text, false), col("Email", "EMAIL", ir.Email, true), col("FirstName", "FIRSTNAME", ir.Text, true),
				col("LastName", "LASTNAME", ir.Text, true), col("IsDeleted", "ISDELETED", ir.Boolean, false), col("SystemModstamp", "SYSTEMMODSTAMP", ir.Timestamp, false)},
		}},
		Origin: at(30),
	}
}

func people() ir.Model {
	pair := func(model, modelSQL, in, inSQL string) ir.ColumnPair {
		return ir.ColumnPair{Model: model, ModelSQL: modelSQL, Input: in, InputSQL: inSQL, Origin: at(52)}
	}
	from := func(sf, zm string) []ir.ColumnRef {
		return []ir.ColumnRef{{Node: "stream:salesforce.Contact", Column: sf}, {Node: "stream:zoom.webinar_registrants", Column: zm}}
	}
	return ir.Model{
		ID: "people", Relation: "PEOPLE", Description: "One row per person, whichever tool knows them.", Materialized: "table",
		Inputs: []ir.Input{
			{From: "salesforce.Contact", Relation: "stg_salesforce__contact", Origin: at(50),
				Columns: []ir.ColumnPair{pair("email", "EMAIL", "Email", "EMAIL"), pair("first_name", "FIRST_NAME", "FirstName", "FIRSTNAME"), pair("last_name", "LAST_NAME", "LastName", "LASTNAME")},
				OrderBy: []ir.Order{{Column: "SystemModstamp", SQL: "SYSTEMMODSTAMP", Desc: true}, {Column: "Id", SQL: "ID"}}},
			{From: "zoom.webinar_registrants", Relation: "stg_zoom__webinar_registrants", Origin: at(53),
				Columns: []ir.ColumnPair{pair("email", "EMAIL", "email", "EMAIL"), pair("first_name", "FIRST_NAME", "first_name", "FIRST_NAME"), pair("last_name", "LAST_NAME", "last_name", "LAST_NAME")},
				OrderBy: []ir.Order{{Column: "id", SQL: "ID"}}},
		},
		UniqueBy: []string{"email"}, Merge: ir.FirstRow,
		Columns: []ir.ModelColumn{
			{Name: "email", SQL: "EMAIL", Type: ir.Type{Kind: ir.Email}, PII: true, From: from("Email", "email"), Origin: at(52)},
			{Name: "first_name", SQL: "FIRST_NAME", Type: ir.Type{Kind: ir.Text}, PII: true, From: from("FirstName", "first_name"), Origin: at(52)},
			{Name: "last_name", SQL: "LAST_NAME", Type: ir.Type{Kind: ir.Text}, PII: true, From: from("LastName", "last_name"), Origin: at(52)},
		},
		Streams: []string{"salesforce.Contact", "zoom.webinar_registrants"},
		Tests:   []ir.Test{{Column: "email", SQL: "EMAIL", Name: "not_null"}, {Column: "email", SQL: "EMAIL", Name: "unique"}},
		Origin:  at(47),
	}
}

func newsletter() ir.Sync {
	column := func(field, column, sql string, kind ir.TypeKind) ir.SyncColumn {
		return ir.SyncColumn{Field: field, Column: column, SQL: sql, Type: ir.Type{Kind: kind}, PII: true, Origin: at(66)}
	}
	return ir.Sync{
		ID: "mailchimp.newsletter", Key: "newsletter", Model: "people", Where: "last_name is not null",
		Options: []ir.Field{str("listId", "list-1")},
		Keys:    []ir.SyncColumn{column("email_address", "email", "EMAIL", ir.Email)},
		Fields:  []ir.SyncColumn{column("FNAME", "first_name", "FIRST_NAME", ir.Text), column("LNAME", "last_name", "LAST_NAME", ir.Text)},
		Tags:    []string{"newsletter"}, Mode: ir.Mirror, Engine: "sync", OnRemoved: "archive",
		Guard: ir.Guard{MaxRemovals: -1, MaxRemovalsPercent: 50, MinRows: 1}, OnDestroy: "keep", Enabled: true, Schedule: hourly(1),
		Segment: "seg_mailchimp__newsletter", Snapshot: "snap_mailchimp__newsletter", View: "SYNC_MAILCHIMP_NEWSLETTER",
		Names: ir.GrouparooNames{SourceApp: "snowflake_mailchimp_newsletter", App: "mailchimp_newsletter", Source: "mailchimp_newsletter_source",
			Schedule: "mailchimp_newsletter_schedule", Group: "mailchimp_newsletter_group", Destination: "mailchimp_newsletter_destination",
			PropertyPrefix: "mailchimp_newsletter_"},
		Origin: at(63),
	}
}

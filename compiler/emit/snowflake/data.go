package snowflake

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// landing is the stage over the bucket and the raw tables that dbt loads from
// it.
func landing(u setup) []statement {
	if u.direct() {
		return nil
	}
	list := stage(u)
	for _, src := range u.sources {
		for _, stream := range sortedStreams(src) {
			list = append(list, rawTable(u, src, stream)...)
		}
	}
	return list
}

func stage(u setup) []statement {
	at := u.p.Ingestion.Origin
	schema := createID(u.schema(u.s.Schemas.Landing))
	integration := named("integration", u.s.Integration)
	format := u.in("file format", u.s.Schemas.Landing, u.s.FileFormat)
	stage := u.in("stage", u.s.Schemas.Landing, u.s.Stage)
	bucket := "'s3://" + marker(landingBucket) + "/'"
	return []statement{
		alter(integration, "", "ALTER STORAGE INTEGRATION "+integration.name()+" SET ENABLED = TRUE STORAGE_AWS_ROLE_ARN = '"+marker(landingRole)+"' STORAGE_ALLOWED_LOCATIONS = ("+bucket+")").
			with(landingBucket, landingRole).after(ownID(integration)).
			undone("ALTER STORAGE INTEGRATION "+integration.name()+" SET ENABLED = FALSE").
			wants(migration.Property{Name: "enabled", Value: "true"},
				migration.Property{Name: "storage_aws_role_arn", Value: marker(landingRole)},
				migration.Property{Name: "storage_allowed_locations", Value: "s3://" + marker(landingBucket) + "/", List: true}).
			because("One role and one bucket, now that they are there.", at),
		create(format, "CREATE FILE FORMAT IF NOT EXISTS "+format.name()+" TYPE = JSON"+u.comment()).after(schema).
			undone("DROP FILE FORMAT IF EXISTS "+format.name()).
			because("Airbyte writes one JSON object a line.", at),
		create(stage, "CREATE STAGE IF NOT EXISTS "+stage.name()+" URL = "+bucket+" STORAGE_INTEGRATION = "+integration.name()+
			" FILE_FORMAT = (FORMAT_NAME = "+sqlname.SnowflakeLiteral(format.name())+")"+u.comment()).
			with(landingBucket).after(schema, createID(format), "alter/"+integration.key()).
			undone("DROP STAGE IF EXISTS "+stage.name()).
			because("The landing bucket, as Snowflake sees it.", at),
		alter(stage, "", "ALTER STAGE "+stage.name()+" SET URL = "+bucket).
			with(landingBucket).because("The stage follows the bucket.", at),
		grant("USAGE", format, u.s.Roles.Transformer).because("dbt loads from the stage.", at),
		grant("USAGE", stage, u.s.Roles.Transformer).because("dbt loads from the stage.", at),
	}
}

// metaColumns are what Airbyte adds to each record.
var metaColumns = []string{
	"_AIRBYTE_RAW_ID VARCHAR", "_AIRBYTE_EXTRACTED_AT TIMESTAMP_TZ", "_AIRBYTE_META VARIANT", "_AIRBYTE_GENERATION_ID NUMBER(38,0)",
}

// rawTable makes the table with Airbyte's own columns and adds each column of
// the stream by a statement of its own: one more column in the file is one
// more statement.
func rawTable(u setup, src ir.Source, stream ir.Stream) []statement {
	table := u.in("table", src.Schema, stream.Table)
	list := []statement{create(table, "CREATE TABLE IF NOT EXISTS "+table.name()+" (\n  "+strings.Join(metaColumns, ",\n  ")+"\n)"+u.comment()).
		holdsData().
		// The grants on future tables must be there before the table is.
		after(createID(u.schema(src.Schema)),
			futureID("SELECT", "TABLES", u.schema(src.Schema), u.s.Roles.Transformer),
			futureID("INSERT", "TABLES", u.schema(src.Schema), u.s.Roles.Transformer)).
		because("Records of one stream, as they come.", stream.Origin)}
	columns := slices.Clone(stream.Columns)
	slices.SortFunc(columns, func(a, b ir.Column) int { return cmp.Compare(a.SQL, b.SQL) })
	for _, c := range columns {
		if !c.Raw || isMeta(c.SQL) {
			continue
		}
		s := alter(table, "column/"+printable(sqlname.Ident(c.SQL)), "ALTER TABLE "+table.name()+" ADD COLUMN IF NOT EXISTS "+
			sqlname.Ident(c.SQL)+" "+sqlname.Type(c.Type, sqlname.Snowflake)).holdsData()
		list = append(list, s.because("A column of the stream.", c.Origin))
	}
	return list
}

func isMeta(column string) bool {
	return slices.ContainsFunc(metaColumns, func(m string) bool { return strings.HasPrefix(m, column+" ") })
}

func sortedStreams(src ir.Source) []ir.Stream {
	streams := slices.Clone(src.Streams)
	slices.SortFunc(streams, func(a, b ir.Stream) int { return cmp.Compare(a.ID, b.ID) })
	return streams
}

// syncViews makes each sync view once, empty, as the role that dbt has: dbt
// replaces it on its first run, and the sync engine, which stops where a view is
// missing, can start before that.
func syncViews(u setup) []statement {
	var list []statement
	for _, sync := range u.syncs {
		list = append(list, syncView(u, sync))
	}
	return list
}

func syncView(u setup, sync ir.Sync) statement {
	schema := u.schema(u.s.Schemas.Syncs)
	o := u.in("view", u.s.Schemas.Syncs, sync.View)
	to := role(u.s.Roles.Transformer)
	return create(o, "CREATE VIEW IF NOT EXISTS "+o.name()+" AS SELECT\n  "+strings.Join(viewColumns(sync), ",\n  ")+
		"\nFROM (SELECT 1 AS ONE) AS NOTHING WHERE FALSE").
		by(u.s.Roles.Transformer).
		after(createID(schema), roleID(u.s.Roles.Transformer, role(u.s.Roles.Deploy)),
			grantID("USAGE", u.database(), to), grantID("USAGE", schema, to), grantID("CREATE VIEW", schema, to),
			futureID("SELECT", "VIEWS", schema, u.s.Roles.Reader), futureID("REFERENCES", "VIEWS", schema, u.s.Roles.Plan)).
		undone("DROP VIEW IF EXISTS "+o.name()).
		because("Empty until dbt's first run.", append(columnSpans(sync), sync.Origin)...)
}

// syncs says of each sync what becomes of its members, those that are off too.
func syncs(p *ir.Pipeline) []migration.Sync {
	var out []migration.Sync
	u := newSetup(p)
	for _, d := range p.Destinations {
		for _, s := range d.Syncs {
			view := u.in("view", u.s.Schemas.Syncs, s.View)
			one := migration.Sync{ID: s.ID, View: view.data(), Made: createID(view), Mode: string(s.Mode), OnDestroy: s.OnDestroy, Enabled: d.Enabled && s.Enabled,
				Secrets: grouparoo.SyncSecrets(&d, &s)}
			if s.RenamedFrom != "" {
				one.RenamedFrom = strings.TrimSuffix(s.ID, s.Key) + s.RenamedFrom
			}
			out = append(out, one)
		}
	}
	slices.SortFunc(out, func(a, b migration.Sync) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// viewColumns are key and fields, each once, and the two columns that the sync
// engine follows.
func viewColumns(sync ir.Sync) []string {
	var columns []string
	for _, c := range distinct(sync) {
		columns = append(columns, null(sqlname.Type(c.Type, sqlname.Snowflake), sqlname.Ident(c.SQL)))
	}
	return append(columns, null("TIMESTAMP_NTZ", "CHANGED_AT"), null("BOOLEAN", "REMOVED"))
}

func null(typ, name string) string { return "CAST(NULL AS " + typ + ") AS " + name }

// distinct gives the columns by name; one that fills two fields comes once.
func distinct(sync ir.Sync) []ir.SyncColumn {
	all := slices.Concat(sync.Keys, sync.Fields)
	slices.SortStableFunc(all, func(a, b ir.SyncColumn) int { return cmp.Compare(a.SQL, b.SQL) })
	return slices.CompactFunc(all, func(a, b ir.SyncColumn) bool { return a.SQL == b.SQL })
}

func columnSpans(sync ir.Sync) []source.Span {
	var spans []source.Span
	for _, c := range slices.Concat(sync.Keys, sync.Fields) {
		spans = append(spans, c.Origin)
	}
	return spans
}

package snowflake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake/migration"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/sqlname"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// tagged is the value that the tag of personal data has.
const tagged = "'yes'"

// family is one type of column: a tag takes one masking policy for each.
type family struct {
	policy, typ, mask string
}

func (u setup) families() []family {
	s := u.s
	return []family{
		{s.MaskText, "VARCHAR", "'*****'"},
		{s.MaskText + "_BOOLEAN", "BOOLEAN", "NULL"},
		{s.MaskText + "_JSON", "VARIANT", "NULL"},
		{s.MaskNumber, "NUMBER", "NULL"},
		{s.MaskNumber + "_FLOAT", "FLOAT", "NULL"},
		{s.MaskDate, "DATE", "NULL"},
		{s.MaskTime, "TIMESTAMP_TZ", "NULL"},
		{s.MaskTime + "_NTZ", "TIMESTAMP_NTZ", "NULL"},
	}
}

// masking hides personal data from every role but those that move it: were they
// masked too, the destinations would receive the masks.
//
// Schemas that nobody else works in (raw, internal, snapshots, sync views) are
// tagged as a whole: Airbyte and dbt make their tables anew, and a tag on a
// column would go with the old table. In the schema of the models, where
// people look, single columns are tagged, after dbt has built them; views need
// no tag there, as the tables under them are masked already.
func masking(u setup) []statement {
	if !u.s.Enterprise {
		return nil
	}
	tag := u.in("tag", u.s.Schemas.Ledger, u.s.PIITag)
	return slices.Concat(policies(u), tagObject(u, tag), attachPolicies(u, tag), tagSchemas(u, tag), tagColumns(u, tag))
}

// policies start out masking everything, for everybody; the body that lets some
// roles through follows, and can change.
func policies(u setup) []statement {
	var clear []string
	for _, name := range u.roles() {
		clear = append(clear, sqlname.SnowflakeLiteral(name))
	}
	var list []statement
	for _, f := range u.families() {
		o := u.in("masking policy", u.s.Schemas.Ledger, f.policy)
		list = append(list,
			create(o, fmt.Sprintf("CREATE MASKING POLICY IF NOT EXISTS %s AS (VAL %s) RETURNS %s -> %s%s", o.name(), f.typ, f.typ, f.mask, u.comment())).
				after(createID(u.schema(u.s.Schemas.Ledger))).
				because("Personal data of one type.", u.s.Origin),
			alter(o, "body", fmt.Sprintf("ALTER MASKING POLICY %s SET BODY -> CASE WHEN CURRENT_ROLE() IN (%s) THEN VAL ELSE %s END", o.name(), strings.Join(clear, ", "), f.mask)).
				because("The roles that move the data see it; all others, administrators too, see the mask.", u.s.Origin))
	}
	return list
}

// tagObject makes the tag as the transformer, so that dbt, which owns the tables
// that it builds, can set it on their columns.
func tagObject(u setup, tag object) []statement {
	schema := u.schema(u.s.Schemas.Ledger)
	to := u.s.Roles.Transformer
	return []statement{
		grant("USAGE", schema, to).because("dbt sets the tag.", u.s.Origin),
		grant("CREATE TAG", schema, to).because("dbt's role owns the tag. It cannot take the masking policies off it: that needs a right that only the deploy role has.", u.s.Origin),
		create(tag, "CREATE TAG IF NOT EXISTS "+tag.name()+u.comment()).by(to).
			after(createID(schema), grantID("USAGE", u.database(), role(to)), grantID("USAGE", schema, role(to)), grantID("CREATE TAG", schema, role(to)), roleID(to, role(u.s.Roles.Deploy))).
			because("Marks personal data.", u.s.Origin),
	}
}

// attachPolicies runs inside the schema, so that the policy needs no prefix.
func attachPolicies(u setup, tag object) []statement {
	var list []statement
	for _, f := range u.families() {
		policy := u.in("masking policy", u.s.Schemas.Ledger, f.policy)
		s := alter(tag, "policy/"+printable(sqlname.Ident(f.policy)), "ALTER TAG "+tag.name()+" SET MASKING POLICY "+sqlname.Ident(f.policy)).
			after(createID(policy), "alter/"+policy.key()+"/body", roleID(u.s.Roles.Transformer, role(u.s.Roles.Deploy)),
				grantID("APPLY MASKING POLICY", account(), role(u.s.Roles.Deploy))).
			because("Whatever has the tag and is of this type is masked.", u.s.Origin)
		s.In = []string{u.s.Database, u.s.Schemas.Ledger}
		s.Check = fmt.Sprintf("SELECT 1 FROM TABLE(%s.INFORMATION_SCHEMA.POLICY_REFERENCES(POLICY_NAME => %s)) WHERE REF_ENTITY_NAME = %s",
			sqlname.Ident(u.s.Database), sqlname.SnowflakeLiteral(policy.name()), sqlname.SnowflakeLiteral(u.s.PIITag))
		list = append(list, s)
	}
	return list
}

func tagSchemas(u setup, tag object) []statement {
	var list []statement
	add := func(s statement) { list = append(list, s) }
	for _, src := range u.sources {
		add(tagSchema(u, tag, src.Schema).because("Raw data, all of it: a source may send more than the file names.", src.Origin))
	}
	if u.direct() {
		add(tagSchema(u, tag, u.s.Schemas.Airbyte).because("Raw data on its way.", u.p.Ingestion.Origin))
	}
	add(tagSchema(u, tag, u.s.Schemas.Snapshots).because("Copies of what goes to destinations.", u.p.Transform.Origin))
	add(tagSchema(u, tag, u.s.Schemas.Syncs).because("What goes to destinations.", u.p.Sync.Origin))
	return list
}

func tagSchema(u setup, tag object, name string) statement {
	o := u.schema(name)
	return statement{Statement: migration.Statement{ID: "tag/" + o.key(), Kind: migration.Tag, Object: o.data(),
		SQL: "ALTER SCHEMA " + o.name() + " SET TAG " + tag.name() + " = " + tagged}}.
		after(u.rules(name)...).after(createID(tag), roleID(u.s.Roles.Transformer, role(u.s.Roles.Deploy))).
		undone("ALTER SCHEMA " + o.name() + " UNSET TAG " + tag.name())
}

// tagColumns marks the personal data of tables that dbt builds where people
// look: models and the segments of syncs. dbt makes a table anew on each run, so
// it sets the same tag after each.
func tagColumns(u setup, tag object) []statement {
	var list []statement
	models := slices.Clone(u.p.Models)
	slices.SortFunc(models, func(a, b ir.Model) int { return strings.Compare(a.ID, b.ID) })
	for _, m := range models {
		if m.Materialized == "view" {
			continue
		}
		columns := slices.Clone(m.Columns)
		slices.SortFunc(columns, func(a, b ir.ModelColumn) int { return strings.Compare(a.SQL, b.SQL) })
		for _, c := range columns {
			if c.PII {
				list = append(list, tagColumn(u, tag, m.Relation, c.SQL).because("Personal data in a model.", c.Origin))
			}
		}
	}
	for _, sync := range u.running {
		for _, c := range distinct(sync) {
			if c.PII {
				list = append(list, tagColumn(u, tag, strings.ToUpper(sync.Segment), c.SQL).because("Personal data in the segment of a sync.", c.Origin))
			}
		}
	}
	return list
}

func tagColumn(u setup, tag object, table, column string) statement {
	o := u.in("table", u.s.Schemas.Analytics, table)
	to := role(u.s.Roles.Transformer)
	c := named("column", append(slices.Clone(o.parts), column)...)
	where := "ALTER TABLE " + o.name() + " MODIFY COLUMN " + sqlname.Ident(column)
	s := statement{Statement: migration.Statement{ID: "tag/" + c.key(), Kind: migration.Tag, Object: c.data(),
		SQL: where + " SET TAG " + tag.name() + " = " + tagged}}.
		by(u.s.Roles.Transformer).
		after(createID(tag), grantID("USAGE", u.database(), to), grantID("USAGE", u.schema(u.s.Schemas.Analytics), to)).
		undone(where + " UNSET TAG " + tag.name())
	exists := o.data()
	s.WhenExists, s.RepeatAfter = &exists, "dbt"
	return s
}

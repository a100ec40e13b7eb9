package modelsql

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

func local() DuckDB {
	return DuckDB{
		Relation: func(name string) string { return strings.ToUpper(name) },
		Table:    func(src *ir.Source, st *ir.Stream) string { return src.Schema + "." + st.Table },
	}
}

func contact(p *ir.Pipeline) (*ir.Source, *ir.Stream) { return &p.Sources[0], &p.Sources[0].Streams[0] }

func TestStagingIsOnePlainSelect(t *testing.T) {
	p := irtest.RainShield()
	src, st := contact(p)
	st.Columns = st.Columns[:1]
	st.DeletedWhen = ""
	assert.Equal(t, `with typed as (
    -- salesforce.Contact
    select
        try_cast(R.ID as VARCHAR) as ID
    from RAW_SALESFORCE.CONTACT as R
)

select
    ID
from typed`, New(local(), p).Staging(src, st))
}

// Whether all versions of a record are in the raw table depends on how it is
// read and on how it is loaded.
func TestLatestVersionIsLookedForWhereThereAreSeveral(t *testing.T) {
	for _, c := range []struct {
		mode    ir.SyncMode
		landing ir.Landing
		latest  bool
	}{
		{ir.FullOverwrite, ir.Direct, false}, {ir.FullAppend, ir.Direct, true},
		{ir.IncrementalAppend, ir.Direct, true}, {ir.IncrementalDeduped, ir.Direct, false},
		{ir.FullOverwrite, ir.S3, false}, {ir.IncrementalDeduped, ir.S3, true},
	} {
		p := irtest.RainShield()
		p.Ingestion.Landing = c.landing
		src, st := contact(p)
		st.SyncMode = c.mode
		sql := New(local(), p).Staging(src, st)
		assert.Equal(t, c.latest, strings.Contains(sql, "latest as ("), "%s %s", c.mode, c.landing)
		newestRefresh := strings.Contains(sql, "having max(_AIRBYTE_EXTRACTED_AT) < current_timestamp - interval '1 hour'")
		assert.Equal(t, c.landing == ir.S3 && c.mode == ir.FullOverwrite, newestRefresh, "%s %s", c.mode, c.landing)
	}
}

func TestLatestWithoutKeyOrCursor(t *testing.T) {
	p := irtest.RainShield()
	src, st := contact(p)
	st.SyncMode, st.Cursor = ir.IncrementalAppend, ""
	assert.Contains(t, New(local(), p).Staging(src, st), "order by _AIRBYTE_EXTRACTED_AT desc nulls last, _AIRBYTE_RAW_ID desc nulls last")
	st.PrimaryKey = nil
	assert.NotContains(t, New(local(), p).Staging(src, st), "row_number", "nothing tells records apart")
}

func TestMarkOfDeletion(t *testing.T) {
	p := irtest.RainShield()
	src, st := contact(p)
	assert.Contains(t, New(local(), p).Staging(src, st), "\nwhere not coalesce(ISDELETED, false)")
	st.Columns[4].Type.Kind = ir.Timestamp
	assert.Contains(t, New(local(), p).Staging(src, st), "\nwhere ISDELETED is null")
}

func TestTextCannotLeaveItsComment(t *testing.T) {
	p := irtest.RainShield()
	src, st := contact(p)
	st.ID = "evil\nselect 1\u2028; --"
	assert.Contains(t, New(local(), p).Staging(src, st), "    -- evil select 1 ; --\n    select")
}

func TestSyncColumnsComeOnce(t *testing.T) {
	s := &ir.Sync{
		Keys:   []ir.SyncColumn{{Field: "a", SQL: "EMAIL"}, {Field: "b", SQL: "EMAIL"}},
		Fields: []ir.SyncColumn{{Field: "c", SQL: "NAME"}, {Field: "d", SQL: "EMAIL"}, {Field: "e", SQL: "NAME"}},
	}
	var names []string
	for _, c := range SyncColumns(s) {
		names = append(names, c.SQL)
	}
	assert.Equal(t, []string{"EMAIL", "NAME"}, names)
	assert.Len(t, SyncKeys(s), 1)
}

func TestConditionIsKeptOnLinesOfItsOwn(t *testing.T) {
	p := irtest.RainShield()
	s := &p.Destinations[0].Syncs[0]
	s.Where = "a\nor b -- or c"
	assert.Contains(t, New(local(), p).Segment(s), "    where (\n        a\n        or b -- or c\n    )\n),")
	s.Where = ""
	assert.NotContains(t, New(local(), p).Segment(s), "where (")
}

// Two rows of one key that differ in anything are told apart by that.
func TestEveryColumnTakesPartInTheOrder(t *testing.T) {
	p := irtest.RainShield()
	m := &p.Models[0]
	m.Inputs = m.Inputs[1:]
	m.Inputs[0].OrderBy = nil
	m.Columns[2].Type = ir.Type{Kind: ir.JSON}
	sql := New(local(), p).Union(m)
	assert.Contains(t, sql, "partition by EMAIL\n            order by FIRST_NAME nulls last, cast(LAST_NAME as VARCHAR) nulls last\n")
}

func TestPlainUnionNeitherDropsNorMerges(t *testing.T) {
	p := irtest.RainShield()
	m := &p.Models[0]
	m.UniqueBy = nil
	w := New(local(), p)
	assert.NotContains(t, w.Union(m), "row_number")
	assert.NotContains(t, w.Union(m), "trim(", "an address that is no key is given as it is")
	assert.Empty(t, w.Audit(m))
}

func TestBadValuesOnlyWhereThereCanBeSome(t *testing.T) {
	p := irtest.RainShield()
	w := New(local(), p)
	assert.Empty(t, w.BadValues(&p.Sources[1], &p.Sources[1].Streams[0]), "text and addresses only")
	src, st := contact(p)
	assert.Contains(t, w.BadValues(src, st), "where try_cast(R.ISDELETED as VARCHAR) is not null\n      and try_cast(R.ISDELETED as BOOLEAN) is null")
}

func TestJSONPath(t *testing.T) {
	for want, keys := range map[string][]string{
		`$."plan"`:         {"plan"},
		`$."a b"."c.d/'e"`: {"a b", "c.d/'e"},
		`$."0"`:            {"0"},
		`/a*/b~1c~0"d`:     {"a*", `b/c~"d`},
		`/\`:               {`\`},
	} {
		assert.Equal(t, want, jsonPath(keys))
	}
}

func TestConversions(t *testing.T) {
	number := ir.Type{Kind: ir.Number, Precision: 12, Scale: 2}
	text, json := ir.Type{Kind: ir.Text}, ir.Type{Kind: ir.JSON}
	d := local()
	assert.Equal(t, "try_cast(X as DECIMAL(12,2))", d.Convert("X", text, number))
	assert.Equal(t, "try_cast(X ->> '$' as VARCHAR)", d.Convert("X", json, text))
	assert.Equal(t, "try_cast(X as JSON)", d.Convert("X", text, json))
	assert.Equal(t, "cast(null as JSON)", d.Null(json))
	assert.Equal(t, `nullif(try_cast(R.M as JSON) -> '$."tags"', 'null')`, d.FromJSON("M", []string{"tags"}, json))
}

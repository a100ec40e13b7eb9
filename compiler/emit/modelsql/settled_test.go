//go:build cgo

package modelsql

import (
	"database/sql"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

// While Airbyte writes a refresh into files, the one before it counts: rows that
// were not written yet have not left.
func TestRefreshThatIsBeingWrittenDoesNotCount(t *testing.T) {
	p := irtest.RainShield()
	p.Ingestion.Landing = ir.S3
	src := &p.Sources[1]
	st := &src.Streams[0]
	db, err := sql.Open("duckdb", "")
	require.NoError(t, err)
	defer db.Close()
	run := func(q string) {
		_, err := db.Exec(q)
		require.NoError(t, err, q)
	}
	run("create schema RAW_ZOOM")
	run(`create table RAW_ZOOM.WEBINAR_REGISTRANTS (ID varchar, EMAIL varchar, FIRST_NAME varchar, LAST_NAME varchar,
		_AIRBYTE_RAW_ID varchar, _AIRBYTE_EXTRACTED_AT timestamptz, _AIRBYTE_META json, _AIRBYTE_GENERATION_ID decimal(38,0))`)
	add := func(id, age string, generation string) {
		run("insert into RAW_ZOOM.WEBINAR_REGISTRANTS select '" + id + "', null, null, null, '" + id + "', now() - interval '" + age + "', null, " + generation)
	}
	count := func() (n int) {
		require.NoError(t, db.QueryRow("select count(*) from ("+New(local(), p).Staging(src, st)+")").Scan(&n))
		return n
	}
	add("a", "1 minute", "1")
	assert.Equal(t, 0, count(), "the first refresh is still being written")
	run("delete from RAW_ZOOM.WEBINAR_REGISTRANTS")
	add("a", "7 hours", "1")
	add("b", "7 hours", "1")
	add("a", "2 hours", "2")
	add("c", "1 minute", "2")
	assert.Equal(t, 2, count(), "the second is still being written, the first is whole")
	run("update RAW_ZOOM.WEBINAR_REGISTRANTS set _AIRBYTE_EXTRACTED_AT = now() - interval '2 hours' where ID = 'c'")
	add("b", "90 minutes", "2")
	assert.Equal(t, 3, count(), "the second is whole")
}

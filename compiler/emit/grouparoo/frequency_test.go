package grouparoo

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

func TestFrequency(t *testing.T) {
	assert.Equal(t, 0, frequency(ir.Schedule{Manual: true}))
	assert.Equal(t, 360, frequency(ir.Schedule{Minutes: 360, Cron: "0 */6 * * *"}))
	for cron, want := range map[string]int{
		"0 6 * * *": 60, "30 6 1 * *": 60, "0 * * * 1-5": 60, "*/15 * * * *": 15, "0,30 8-18 * * *": 30, "10-20 * * * *": 1,
		"5/20 * * * *": 20, "0,50 * * * *": 10, "* * * * *": 1, "0-30/10,45 * * * *": 10, "x * * * *": 60,
	} {
		assert.Equal(t, want, frequency(ir.Schedule{Cron: cron}), cron)
	}
}

func TestPropertyIDsStayApart(t *testing.T) {
	n := ir.GrouparooNames{PropertyPrefix: "p_"}
	assert.Equal(t, "p_first_name", propertyID(n, "first_name"))
	assert.Equal(t, "p_firstname", propertyID(n, "FirstName"))
	assert.NotEqual(t, propertyID(n, "a b"), propertyID(n, "a.b"))
	assert.NotEqual(t, propertyID(n, "a_b"), propertyID(n, "a b"))
	long := string(make([]byte, 300))
	assert.Len(t, propertyID(n, long), idLimit)
	assert.Regexp(t, `^[a-z0-9_-]+$`, propertyID(n, long))
}

// Grouparoo refuses to fill two fields from one property.
func TestColumnThatFillsTwoFieldsIsTwoProperties(t *testing.T) {
	column := func(field string) ir.SyncColumn {
		return ir.SyncColumn{Field: field, Column: "email", SQL: "EMAIL", Type: ir.Type{Kind: ir.Email}}
	}
	s := ir.Sync{Keys: []ir.SyncColumn{column("email_address")}, Fields: []ir.SyncColumn{column("EMAIL2")}, Names: ir.GrouparooNames{PropertyPrefix: "p_"}}
	all := properties(&s)
	require.Len(t, all, 3)
	assert.True(t, all[0].Unique)
	assert.False(t, all[1].Unique)
	assert.Equal(t, all[0].Options, all[1].Options)
	assert.Equal(t, map[string]string{"email_address": "p_email", "EMAIL2": all[1].ID}, destinationOf(&ir.Destination{}, &s).Mapping)
}

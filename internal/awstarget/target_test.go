package awstarget_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// every example that differs from the others in what it makes in a cloud.
var every = []struct{ example, environment string }{
	{"01-rain-shield", ""}, {"01-rain-shield", "staging"}, {"02-blank", ""}, {"03-support-and-payments", ""},
	{"04-product-and-forms", ""}, {"05-big-company", ""}, {"05-big-company", "dev"},
}

// After an apply there is nothing to do, for a job that only reads as for one that
// looks at everything.
func TestPlanAfterApplyIsEmpty(t *testing.T) {
	for _, row := range every {
		t.Run(row.example+" "+row.environment, func(t *testing.T) {
			if testing.Short() && row != every[0] {
				t.Skip("a minute together")
			}
			b := open(t, row.example, row.environment)
			b.apply()
			require.Empty(t, waiting(b.plan(false)))
			require.Empty(t, waiting(b.plan(true)))
			_, again, err := b.run(false)
			require.NoError(t, err)
			require.Nil(t, again, "an apply with nothing to do does nothing")
		})
	}
}

// admin runs a statement as Snowflake's account administrator.
func (b *box) admin(statement string) {
	b.t.Helper()
	db, err := sql.Open("snowflake", b.s.Snowflake.AdminDSN("ACCOUNTADMIN"))
	require.NoError(b.t, err)
	defer db.Close()
	_, err = db.ExecContext(b.t.Context(), statement)
	require.NoError(b.t, err, statement)
}

// setParameter changes one parameter of a stack, as someone in the console would.
func (b *box) setParameter(stack, name, value string) {
	b.t.Helper()
	ctx, client := context.Background(), cloudformation.NewFromConfig(b.s.AWS.Inside(b.region()))
	live, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &stack})
	require.NoError(b.t, err)
	in := &cloudformation.UpdateStackInput{StackName: &stack, UsePreviousTemplate: aws.Bool(true), Tags: live.Stacks[0].Tags,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}}
	for _, p := range live.Stacks[0].Parameters {
		if aws.ToString(p.ParameterKey) == name {
			in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: p.ParameterKey, ParameterValue: &value})
		} else {
			in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: p.ParameterKey, UsePreviousValue: aws.Bool(true)})
		}
	}
	_, err = client.UpdateStack(ctx, in)
	require.NoError(b.t, err)
}

// What someone changes in one system shows in exactly that place, and apply puts
// it back.
func TestEditsShowInTheirPlace(t *testing.T) {
	b := open(t, "01-rain-shield", "")
	b.apply()
	for _, row := range []struct {
		name, id string
		live     bool // seen by a plan that looks at everything alone
		edit     func()
		field    deploy.FieldChange
	}{
		{"a stack's parameter", "cloudformation:stack:sync", false, func() { b.setParameter("rain-shield-sync", "WorkerMaximum", "9") },
			deploy.FieldChange{Path: "Parameters.WorkerMaximum", Before: "9", After: "4"}},
		{"a grant", "snowflake:grant/usage/schema/RAIN_SHIELD.SYNCS/to/role/RAIN_SHIELD_READER", false,
			func() { b.admin("REVOKE USAGE ON SCHEMA RAIN_SHIELD.SYNCS FROM ROLE RAIN_SHIELD_READER") }, deploy.FieldChange{}},
		{"a warehouse's size", "snowflake:alter/warehouse/RAIN_SHIELD_SYNC", false,
			func() { b.admin("ALTER WAREHOUSE RAIN_SHIELD_SYNC SET WAREHOUSE_SIZE = 'LARGE'") },
			deploy.FieldChange{Path: "size", Before: "Large", After: "X-Small"}},
		{"a schedule in Airbyte", "airbyte:connection:zoom", true, func() {
			b.s.Airbyte.Edit("connection", "rain-shield zoom", func(body map[string]any) {
				body["schedule"] = map[string]any{"scheduleType": "manual"}
			})
		}, deploy.FieldChange{Path: "schedule", Before: "manual", After: "cron 0 0 */6 * * ? UTC"}},
		{"an image in ECS", "cloudformation:drift:sync", true, func() {
			require.NoError(t, b.s.AWS.Drift("rain-shield-sync", "WorkerTask", "/ContainerDefinitions/0/Image", "someone/else:1"))
		}, deploy.FieldChange{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.edit()
			plan := b.plan(row.live)
			var found []deploy.Change
			for _, c := range plan.Changes {
				if !c.Empty() {
					found = append(found, c)
				}
			}
			require.Len(t, found, 1, "%v", waiting(plan))
			assert.Equal(t, row.id, found[0].ID)
			if row.field.Path != "" {
				assert.Contains(t, found[0].Fields, row.field)
			} else {
				t.Log(found[0].Reason, fmt.Sprintf("%+v", found[0].Fields))
			}
			b.apply()
			require.Empty(t, waiting(b.plan(true)))
		})
	}
}

// Taken down and made again, the pipeline finds what was kept.
func TestComesBack(t *testing.T) {
	b := open(t, "01-rain-shield", "")
	b.apply()
	_, result, err := b.run(true)
	require.NoError(t, err)
	require.Empty(t, result.Failed)
	require.Equal(t, "done", result.Status)
	gone, err := b.planned(true, true)
	require.NoError(t, err)
	require.Empty(t, waiting(gone), "a second destroy has nothing to do")
	b.apply()
	require.Empty(t, waiting(b.plan(true)))
}

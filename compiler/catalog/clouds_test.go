package catalog_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

func TestAWS(t *testing.T) {
	aws := catalog.AWS()
	for name, want := range map[string]catalog.Size{
		"t3.xlarge": {CPUs: 4, Memory: 16}, "t3.micro": {CPUs: 2, Memory: 1}, "m7a.medium": {CPUs: 1, Memory: 4},
		"m7a.large": {CPUs: 2, Memory: 8}, "c5.9xlarge": {CPUs: 36, Memory: 72}, "r6i.large": {CPUs: 2, Memory: 16},
	} {
		got, ok := aws.Machine(name)
		assert.True(t, ok, name)
		assert.Equal(t, want, got, name)
	}
	_, ok := aws.Machine("t3")
	assert.False(t, ok)
	assert.True(t, aws.Least.Fits(catalog.Size{CPUs: 2, Memory: 8}))
	assert.False(t, aws.Least.Fits(catalog.Size{CPUs: 2, Memory: 4}))
	assert.Contains(t, aws.Machines("us-east-1"), "t3a.large")
	assert.NotContains(t, aws.Machines("us-east-1"), "t3.medium")
	assert.NotContains(t, aws.Machines("af-south-1"), "t3a.large")
}

// Every machine that a region is said to offer is one that cfn-lint knows there,
// and every family that it is said to lack is none.
func TestAWSAgainstCfnLint(t *testing.T) {
	found, err := filepath.Glob(filepath.Join(judge.Dir(t, "lint"), "lib/python3*/site-packages/cfnlint/data/schemas/extensions/aws_ec2_instance/instancetype_enum.json"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	data, err := os.ReadFile(found[0])
	require.NoError(t, err)
	var raw map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(data, &raw))
	aws := catalog.AWS()
	for i, region := range aws.Regions.Keys {
		var offered struct{ Enum []string }
		require.NoError(t, json.Unmarshal(raw[region], &offered), region)
		for _, machine := range aws.Machines(region) {
			assert.True(t, slices.Contains(offered.Enum, machine), "%s in %s", machine, region)
		}
		for _, family := range aws.Regions.Values[i].Lacks {
			assert.False(t, slices.Contains(offered.Enum, family+".large"), "%s.large in %s", family, region)
		}
	}
}

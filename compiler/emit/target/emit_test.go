package target_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

func TestSettingsReadBack(t *testing.T) {
	p := irtest.RainShield()
	artifacts := target.Emit(p)
	require.Len(t, artifacts, 1)
	require.Equal(t, settings.Path, artifacts[0].Path)
	s, err := settings.Parse(artifacts[0].Content)
	require.NoError(t, err)
	require.Equal(t, p.AWS.ParamPath, s.ParamPath)
	require.Equal(t, p.AWS.Buckets.Deploy, s.DeployBucket)
	require.Len(t, s.Secrets, len(p.Secrets))
	stack, ok := s.StackOf("sync")
	require.True(t, ok)
	require.Equal(t, p.AWS.Stacks.Sync, stack.Stack)
	require.Equal(t, []settings.Parameter{{Name: "GrouparooImage", From: "image.grouparoo"}, {Name: "DbtImage", From: "image.dbt"}}, stack.Parameters)
	foundation, _ := s.StackOf("foundation")
	require.Equal(t, []settings.Bucket{{ID: "ArtifactBucket", Name: p.AWS.Buckets.Artifacts}}, foundation.Buckets)
	_, ok = s.StackOf("nothing")
	require.False(t, ok)
	again, err := s.JSON()
	require.NoError(t, err)
	require.Equal(t, string(artifacts[0].Content), string(again))
}

func TestOtherFormsAreRefused(t *testing.T) {
	_, err := settings.Parse([]byte(`{"version": 2}`))
	require.EqualError(t, err, "target.json has form 2, and this version reads form 1: compile again")
	_, err = settings.Parse([]byte(`{"version": 1, "stackz": []}`))
	require.ErrorContains(t, err, "stackz")
}

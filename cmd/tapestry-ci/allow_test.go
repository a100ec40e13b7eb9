//go:build cgo

package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

func TestAllowance(t *testing.T) {
	plan := &deploy.Plan{Digest: "sha256:aa", Changes: []deploy.Change{
		{ID: "a:schema:X", Name: "X", Action: deploy.Delete, Risk: deploy.Destructive}, {ID: "b:schema:X", Name: "X", Action: deploy.Delete, Risk: deploy.Destructive},
		{ID: "c:table:Y", Name: "Y", Action: deploy.Delete, Risk: deploy.Destructive}, {ID: "d:role:Z", Name: "Z", Action: deploy.Create, Risk: deploy.Safe}}}
	all := []string{"a:schema:X", "b:schema:X", "c:table:Y"}
	for _, c := range []struct {
		given, want, standing []string
	}{
		{[]string{"sha256:aa"}, all, all},
		{[]string{"sha256:cc"}, all, all}, // of the plan that was approved
		{[]string{"Y", "c:table:Y"}, []string{"c:table:Y"}, []string{"c:table:Y"}},
		{[]string{"X"}, []string{"X"}, nil}, // of two, so of none
		{[]string{"sha256:bb", "of:another:plan"}, []string{"of:another:plan", "sha256:bb"}, nil},
		{nil, nil, nil},
	} {
		assert.Equal(t, c.want, allowance{given: c.given}.ids(plan, "sha256:cc"), "%v", c.given)
		assert.Equal(t, c.standing, allowance{given: c.given, standing: true}.ids(plan, "sha256:cc"), "%v", c.given)
	}
}

// The digest of a plan allows what is in it, and nothing in the next one.
func TestAllowByDigest(t *testing.T) {
	dir := shop(t)
	file := filepath.Join(dir, "tapestry.yaml")
	put(t, file, strings.Replace(strings.Replace(get(t, file), "tags: [newsletter]", "on_destroy: remove", 1), "max_removals: 50%", "max_removals: 100%", 1))
	require.Zero(t, runs(t, "apply", dir).code)
	text := get(t, file)
	from, to := strings.Index(text, "      newsletter:"), strings.Index(text, "alerts:")
	put(t, file, strings.Replace(text, text[from:to], "", 1))
	put(t, file, strings.Replace(get(t, file), "    syncs:\n", "    syncs: {}\n", 1))
	var plan deploy.Plan
	said := runs(t, "plan", dir, "--format", "json")
	require.NoError(t, json.Unmarshal([]byte(said.out), &plan), said.err)
	require.Len(t, plan.Destructive(), 1)
	said = runs(t, "apply", dir, "--allow", "sha256:"+strings.Repeat("0", 64))
	assert.Equal(t, 1, said.code)
	assert.Contains(t, said.err, "this plan can lose data")
	said = runs(t, "apply", dir, "--allow", plan.Digest)
	require.Zero(t, said.code, said.err)
}

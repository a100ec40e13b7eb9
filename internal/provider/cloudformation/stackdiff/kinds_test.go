package stackdiff

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// schema is what AWS publishes of a type, as cfn-lint carries it.
type schema struct {
	Properties  map[string]any `json:"properties"`
	CreateOnly  []string       `json:"createOnlyProperties"`
	Conditional []string       `json:"conditionalCreateOnlyProperties"`
	ReadOnly    []string       `json:"readOnlyProperties"`
}

// Where the pages of the documentation say more than the schemas, or less.
var (
	// Conditional by the schema, "Some interruptions" or "No interruption" by
	// aws-resource-rds-dbinstance.html.
	calmer = map[string][]string{
		"AWS::RDS::DBInstance": {"AutoMinorVersionUpgrade", "BackupRetentionPeriod", "DBParameterGroupName", "MultiAZ", "PreferredMaintenanceWindow"},
	}
	// In place by the schema. Replacement by the page of Domain, by older pages of
	// ObjectLockEnabled, Port and PubliclyAccessible; of the others it is not known
	// that they can be changed in place, whatever the page says.
	stricter = map[string][]string{
		"AWS::EC2::EIP":                      {"Domain", "PublicIpv4Pool"},
		"AWS::EC2::Volume":                   {"AvailabilityZone", "Encrypted", "KmsKeyId", "OutpostArn", "SnapshotId", "SourceVolumeId"},
		"AWS::ElastiCache::ReplicationGroup": {"Engine"},
		"AWS::Logs::LogGroup":                {"LogGroupClass"},
		"AWS::RDS::DBInstance":               {"Port", "PubliclyAccessible"},
		"AWS::S3::Bucket":                    {"ObjectLockEnabled"},
		"AWS::Scheduler::Schedule":           {"GroupName"},
	}
)

// TestTableAgreesWithTheSchemas holds every line of the table against the schema
// of its type.
func TestTableAgreesWithTheSchemas(t *testing.T) {
	read := schemas(t)
	for name, k := range kinds() {
		s := read(name)
		assert.ElementsMatch(t, trimmed(s.CreateOnly), k.replace, "%s: replace", name)
		conditional := slices.DeleteFunc(trimmed(s.Conditional), func(p string) bool { return slices.Contains(calmer[name], p) })
		assert.ElementsMatch(t, append(conditional, stricter[name]...), k.mayReplace, "%s: may_replace", name)
		assert.Empty(t, twice(k), "%s: in two lists", name)
		for p := range s.Properties {
			if !slices.Contains(trimmed(s.ReadOnly), p) {
				assert.True(t, k.names(p), "%s: %s is in no list", name, p)
			}
		}
		for _, p := range mentioned(k) {
			assert.Contains(t, s.Properties, p, name)
		}
	}
	t.Logf("%d types", len(kinds()))
}

// schemas gives the function that reads one.
func schemas(t *testing.T) func(kind string) schema {
	found, err := filepath.Glob(filepath.Join(judge.Dir(t, "lint"), "lib", "python*", "site-packages", "cfnlint", "data", "schemas"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	load := func(path string, into any) {
		data, err := os.ReadFile(filepath.Join(found[0], path))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, into))
	}
	var files map[string]string
	load("providers/us-east-1.json", &files)
	return func(kind string) schema {
		require.Contains(t, files, kind)
		var s schema
		load(filepath.Join("resources", files[kind]+".json"), &s)
		return s
	}
}

// trimmed makes paths of JSON pointers, without those that lie below another.
func trimmed(pointers []string) []string {
	var all []string
	for _, p := range pointers {
		all = append(all, strings.TrimPrefix(p, "/properties/"))
	}
	return slices.DeleteFunc(slices.Clone(all), func(p string) bool {
		top, _, nested := strings.Cut(p, "/")
		return nested && slices.Contains(all, top)
	})
}

func twice(k kind) []string {
	seen, double := map[string]bool{}, []string{}
	for _, p := range slices.Concat(k.replace, k.mayReplace, k.fixed, k.inPlace) {
		if seen[p] {
			double = append(double, p)
		}
		seen[p] = true
	}
	return double
}

// mentioned are the top-level properties that the table speaks of anywhere.
func mentioned(k kind) []string {
	all := slices.Concat(k.replace, k.mayReplace, k.fixed, k.inPlace)
	for _, remarks := range [][]remark{k.disrupts, k.guards, k.weaker, k.lower} {
		for _, r := range remarks {
			all = append(all, r.property)
		}
	}
	for p, by := range k.unless {
		name, _, _ := strings.Cut(by, "=")
		all = append(all, p, name)
	}
	if k.name != "" {
		all = append(all, k.name)
	}
	for i, p := range all {
		all[i], _, _ = strings.Cut(p, "/")
	}
	return all
}

func TestTableIsWellMade(t *testing.T) {
	for name, k := range kinds() {
		parts := strings.Split(strings.ToLower(name), "::")
		assert.Equal(t, "aws-resource-"+parts[1]+"-"+parts[2], k.source, name)
		assert.False(t, k.data != "" && k.outage != "", "%s: what holds data is not told as an outage", name)
		assert.False(t, k.snapshots && k.data == "", name)
		for p := range k.unless {
			assert.Contains(t, k.mayReplace, p, name)
		}
		if k.lock != "" {
			assert.True(t, slices.ContainsFunc(k.guards, func(r remark) bool { return r.property == k.lock }), name)
		}
	}
}

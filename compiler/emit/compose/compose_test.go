package compose_test

import (
	"context"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/compose"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func file(t *testing.T, p *ir.Pipeline) []byte {
	t.Helper()
	artifacts := compose.Emit(p)
	require.Len(t, artifacts, 1)
	return artifacts[0].Content
}

func TestGolden(t *testing.T) {
	golden := filepath.Join("testdata", "rain-shield.yaml")
	got := file(t, irtest.RainShield())
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, got, 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err, "run the test with -update")
	assert.Equal(t, string(want), string(got))
}

// dotenv gives every variable that the file asks for a value of its own.
func dotenv(content []byte) types.Mapping {
	values := types.Mapping{}
	for _, found := range regexp.MustCompile(`\$\{([A-Za-z0-9_]+):[?-]`).FindAllSubmatch(content, -1) {
		values[string(found[1])] = "value-of-" + string(found[1])
	}
	return values
}

// load reads the file as `docker compose` does, with nothing forgiven.
func load(t *testing.T, content []byte, values types.Mapping) (*types.Project, error) {
	t.Helper()
	folder := t.TempDir()
	details := types.ConfigDetails{
		WorkingDir: folder, Environment: values,
		ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(folder, compose.Path), Content: content}},
	}
	return loader.LoadWithContext(context.Background(), details, func(o *loader.Options) {
		o.SkipValidation, o.SkipConsistencyCheck, o.SkipInterpolation, o.SkipExtends, o.SkipNormalization = false, false, false, false, false
	})
}

func TestRealLoaderReadsIt(t *testing.T) {
	content := file(t, irtest.RainShield())
	project, err := load(t, content, dotenv(content))
	require.NoError(t, err)
	assert.Equal(t, "rain-shield", project.Name)
	assert.Equal(t, []string{"postgres", "redis", "web", "worker"}, slices.Sorted(slices.Values(project.ServiceNames())))
	for _, s := range project.Services {
		assert.True(t, s.ReadOnly, s.Name)
		assert.Equal(t, []string{"ALL"}, s.CapDrop, s.Name)
		assert.Equal(t, []string{"no-new-privileges:true"}, s.SecurityOpt, s.Name)
		assert.NotContains(t, []string{"", "root", "0", "0:0"}, s.User, s.Name)
		require.NotNil(t, s.HealthCheck, s.Name)
		assert.NotEmpty(t, s.HealthCheck.Test, s.Name)
		assert.Regexp(t, `^[a-z-]+:([0-9.]+-alpine|local)$`, s.Image, s.Name)
		for _, port := range s.Ports {
			assert.Equal(t, "127.0.0.1", port.HostIP, "nobody else may reach it")
		}
	}
	assert.True(t, project.Networks["state"].Internal)
	assert.Len(t, project.Volumes, 2)
}

func TestTopologyIsThatOfTheSyncStack(t *testing.T) {
	content := file(t, irtest.RainShield())
	project, err := load(t, content, dotenv(content))
	require.NoError(t, err)
	state, web, worker := []string{"postgres", "redis"}, project.Services["web"], project.Services["worker"]
	for _, name := range state {
		assert.Equal(t, []string{"state"}, slices.Sorted(maps.Keys(project.Services[name].Networks)), name)
		require.Len(t, project.Services[name].Volumes, 1)
		assert.Equal(t, name, project.Services[name].Volumes[0].Source)
	}
	assert.Equal(t, "true", *web.Environment["WEB_SERVER"])
	assert.Equal(t, "0", *web.Environment["WORKERS"])
	assert.Equal(t, "false", *worker.Environment["WEB_SERVER"])
	assert.Empty(t, worker.Ports)
	assert.Equal(t, types.ServiceConditionHealthy, worker.DependsOn["web"].Condition)
	for _, s := range []types.ServiceConfig{web, worker} {
		assert.True(t, strings.HasSuffix(s.Build.Context, "/grouparoo"), s.Build.Context)
		for _, name := range state {
			assert.Equal(t, types.ServiceConditionHealthy, s.DependsOn[name].Condition)
		}
		assert.Equal(t, *project.Services["postgres"].Environment["POSTGRES_PASSWORD"], *s.Environment["DB_PASS"])
		assert.Equal(t, *project.Services["redis"].Environment["REDISCLI_AUTH"], *s.Environment["REDIS_PASS"])
		assert.Equal(t, "value-of-MAILCHIMP_API_KEY", *s.Environment[grouparoo.EnvName("MAILCHIMP_API_KEY")])
		assert.Equal(t, "value-of-GROUPAROO_SNOWFLAKE_TOKEN", *s.Environment[grouparoo.EnvName(grouparoo.SnowflakeToken)])
	}
	assert.Contains(t, strings.Join(project.Services["redis"].Command, " "), `"$REDISCLI_AUTH"`, "the shell fills it in, not compose")
}

func TestMissingSecretStopsCompose(t *testing.T) {
	content := file(t, irtest.RainShield())
	for name := range dotenv(content) {
		values := dotenv(content)
		delete(values, name)
		_, err := load(t, content, values)
		if strings.HasPrefix(name, "GROUPAROO_ADMIN_") {
			assert.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, name)
		assert.ErrorContains(t, err, "set it in .env")
	}
}

func TestLoaderCanSayNo(t *testing.T) {
	content := file(t, irtest.RainShield())
	broken := strings.Replace(string(content), "read_only:", "readonly:", 1)
	require.NotEqual(t, string(content), broken)
	_, err := load(t, []byte(broken), dotenv(content))
	require.ErrorContains(t, err, "readonly")
}

func TestSyncsThatAreOffNeedNoSecrets(t *testing.T) {
	p := irtest.RainShield()
	p.Destinations[0].Enabled = false
	assert.NotContains(t, string(file(t, p)), "MAILCHIMP")
	assert.Equal(t, []string{"image:grouparoo"}, compose.Emit(p)[0].Needs)
}

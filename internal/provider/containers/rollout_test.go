package containers

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
)

// Each service of what the compiler emits, with what its containers read.
func TestReaders(t *testing.T) {
	folder := "../../../examples/01-rain-shield"
	data, err := os.ReadFile(filepath.Join(folder, ".env"))
	require.NoError(t, err)
	values, err := dotenv.Parse(data)
	require.NoError(t, err)
	r := compiler.Compile(os.DirFS(folder), "tapestry.yaml", compiler.Options{Env: values})
	require.False(t, r.Diagnostics.HasErrors())
	got, err := readers(r.Artifacts)
	require.NoError(t, err)
	const path = "/tapestry/rain-shield/production/"
	assert.Equal(t, []reader{
		{"WebService", []string{path + "MAILCHIMP_API_KEY", path + "grouparoo/admin-email", path + "grouparoo/admin-password", path + "grouparoo/server-token", path + "snowflake/grouparoo-token"}},
		{"WorkerService", []string{path + "MAILCHIMP_API_KEY", path + "grouparoo/server-token", path + "snowflake/grouparoo-token"}},
	}, got)
}

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func deployment(id, status string, minute int, state types.DeploymentRolloutState) types.Deployment {
	return types.Deployment{Id: &id, Status: &status, CreatedAt: aws.Time(noon.Add(time.Duration(minute) * time.Minute)), RolloutState: state, RolloutStateReason: aws.String("tasks failed to start")}
}

// What ECS tells of a service while a deployment takes over, look by look.
func TestRollout(t *testing.T) {
	const done, moving, failed = types.DeploymentRolloutStateCompleted, types.DeploymentRolloutStateInProgress, types.DeploymentRolloutStateFailed
	before := []types.Deployment{deployment("old", "PRIMARY", 0, done)}
	begun := []types.Deployment{deployment("new", "PRIMARY", 5, moving), deployment("old", "ACTIVE", 0, done)}
	for name, c := range map[string]struct {
		looks [][]types.Deployment
		over  bool
		err   string
	}{
		"not shown yet":         {looks: [][]types.Deployment{before, before}},
		"on its way":            {looks: [][]types.Deployment{before, begun}},
		"over":                  {looks: [][]types.Deployment{before, begun, {deployment("new", "PRIMARY", 5, done)}}, over: true},
		"failed":                {looks: [][]types.Deployment{begun, {deployment("new", "ACTIVE", 5, failed), deployment("old", "PRIMARY", 0, moving)}}, err: "of web do not start.*: tasks failed to start"},
		"an earlier one did":    {looks: [][]types.Deployment{{deployment("worse", "ACTIVE", -5, failed), deployment("old", "PRIMARY", 0, done)}}},
		"taken back":            {looks: [][]types.Deployment{begun, before}, err: "went back"},
		"another one came":      {looks: [][]types.Deployment{begun, {deployment("newer", "PRIMARY", 7, moving)}, {deployment("newer", "PRIMARY", 7, moving)}}},
		"outdone":               {looks: [][]types.Deployment{begun, {deployment("newer", "PRIMARY", 7, moving), deployment("new", "ACTIVE", 5, done)}}},
		"another one took over": {looks: [][]types.Deployment{begun, {deployment("newer", "PRIMARY", 7, moving)}, {deployment("newer", "PRIMARY", 7, done)}}, over: true},
	} {
		r := &rollout{service: "web", id: "new", began: noon.Add(5 * time.Minute)}
		var over bool
		var err error
		for _, look := range c.looks {
			over, err = r.over(types.Service{Deployments: look})
		}
		assert.Equal(t, c.over, over, name)
		if c.err == "" {
			assert.NoError(t, err, name)
		} else {
			assert.Regexp(t, c.err, err, name)
		}
	}
}

// A deployment that failed gave nobody a new value.
func TestNews(t *testing.T) {
	running := service{types.Service{Deployments: []types.Deployment{deployment("new", "ACTIVE", 5, types.DeploymentRolloutStateFailed), deployment("old", "PRIMARY", 0, types.DeploymentRolloutStateCompleted)}},
		[]string{"/a", "/b", "/c", "/d"}}
	assert.Equal(t, []string{"/b"}, running.news(map[string]time.Time{"/a": noon.Add(-time.Second), "/b": noon.Add(time.Minute), "/c": noon.Add(900 * time.Microsecond), "/unread": noon.Add(time.Hour)}))
}

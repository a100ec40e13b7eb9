//go:build cgo

package comment_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	"github.com/tapestry-ci/tapestry-ci/internal/graph"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/local"
	"github.com/tapestry-ci/tapestry-ci/internal/report/comment"
)

// rainShield is examples/01-rain-shield in a folder of its own, with the real
// local target over it.
type rainShield struct{ dir string }

func newRainShield(t *testing.T) rainShield {
	t.Helper()
	p := rainShield{dir: t.TempDir()}
	require.NoError(t, os.CopyFS(p.dir, os.DirFS("../../../examples/01-rain-shield")))
	return p
}

func (p rainShield) edit(t *testing.T, old, now string) {
	t.Helper()
	path := filepath.Join(p.dir, "tapestry.yaml")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(data), old)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(data), old, now, 1)), 0o644))
}

func (p rainShield) compile(t *testing.T) *compiler.Result {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, ".env"))
	require.NoError(t, err)
	env, err := dotenv.Parse(data)
	require.NoError(t, err)
	return compiler.Compile(os.DirFS(p.dir), "tapestry.yaml", compiler.Options{Env: env, Local: true, Tool: "test"})
}

// plan gives the plan, the picture, and a way to apply it.
func (p rainShield) plan(t *testing.T) (*deploy.Plan, comment.Context, func() *deploy.Result) {
	t.Helper()
	r := p.compile(t)
	require.False(t, r.Diagnostics.HasErrors())
	providers := local.New(local.Config{Dir: p.dir, Environment: "production", Salt: []byte("0123456789abcdef0123456789abcdef")})
	in := deploy.Input{Artifacts: r.Artifacts}
	plan, err := deploy.Build(context.Background(), providers, in, deploy.Meta{Pipeline: r.Pipeline.Name, Environment: r.Pipeline.Env, Target: "local", Artifacts: r.Manifest.Digest})
	require.NoError(t, err)
	c := where()
	c.Graph = picture(graph.New(r.Pipeline))
	return plan, c, func() *deploy.Result {
		result, err := deploy.Execute(context.Background(), plan, deploy.Execution{Providers: providers, Input: in,
			Ledger: ledger.In(filepath.Join(p.dir, ".tapestry", "production")), Owner: "ann", Now: time.Now})
		require.NoError(t, err)
		return result
	}
}

// picture is what a caller does to have the pipeline drawn.
func picture(g graph.Graph) *comment.Graph {
	var out comment.Graph
	for _, n := range g.Nodes {
		out.Nodes = append(out.Nodes, comment.Node{ID: n.ID, Kind: n.Kind, Name: n.Name, Group: n.Group})
	}
	for _, e := range g.Edges {
		out.Edges = append(out.Edges, comment.Edge{From: e.From, To: e.To})
	}
	return &out
}

// volatile are digests, which change with every version of the compiler, and
// the number of a run.
var volatile = regexp.MustCompile(`sha256:[0-9a-f]{64}|\b[0-9]{4}-[0-9a-f]{6,}\b|[0-9TZ-]{16,}[0-9a-f]*`)

func golden(t *testing.T, name, text string) {
	t.Helper()
	text = volatile.ReplaceAllString(text, "…")
	path := filepath.Join("testdata", name+".md")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), text, name)
}

// A pull request that maps another column, over what the first apply made, with
// the real local target: the counts in the comment are those of the samples.
func TestRealPlans(t *testing.T) {
	p := newRainShield(t)
	first, c, apply := p.plan(t)
	golden(t, "local-first", comment.Plan(first, c, comment.Options{}).Text)
	golden(t, "local-applied", comment.Result(apply(), first, c, comment.Options{}).Text)

	empty, c, _ := p.plan(t)
	text := comment.Plan(empty, c, comment.Options{}).Text
	assert.Contains(t, text, "No changes")
	assert.Equal(t, 1, strings.Count(text, "\n"), "the marker and one line")

	p.edit(t, "LNAME: last_name}", "LNAME: first_name}")
	changed, c, _ := p.plan(t)
	text = comment.Plan(changed, c, comment.Options{}).Text
	golden(t, "local-change", text)
	assert.Contains(t, text, "| `mailchimp.newsletter` |  | 4 |  |  |")
	assert.Contains(t, text, `(["~ newsletter"]):::changed`)

	p.edit(t, "model: people", "model: poeple")
	r := p.compile(t)
	golden(t, "local-invalid", comment.Invalid(r.Diagnostics, r.Source, c, comment.Options{}).Text)
}

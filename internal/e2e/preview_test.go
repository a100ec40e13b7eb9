package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/dotenv"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/local"
)

// preview is the same pipeline in the local target.
type preview struct {
	dir    string
	outbox string // of the destination and its sync
}

// newPreview copies a pipeline's files; the samples come with each round.
func newPreview(t testing.TB, folder string) *preview {
	t.Helper()
	p := &preview{dir: t.TempDir(), outbox: "mailchimp/newsletter.ndjson"}
	for _, name := range []string{"tapestry.yaml", ".env"} {
		data, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(p.dir, name), data, 0o644))
	}
	return p
}

// agree applies the same records in the local target, and holds its members
// against the audience's.
func (p *preview) agree(l *lane, r round) {
	t := l.t
	t.Helper()
	if len(r.broken) == 0 && len(r.stopped) == 0 {
		l.samples(p.dir)
		p.apply(t)
	}
	var got []string
	data, err := os.ReadFile(filepath.Join(p.dir, ".tapestry", "production", "outbox", filepath.FromSlash(p.outbox)))
	require.NoError(t, err)
	for text := range strings.Lines(string(data)) {
		var m struct {
			Email string  `json:"email_address"`
			First *string `json:"FNAME"`
			Last  *string `json:"LNAME"`
		}
		require.NoError(t, json.Unmarshal([]byte(text), &m))
		got = append(got, fmt.Sprintf("%s | %s | %s", m.Email, value(m.First), value(m.Last)))
	}
	slices.Sort(got)
	require.Equal(t, l.ours(), got, "%s: the local target foresees other members", r.name)
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// ours are the members of the audience that the pipeline put there, whatever
// became of them by their own doing.
func (l *lane) ours() []string {
	var out []string
	for _, m := range l.mailchimp.Members(l.audience) {
		if m.Status != "archived" && slices.Contains(m.Tags, "newsletter") {
			out = append(out, fmt.Sprintf("%s | %s | %s", m.Email, m.Merge["FNAME"], m.Merge["LNAME"]))
		}
	}
	slices.Sort(out)
	return out
}

func (p *preview) apply(t testing.TB) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, ".env"))
	require.NoError(t, err)
	env, err := dotenv.Parse(data)
	require.NoError(t, err)
	r := compiler.Compile(os.DirFS(p.dir), "tapestry.yaml", compiler.Options{Env: env, Local: true, Tool: "test"})
	require.False(t, r.Diagnostics.HasErrors(), "%v", r.Diagnostics)
	state := filepath.Join(p.dir, ".tapestry", "production")
	providers := local.New(local.Config{Dir: p.dir, Environment: "production", Salt: []byte("0123456789abcdef0123456789abcdef")})
	in := deploy.Input{Artifacts: r.Artifacts}
	plan, err := deploy.Build(t.Context(), providers, in, deploy.Meta{Pipeline: r.Pipeline.Name, Environment: r.Pipeline.Env, Target: "local", Artifacts: r.Manifest.Digest})
	require.NoError(t, err)
	var allow []string
	for _, c := range plan.Destructive() {
		allow = append(allow, c.ID)
	}
	result, err := deploy.Execute(t.Context(), plan, deploy.Execution{Providers: providers, Input: in, Ledger: ledger.In(state), Owner: "test", Now: time.Now, Allow: allow})
	require.NoError(t, err)
	require.Equal(t, "done", result.Status, "%v", result.Failed)
}

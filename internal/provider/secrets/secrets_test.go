package secrets_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/secrets"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

var ctx = context.Background()

// canary has letters that every encoding writes otherwise.
const canary = `hunter2/"canary"+&é`

// pipeline is a build that asks for two secrets.
func pipeline(t *testing.T, name string, names ...string) (settings.Settings, deploy.Input) {
	path := "/tapestry/" + name + "/production"
	s := settings.Settings{Version: settings.Version, Pipeline: name, Environment: "production", Prefix: name, Region: fakeaws.Region, ParamPath: path,
		KeyAlias: "alias/aws/ssm", Tags: []settings.Tag{{Key: "tapestry:pipeline", Value: name}},
		Made: settings.Made{GrouparooServerToken: path + "/grouparoo/server-token", GrouparooAdminEmail: path + "/grouparoo/admin-email",
			GrouparooAdminPassword: path + "/grouparoo/admin-password"}}
	for _, n := range names {
		s.Secrets = append(s.Secrets, settings.Secret{Name: n, Param: path + "/" + n, UsedBy: []string{"source:zoom"}})
	}
	data, err := s.JSON()
	require.NoError(t, err)
	return s, deploy.Input{Artifacts: []emit.Artifact{{Path: settings.Path, Content: data}}}
}

func values(pairs ...string) secret.Source {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) (secret.Value, bool) { v, ok := m[name]; return secret.New(v), ok }
}

func plan(t *testing.T, p *secrets.Provider, in deploy.Input) *deploy.Plan {
	t.Helper()
	made, err := deploy.Build(ctx, []deploy.Provider{p}, in, deploy.Meta{Pipeline: "p"})
	require.NoError(t, err)
	return made
}

func apply(t *testing.T, p *secrets.Provider, in deploy.Input) {
	t.Helper()
	for _, c := range plan(t, p, in).Changes {
		_, err := p.Apply(ctx, c, in, nil)
		require.NoError(t, err, c.ID)
	}
}

func TestSecrets(t *testing.T) {
	server := fakeaws.Start(t)
	with := func(source secret.Source) *secrets.Provider {
		return secrets.New(secrets.Config{AWS: server.Config(), Values: source, MustHave: true})
	}
	t.Run("made, kept, rotated, removed", func(t *testing.T) { life(t, server, with) })
	t.Run("written by hand", func(t *testing.T) { byHand(t, server, with) })
	t.Run("handed on", func(t *testing.T) { handsOn(t, server, with) })
	t.Run("missing values are all named", func(t *testing.T) { missing(t, server, with) })
	t.Run("too long", func(t *testing.T) { tooLong(t, with) })
	t.Run("every call fails once", func(t *testing.T) { faults(t, server, with) })
}

func life(t *testing.T, server *fakeaws.Server, with func(secret.Source) *secrets.Provider) {
	s, in := pipeline(t, "life", "A", "B")
	first := with(values("A", canary, "B", "b"))
	before := plan(t, first, in)
	require.Len(t, before.Changes, 5)
	blind := plan(t, secrets.New(secrets.Config{AWS: server.Config()}), in)
	require.Equal(t, before.Digest, blind.Digest, "a job without values plans the same")
	apply(t, first, in)
	require.True(t, plan(t, first, in).Empty(), "the second plan is empty")
	require.True(t, plan(t, secrets.New(secrets.Config{AWS: server.Config()}), in).Empty())

	store := secrets.NewStore(server.Config(), s)
	value, _, err := store.Get(ctx, s.Secrets[0].Param)
	require.NoError(t, err)
	require.Equal(t, canary, value.Reveal())
	token, version, err := store.Get(ctx, s.Made.GrouparooServerToken)
	require.NoError(t, err)
	require.Len(t, token.Reveal(), 64)

	rotated := with(values("A", "another", "B", "b"))
	rotation := plan(t, rotated, in)
	require.Len(t, rotation.Changes, 1)
	require.True(t, rotation.Changes[0].Aside)
	require.Equal(t, plan(t, first, in).Digest, rotation.Digest, "a rotation is no part of what is reviewed")
	apply(t, rotated, in)
	require.True(t, plan(t, rotated, in).Empty())
	same, again, err := store.Get(ctx, s.Made.GrouparooServerToken)
	require.NoError(t, err)
	require.Equal(t, []any{token, version}, []any{same, again}, "what apply made is not made anew")

	require.NoError(t, store.Put(ctx, s.ParamPath+"/snowflake/key", secret.New("k")))
	_, less := pipeline(t, "life", "A")
	gone := plan(t, rotated, less)
	require.Len(t, gone.Changes, 1, "keys of Snowflake are not this provider's to remove")
	require.Equal(t, deploy.Delete, gone.Changes[0].Action)
	apply(t, rotated, less)
	require.True(t, plan(t, rotated, less).Empty())

	in.Destroy = true
	down := plan(t, rotated, in)
	require.Len(t, down.Changes, 5)
	apply(t, rotated, in)
	require.True(t, plan(t, rotated, in).Empty())
	hidden(t, server, before, rotation, down)
}

// What somebody writes by hand shows in exactly that place, also to who has no
// values, and is put back.
func byHand(t *testing.T, server *fakeaws.Server, with func(secret.Source) *secrets.Provider) {
	s, in := pipeline(t, "byhand", "A", "B")
	p, blind := with(values("A", "a", "B", "b")), with(values())
	apply(t, p, in)
	store := secrets.NewStore(server.Config(), s)
	token, _, err := store.Get(ctx, s.Made.GrouparooServerToken)
	require.NoError(t, err)
	key := s.ParamPath + "/snowflake/dbt-private-key"
	require.NoError(t, store.Put(ctx, key, secret.New("k")))
	require.True(t, plan(t, p, in).Empty())
	for _, job := range []*secrets.Provider{p, blind} {
		for param, want := range map[string]string{key: "k", s.Secrets[0].Param: "a", s.Made.GrouparooServerToken: token.Reveal()} {
			require.NoError(t, server.PutParameter(ctx, param, "by hand"))
			for _, any := range []*secrets.Provider{p, blind, secrets.New(secrets.Config{AWS: server.PlanConfig()})} {
				seen := plan(t, any, in)
				require.Len(t, seen.Changes, 1)
				require.Equal(t, param, seen.Changes[0].Name)
				require.Equal(t, deploy.Update, seen.Changes[0].Action)
				require.Equal(t, "version", seen.Changes[0].Fields[0].Path)
			}
			again := plan(t, job, in).Changes[0]
			for range 2 { // once more, as if the ledger had lost it
				_, err := job.Apply(ctx, again, in, nil)
				require.NoError(t, err)
				value, _, err := store.Get(ctx, param)
				require.NoError(t, err)
				require.Equal(t, want, value.Reveal())
			}
			require.True(t, plan(t, job, in).Empty())
		}
	}
}

// hidden looks for the canary everywhere but in the call that stores it.
func hidden(t *testing.T, server *fakeaws.Server, plans ...*deploy.Plan) {
	var text strings.Builder
	for _, p := range plans {
		data, err := json.Marshal(p)
		require.NoError(t, err)
		fmt.Fprintf(&text, "%s %+v\n", data, p)
	}
	stored := 0
	for _, c := range server.Requests() {
		if c.Operation == "PutParameter" {
			stored++
			continue
		}
		fmt.Fprintf(&text, "%s %s\n", c.Path, c.Body)
	}
	require.NotZero(t, stored)
	inJSON, err := json.Marshal(canary)
	require.NoError(t, err)
	for _, form := range []string{canary, strings.Trim(string(inJSON), `"`), url.QueryEscape(canary), url.PathEscape(canary), base64.StdEncoding.EncodeToString([]byte(canary)),
		base64.RawURLEncoding.EncodeToString([]byte(canary)), fmt.Sprintf("%x", canary)} {
		require.NotContains(t, text.String(), form)
	}
}

// Who follows is told what there is, and what it will be once this plan is applied.
func handsOn(t *testing.T, server *fakeaws.Server, with func(secret.Source) *secrets.Provider) {
	s, in := pipeline(t, "handson", "A", "B")
	a, b := s.Secrets[0].Param, s.Secrets[1].Param
	outputs := func(source secret.Source) deploy.Outputs {
		out, err := with(source).Plan(ctx, in)
		require.NoError(t, err)
		return out.Outputs
	}
	first := outputs(values("A", "1", "B", "1"))
	require.Equal(t, []string{"1", ""}, []string{first["parameter."+a], first["modified."+a]})
	before := time.Now().Add(-2 * time.Second)
	apply(t, with(values("A", "1", "B", "1")), in)
	next := outputs(values("A", "2", "B", "1"))
	require.Equal(t, []string{"2", "", "1"}, []string{next["parameter."+a], next["modified."+a], next["parameter."+b]})
	at, err := time.Parse(time.RFC3339, next["modified."+b])
	require.NoError(t, err)
	require.WithinRange(t, at, before, time.Now().Add(2*time.Second))
}

func missing(t *testing.T, server *fakeaws.Server, with func(secret.Source) *secrets.Provider) {
	_, in := pipeline(t, "missing", "A", "B", "C")
	made := plan(t, with(values("B", "b", "C", "")), in)
	require.Len(t, made.Blocked(), 1)
	require.Contains(t, made.Blocked()[0].Reason, "A, C")
	seen := plan(t, secrets.New(secrets.Config{AWS: server.Config()}), in)
	require.Empty(t, seen.Blocked(), "a pull request's job needs no values")
	require.Equal(t, made.Digest, seen.Digest)
}

func tooLong(t *testing.T, with func(secret.Source) *secrets.Provider) {
	_, in := pipeline(t, "long", "A")
	for _, c := range plan(t, with(nil), in).Changes {
		if c.Name != "/tapestry/long/production/A" {
			continue
		}
		_, err := with(values("A", strings.Repeat("x", 8193))).Apply(ctx, c, in, nil)
		require.ErrorContains(t, err, "8193 bytes")
		_, err = with(values("A", strings.Repeat("x", 4097))).Apply(ctx, c, in, nil)
		require.NoError(t, err, "the advanced tier takes it")
	}
}

// Whatever call of a first apply is refused or loses its reply, applying again
// ends with the same parameters, and no made value is made twice.
func faults(t *testing.T, server *fakeaws.Server, with func(secret.Source) *secrets.Provider) {
	cells := 0
	for _, do := range []fault.Action{fault.Refuse, fault.Drop} {
		for n := 1; ; n++ {
			name := fmt.Sprintf("fault%d-%d", do, n)
			s, in := pipeline(t, name, "A", "B")
			p := with(values("A", "a", "B", "b"))
			made := plan(t, p, in)
			from := len(server.Requests())
			var over atomic.Bool // a rule that hit nothing must not hit what comes later
			server.Fault(fault.Rule{Match: func(c fault.Call) bool { return c.N > from && !over.Load() }, Nth: n, Do: do, Code: "InternalServerError"})
			for _, c := range made.Changes {
				_, _ = p.Apply(ctx, c, in, nil) // it may fail: the next apply has to set it right
			}
			over.Store(true)
			calls := server.Requests()[from:]
			if len(calls) < n {
				break
			}
			cells++
			apply(t, p, in)
			require.True(t, plan(t, p, in).Empty(), name)
			_, version, err := secrets.NewStore(server.Config(), s).Get(ctx, s.Made.GrouparooServerToken)
			require.NoError(t, err)
			require.EqualValues(t, 1, version, "made once")
		}
	}
	require.GreaterOrEqual(t, cells, 10)
	t.Logf("%d faults, %d survived", cells, cells)
}

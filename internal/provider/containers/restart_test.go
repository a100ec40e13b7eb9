package containers_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakeaws "github.com/tapestry-ci/tapestry-ci/internal/fake/aws"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/containers"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/secrets"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

var ctx = context.Background()

const restartID = "containers:restart:grouparoo"

// template is a sync stack whose web service reads D1, D2 and the token, and whose
// workers read D1 and the token.
const template = `
Resources:
  Cluster: {Type: AWS::ECS::Cluster}
  WebTask:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: web
          Secrets:
            - {Name: D1, ValueFrom: !Sub "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameterPATH/D1"}
            - {Name: D2, ValueFrom: !Sub "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameterPATH/D2"}
            - {Name: TOKEN, ValueFrom: !Sub "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameterPATH/snowflake/grouparoo-token"}
            - {Name: DB_PASS, ValueFrom: !Sub "${DatabaseSecret}:password::"}
  WorkerTask:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: worker
          Secrets:
            - {Name: D1, ValueFrom: !Sub "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameterPATH/D1"}
            - {Name: TOKEN, ValueFrom: !Sub "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameterPATH/snowflake/grouparoo-token"}
  WebService: {Type: AWS::ECS::Service, Properties: {TaskDefinition: !Ref WebTask}}
  WorkerService: {Type: AWS::ECS::Service, Properties: {TaskDefinition: !Ref WorkerTask}}
Outputs:
  Cluster: {Value: !Ref Cluster}
  WebService: {Value: !GetAtt WebService.Name}
  WorkerService: {Value: !GetAtt WorkerService.Name}
`

// site is one pipeline in the account.
type site struct {
	t      *testing.T
	server *fakeaws.Server
	set    settings.Settings
	in     deploy.Input
	also   []deploy.Provider
	said   []string
}

func newSite(t *testing.T, server *fakeaws.Server, name string) *site {
	require.NoError(t, server.Reset())
	path := "/tapestry/" + name + "/production"
	s := settings.Settings{Version: settings.Version, Pipeline: name, Environment: "production", Prefix: name, Region: fakeaws.Region, ParamPath: path, KeyAlias: "alias/aws/ssm",
		Stacks: []settings.Stack{{Name: "sync", Stack: name + "-sync", Template: "cloudformation/sync.yaml"}},
		Made:   settings.Made{GrouparooServerToken: path + "/grouparoo/server-token", GrouparooAdminEmail: path + "/grouparoo/admin-email", GrouparooAdminPassword: path + "/grouparoo/admin-password"}}
	for _, n := range []string{"A", "D1", "D2"} {
		s.Secrets = append(s.Secrets, settings.Secret{Name: n, Param: path + "/" + n})
	}
	data, err := s.JSON()
	require.NoError(t, err)
	return &site{t: t, server: server, set: s, in: deploy.Input{Outputs: deploy.Outputs{}, Artifacts: []emit.Artifact{{Path: settings.Path, Content: data},
		{Path: "cloudformation/sync.yaml", Content: []byte(strings.ReplaceAll(template, "PATH", path))}}}}
}

// syncStack makes what the sync stack makes: a cluster with two services.
func (s *site) syncStack(desired int32) {
	s.t.Helper()
	client, name := ecs.NewFromConfig(s.server.Config()), aws.String(s.set.Prefix)
	_, err := client.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: name})
	require.NoError(s.t, err)
	_, err = client.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{Family: name, ContainerDefinitions: []types.ContainerDefinition{{Name: aws.String("x"), Image: aws.String("x"), Memory: aws.Int32(128)}}})
	require.NoError(s.t, err)
	for _, service := range []string{"web", "worker"} {
		_, err := client.CreateService(ctx, &ecs.CreateServiceInput{Cluster: name, ServiceName: &service, TaskDefinition: name, DesiredCount: &desired})
		require.NoError(s.t, err)
	}
	s.in.Outputs = deploy.Outputs{"output.sync.Cluster": s.set.Prefix, "output.sync.WebService": "web", "output.sync.WorkerService": "worker"}
}

// job is a job that has values for A, D1 and D2; one without any only reads.
type job struct {
	cfg    aws.Config
	values []string
}

func (s *site) job(values ...string) job { return job{s.server.Config(), values} }
func (s *site) pullRequest() job         { return job{cfg: s.server.PlanConfig()} }

func (s *site) providers(j job) []deploy.Provider {
	source := func(name string) (secret.Value, bool) {
		i := strings.Index("A D1D2", name) / 2
		if i >= len(j.values) {
			return secret.Value{}, false
		}
		return secret.New(j.values[i]), true
	}
	return append([]deploy.Provider{secrets.New(secrets.Config{AWS: j.cfg, Values: source}), containers.New(containers.Config{AWS: j.cfg, Poll: time.Millisecond})}, s.also...)
}

func (s *site) plan(j job) *deploy.Plan {
	s.t.Helper()
	made, err := deploy.Build(ctx, s.providers(j), s.in, deploy.Meta{Pipeline: s.set.Pipeline})
	require.NoError(s.t, err)
	return made
}

// apply executes what a plan of the job has, and gives what failed.
func (s *site) apply(j job) []deploy.Fault {
	s.t.Helper()
	result, err := deploy.Execute(ctx, s.plan(j), deploy.Execution{Providers: s.providers(j), Input: s.in, Ledger: &ledger{}, Now: time.Now, Events: func(e deploy.Event) { s.said = append(s.said, e.Message) }})
	require.NoError(s.t, err)
	return result.Failed
}

// ledger forgets everything.
type ledger struct{}

func (ledger) Begin(*deploy.Plan, string, time.Time) (string, error) { return "run", nil }
func (ledger) Step(string, ...deploy.RunStep) error                  { return nil }
func (ledger) End(string, string, time.Time) error                   { return nil }
func (ledger) Runs() ([]deploy.Run, error)                           { return nil, nil }

func ids(p *deploy.Plan) []string {
	var out []string
	for _, c := range p.Changes {
		out = append(out, string(c.Action)+" "+c.ID)
	}
	return out
}

func TestRestarts(t *testing.T) {
	server := fakeaws.Start(t)
	for name, run := range map[string]func(*testing.T, *fakeaws.Server){"rotated": rotated, "lost": lost, "failing": failing, "planned by others": planned, "nothing to restart": nothing} {
		t.Run(name, func(t *testing.T) { run(t, server) })
	}
}

func rotated(t *testing.T, server *fakeaws.Server) {
	s := newSite(t, server, "rotated")
	require.Empty(t, s.apply(s.job("1", "1", "1")))
	require.Empty(t, server.Requests("DescribeServices"), "without a stack nobody is asked")
	s.syncStack(2)
	before := len(server.Requests())
	require.True(t, s.plan(s.job("1", "1", "1")).Empty(), "the stack is younger than its secrets")
	require.Len(t, server.Requests()[before:], 2, "one listing and one look")
	require.True(t, s.plan(s.pullRequest()).Empty())
	s.in.Outputs["created.sync"] = time.Now().Format(time.RFC3339Nano)
	before = len(server.Requests())
	require.True(t, s.plan(s.pullRequest()).Empty())
	require.Len(t, server.Requests()[before:], 1, "nothing was written since, so nobody is asked")
	require.Equal(t, []string{"update secrets:parameter:A"}, ids(s.plan(s.job("2", "1", "1"))), "no container reads it")

	j := s.job("1", "2", "2")
	made := s.plan(j)
	require.ElementsMatch(t, []string{"update secrets:parameter:D1", "update secrets:parameter:D2", "update " + restartID}, ids(made))
	c := made.Change(restartID)
	require.Equal(t, []string{"secrets:parameter:D1", "secrets:parameter:D2"}, c.DependsOn)
	require.Equal(t, deploy.Disruptive, c.Risk)
	require.True(t, c.Aside)
	require.Contains(t, c.Reason, "/D1, "+s.set.ParamPath+"/D2")
	require.Contains(t, c.Needs, "stack:sync")
	require.Contains(t, c.Needs, "parameter:"+s.set.ParamPath+"/snowflake/grouparoo-token")
	require.Equal(t, s.plan(s.pullRequest()).Digest, made.Digest)

	require.Empty(t, s.apply(j))
	require.Len(t, server.Requests("UpdateService"), 2)
	require.Contains(t, s.said, "restarting web")
	require.True(t, s.plan(j).Empty())
	require.True(t, s.plan(s.pullRequest()).Empty())
	_, err := s.providers(j)[1].Apply(ctx, *c, s.in, func(string) {})
	require.NoError(t, err)
	require.Len(t, server.Requests("UpdateService"), 2, "again restarts nothing")

	require.Empty(t, s.apply(s.job("1", "2", "3")))
	require.Len(t, server.Requests("UpdateService"), 3, "only web reads it")
	require.Contains(t, string(server.Requests("UpdateService")[2].Body), `"web"`)
	require.True(t, s.plan(s.pullRequest()).Empty())
}

// The rotation was done and the restart was not: the next plan has it. A lost
// answer of the restart itself starts no second set of containers.
func lost(t *testing.T, server *fakeaws.Server) {
	s := newSite(t, server, "lost")
	require.Empty(t, s.apply(s.job("1", "1", "1")))
	s.syncStack(1)
	j := s.job("1", "2", "1")
	server.Fault(fault.Rule{Operation: "UpdateService", Do: fault.Refuse, Code: "AccessDeniedException"})
	failed := s.apply(j)
	require.Len(t, failed, 1)
	require.Contains(t, failed[0].Error, "restarting web")
	require.Equal(t, []string{"update " + restartID}, ids(s.plan(j)))
	require.Equal(t, []string{"update " + restartID}, ids(s.plan(s.pullRequest())), "who reads sees it as well")
	s.in.Destroy = true
	require.NotContains(t, ids(s.plan(j)), "update "+restartID, "what is taken down is not restarted before")
	s.in.Destroy = false

	server.Fault(fault.Rule{Operation: "UpdateService", Do: fault.Drop})
	once := j
	once.cfg = server.Config()
	once.cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	require.Len(t, s.apply(once), 1)
	before := len(server.Requests("UpdateService"))
	require.Empty(t, s.apply(j))
	require.Len(t, server.Requests("UpdateService")[before:], 1, "web has its new containers already")
	require.True(t, s.plan(j).Empty())

	// ECS cannot be asked for a while: the wait outlasts that, and says so.
	var begun atomic.Bool
	server.Fault(fault.Rule{Operation: "UpdateService", Do: fault.Pass, After: func(fault.Call) { begun.Store(true) }})
	server.Fault(fault.Rule{Operation: "DescribeServices", Match: func(fault.Call) bool { return begun.Load() }, Times: 3, Do: fault.Refuse})
	refused := s.job("1", "3", "1")
	refused.cfg.Retryer = func() aws.Retryer { // what is refused stays so; a connection of the stand-in may break
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.Retryables = []retry.IsErrorRetryable{retry.RetryableConnectionError{}}
		})
	}
	require.Empty(t, s.apply(refused))
	require.Equal(t, 3, strings.Count(strings.Join(s.said, "\n"), "AWS cannot be asked"))
}

// The stand-in's deployments take over at once. What a slow one and a failing one
// look like is answered here instead.
func failing(t *testing.T, server *fakeaws.Server) {
	s := newSite(t, server, "failing")
	require.Empty(t, s.apply(s.job("1", "1", "1")))
	s.syncStack(1)
	j := s.job("1", "2", "1")
	c := s.plan(j).Change(restartID)
	require.NotNil(t, c)
	require.Empty(t, s.apply(j))

	clock := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	slow := containers.New(containers.Config{AWS: server.Config(), Poll: time.Millisecond, Patience: time.Hour, Now: func() time.Time { clock = clock.Add(20 * time.Minute); return clock }})
	state := "IN_PROGRESS"
	server.HandOn(moving(&state), "DescribeServices")
	defer server.HandOn(nil)
	var said []string
	_, err := slow.Apply(ctx, *c, s.in, func(m string) { said = append(said, m) })
	require.ErrorContains(t, err, "the new containers of web, worker have not taken over after 1h0m0s")
	require.GreaterOrEqual(t, strings.Count(strings.Join(said, "\n"), "waiting for the new containers of web, worker"), 2)
	state = "FAILED"
	_, err = slow.Apply(ctx, *c, s.in, func(string) {})
	require.ErrorContains(t, err, "the new containers of web do not start, and the former ones go on with the former values: tasks failed to start")
	require.ErrorContains(t, err, "the new containers of worker do not start", "one that fails holds up no other")
}

// moving answers with services whose newest deployment is in the given state.
func moving(state *string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var services []any
		for _, name := range []string{"web", "worker"} {
			at := float64(time.Now().Add(time.Hour).Unix())
			services = append(services, map[string]any{"serviceName": name, "status": "ACTIVE", "desiredCount": 1, "runningCount": 1, "deployments": []any{
				map[string]any{"id": "old", "status": "ACTIVE", "createdAt": at - 60, "rolloutState": "COMPLETED"},
				map[string]any{"id": "new", "status": "PRIMARY", "createdAt": at, "rolloutState": *state, "rolloutStateReason": "tasks failed to start"}}})
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]any{"services": services}) // a client that went away needs no answer
	})
}

// tokens is a provider that writes a parameter which it has in its plan.
type tokens struct {
	site  *site
	param string
	due   *bool
}

func (tokens) Name() string { return "snowflake" }

func (k tokens) Plan(context.Context, deploy.Input) (deploy.Outcome, error) {
	if !*k.due {
		return deploy.Outcome{}, nil
	}
	return deploy.Outcome{Outputs: deploy.Outputs{"parameter." + k.param: "2", "modified." + k.param: ""},
		Changes: []deploy.Change{{ID: "snowflake:token", Provider: "snowflake", Kind: "user", Action: deploy.Update, Risk: deploy.Disruptive, Provides: []string{"parameter:" + k.param}}}}, nil
}

func (k tokens) Apply(ctx context.Context, _ deploy.Change, _ deploy.Input, _ deploy.Progress) (deploy.Outputs, error) {
	*k.due = false
	return nil, secrets.NewStore(k.site.server.Config(), k.site.set).Put(ctx, k.param, secret.New("t"))
}

// Snowflake's token is made anew: the restart is in the same plan, and after it.
func planned(t *testing.T, server *fakeaws.Server) {
	s := newSite(t, server, "planned")
	require.Empty(t, s.apply(s.job("1", "1", "1")))
	s.syncStack(1)
	due := false
	s.also = []deploy.Provider{tokens{s, s.set.ParamPath + "/snowflake/grouparoo-token", &due}}
	require.True(t, s.plan(s.pullRequest()).Empty())
	due = true
	made := s.plan(s.pullRequest())
	require.Equal(t, []string{"update snowflake:token", "update " + restartID}, ids(made))
	require.Equal(t, []string{"snowflake:token"}, made.Change(restartID).DependsOn)
	before := len(server.Requests("UpdateService"))
	require.Empty(t, s.apply(s.job("1", "1", "1")))
	require.Len(t, server.Requests("UpdateService")[before:], 2)
	require.True(t, s.plan(s.pullRequest()).Empty())
}

func nothing(t *testing.T, server *fakeaws.Server) {
	s := newSite(t, server, "nothing")
	require.Empty(t, s.apply(s.job("1", "1", "1")))
	j := s.job("1", "2", "1")
	s.in.Outputs = deploy.Outputs{"output.sync.Cluster": "gone", "output.sync.WebService": "web"}
	require.Equal(t, []string{"update secrets:parameter:D1"}, ids(s.plan(j)), "the cluster is gone")
	s.syncStack(0)
	require.Equal(t, []string{"update secrets:parameter:D1"}, ids(s.plan(j)), "no container runs")
}

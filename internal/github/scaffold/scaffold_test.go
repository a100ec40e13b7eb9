package scaffold_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/github/scaffold"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

const root = "../../.."

var options = scaffold.Options{
	Action: "0123456789abcdef0123456789abcdef01234567", Version: "v0.1.0", File: "pipelines/*/tapestry.yaml", Branch: "main", Pipeline: "rain-shield",
	Secrets:    []string{"ZOOM_CLIENT_SECRET", "MAILCHIMP_API_KEY", "MAILCHIMP_API_KEY"},
	Repository: scaffold.Repository{Owner: "rain-shield", Name: "data"},
}

func numbered(o scaffold.Options) scaffold.Options {
	o.OwnerID, o.NameID = "6811672", "186853002"
	return o
}

// write puts the files into a folder as init would.
func write(t *testing.T, o scaffold.Options) string {
	t.Helper()
	dir := t.TempDir()
	list, err := scaffold.Files(o)
	require.NoError(t, err)
	for _, f := range list {
		path := filepath.Join(dir, f.Path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, f.Content, 0o644))
		assert.NotContains(t, string(f.Content), "@@", f.Path)
	}
	return dir
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	require.NoError(t, err)
	return string(content)
}

// TestActionlint and TestZizmor look at the scaffold, and at what this project
// itself runs on GitHub. Each of the two misses injections that the other finds.
func TestActionlint(t *testing.T) {
	files, err := filepath.Glob(root + "/.github/workflows/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	none := options
	none.Secrets = nil
	files = append(files, filepath.Join(write(t, options), scaffold.WorkflowPath), filepath.Join(write(t, none), scaffold.WorkflowPath))
	assert.Empty(t, actionlint(t, files...))
}

// actionlint is a Go program with a go.mod of its own, so that the module does not
// depend on it. The go command may have to fetch and build it.
func actionlint(t *testing.T, files ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("actionlint takes a while to build")
	}
	modfile, err := filepath.Abs(root + "/tools/actionlint/go.mod")
	require.NoError(t, err)
	out, _ := judge.Run(t, "", nil, "go", append([]string{"tool", "-modfile=" + modfile, "actionlint", "-no-color", "-oneline"}, files...)...)
	return out
}

func zizmor(t *testing.T, paths ...string) (string, bool) {
	t.Helper()
	return judge.Run(t, "", nil, judge.Program(t, "workflows", "zizmor"),
		append([]string{"--offline", "--no-progress", "--quiet", "--no-config", "--persona=pedantic", "--color=never"}, paths...)...)
}

func TestZizmor(t *testing.T) {
	out, ok := zizmor(t, filepath.Join(root, "action.yml"), filepath.Join(root, ".github"), filepath.Join(write(t, options), ".github"))
	assert.True(t, ok, out)
}

// The linters would notice: an injection that one finds, and one that the other
// finds.
func TestLintersWouldNotice(t *testing.T) {
	workflow := read(t, write(t, options), scaffold.WorkflowPath)
	spoilt := filepath.Join(t.TempDir(), "spoilt.yml")
	for _, step := range []string{"run: echo ${{ github.event.comment.body }}", "uses: actions/checkout@v5"} {
		require.NoError(t, os.WriteFile(spoilt, []byte(strings.Replace(workflow, "    steps:\n", "    steps:\n      - "+step+"\n", 1)), 0o644))
		_, ok := zizmor(t, spoilt)
		assert.False(t, ok, step)
	}
	require.NoError(t, os.WriteFile(spoilt, []byte(strings.Replace(workflow, "needs: command", "needs: comand", 1)), 0o644))
	assert.NotEmpty(t, actionlint(t, spoilt))
}

func TestRolesPleaseTheJudges(t *testing.T) {
	for _, o := range []scaffold.Options{options, numbered(options)} {
		file := filepath.Join(write(t, o), scaffold.RolesPath)
		assert.Empty(t, judge.CFNLint(t, []string{"eu-central-1", "us-east-1"}, file))
		out, err := exec.Command(judge.Program(t, "checkov", "checkov"),
			"--skip-download", "--framework", "cloudformation", "--quiet", "--compact", "--soft-fail", "--output", "json", "--file", file).Output()
		require.NoError(t, err)
		var report struct {
			Results struct {
				Failed []struct{ ID, Resource string } `json:"failed_checks"`
			}
			Summary struct{ Passed int }
		}
		require.NoError(t, json.Unmarshal(out, &report))
		assert.Empty(t, report.Results.Failed)
		assert.Greater(t, report.Summary.Passed, 40, "checkov looked at it")
	}
}

// The template trusts exactly whom Subjects names, in either form, and no
// pattern of it.
func TestTrustIsExact(t *testing.T) {
	names := scaffold.Subjects{Plan: "repo:rain-shield/data:environment:plan", Apply: "repo:rain-shield/data:environment:production"}
	numbers := scaffold.Subjects{Plan: "repo:rain-shield@6811672/data@186853002:environment:plan", Apply: "repo:rain-shield@6811672/data@186853002:environment:production"}
	assert.Equal(t, names, options.Subjects())
	assert.Equal(t, numbers, numbered(options).Subjects())

	template := read(t, write(t, numbered(options)), scaffold.RolesPath)
	fill := strings.NewReplacer("${Owner}", "rain-shield", "${OwnerId}", "6811672", "${Repository}", "data", "${RepositoryId}", "186853002")
	var found []string
	for _, m := range regexp.MustCompile(`!Sub "(repo:[^"]*)"`).FindAllStringSubmatch(template, -1) {
		found = append(found, fill.Replace(m[1]))
	}
	want := []string{numbers.Plan, names.Plan, numbers.Apply, names.Apply}
	assert.Equal(t, append(want, want...), found, "in the roles and in the outputs")
	trust := regexp.MustCompile(`(?s)sts:AssumeRoleWithWebIdentity\n.*?ManagedPolicyArns`).FindAllString(template, -1)
	require.Len(t, trust, 2)
	for _, one := range trust {
		assert.Contains(t, one, "StringEquals:")
		assert.NotContains(t, one, "StringLike")
		assert.NotContains(t, one, "*")
		assert.Contains(t, one, "aud: sts.amazonaws.com")
	}
}

// IAM takes 6,144 characters of a managed policy, white space aside.
func TestPoliciesFit(t *testing.T) {
	long := options
	long.Pipeline = strings.Repeat("long-", 8) + "name"
	var template struct {
		Resources map[string]struct {
			Type       string `yaml:"Type"`
			Properties struct {
				PolicyDocument any `yaml:"PolicyDocument"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, write(t, long), scaffold.RolesPath)), &template))
	count := 0
	for name, r := range template.Resources {
		if r.Type != "AWS::IAM::ManagedPolicy" {
			continue
		}
		count++
		text, err := json.Marshal(r.Properties.PolicyDocument)
		require.NoError(t, err)
		filled := strings.NewReplacer("${AWS::Partition}", "aws-us-gov", "${AWS::AccountId}", "123456789012", "${Prefix}", long.Pipeline).Replace(string(text))
		assert.Less(t, len(filled), 6144, name)
	}
	assert.Equal(t, 5, count)
}

type job struct {
	If          string
	Environment string
	Needs       string
	Concurrency struct {
		Group  string
		Cancel any `yaml:"cancel-in-progress"`
	}
	Permissions map[string]string
	Steps       []struct {
		Uses string
		With map[string]any
		Env  map[string]string
	}
}

func TestWorkflow(t *testing.T) {
	text := read(t, write(t, options), scaffold.WorkflowPath)
	var w struct {
		Permissions map[string]string
		Jobs        map[string]job
	}
	require.NoError(t, yaml.Unmarshal([]byte(text), &w))
	assert.Empty(t, w.Permissions)
	assert.Contains(t, text, "\npermissions: {}\n")
	require.Len(t, w.Jobs, 6)
	pinned := regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`)
	for name, j := range w.Jobs {
		applies := strings.HasSuffix(name, "apply")
		switch {
		case applies:
			assert.Equal(t, scaffold.ApplyEnvironment, j.Environment)
			assert.Equal(t, "tapestry-apply", j.Concurrency.Group, "one at a time, whatever the commit")
			assert.Equal(t, false, j.Concurrency.Cancel)
		case name == "command":
			assert.Empty(t, j.Environment)
			assert.NotContains(t, j.Permissions, "id-token")
		default:
			assert.Equal(t, scaffold.PlanEnvironment, j.Environment)
		}
		assert.NotContains(t, j.Concurrency.Group, "sha", name)
		assert.Equal(t, "read", j.Permissions["contents"], name)
		for _, s := range j.Steps {
			assert.Regexp(t, pinned, s.Uses)
			if strings.HasPrefix(s.Uses, "actions/checkout@") {
				assert.Equal(t, false, s.With["persist-credentials"], name)
			}
			for variable, value := range s.Env {
				assert.Equal(t, strings.Contains(value, "secrets."), applies && !strings.HasPrefix(variable, "TAPESTRY_"), "%s %s", name, variable)
			}
		}
		last := j.Steps[len(j.Steps)-1]
		if applies {
			assert.Equal(t, "${{ secrets.MAILCHIMP_API_KEY }}", last.Env["MAILCHIMP_API_KEY"])
			assert.Len(t, last.Env, 4)
		}
		if name == "apply" {
			assert.Equal(t, "${{ inputs.allow }}", last.With["allow"])
		}
	}
	assert.Equal(t, 4, strings.Count(text, "secrets."), "two secrets for two jobs, and nowhere else")
	assert.Equal(t, "${{ github.event_name == 'pull_request' }}", w.Jobs["plan"].Concurrency.Cancel)
}

// A pipeline in a folder of its own: a merge beside it starts no apply.
func TestPathsOfAPush(t *testing.T) {
	for file, want := range map[string]string{
		"tapestry.yaml": "", "*/tapestry.yaml": "", "pipelines/*/tapestry.yaml": `paths: ["pipelines/**"]`, "data/shop/tapestry.yaml": `paths: ["data/shop/**"]`, "a/b-*/tapestry.yaml": `paths: ["a/**"]`,
	} {
		o := options
		o.File = file
		text := read(t, write(t, o), scaffold.WorkflowPath)
		if want == "" {
			assert.NotContains(t, text, "paths:", file)
			continue
		}
		assert.Equal(t, 1, strings.Count(text, want), file)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, c := range []struct {
		change func(*scaffold.Options)
		want   string
	}{
		{func(o *scaffold.Options) { o.Action = "v1" }, "the action's commit"},
		{func(o *scaffold.Options) { o.Action = strings.Repeat("A", 40) }, "the action's commit"},
		{func(o *scaffold.Options) { o.Version = "v1\nname: x" }, "the version"},
		{func(o *scaffold.Options) { o.File = "${{ secrets.X }}" }, "the pipeline file"},
		{func(o *scaffold.Options) { o.File = "" }, "the pipeline file"},
		{func(o *scaffold.Options) { o.Branch = `main"]` }, "the branch"},
		{func(o *scaffold.Options) { o.Pipeline = "Rain*" }, "the pipeline's name"},
		{func(o *scaffold.Options) { o.Owner = "a/b" }, "the owner"},
		{func(o *scaffold.Options) { o.Name = "*" }, "the repository"},
		{func(o *scaffold.Options) { o.OwnerID = "1" }, "together"},
		{func(o *scaffold.Options) { o.OwnerID, o.NameID = "1", "x" }, "the repository's id"},
		{func(o *scaffold.Options) { o.Secrets = []string{"a-b"} }, "secret of the name"},
		{func(o *scaffold.Options) { o.Secrets = []string{"GITHUB_X"} }, "secret of the name"},
	} {
		o := options
		c.change(&o)
		_, err := scaffold.Files(o)
		require.ErrorContains(t, err, c.want)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/bigfile"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/ledger"
)

// said is what a command came to.
type said struct {
	code     int
	out, err string
}

// runs runs this program as a process, without what the machine has set.
func runs(t testing.TB, args ...string) said {
	t.Helper()
	cmd := command(t, args...)
	cmd.Env = bare()
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return said{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

func bare() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir(), "TMPDIR=" + os.TempDir()}
}

func shop(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	require.Equal(t, 0, runs(t, "init", dir).code)
	return dir
}

func put(t testing.TB, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

func get(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

// many is a pipeline with many steps, and a row for each of its streams.
func many(t testing.TB, entities int) string {
	t.Helper()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "tapestry.yaml"), string(bigfile.Generate(entities)))
	first := runs(t, "plan", dir)
	require.Equal(t, 0, first.code, first.err)
	for _, name := range regexp.MustCompile(`samples/\S+\.ndjson`).FindAllString(first.out, -1) {
		put(t, filepath.Join(dir, name), `{"id": 1, "Id": "1", "email": "ann@rainshield.example", "Email": "ann@rainshield.example", "last_name": "A", "LastName": "A", "family_name": "A"}`+"\n")
	}
	return dir
}

// Ctrl-C in the middle of an apply: what runs is finished, what is left is said,
// the lock is gone, and the same command goes on without doing anything twice.
func TestInterruptAnApply(t *testing.T) {
	t.Parallel()
	dir := many(t, 30)
	cmd := command(t, "apply", dir)
	cmd.Env = bare()
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	var out, told bytes.Buffer
	cmd.Stdout = &out
	require.NoError(t, cmd.Start())
	buffer := make([]byte, 1<<16)
	for interrupted := false; ; {
		n, err := stderr.Read(buffer)
		told.Write(buffer[:n])
		if !interrupted && strings.Contains(told.String(), "  done ") {
			interrupted = true
			require.NoError(t, cmd.Process.Signal(os.Interrupt))
		}
		if err != nil {
			break
		}
	}
	_ = cmd.Wait()
	assert.Equal(t, exitStopped, cmd.ProcessState.ExitCode(), told.String())
	assert.Contains(t, told.String(), "interrupted: what runs is finished and nothing more is begun")
	assert.Regexp(t, `(?m)^Stopped: \d+ done, \d+ not begun`, out.String())
	assert.Contains(t, out.String(), "\n  left   local:")
	assert.Contains(t, out.String(), "Run the same command again to go on from here.")
	assert.Equal(t, strings.Count(told.String(), "  begin "), strings.Count(told.String(), "  done "), "what was begun was finished")
	assert.NoFileExists(t, filepath.Join(dir, ".tapestry/production/lock.json"))
	assert.Contains(t, runs(t, "status", dir).out, ": stopped\n")

	rest := runs(t, "apply", dir)
	require.Equal(t, 0, rest.code, rest.err)
	assert.Contains(t, rest.out, "Applied: ")
	applied(t, dir)
	assert.Contains(t, runs(t, "plan", dir).out, "no changes")
}

// applied requires that no change was made twice, and gives the changes.
func applied(t testing.TB, dir string) map[string]int {
	t.Helper()
	list, err := ledger.In(filepath.Join(dir, ".tapestry/production")).Runs()
	require.NoError(t, err)
	times := map[string]int{}
	for _, r := range list {
		for _, s := range r.Steps {
			if s.State == deploy.Done {
				times[s.Change]++
			}
		}
	}
	for id, n := range times {
		assert.Equal(t, 1, n, id)
	}
	return times
}

// Several at once: each either applies or is refused with who and since when,
// and nothing is applied twice.
func TestAppliesAtOnce(t *testing.T) {
	dir := shop(t)
	results := make([]said, 5)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() { results[i] = runs(t, "apply", dir) })
	}
	wg.Wait()
	ok := 0
	for _, r := range results {
		if r.code == 0 {
			ok++
			continue
		}
		assert.Equal(t, 1, r.code, r.err)
		assert.Regexp(t, `another apply is running: \S+ on \S+, for \d+s`, r.err)
	}
	assert.Positive(t, ok)
	assert.Len(t, applied(t, dir), 4)
	assert.Equal(t, 4, strings.Count(get(t, filepath.Join(dir, ".tapestry/production/outbox/mailchimp/newsletter.events.ndjson")), "\n"))
}

// What --format json prints, and what --out writes, is what the schema says.
func TestPlanSchema(t *testing.T) {
	t.Parallel()
	schema := jsonschema.NewCompiler()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(get(t, "../../schema/plan.schema.json")))
	require.NoError(t, err)
	require.NoError(t, schema.AddResource("plan.json", doc))
	plan, err := schema.Compile("plan.json")
	require.NoError(t, err)
	check := func(text string) {
		t.Helper()
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		require.NoError(t, err)
		assert.NoError(t, plan.Validate(v))
	}
	dir := shop(t)
	out := filepath.Join(t.TempDir(), "plan.json")
	plans := func(args ...string) {
		t.Helper()
		r := runs(t, append([]string{args[0], dir, "--format", "json"}, args[1:]...)...)
		require.Equal(t, 0, r.code, r.err)
		check(r.out)
	}
	plans("plan", "--out", out)
	check(get(t, out))
	require.Equal(t, 0, runs(t, "apply", dir).code)
	plans("plan")
	put(t, filepath.Join(dir, "samples/zoom/webinar_registrants.ndjson"), `{"id": "1", "email": "x", "first_name": 1}`+"\n")
	yaml := filepath.Join(dir, "tapestry.yaml")
	put(t, yaml, strings.ReplaceAll(get(t, yaml), "first_name: text, ", "first_name: text, age: integer, "))
	plans("plan")
	plans("destroy", "--plan")
	plans("destroy", "--plan", "--purge", "mailchimp.newsletter", "--purge", "warehouse")
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "samples")))
	plans("plan")
}

// A plan is as large as it is: it travels in a file, never in an argument or a
// variable, which hold 128 KiB at most (C34).
func TestLargePlan(t *testing.T) {
	if testing.Short() {
		t.Skip("many steps")
	}
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "tapestry.yaml"), string(bigfile.Generate(700)))
	file := filepath.Join(dir, "plan.json")
	require.Equal(t, 0, runs(t, "plan", dir, "--out", file).code)
	assert.Greater(t, len(get(t, file)), 128<<10)
	r := runs(t, "apply", dir, "--plan", file)
	assert.Equal(t, 0, r.code, r.err)
	assert.Contains(t, r.out, "known later")
}

// A digest alone approves nothing: a plan that was changed and sealed anew is
// refused like any other that differs (C25, C26).
func TestSealedAnew(t *testing.T) {
	t.Parallel()
	dir := shop(t)
	file := filepath.Join(t.TempDir(), "plan.json")
	require.Equal(t, 0, runs(t, "plan", dir, "--out", file).code)
	for name, change := range map[string]func(*deploy.Plan){
		"content":   func(p *deploy.Plan) { p.Changes[0].Content = "sha256:0" },
		"less":      func(p *deploy.Plan) { p.Changes = p.Changes[1:] },
		"artefacts": func(p *deploy.Plan) { p.Artifacts = "sha256:0" },
		"state":     func(p *deploy.Plan) { p.State[0].Digest = "sha256:0" },
		"pipeline":  func(p *deploy.Plan) { p.Pipeline = "another" },
		"target":    func(p *deploy.Plan) { p.Target = "aws" },
		"destroy":   func(p *deploy.Plan) { p.Destroy = true },
	} {
		var p deploy.Plan
		require.NoError(t, json.Unmarshal([]byte(get(t, file)), &p))
		change(&p)
		require.NoError(t, p.Seal())
		data, err := json.Marshal(p)
		require.NoError(t, err)
		forged := filepath.Join(t.TempDir(), "forged.json")
		put(t, forged, string(data))
		r := runs(t, "apply", dir, "--plan", forged)
		assert.Equal(t, 1, r.code, name)
		assert.Regexp(t, `(?s)what is there now is not what the plan was made for; nothing was applied\n  \S.*Make a new plan`, r.err, name)
	}
	assert.NoFileExists(t, filepath.Join(dir, ".tapestry/production/ledger.ndjson"))
}

// An apply of a plan file that was killed goes on with the same plan file, and
// with no other (C27).
func TestKilledApplyOfAPlan(t *testing.T) {
	if testing.Short() {
		t.Skip("many steps")
	}
	t.Parallel()
	dir := many(t, 20)
	file := filepath.Join(t.TempDir(), "plan.json")
	require.Equal(t, 0, runs(t, "plan", dir, "--out", file).code)
	cmd := command(t, "apply", dir, "--plan", file)
	cmd.Env = bare()
	require.NoError(t, cmd.Start())
	book := filepath.Join(dir, ".tapestry/production/ledger.ndjson")
	require.Eventually(t, func() bool {
		data, _ := os.ReadFile(book)
		return bytes.Count(data, []byte(`"done"`)) >= 3
	}, time.Minute, time.Millisecond)
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()

	r := runs(t, "apply", dir, "--plan", file)
	require.Equal(t, 1, r.code)
	assert.Contains(t, r.err, "its process is gone\nTake the lock away with: tapestry-ci unlock "+dir)
	assert.Contains(t, runs(t, "status", dir).out, ": interrupted\n")
	require.Equal(t, 0, runs(t, "unlock", dir).code)

	other := filepath.Join(t.TempDir(), "other.json")
	require.Equal(t, 0, runs(t, "plan", dir, "--out", other).code, "a plan of what is left is a plan like any other")
	r = runs(t, "apply", dir, "--plan", file)
	require.Equal(t, 0, r.code, r.err)
	assert.Contains(t, runs(t, "plan", dir).out, "no changes")
	assert.NotEmpty(t, applied(t, dir))
	assert.Equal(t, 1, runs(t, "apply", dir, "--plan", other).code)
	list, err := ledger.In(filepath.Join(dir, ".tapestry/production")).Runs()
	require.NoError(t, err)
	assert.Len(t, list, 1, "both are one run of the plan that was approved")
	assert.Equal(t, "done", list[0].Outcome)
}

// The second run of the README's command is quick. The bound of the README is
// two seconds; here is only printed what it took, since machines differ.
func TestSecondApplyIsPrinted(t *testing.T) {
	dir := shop(t)
	require.Equal(t, 0, runs(t, "apply", dir).code)
	began := time.Now()
	r := runs(t, "apply", dir)
	t.Log("the second apply took", time.Since(began).Round(time.Millisecond))
	assert.Equal(t, fmt.Sprintf("rain-shield (production, local): no changes\n4 members in %s/.tapestry/production/outbox/mailchimp/newsletter.ndjson\n", dir), r.out)
}

// Without a C compiler everything works but plan and apply, and they say why.
func TestWithoutCgo(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	program := filepath.Join(t.TempDir(), "tapestry-ci")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	dir := shop(t)
	out, err = exec.Command(program, "validate", dir).CombinedOutput()
	require.NoError(t, err, string(out))
	for _, verb := range []string{"plan", "apply", "status"} {
		out, err = exec.Command(program, verb, dir, "--target", "local").CombinedOutput()
		require.Error(t, err)
		assert.Contains(t, string(out), "this build of tapestry-ci has no embedded warehouse")
		assert.Contains(t, string(out), "Build it with CGO_ENABLED=1 and a C compiler")
	}
	assert.NoFileExists(t, filepath.Join(dir, ".tapestry/production/lock.json"))
}

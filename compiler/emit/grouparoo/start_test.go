package grouparoo_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// web is a running Grouparoo with web page.
type web struct {
	address, scratch string
	log              *bytes.Buffer
	process          *exec.Cmd
}

// start runs start.js as the image does, without workers.
func start(t *testing.T, home string, environment []string) *web {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	w := &web{address: "http://127.0.0.1:" + strconv.Itoa(port), scratch: t.TempDir(), log: &bytes.Buffer{}}
	w.process = exec.Command(node(t), "start.js")
	w.process.Dir = home
	w.process.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + w.scratch, "NODE_ENV=production", "REDIS_URL=redis://mock",
		"WEB_SERVER=true", "WORKERS=0", "PORT=" + strconv.Itoa(port), "SERVER_TOKEN=x", "NEXT_TELEMETRY_DISABLED=1",
	}, environment...)
	w.process.Stdout, w.process.Stderr = w.log, w.log
	require.NoError(t, w.process.Start())
	exited := make(chan struct{})
	go func() { _ = w.process.Wait(); close(exited) }()
	t.Cleanup(func() { _ = w.process.Process.Kill(); <-exited })
	require.Eventually(t, func() bool { return w.status() == `{"status":"ok"}` || done(exited) }, 3*time.Minute, 250*time.Millisecond)
	require.False(t, done(exited), "%s", w.log)
	return w
}

func done(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func (w *web) status() string {
	answer, err := http.Get(w.address + "/api/v1/status/public")
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return strings.TrimSpace(string(body))
}

func (w *web) post(t *testing.T, path string, form url.Values) string {
	t.Helper()
	answer, err := http.PostForm(w.address+path, form)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(body)
}

// TestImageStarts starts the emitted files, with Postgres and without syncs
// (Grouparoo asks each app whether it answers, and there is no Snowflake here).
func TestImageStarts(t *testing.T) {
	environment := judge.Postgres(t)
	p := irtest.RainShield()
	p.Destinations[0].Enabled = false
	home := image(t, grouparoo.Emit(p))

	w := start(t, home, append(environment, "GROUPAROO_ADMIN_EMAIL=admin@rainshield.example", "GROUPAROO_ADMIN_PASSWORD=let me in"))
	stranger := url.Values{"firstName": {"A"}, "lastName": {"B"}, "email": {"a@b.example"}, "password": {"x"}}
	assert.Contains(t, w.post(t, "/api/v1/team/initialize", stranger), "an administration team already exists")
	signIn := url.Values{"email": {"admin@rainshield.example"}, "password": {"let me in"}}
	assert.Contains(t, w.post(t, "/api/v1/session", signIn), `"success":true`)
	signIn.Set("password", "wrong")
	assert.Contains(t, w.post(t, "/api/v1/session", signIn), "password does not match")

	for _, script := range []string{"/public/javascript/ActionheroWebsocketClient.min.js", "/"} {
		answer, err := http.Get(w.address + script)
		require.NoError(t, err)
		answer.Body.Close()
		assert.Equal(t, http.StatusOK, answer.StatusCode, "%s: %s", script, w.log)
	}
	t.Run("health", func(t *testing.T) { health(t, home, w) })
	t.Run("keeps members", func(t *testing.T) { keepsMembers(t, home, environment) })
}

func health(t *testing.T, home string, w *web) {
	check := func(environment ...string) error {
		command := exec.Command(node(t), filepath.Join(home, "health.js"))
		command.Env = append(environment, "PATH="+os.Getenv("PATH"))
		return command.Run()
	}
	port := w.address[strings.LastIndex(w.address, ":")+1:]
	assert.NoError(t, check("WEB_SERVER=true", "PORT="+port))
	assert.Error(t, check("WEB_SERVER=true", "PORT=1"), "nobody listens")
	assert.NoError(t, check("WEB_SERVER=false", "TMPDIR="+w.scratch), "it has started")
	assert.Error(t, check("WEB_SERVER=false", "TMPDIR="+t.TempDir()), "nothing started here")
}

// callKeep makes destinations in Grouparoo's tables, calls keep.js for each
// list of syncs that it is given, and prints what was let go of each time.
const callKeep = `
const { keep } = require(process.argv[2]);
const { Client } = require("pg");
async function main() {
  const client = new Client({ host: process.env.DB_HOST, user: "postgres", database: "postgres" });
  await client.connect();
  for (const [id, locked, state] of JSON.parse(process.argv[3]))
    await client.query("INSERT INTO destinations (id, name, type, \"appId\", \"groupId\", locked, state, \"createdAt\", \"updatedAt\") VALUES ($1, $1, 'x', 'a', 'g', $2, $3, now(), now())", [id, locked, state]);
  const out = [];
  for (const syncs of JSON.parse(process.argv[4])) out.push(await keep(client, syncs));
  const { rows } = await client.query('SELECT id FROM destinations WHERE "groupId" IS NOT NULL ORDER BY id');
  console.log(JSON.stringify({ released: out, following: rows.map((r) => r.id) }));
  await client.end();
}
main();
`

func keepsMembers(t *testing.T, home string, environment []string) {
	sync := func(id, onDestroy string, enabled bool) map[string]any {
		return map[string]any{"destination": id, "on_destroy": onDestroy, "enabled": enabled}
	}
	renamed := sync("new name", "remove", true)
	renamed["renamed_destination"] = "old name"
	both := []any{sync("stays", "keep", true), sync("left", "keep", true), sync("removed", "remove", true), sync("off", "remove", true), sync("old name", "remove", true)}
	after := []any{sync("stays", "keep", true), sync("off", "remove", false), renamed}
	rows := [][]any{
		{"stays", "config:code", "ready"}, {"left", "config:code", "ready"}, {"removed", "config:code", "ready"}, {"off", "config:code", "ready"},
		{"old name", "config:code", "ready"},
		{"by hand", nil, "ready"}, {"going", nil, "deleted"}, {"never listed", "config:code", "ready"},
	}
	command := exec.Command(node(t), "-e", callKeep, "-", filepath.Join(home, "keep.js"), marshal(t, rows), marshal(t, []any{both, after, after}))
	command.Dir = judge.Dir(t, "grouparoo")
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "NODE_PATH=" + filepath.Join(command.Dir, "node_modules")}, environment...)
	out, err := command.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.JSONEq(t, `{
		"released": [["never listed"], ["left", "off", "old name"], []],
		"following": ["by hand", "going", "removed", "stays"]
	}`, string(out))
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	require.NoError(t, err)
	return string(out)
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	home := image(t, grouparoo.Emit(irtest.RainShield()))
	command := exec.Command(node(t), "start.js")
	command.Dir = home
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir(), "DB_DIALECT=postgres", fmt.Sprintf("DB_HOST=%s", t.TempDir()), "REDIS_URL=redis://mock"}
	out, err := command.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), "Grouparoo could not start")
}

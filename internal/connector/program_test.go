package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/connector"
)

const catalog = `{"type":"CATALOG","catalog":{"streams":[{"name":"webinar_registrants","json_schema":{"properties":{"id":{"type":"string"},"email":{"type":"string"},"phone":{"type":"string"}}},"supported_sync_modes":["full_refresh"]}]}}`

// program writes a connector as a shell script: $1 is the verb, and body what it
// does when it is to read.
func program(t *testing.T, body string) *connector.Connector {
	t.Helper()
	return programIn(t, t.TempDir(), body, 0)
}

func programIn(t *testing.T, dir, body string, quiet time.Duration) *connector.Connector {
	t.Helper()
	script := "#!/bin/sh\ncase $1 in\ndiscover) echo '" + catalog + "';;\n*)\n" + body + "\n;;\nesac\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "source-zoom"), []byte(script), 0o755))
	v := &vendors{values: map[string]string{"SNOWFLAKE_ACCOUNT": "org-account", "MAILCHIMP_LIST_ID": "list", "ZOOM_ACCOUNT_ID": "acc", "ZOOM_CLIENT_ID": "id",
		"ZOOM_CLIENT_SECRET": canary, "SF_CLIENT_ID": "x", "SF_CLIENT_SECRET": "y", "SF_REFRESH_TOKEN": "z"}}
	c, err := connector.Open(t.Context(), connector.Config{Artifacts: v.artifacts(t), Source: "zoom", Secrets: connector.Variables(v.values), Quiet: quiet,
		Environ: []string{"PATH=" + os.Getenv("PATH"), "ZOOM_CLIENT_SECRET=" + canary, connector.FoldersVariable + "=" + dir, "TMPDIR=" + t.TempDir()}})
	require.NoError(t, err)
	return c
}

const canary = `can"ary secret/42`

func record(id, more string) string {
	return fmt.Sprintf(`echo '{"type":"RECORD","record":{"stream":"webinar_registrants","data":{"id":"%s"%s},"emitted_at":1700000000000}}'`, id, more)
}

// The connector gets the secret in a file that is its own, and nowhere else; the
// file is gone afterwards.
func TestSecretsAreInOneFile(t *testing.T) {
	out := filepath.Join(t.TempDir(), "seen")
	c := program(t, `config=$3; { echo "$@"; env; ls -ld "$(dirname "$config")" "$config"; } > `+out+`; cp "$config" `+out+`.json; echo "$config" > `+out+`.path`)
	_, err := c.Read(t.Context(), connector.Reading{})
	require.NoError(t, err)
	seen, err := os.ReadFile(out)
	require.NoError(t, err)
	assert.NotContains(t, string(seen), "can")
	assert.Contains(t, string(seen), "drwx------")
	assert.Contains(t, string(seen), "-rw-------")
	var config map[string]any
	text, err := os.ReadFile(out + ".json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &config))
	assert.Equal(t, map[string]any{"account_id": "acc", "client_id": "id", "client_secret": canary, "authorization_endpoint": "https://zoom.us/oauth/token"}, config)
	path, err := os.ReadFile(out + ".path")
	require.NoError(t, err)
	assert.NoFileExists(t, strings.TrimSpace(string(path)))
}

// What a connector says is wrong is told in its words, in no form of the secret.
func TestItsOwnErrorWithoutSecrets(t *testing.T) {
	quoted, _ := json.Marshal(canary)
	inner, _ := json.Marshal(string(quoted))
	message := `{"type":"TRACE","trace":{"type":"ERROR","error":{"message":` + string(quoted) + `,"internal_message":` + string(inner) + `,"failure_type":"config_error"}}}`
	c := program(t, "cat <<'X'\n"+message+"\n"+`{"type":"TRACE","trace":{"type":"ERROR","error":{"message":"a summary"}}}`+"\nX\nexit 1")
	_, err := c.Read(t.Context(), connector.Reading{})
	var f *connector.Failure
	require.ErrorAs(t, err, &f)
	assert.Equal(t, "(secret)", f.Message, "the first error is the cause")
	assert.NotContains(t, err.Error(), "ary")
	assert.Contains(t, err.Error(), "Look at the source's config")

	c = program(t, `echo 'Traceback: `+"\x1b"+`[31m wrong `+canary+`' >&2; exit 3`)
	_, err = c.Read(t.Context(), connector.Reading{})
	require.ErrorAs(t, err, &f)
	assert.Contains(t, err.Error(), "exit status 3")
	assert.Contains(t, err.Error(), "wrong (secret)")
	assert.NotContains(t, err.Error(), "\x1b")

	c = program(t, `echo '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"FAILED","message":"no entry"}}'`)
	require.ErrorContains(t, c.Check(t.Context()), "no entry")
	c = program(t, "true")
	require.ErrorContains(t, c.Check(t.Context()), "without giving its answer")
}

func TestRecordsAndStates(t *testing.T) {
	state := func(n int) string {
		return fmt.Sprintf(`echo '{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"webinar_registrants"},"stream_state":{"at":%d}}}}'`, n)
	}
	c := program(t, strings.Join([]string{"echo 'a library prints this'", record("1", `,"phone":"5","email":"a@x.example"`), state(1), record("2", `,"n":12345678901234567890`), state(2),
		`echo '{"type":"RECORD","record":{"stream":"other","data":{"id":"3"},"emitted_at":1}}'`,
		`echo '{"type":"CONTROL","control":{"type":"CONNECTOR_CONFIG","connectorConfig":{"config":{"account_id":"acc","client_secret":"new"}}}}'`}, "\n"))
	all, result := rows(t, c, connector.Reading{})
	assert.Equal(t, []map[string]any{{"id": "1", "email": "a@x.example"}, {"id": "2"}}, all, "the selected columns of the asked streams")
	assert.Equal(t, map[string]int{"webinar_registrants": 2}, result.Rows)
	require.Len(t, result.State, 1)
	assert.Contains(t, string(result.State[0]), `"at":2`)
	assert.Equal(t, []string{"client_secret"}, result.Renewed)
}

// A limit, an error of the reader, an interrupt and silence end the connector and
// all that it started.
func TestItEndsWithAllItStarted(t *testing.T) {
	enough := errors.New("enough")
	for name, c := range map[string]struct {
		reading connector.Reading
		quiet   time.Duration
		cancel  bool
		want    string
	}{
		"limit":     {reading: connector.Reading{Limit: 1}},
		"reader":    {reading: connector.Reading{Each: func(connector.Record) error { return enough }}, want: "enough"},
		"interrupt": {cancel: true, want: "context canceled"},
		"silence":   {quiet: 300 * time.Millisecond, want: "said nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pid")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.cancel {
				c.reading.Each = func(connector.Record) error { cancel(); return nil }
			}
			p := programIn(t, t.TempDir(), "trap '' TERM\nsleep 300 &\necho $! > "+file+"\n"+record("1", "")+"\nwait", c.quiet)
			result, err := p.Read(ctx, c.reading)
			if c.want == "" {
				require.NoError(t, err)
				assert.True(t, result.Limited)
				assert.Empty(t, result.State)
			} else {
				require.ErrorContains(t, err, c.want)
			}
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			require.NoError(t, err)
			require.Eventually(t, func() bool { return gone(pid) }, 5*time.Second, 10*time.Millisecond)
		})
	}
}

// gone reports whether a process has ended; one that nobody has waited for yet
// has ended as well.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

// Where the connector is comes from the folders, then Docker, then PATH.
func TestFinding(t *testing.T) {
	v := &vendors{values: map[string]string{"SNOWFLAKE_ACCOUNT": "org-account", "MAILCHIMP_LIST_ID": "list", "ZOOM_ACCOUNT_ID": "acc", "ZOOM_CLIENT_ID": "id",
		"ZOOM_CLIENT_SECRET": canary, "SF_CLIENT_ID": "x"}}
	artifacts := v.artifacts(t)
	put := func(dir, name, body string) {
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755))
	}
	open := func(environ ...string) (*connector.Connector, error) {
		return connector.Open(t.Context(), connector.Config{Artifacts: artifacts, Source: "zoom", Secrets: connector.Variables(v.values), Environ: environ})
	}
	bin, folder := t.TempDir(), t.TempDir()
	_, err := open("PATH=" + bin)
	require.ErrorContains(t, err, "there is no connector source-zoom on this machine")
	assert.ErrorContains(t, err, "airbyte/source-zoom:1.2.6")

	put(bin, "source-zoom", "")
	put(bin, "docker", "exit 1")
	c, err := open("PATH=" + bin)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(bin, "source-zoom"), c.About(), "Docker's engine does not answer")

	seen := filepath.Join(t.TempDir(), "seen")
	put(bin, "docker", `echo "$@" >> `+seen+`
[ "$1" = run ] && echo '{"type":"CONNECTION_STATUS","connectionStatus":{"status":"SUCCEEDED"}}'
exit 0`)
	c, err = open("PATH=" + bin)
	require.NoError(t, err)
	assert.Equal(t, "Docker image airbyte/source-zoom:1.2.6", c.About())
	require.NoError(t, c.Check(t.Context()))
	text, err := os.ReadFile(seen)
	require.NoError(t, err)
	assert.Regexp(t, `(?m)^run --rm --init --name \S+ --user \d+:\d+ --volume \S+:/tapestry .* airbyte/source-zoom:1\.2\.6 check --config /tapestry/config\.json$`, string(text))
	assert.Regexp(t, `(?m)^rm --force tapestry-connector-\d+$`, string(text))
	assert.NotContains(t, string(text), "ary")

	put(filepath.Join(folder, "bin"), "source-zoom", "")
	c, err = open("PATH="+bin, connector.FoldersVariable+"="+t.TempDir()+string(os.PathListSeparator)+folder)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(folder, "bin", "source-zoom"), c.About())
}

func TestWhatIsMissing(t *testing.T) {
	v := &vendors{values: map[string]string{"SNOWFLAKE_ACCOUNT": "org-account", "MAILCHIMP_LIST_ID": "list", "ZOOM_ACCOUNT_ID": "acc", "ZOOM_CLIENT_ID": "id", "SF_CLIENT_ID": "x"}}
	artifacts := v.artifacts(t)
	assert.Equal(t, []string{"salesforce", "zoom"}, connector.Sources(artifacts))
	_, err := connector.Open(t.Context(), connector.Config{Artifacts: artifacts, Source: "salesforce", Secrets: connector.Variables(v.values)})
	require.ErrorContains(t, err, "SF_CLIENT_SECRET, SF_REFRESH_TOKEN")
	_, err = connector.Open(t.Context(), connector.Config{Artifacts: artifacts, Source: "zom", Secrets: connector.Variables(v.values)})
	require.ErrorContains(t, err, "salesforce, zoom")
	c := program(t, "true")
	_, err = c.Read(t.Context(), connector.Reading{Streams: []string{"users"}})
	require.ErrorContains(t, err, "reads no stream")
}

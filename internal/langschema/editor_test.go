package langschema_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/textproto"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/judge"
)

type object = map[string]any

// editor talks to a language server as an editor does.
type editor struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
	id  int
}

func (e *editor) send(message object) {
	message["jsonrpc"] = "2.0"
	body, err := json.Marshal(message)
	require.NoError(e.t, err)
	_, err = fmt.Fprintf(e.in, "Content-Length: %d\r\n\r\n%s", len(body), body)
	require.NoError(e.t, err)
}

func (e *editor) receive() object {
	head, err := textproto.NewReader(e.out).ReadMIMEHeader()
	require.NoError(e.t, err)
	n, err := strconv.Atoi(head.Get("Content-Length"))
	require.NoError(e.t, err)
	body := make([]byte, n)
	_, err = io.ReadFull(e.out, body)
	require.NoError(e.t, err)
	var message object
	require.NoError(e.t, json.Unmarshal(body, &message))
	return message
}

// ask sends a request and gives its result as JSON; meanwhile it answers what
// the server asks, with the settings where it wants them.
func (e *editor) ask(method string, params any) string {
	e.id++
	e.send(object{"id": e.id, "method": method, "params": params})
	for {
		m := e.receive()
		switch {
		case m["method"] == "workspace/configuration":
			schema, err := filepath.Abs(file)
			require.NoError(e.t, err)
			settings := object{"schemas": object{"file://" + schema: "*.yaml"}, "completion": true, "hover": true, "schemaStore": object{"enable": false}}
			var answers []any
			for range m["params"].(object)["items"].([]any) {
				answers = append(answers, settings)
			}
			e.send(object{"id": m["id"], "result": answers})
		case m["method"] != nil && m["id"] != nil:
			e.send(object{"id": m["id"], "result": nil})
		case m["method"] == nil && m["id"] == float64(e.id):
			text, err := json.Marshal(m["result"])
			require.NoError(e.t, err)
			return string(text)
		}
	}
}

// at opens text as a new file and asks at the place of the first |, which is
// taken out.
func (e *editor) at(method, text string) string {
	before, after, ok := strings.Cut(text, "|")
	require.True(e.t, ok)
	uri := fmt.Sprintf("file:///%d.yaml", e.id)
	e.send(object{"method": "textDocument/didOpen", "params": object{"textDocument": object{"uri": uri, "languageId": "yaml", "version": 1, "text": before + after}}})
	line := strings.Count(before, "\n")
	return e.ask(method, object{"textDocument": object{"uri": uri},
		"position": object{"line": line, "character": len(before) - strings.LastIndex(before, "\n") - 1}})
}

// An editor with the YAML language server completes connectors, fields of their
// configuration, streams and keys, and explains what stands under the cursor.
func TestEditor(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), judge.Program(t, "node", "yaml-language-server"), "--stdio")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { in.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
	e := &editor{t: t, in: in, out: bufio.NewReader(out)}
	e.ask("initialize", object{"processId": nil, "rootUri": nil, "capabilities": object{"workspace": object{"configuration": true}, "textDocument": object{"hover": object{"contentFormat": []any{"plaintext"}}}}})
	e.send(object{"method": "initialized", "params": object{}})

	hover, completion := "textDocument/hover", "textDocument/completion"
	// The server fetches its settings on its own time.
	require.Eventually(t, func() bool { return e.at(hover, "ver|sion: 1\n") != "null" }, 30*time.Second, 100*time.Millisecond)
	assert.Contains(t, e.at(completion, head+"sources:\n  |\n"), `"label":"zoom"`)
	assert.Contains(t, e.at(completion, head+"sources:\n  a:\n    connector: |\n"), `"label":"salesforce"`)
	fields := e.at(completion, head+"sources:\n  zoom:\n    config:\n      |\n    streams: {users: {}}\n")
	for _, field := range []string{"account_id", "client_id", "client_secret"} {
		assert.Contains(t, fields, `"label":"`+field+`"`)
	}
	assert.NotContains(t, fields, "refresh_token")
	assert.Contains(t, e.at(completion, head+"sources:\n  zoom:\n    streams:\n      |\n"), `"label":"webinar_registrants"`)
	assert.Contains(t, e.at(completion, head+"ingestion:\n  data: |\n"), `"label":"instance"`)
	assert.Contains(t, e.at(completion, head+"environments:\n  dev:\n    ingestion:\n      |\n"), `"label":"landing"`)

	assert.Contains(t, e.at(hover, head+"ingestion:\n  land|ing: s3\n"), "Airbyte loads into Snowflake")
	assert.Contains(t, e.at(hover, head+"sources:\n  zoom:\n    config:\n      account|_id: x\n"), "Account ID")
}

// The schema means the same to another validator: it compiles in its strict
// mode, where an unknown keyword or format is an error.
func TestAjv(t *testing.T) {
	ajv := judge.Program(t, "node", "ajv")
	out, err := exec.Command(ajv, "compile", "--spec=draft2020", "--allow-union-types", "--strict-types=false", "-s", file).CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "is valid")
}

package dbt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// log reads dbt's log as it is written, one JSON event a line, and tells the
// progress. It is the child's standard output.
type log struct {
	mu       sync.Mutex
	rest     []byte
	progress deploy.Progress
	hide     func(string) string
	guards   map[string][]string // what a guard's node said
	errors   []string            // events of level error
	tail     tail
}

const (
	// longestLine is where a line is given up: an event that large is no progress.
	longestLine = 1 << 20
	// mostErrors is how many messages are kept.
	mostErrors = 20
)

func newLog(pr *project, key secret.Value, progress deploy.Progress) *log {
	return &log{progress: progress, hide: hider(pr, key), guards: map[string][]string{}}
}

// Write is called by the command.
func (l *log) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, data...)
	for {
		line, rest, found := bytes.Cut(l.rest, []byte("\n"))
		if !found {
			break
		}
		l.line(line)
		l.rest = rest
	}
	if len(l.rest) > longestLine {
		l.rest = nil
	}
	return len(data), nil
}

func (l *log) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.line(l.rest)
	l.rest = nil
}

// event is the part of an event that is read.
type event struct {
	Info struct {
		Name  string `json:"name"`
		Level string `json:"level"`
		Msg   string `json:"msg"`
	} `json:"info"`
	Data struct {
		Index  int     `json:"index"`
		Total  int     `json:"total"`
		Models int     `json:"num_models"` // the total, in the words of tests
		Took   float64 `json:"execution_time"`
		Node   struct {
			Name   string `json:"node_name"`
			Status string `json:"node_status"`
		} `json:"node_info"`
	} `json:"data"`
}

func (l *log) line(line []byte) {
	if len(line) == 0 {
		return
	}
	var e event
	if json.Unmarshal(line, &e) != nil {
		_, _ = l.tail.Write(append(bytes.Clone(line), '\n'))
		return
	}
	guard, reason, isGuard := strings.Cut(e.Info.Msg, " stopped its sync: ")
	switch {
	case isGuard && strings.HasPrefix(guard, "guard_"):
		l.guards[guard] = append(l.guards[guard], oneLine(l.hide(reason)))
		l.progress(oneLine(l.hide(e.Info.Msg)))
	case strings.HasSuffix(e.Info.Name, "Result") && e.Data.Node.Name != "":
		l.progress(fmt.Sprintf("%d of %d %s: %s (%.1f s)", e.Data.Index, max(e.Data.Total, e.Data.Models), e.Data.Node.Status, e.Data.Node.Name, e.Data.Took))
	case e.Info.Name == "ConcurrencyLine" || e.Info.Name == "FoundStats":
		l.progress(oneLine(e.Info.Msg))
	case e.Info.Level == "error" && strings.TrimSpace(e.Info.Msg) != "" && len(l.errors) < mostErrors:
		l.errors = append(l.errors, oneLine(l.hide(plain(e.Info.Msg))))
	}
}

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

func plain(text string) string { return strings.TrimSpace(colour.ReplaceAllString(text, "")) }

// tail keeps the end of what was written.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 2000

// Write is called by the command.
func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, data...)
	if len(t.text) > tailSize {
		t.text = bytes.Clone(t.text[len(t.text)-tailSize:])
	}
	return len(data), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}

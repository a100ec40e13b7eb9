package main

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// breaker breaks every different call once: the first time that it is made.
type breaker struct {
	how    fault.Action
	kill   bool // the process, right after the call was done and before it hears of it
	every  uint32
	mu     sync.Mutex
	active bool
	broken map[string]bool
	inRun  int
	victim *os.Process
}

// rule breaks calls of one system.
func (b *breaker) rule(system string) fault.Rule {
	r := fault.Rule{Times: -1, Do: b.how, Match: func(c fault.Call) bool { return b.breaks(identity(system, c)) }}
	if b.how == fault.Refuse {
		r.Code, r.Status = "AccessDenied", 403
	}
	if b.kill {
		r.After = func(fault.Call) { _ = b.victim.Kill() } // it may have ended by itself
	}
	return r
}

func (b *breaker) breaks(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	if !b.active || b.broken[id] || h.Sum32()%b.every != 0 || b.kill && b.inRun > 0 {
		return false
	}
	b.broken[id] = true
	b.inRun++
	return true
}

func (b *breaker) set(active bool) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.inRun
	b.active, b.inRun = active, 0
	return n
}

// What differs from one try to another and does not make another call of it.
var volatile = []struct {
	form *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ][0-9:.]+( \+0000|Z)?`), "TIME"},
	{regexp.MustCompile(`\d{8}T\d{6}Z`), "TIME"},
	{regexp.MustCompile(`\b\d{4}-[0-9a-f]{6}\b`), "RUN"},
	{regexp.MustCompile(`[A-Za-z0-9+/=]{100,}`), "KEY"},
	{regexp.MustCompile(`SHA256:[A-Za-z0-9+/=]{40,}`), "KEY"},
	{regexp.MustCompile(`v1:[A-Za-z0-9+/=_-]+:[A-Za-z0-9+/=_-]+`), "DIGEST"},
	{regexp.MustCompile(`"Value":"[^"]*"`), `"Value":""`},
	{regexp.MustCompile(`_state=[A-Za-z0-9_=%-]+`), "STATE"},
}

// identity tells one call from another, by what it asks for.
func identity(system string, c fault.Call) string {
	path, body := c.Path, string(c.Body)
	switch {
	case system == "snowflake" && c.Service == "sql":
		path, body = "", ""
	case system == "snowflake":
		path, _, _ = strings.Cut(path, "?")
		body = ""
	case system == "registry":
		body = ""
	case c.Service == "s3" && strings.Contains(path, "/ledger/") && c.Method == "PUT":
		path, body = "ledger", lastStep(c.Body)
	case c.Service == "s3":
		body = ""
	}
	text := system + " " + c.Operation + " " + path + " " + body
	for _, v := range volatile {
		text = v.form.ReplaceAllString(text, v.as)
	}
	return text
}

// lastStep is what was written into the ledger last.
func lastStep(body []byte) string {
	var page struct {
		Run struct {
			Outcome string
			Steps   []struct{ Change, State string }
		}
	}
	if json.Unmarshal(body, &page) != nil || len(page.Run.Steps) == 0 {
		return page.Run.Outcome
	}
	last := page.Run.Steps[len(page.Run.Steps)-1]
	return last.Change + " " + last.State + " " + page.Run.Outcome
}

// sample is how many of the calls are broken: one of that many. TAPESTRY_FAULTS=1
// breaks them all, which takes half an hour.
func sample(t *testing.T) uint32 {
	text := os.Getenv("TAPESTRY_FAULTS")
	if text == "" {
		return 12
	}
	n, err := strconv.ParseUint(text, 10, 32)
	require.NoError(t, err)
	require.NotZero(t, n)
	return uint32(n)
}

// Whatever call of a first apply is refused, loses its answer or is the last one of
// a process that is killed: applying again ends as if nothing had happened, no step
// that was finished is made again, and nothing is there twice.
//
// A call is one that asks for something else than those before it; looking again
// at what takes its time is no other call.
func TestEveryCallMayFail(t *testing.T) {
	calm := newTrial(t, "01-rain-shield")
	calm.must("apply", "--target", "aws")
	want := calm.state()
	for _, row := range []struct {
		name string
		how  fault.Action
		kill bool
	}{{"refused", fault.Refuse, false}, {"reply dropped", fault.Drop, false}, {"killed", fault.Drop, true}} {
		t.Run(row.name, func(t *testing.T) {
			c := newTrial(t, "01-rain-shield")
			b := &breaker{how: row.how, kill: row.kill, every: sample(t), broken: map[string]bool{}}
			c.box.AWS.Fault(b.rule("aws"))
			c.box.Registry.Fault(b.rule("registry"))
			c.box.Airbyte.Fault.Add(b.rule("airbyte"))
			c.box.Snowflake.Fault.Add(b.rule("snowflake"))
			processes := c.applyUntilCalm(b)
			require.Equal(t, want, c.state())
			require.Contains(t, c.must("plan", "--target", "aws", "--live"), "no changes")
			once(t, c)
			assert.NotEmpty(t, b.broken)
			fmt.Printf("fault matrix: %s: %d cells, %d survived, in %d processes (one of %d calls)\n", row.name, len(b.broken), len(b.broken), processes, b.every)
		})
	}
}

// applyUntilCalm applies until an apply succeeds in which no call was broken.
func (c *trial) applyUntilCalm(b *breaker) int {
	c.t.Helper()
	for n := 1; n < 3000; n++ {
		cmd := c.start("apply", "--target", "aws")
		var said strings.Builder
		cmd.Stdout, cmd.Stderr = &said, &said
		b.set(true)
		require.NoError(c.t, cmd.Start())
		b.mu.Lock()
		b.victim = cmd.Process
		b.mu.Unlock()
		err := cmd.Wait()
		switch broke := b.set(false); {
		case broke == 0 && err == nil:
			return n
		case broke == 0:
			c.t.Fatalf("apply fails although nothing is broken any more: %v\n%s", err, said.String())
		}
		// A process that could not give its lock back leaves it; a person takes it
		// away.
		c.must("unlock", "--target", "aws", "--force")
	}
	c.t.Fatal("there is no end to the calls")
	return 0
}

// once wants no step begun again after it was done.
func once(t *testing.T, c *trial) {
	done := map[string]bool{}
	for _, s := range c.history() {
		assert.False(t, s.State == "started" && done[s.Change], "%s was made again after it was done", s.Change)
		done[s.Change] = done[s.Change] || s.State == "done"
	}
}

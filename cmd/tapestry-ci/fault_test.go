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
	kill   bool   // the process, right after the call was done and before it hears of it
	every  uint32 // one of so many calls
	rest   uint32 // which of them
	mu     sync.Mutex
	active bool
	broken map[string]bool // cells that need not be tried again
	mine   []string        // those of the pipeline that is applied now
	last   []string        // those of the last process in which there were any
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
	if !b.active || b.broken[id] || h.Sum32()%b.every != b.rest || b.kill && b.inRun > 0 {
		return false
	}
	b.broken[id] = true
	if b.inRun == 0 {
		b.last = nil
	}
	b.inRun++
	b.mine, b.last = append(b.mine, id), append(b.last, id)
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

// sample says which of the calls are broken: the first of 12 parts. TAPESTRY_FAULTS
// names another, such as 12/3 for the fourth; all of them together take an hour.
// 1 breaks all calls in one pipeline for each mode, which takes as long and gigabytes
// of memory, since the stand-ins keep what they were asked.
func sample(t *testing.T) (every, rest uint32) {
	text := os.Getenv("TAPESTRY_FAULTS")
	if text == "" {
		return 12, 0
	}
	number := func(s string) uint32 {
		n, err := strconv.ParseUint(s, 10, 32)
		require.NoError(t, err)
		return uint32(n)
	}
	of, part, ok := strings.Cut(text, "/")
	if every = number(of); ok {
		rest = number(part)
	}
	require.Less(t, rest, every)
	return every, rest
}

// tried is what came of one pipeline that was applied until nothing broke any more.
type tried struct {
	processes int
	stuck     bool   // an apply fails although nothing is broken in it
	wrong     string // what is not as it would be undisturbed
}

// tally is a count of cells: a cell is one call, broken once. A cell survives where
// the pipeline that it was broken in ends as an undisturbed one.
type tally struct {
	processes, survived int
	lost                map[string]string // cell to what came of it
}

// count tries pipelines until every cell has been told. Where an apply is stuck, the
// cells of the process before it are lost, since nobody can say which of them it
// was; the others of that pipeline are broken again in the next one. Where the end
// is wrong, none of its cells has survived.
func (b *breaker) count(try func() tried) tally {
	all := tally{lost: map[string]string{}}
	for {
		b.mine, b.last = nil, nil
		got := try()
		all.processes += got.processes
		lost := b.mine
		if got.stuck {
			lost = b.last
		}
		if !got.stuck && got.wrong == "" {
			all.survived += len(b.mine)
			return all
		}
		for _, id := range lost {
			all.lost[id] = got.wrong
		}
		if !got.stuck || len(lost) == 0 {
			return all
		}
		for _, id := range b.mine {
			if _, is := all.lost[id]; !is {
				delete(b.broken, id)
			}
		}
	}
}

func TestCellsAreCountedAsTheyEnd(t *testing.T) {
	cells := func(ruins string, wrong string) (*breaker, tally) {
		b := &breaker{every: 1, broken: map[string]bool{}}
		return b, b.count(func() tried {
			for n, process := range [][]string{{"a", "b"}, {"c", "d"}, {"e"}} {
				b.set(true)
				broke := false
				for _, id := range process {
					broke = b.breaks(id) && id == ruins || broke
				}
				b.set(false)
				if broke {
					return tried{processes: n + 2, stuck: true, wrong: "stuck"}
				}
			}
			return tried{processes: 4, wrong: wrong}
		})
	}
	_, all := cells("", "")
	assert.Equal(t, tally{processes: 4, survived: 5, lost: map[string]string{}}, all)
	b, all := cells("c", "")
	assert.Equal(t, tally{processes: 7, survived: 3, lost: map[string]string{"c": "stuck", "d": "stuck"}}, all)
	assert.Len(t, b.broken, 5, "every cell was told")
	_, all = cells("", "another state")
	assert.Zero(t, all.survived)
	assert.Len(t, all.lost, 5)
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
			b := &breaker{how: row.how, kill: row.kill, broken: map[string]bool{}}
			b.every, b.rest = sample(t)
			all := b.count(func() tried {
				c := newTrial(t, "01-rain-shield")
				c.box.AWS.Fault(b.rule("aws"))
				c.box.Registry.Fault(b.rule("registry"))
				c.box.Airbyte.Fault.Add(b.rule("airbyte"))
				c.box.Snowflake.Fault.Add(b.rule("snowflake"))
				got := c.applyUntilCalm(b)
				if !got.stuck {
					got.wrong = c.differs(want)
				}
				return got
			})
			fmt.Printf("fault matrix: %s: %d cells, %d survived, in %d processes (part %d of %d)\n", row.name, all.survived+len(all.lost), all.survived, all.processes, b.rest+1, b.every)
			require.NotZero(t, all.survived+len(all.lost))
			for id, why := range all.lost {
				t.Errorf("did not survive: %.300s\n%s", id, why)
			}
		})
	}
}

// applyUntilCalm applies until an apply succeeds in which no call was broken.
func (c *trial) applyUntilCalm(b *breaker) tried {
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
			return tried{processes: n}
		case broke == 0 && len(b.last) == 0:
			c.t.Fatalf("apply fails although nothing was ever broken: %v\n%s", err, said.String())
		case broke == 0:
			return tried{processes: n, stuck: true, wrong: fmt.Sprintf("the apply after it fails although nothing is broken in it: %v\n%s", err, said.String())}
		}
		// A process that could not give its lock back leaves it; a person takes it
		// away.
		c.must("unlock", "--target", "aws", "--force")
	}
	c.t.Fatal("there is no end to the calls")
	return tried{}
}

// differs says what is not as after an undisturbed apply, or nothing.
func (c *trial) differs(want string) string {
	c.t.Helper()
	var wrong []string
	if got := c.state(); got != want {
		wrong = append(wrong, "the end is another state: lines too many\n"+surplus(got, want)+"\nand lines that are missing\n"+surplus(want, got))
	}
	if out := c.must("plan", "--target", "aws", "--live"); !strings.Contains(out, "no changes") {
		wrong = append(wrong, "the plan after it is not empty:\n"+out)
	}
	return strings.Join(append(wrong, repeated(c)...), "\n")
}

// surplus are the lines of one text that the other does not have.
func surplus(of, than string) string {
	have := map[string]bool{}
	for line := range strings.Lines(than) {
		have[line] = true
	}
	var out strings.Builder
	for line := range strings.Lines(of) {
		if !have[line] {
			out.WriteString("  " + line)
		}
	}
	return out.String()
}

// repeated are steps that were begun again after they were done.
func repeated(c *trial) []string {
	var out []string
	done := map[string]bool{}
	for _, s := range c.history() {
		if s.State == "started" && done[s.Change] {
			out = append(out, s.Change+" was made again after it was done")
		}
		done[s.Change] = done[s.Change] || s.State == "done"
	}
	return out
}

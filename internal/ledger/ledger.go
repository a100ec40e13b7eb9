package ledger

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Files is a ledger in a folder.
type Files struct {
	dir string
	mu  sync.Mutex
}

// In gives the ledger of a folder, which is made when something is written.
func In(dir string) *Files { return &Files{dir: dir} }

func (f *Files) path() string { return filepath.Join(f.dir, "ledger.ndjson") }

// line is one line of the file: a run that begins, a step, or a run that ends.
type line struct {
	Event   string           `json:"event"` // begin, step, end
	Run     string           `json:"run"`
	Plan    string           `json:"plan,omitempty"`
	Owner   string           `json:"owner,omitempty"`
	Destroy bool             `json:"destroy,omitempty"`
	Change  string           `json:"change,omitempty"`
	State   deploy.StepState `json:"state,omitempty"`
	Message string           `json:"message,omitempty"`
	Outcome string           `json:"outcome,omitempty"`
	At      time.Time        `json:"at"`
}

// Begin opens a run, numbered after the last one.
func (f *Files) Begin(plan *deploy.Plan, owner string, now time.Time) (string, error) {
	runs, err := f.Runs()
	if err != nil {
		return "", err
	}
	if n := len(runs); n > 0 && runs[n-1].Plan == plan.Digest && !runs[n-1].Finished() && runs[n-1].Destroy == plan.Destroy {
		return runs[n-1].ID, nil
	}
	sum := sha256.Sum256([]byte(plan.Digest))
	run := fmt.Sprintf("%04d-%s", len(runs)+1, hex.EncodeToString(sum[:3]))
	return run, f.add(line{Event: "begin", Run: run, Plan: plan.Digest, Owner: owner, Destroy: plan.Destroy, At: now})
}

// Step adds steps to a run.
func (f *Files) Step(run string, steps ...deploy.RunStep) error {
	var lines []line
	for _, s := range steps {
		lines = append(lines, line{Event: "step", Run: run, Change: s.Change, State: s.State, Message: s.Message, At: s.At})
	}
	return f.add(lines...)
}

// End closes a run.
func (f *Files) End(run, outcome string, now time.Time) error {
	return f.add(line{Event: "end", Run: run, Outcome: outcome, At: now})
}

// add writes lines and waits until they are on the disk.
func (f *Files) add(lines ...line) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return err
	}
	if err := f.dropTorn(); err != nil {
		return err
	}
	var text []byte
	for _, l := range lines {
		data, err := json.Marshal(l)
		if err != nil {
			return err
		}
		text = append(append(text, data...), '\n')
	}
	file, err := os.OpenFile(f.path(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Sync(), file.Close())
}

// dropTorn takes away a last line that a crash cut short. The file is read only
// where there is one: it grows with every apply.
func (f *Files) dropTorn() error {
	whole, err := f.whole()
	if err != nil || whole {
		return err
	}
	data, err := os.ReadFile(f.path())
	if err != nil {
		return err
	}
	return os.Truncate(f.path(), int64(bytes.LastIndexByte(data, '\n')+1))
}

// whole reports whether the last line of the file is whole.
func (f *Files) whole() (bool, error) {
	file, err := os.Open(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return true, err
	}
	last := make([]byte, 1)
	_, err = file.ReadAt(last, info.Size()-1)
	return last[0] == '\n', err
}

// Runs reads every run, the oldest first.
func (f *Files) Runs() ([]deploy.Run, error) {
	data, err := os.ReadFile(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var runs []deploy.Run
	byID := map[string]int{}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	lines := bufio.NewScanner(bytes.NewReader(whole))
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s:%d: not a line of a ledger: %w", f.path(), n, err)
		}
		if l.Event == "begin" {
			byID[l.Run] = len(runs)
			runs = append(runs, deploy.Run{ID: l.Run, Plan: l.Plan, Owner: l.Owner, Destroy: l.Destroy, Began: l.At})
		}
		i, ok := byID[l.Run]
		if !ok {
			return nil, fmt.Errorf("%s:%d: run %q was never begun", f.path(), n, l.Run)
		}
		apply(&runs[i], l)
	}
	return runs, lines.Err()
}

func apply(r *deploy.Run, l line) {
	switch l.Event {
	case "step":
		r.Steps = append(r.Steps, deploy.RunStep{Change: l.Change, State: l.State, At: l.At, Message: l.Message})
	case "end":
		r.Ended, r.Outcome = l.At, l.Outcome
	}
}

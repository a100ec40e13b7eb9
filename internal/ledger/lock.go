package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// Lock is a lock file in a folder.
type Lock struct {
	dir, host string
	pid       int
}

// LockIn gives the lock of a folder, for this process.
func LockIn(dir string) (*Lock, error) {
	host, err := os.Hostname()
	return &Lock{dir: dir, host: host, pid: os.Getpid()}, err
}

func (l *Lock) path() string { return filepath.Join(l.dir, "lock.json") }

// Acquire takes the lock, or returns a *deploy.Held.
func (l *Lock) Acquire(owner string, now time.Time) (func() error, error) {
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return nil, err
	}
	data, err := json.Marshal(deploy.Holder{Owner: owner, Host: l.host, PID: l.pid, Since: now})
	if err != nil {
		return nil, err
	}
	// The file is written whole beside and then linked, which fails where the
	// lock is there: nobody ever reads half a lock.
	beside := fmt.Sprintf("%s.%d", l.path(), l.pid)
	if err := os.WriteFile(beside, append(data, '\n'), 0o644); err != nil {
		return nil, err
	}
	defer os.Remove(beside)
	err = os.Link(beside, l.path())
	if errors.Is(err, fs.ErrExist) {
		holder, readErr := l.Holder()
		if readErr != nil || holder == nil {
			return nil, errors.Join(err, readErr)
		}
		return nil, &deploy.Held{Holder: *holder, Age: now.Sub(holder.Since)}
	}
	if err != nil {
		return nil, err
	}
	return l.release(data), nil
}

// release takes the lock file away, unless someone broke the lock and took it.
func (l *Lock) release(mine []byte) func() error {
	return func() error {
		data, err := os.ReadFile(l.path())
		if errors.Is(err, fs.ErrNotExist) || err == nil && string(data) != string(mine)+"\n" {
			return nil
		}
		return errors.Join(err, os.Remove(l.path()))
	}
}

// Holder reads who holds the lock.
func (l *Lock) Holder() (*deploy.Holder, error) {
	data, err := os.ReadFile(l.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var h deploy.Holder
	if err := json.Unmarshal(data, &h); err != nil {
		return nil, fmt.Errorf("%s is not a lock: %w", l.path(), err)
	}
	h.Stale = h.Host == l.host && gone(h.PID)
	return &h, nil
}

// gone reports whether no process of this machine has that number.
func gone(pid int) bool {
	return pid > 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// Break removes the lock.
func (l *Lock) Break() error {
	err := os.Remove(l.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

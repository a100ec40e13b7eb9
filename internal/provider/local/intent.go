package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// intent is a change of a sync that is decided and written, but not yet in its
// place.
type intent struct {
	Format int `json:"format"`
	// Change is what was approved: as long as it is not finished, plans show it
	// as it was.
	Change deploy.Change `json:"change"`
	// From is the key that the sync had before, where it is renamed.
	From   string      `json:"from,omitempty"`
	Before intentFiles `json:"before"`
	After  intentFiles `json:"after"`
}

// intentFiles are the sums of the files before or after; empty where there is
// none. Events is the length of the log before, and the length of what is
// appended to it after.
type intentFiles struct {
	Members string `json:"members,omitempty"`
	State   string `json:"state,omitempty"`
	Events  int64  `json:"events"`
}

func (b box) readIntent() (*intent, error) {
	data, err := os.ReadFile(b.intent())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	i := &intent{}
	if err := json.Unmarshal(data, i); err != nil || i.Format != 1 || i.Change.Name != b.id {
		return nil, fmt.Errorf("%s is not what an apply wrote: it was changed by hand, or by another version of tapestry-ci. Put it back", filepath.Base(b.intent()))
	}
	return i, nil
}

// decide makes the staged files count: once the intent is there, the change
// will be made.
func (b box) decide(i *intent) error {
	data, err := json.Marshal(i)
	if err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(b.stem)); err != nil {
		return err
	}
	b.fault("outbox: staged")
	if err := replaceFile(b.intent(), append(data, '\n')); err != nil {
		return err
	}
	b.fault("outbox: decided")
	return nil
}

// finish makes a decided change so, from wherever it was interrupted. The
// intent goes last.
func (b box) finish(i *intent) error {
	base := b
	if i.From != "" {
		base = b.sibling(i.From)
	}
	for _, step := range []func(base box, i *intent) error{b.appendEvents, b.putInPlace, b.removeOld} {
		if err := step(base, i); err != nil {
			return err
		}
	}
	return remove(b.intent())
}

// tidy removes what an apply left that was never decided.
func (b box) tidy() error {
	return remove(b.membersNext(), b.eventsNext(), b.stateNext(), b.intent()+".tmp")
}

// appendEvents appends what is not there yet. Whatever part of it was written
// before is written again, at the same place.
func (b box) appendEvents(base box, i *intent) error {
	if i.From != "" && !exists(b.events()) && exists(base.events()) {
		if err := rename(base.events(), b.events()); err != nil {
			return err
		}
		b.fault("outbox: events moved")
	}
	if i.After.Events == 0 {
		return nil
	}
	f, err := os.OpenFile(b.events(), os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	after := i.Before.Events + i.After.Events
	if info.Size() < i.Before.Events || info.Size() > after {
		return b.meddled(b.events())
	}
	if !exists(b.eventsNext()) {
		if info.Size() != after {
			return b.meddled(b.eventsNext())
		}
		return nil
	}
	return b.copyEvents(f, i)
}

func (b box) copyEvents(to *os.File, i *intent) error {
	from, err := os.Open(b.eventsNext())
	if err != nil {
		return err
	}
	defer from.Close()
	if err := to.Truncate(i.Before.Events); err != nil {
		return err
	}
	if _, err := to.Seek(i.Before.Events, io.SeekStart); err != nil {
		return err
	}
	// In two halves, so that tests can stop between them.
	if _, err := io.CopyN(to, from, i.After.Events/2); err != nil {
		return err
	}
	b.fault("outbox: half of the events")
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	if err := to.Sync(); err != nil {
		return err
	}
	b.fault("outbox: events")
	return syncDir(filepath.Dir(b.stem))
}

// putInPlace gives the staged files their names.
func (b box) putInPlace(base box, i *intent) error {
	for _, f := range []struct{ old, next, name, before, after string }{
		{base.members(), b.membersNext(), b.members(), i.Before.Members, i.After.Members},
		{base.state(), b.stateNext(), b.state(), i.Before.State, i.After.State},
	} {
		if f.after == "" {
			continue
		}
		if !exists(f.next) {
			if sum, err := sumFile(f.name); err != nil || sum != f.after {
				return errors.Join(err, b.meddled(f.name))
			}
			continue
		}
		if sum, err := sumFile(f.old); err != nil || sum != f.before {
			return errors.Join(err, b.meddled(f.old))
		}
		if err := rename(f.next, f.name); err != nil {
			return err
		}
		b.fault("outbox: in place " + filepath.Ext(f.name))
	}
	return nil
}

// removeOld removes what the change leaves no place for.
func (b box) removeOld(base box, i *intent) error {
	old := []string{b.eventsNext()}
	if i.After.Members == "" || i.From != "" {
		old = append(old, base.members())
	}
	if i.After.State == "" || i.From != "" {
		old = append(old, base.state())
	}
	for _, path := range old {
		if !exists(path) {
			continue
		}
		if err := remove(path); err != nil {
			return err
		}
		b.fault("outbox: removed " + filepath.Ext(path))
	}
	return nil
}

func (b box) meddled(path string) error {
	return fmt.Errorf("%s: an apply of %s was interrupted, and this file was changed since, so that it cannot be finished. "+
		"Put the file back as it was", filepath.Base(path), b.id)
}

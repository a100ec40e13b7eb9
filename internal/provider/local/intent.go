package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// intent is a change of a sync that is decided and written, but not yet in its
// place.
type intent struct {
	Format int    `json:"format"`
	Sync   string `json:"sync"`
	// From is the key that the sync had before, where it is renamed.
	From string `json:"from,omitempty"`
	// Content is that of the change.
	Content string      `json:"content"`
	Before  intentFiles `json:"before"`
	After   intentFiles `json:"after"`
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
	if err := json.Unmarshal(data, i); err != nil || i.Format != 1 || i.Sync != b.id {
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

// finish makes a decided change so, from wherever it was interrupted.
func (b box) finish(i *intent) error {
	base := b
	if i.From != "" {
		base = b.sibling(i.From)
	}
	for _, step := range []func(box, *intent) error{b.putAside, b.appendEvents, b.putInPlace} {
		if err := step(base, i); err != nil {
			return err
		}
	}
	if err := remove(b.intent()); err != nil {
		return err
	}
	b.fault("outbox: done")
	return b.tidy()
}

// tidy removes what a finished apply, or one that was never decided, left.
func (b box) tidy() error {
	return remove(b.membersNext(), b.eventsNext(), b.stateNext(), b.membersPrev(), b.statePrev(), b.intent()+".tmp")
}

// putAside keeps what was there before until the change is made.
func (b box) putAside(base box, i *intent) error {
	for _, f := range []struct{ from, to, sum string }{
		{base.members(), b.membersPrev(), i.Before.Members}, {base.state(), b.statePrev(), i.Before.State},
	} {
		if f.sum == "" || exists(f.to) {
			continue
		}
		if sum, err := sumFile(f.from, -1); err != nil {
			return err
		} else if sum != f.sum {
			return b.meddled(f.from)
		}
		if err := rename(f.from, f.to); err != nil {
			return err
		}
		b.fault("outbox: put aside " + filepath.Ext(f.from))
	}
	return nil
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
	if info, err := f.Stat(); err != nil {
		return err
	} else if info.Size() < i.Before.Events || info.Size() > i.Before.Events+i.After.Events {
		return b.meddled(b.events())
	}
	return b.copyEvents(f, i)
}

func (b box) copyEvents(to *os.File, i *intent) error {
	from, err := os.Open(b.eventsNext())
	if errors.Is(err, fs.ErrNotExist) {
		return b.meddled(b.eventsNext())
	}
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
	return nil
}

// putInPlace gives the staged files their names.
func (b box) putInPlace(_ box, i *intent) error {
	for _, f := range []struct{ from, to, sum string }{
		{b.membersNext(), b.members(), i.After.Members}, {b.stateNext(), b.state(), i.After.State},
	} {
		if f.sum == "" {
			continue
		}
		if exists(f.from) {
			if err := rename(f.from, f.to); err != nil {
				return err
			}
			b.fault("outbox: in place " + filepath.Ext(f.to))
		}
		if sum, err := sumFile(f.to, -1); err != nil {
			return err
		} else if sum != f.sum {
			return b.meddled(f.to)
		}
	}
	return nil
}

func (b box) meddled(path string) error {
	return fmt.Errorf("%s: an apply of %s was interrupted, and this file was changed since, so that it cannot be finished. "+
		"Put the file back as it was", filepath.Base(path), b.id)
}

package local

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// outbox is the folder that stands for the destinations.
type outbox struct {
	dir   string
	fault func(point string)
}

// box is one sync's files.
type box struct {
	outbox
	id   string // mailchimp.newsletter
	stem string // path without ending
}

func (o outbox) box(id string) box {
	destination, key, _ := strings.Cut(id, ".")
	return box{outbox: o, id: id, stem: filepath.Join(o.dir, destination, key)}
}

// Files of a sync. Those in the second half are there during an apply only.
func (b box) members() string     { return b.stem + ".ndjson" }
func (b box) events() string      { return b.stem + ".events.ndjson" }
func (b box) state() string       { return b.stem + ".json" }
func (b box) intent() string      { return b.stem + ".intent" }
func (b box) membersNext() string { return b.stem + ".ndjson.next" }
func (b box) eventsNext() string  { return b.stem + ".events.next" }
func (b box) stateNext() string   { return b.stem + ".json.next" }

// sibling is the box of another sync of the same destination.
func (b box) sibling(key string) box {
	destination, _, _ := strings.Cut(b.id, ".")
	return b.box(destination + "." + key)
}

// view is what there is of a sync. An apply that was decided and not finished
// counts as made: it will be, by whoever comes next.
type view struct {
	box box
	// from is the box that the sync is to be renamed from, or nil.
	from *box
	// state is nil where the sync was never applied.
	state *recorded
	// members is the path of the members file, or empty.
	members string
	// events are the pieces of the log, in order.
	events []piece
	// pending is an apply of this sync that was not finished, fromPending one of
	// the sync that it is to be renamed from.
	pending, fromPending *intent
	// sum is over state, members and events.
	sum string
}

// piece is the beginning of a file.
type piece struct {
	path string
	size int64
}

// look reads what there is of a sync. oldKey is its renamed_from.
func (o outbox) look(id, oldKey string) (*view, error) {
	v := &view{box: o.box(id)}
	var err error
	if v.pending, err = v.box.readIntent(); err != nil {
		return nil, err
	}
	if v.pending == nil && oldKey != "" && !exists(v.box.state()) {
		old, err := o.look(v.box.sibling(oldKey).id, "")
		if err != nil {
			return nil, err
		}
		if old.state != nil {
			from := old.box
			old.from, old.fromPending, old.box, old.pending = &from, old.pending, v.box, nil
			return old, nil
		}
	}
	if v.pending != nil {
		err = v.locateAfter()
	} else {
		err = v.locate()
	}
	if err != nil {
		return nil, err
	}
	return v, v.hash()
}

// locate finds the files of a sync.
func (v *view) locate() error {
	if exists(v.box.members()) {
		v.members = v.box.members()
	}
	if info, err := os.Stat(v.box.events()); err == nil && info.Size() > 0 {
		v.events = []piece{{v.box.events(), info.Size()}}
	}
	var err error
	v.state, err = readState(v.box.state())
	return err
}

// locateAfter finds the files as they will be when the pending apply is
// finished.
func (v *view) locateAfter() error {
	b, i := v.box, v.pending
	staged := func(next, name string) string {
		if exists(next) {
			return next
		}
		return name
	}
	if i.After.Members != "" {
		v.members = staged(b.membersNext(), b.members())
	}
	log := b.events()
	if !exists(log) && i.From != "" {
		log = b.sibling(i.From).events()
	}
	if i.Before.Events > 0 {
		v.events = append(v.events, piece{log, i.Before.Events})
	}
	if i.After.Events > 0 {
		if exists(b.eventsNext()) {
			v.events = append(v.events, piece{b.eventsNext(), i.After.Events})
		} else {
			v.events = []piece{{log, i.Before.Events + i.After.Events}}
		}
	}
	if i.After.State == "" {
		return nil
	}
	var err error
	v.state, err = readState(staged(b.stateNext(), b.state()))
	return err
}

func (v *view) hash() error {
	state, err := json.Marshal(v.state)
	if err != nil {
		return err
	}
	members, err := sumFile(v.members)
	if err != nil {
		return err
	}
	events := sha256.New()
	if err := v.copyEvents(events); err != nil {
		return err
	}
	v.sum = digest(string(state), members, sumOf(events))
	return nil
}

func sumOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// copyEvents writes the log as far as it counts.
func (v *view) copyEvents(to io.Writer) error {
	for _, p := range v.events {
		f, err := os.Open(p.path)
		if err != nil {
			return err
		}
		_, err = io.CopyN(to, f, p.size)
		if closed := f.Close(); err == nil {
			err = closed
		}
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s is shorter than applies left it. Put it back as it was", filepath.Base(p.path))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// eventsSize is how long the log is.
func (v *view) eventsSize() (n int64) {
	for _, p := range v.events {
		n += p.size
	}
	return n
}

// list gives the ids of the syncs that were ever applied, sorted.
func (o outbox) list() ([]string, error) {
	destinations, err := os.ReadDir(o.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var ids []string
	for _, d := range destinations {
		if !d.IsDir() {
			continue
		}
		files, err := os.ReadDir(filepath.Join(o.dir, d.Name()))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			key, ending, _ := strings.Cut(f.Name(), ".")
			if id := d.Name() + "." + key; (ending == "json" || ending == "intent") && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids, nil
}

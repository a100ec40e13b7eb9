package local

import (
	"encoding/json"
	"errors"
	"fmt"
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
func (b box) membersPrev() string { return b.stem + ".ndjson.prev" }
func (b box) statePrev() string   { return b.stem + ".json.prev" }

// siblings is the box of another sync of the same destination.
func (b box) sibling(key string) box {
	destination, _, _ := strings.Cut(b.id, ".")
	return b.box(destination + "." + key)
}

// recorded is the state file: a sync as it was last applied.
type recorded struct {
	Format int    `json:"format"`
	Sync   string `json:"sync"`
	// Content is that of the change that was applied last: to apply it again
	// does nothing.
	Content  string   `json:"content"`
	Settings settings `json:"settings"`
}

// settings are what a sync is asked to do.
type settings struct {
	Model     string   `json:"model"`
	Where     string   `json:"where,omitempty"`
	Mode      string   `json:"mode"`
	OnRemoved string   `json:"onRemoved,omitempty"`
	OnDestroy string   `json:"onDestroy"`
	Guard     guard    `json:"guard"`
	Options   []option `json:"options,omitempty"`
	Tags      []string `json:"tags,omitempty"`
	Keys      []mapped `json:"keys"`
	Fields    []mapped `json:"fields,omitempty"`
}

// mapped says which column fills a field.
type mapped struct {
	Field  string `json:"field"`
	Column string `json:"column"`
	Type   string `json:"type"`
}

func (s *syncer) settings() settings {
	return settings{Model: s.Model, Where: s.Where, Mode: s.Mode, OnRemoved: s.OnRemoved, OnDestroy: s.OnDestroy, Guard: s.Guard,
		Options: s.Options, Tags: s.Tags, Keys: mappings(s.Keys), Fields: mappings(s.Fields)}
}

func mappings(fields []syncField) []mapped {
	out := make([]mapped, len(fields))
	for i, f := range fields {
		out[i] = mapped{f.Field, f.Column, f.Type}
	}
	return out
}

// view is what a plan sees of a sync: what was there before an apply that was
// not finished.
type view struct {
	box box
	// from is the box that the sync is renamed from, or nil.
	from *box
	// state is nil where the sync was never applied.
	state *recorded
	// members is the path of the members file, or empty.
	members string
	// events is the path of the log, or empty; its first eventsSize bytes count.
	events     string
	eventsSize int64
	// pending is an apply of this sync that was not finished, fromPending one of
	// the sync that it is renamed from.
	pending, fromPending *intent
	// sum is over all of the above.
	sum string
}

// look reads what is there of a sync. oldKey is its renamed_from.
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
			v.from, v.fromPending = &old.box, old.pending
			v.state, v.members, v.events, v.eventsSize = old.state, old.members, old.events, old.eventsSize
			return v, v.hash()
		}
	}
	base := v.box
	if v.pending != nil && v.pending.From != "" {
		base = v.box.sibling(v.pending.From)
		v.from = &base
	}
	if err := v.locate(base); err != nil {
		return nil, err
	}
	return v, v.hash()
}

// locate finds the files: during an unfinished apply some have been put aside.
func (v *view) locate(base box) error {
	state, members, events := base.state(), base.members(), base.events()
	if v.from != nil && exists(v.box.events()) {
		events = v.box.events()
	}
	if p := v.pending; p != nil {
		state, members = before(v.box.statePrev(), state, p.Before.State), before(v.box.membersPrev(), members, p.Before.Members)
		v.events, v.eventsSize = events, p.Before.Events
	} else if info, err := os.Stat(events); err == nil {
		v.events, v.eventsSize = events, info.Size()
	}
	if v.eventsSize == 0 {
		v.events = ""
	}
	if members != "" && exists(members) {
		v.members = members
	}
	var err error
	v.state, err = readState(state)
	return err
}

// before is where a file is that has the given sum before an unfinished apply.
func before(prev, base, sum string) string {
	if sum == "" {
		return ""
	}
	if exists(prev) {
		return prev
	}
	return base
}

func (v *view) hash() error {
	state, err := json.Marshal(v.state)
	if err != nil {
		return err
	}
	members, err := sumFile(v.members, -1)
	if err != nil {
		return err
	}
	events, err := sumFile(v.events, v.eventsSize)
	if err != nil {
		return err
	}
	v.sum = digest(string(state), members, events)
	return nil
}

func readState(path string) (*recorded, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := &recorded{}
	if err := json.Unmarshal(data, r); err != nil || r.Format != 1 {
		return nil, fmt.Errorf("%s is not what an apply wrote: it was changed by hand, or by another version of tapestry-ci. "+
			"Put it back, or delete it: the sync then counts as new, and its members as somebody else's", filepath.Base(path))
	}
	return r, nil
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

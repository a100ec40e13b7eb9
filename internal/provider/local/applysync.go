//go:build cgo

package local

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// sync sends what a sync has to send.
func (a *applier) sync(ctx context.Context) error {
	i := slices.IndexFunc(a.pl.Syncs, func(s syncer) bool { return s.ID == a.c.Name })
	oldKey := ""
	if i >= 0 {
		oldKey = a.pl.Syncs[i].RenamedFrom
	}
	v, err := a.settled(a.c.Name, oldKey)
	if v == nil || err != nil {
		return err
	}
	if i < 0 {
		return errMoved("the syncs of the file are")
	}
	return a.send(ctx, &a.pl.Syncs[i], v)
}

// settled finishes what an interrupted apply had decided, and gives what there
// is then; nil where that was this very change.
func (a *applier) settled(id, oldKey string) (*view, error) {
	for {
		v, err := a.outbox().look(id, oldKey)
		if err != nil {
			return nil, err
		}
		switch {
		case v.pending != nil:
			err = v.box.finish(v.pending)
			if err == nil && v.pending.Change.Content == a.c.Content {
				return nil, nil
			}
		case v.fromPending != nil:
			err = v.from.finish(v.fromPending)
		case v.state != nil && v.state.Content == a.c.Content:
			return nil, nil // made before, and its reply was lost
		default:
			return v, nil
		}
		if err != nil {
			return nil, err
		}
		a.say("finished what an interrupted apply had begun")
	}
}

// send makes the members what they should be.
func (a *applier) send(ctx context.Context, s *syncer, v *view) error {
	d, err := openDatabase(ctx, a.warehouse(), true)
	if err != nil {
		return err
	}
	defer d.close()
	aud, err := d.loadAudience(ctx, 0, v, mappings(s.Keys))
	if err != nil {
		return err
	}
	if aud.broken != "" {
		return errors.New(aud.broken)
	}
	if err := a.others(ctx, aud, s); err != nil {
		return err
	}
	if err := d.lock(ctx); err != nil {
		return err
	}
	if err := aud.choose(ctx, s); err != nil {
		return err
	}
	seg, err := aud.segment(ctx, s)
	if err != nil {
		return err
	}
	p := &planned{id: s.ID, s: s, v: v, aud: aud}
	steady := p.content(seg)
	seg.unsteady = true
	if a.c.Content != steady && a.c.Content != p.content(seg) {
		return errMoved("the members or the rows of " + s.ID + " are")
	}
	return a.write(ctx, aud, s, &recorded{Format: 1, Sync: s.ID, Content: a.c.Content, Settings: s.settings()})
}

// others are the members that other syncs have in the same place.
func (a *applier) others(ctx context.Context, aud *audience, s *syncer) error {
	keys := []string{"select cast(null as VARCHAR) as KEY where false"}
	for i := range a.pl.Syncs {
		if path := a.outbox().box(a.pl.Syncs[i].ID).members(); s.besides(&a.pl.Syncs[i]) && exists(path) {
			keys = append(keys, "select "+keyOf("cast(json as VARCHAR)", mappings(s.Keys))+" as KEY from "+lines(path))
		}
	}
	return aud.d.exec(ctx, "create temp table "+aud.rel("others")+" as "+strings.Join(keys, " union all "))
}

// removeSync takes the members of a sync away that left the file.
func (a *applier) removeSync(ctx context.Context) error {
	v, err := a.settled(a.c.Name, "")
	if v == nil || err != nil || v.state == nil { // done before
		return err
	}
	if a.c.Content != digest("remove", v.sum) {
		return errMoved("the members of " + a.c.Name + " are")
	}
	d, err := openDatabase(ctx, "", false)
	if err != nil {
		return err
	}
	defer d.close()
	aud, err := d.loadAudience(ctx, 0, v, nil)
	if err != nil {
		return err
	}
	if aud.broken != "" {
		return errors.New(aud.broken)
	}
	if err := aud.wantNothing(ctx); err != nil {
		return err
	}
	return a.write(ctx, aud, &syncer{ID: a.c.Name, OnRemoved: cmp.Or(v.state.Settings.OnRemoved, "delete")}, nil)
}

// write stages members, log and state, decides, and puts them in place. state
// is nil for a sync that is gone.
func (a *applier) write(ctx context.Context, aud *audience, s *syncer, state *recorded) error {
	v, b := aud.view, aud.view.box
	if err := makeDir(filepath.Dir(b.stem)); err != nil {
		return err
	}
	if err := b.tidy(); err != nil {
		return err
	}
	i := &intent{Format: 1, Change: a.c}
	i.Change.Origins = nil
	base := b
	if v.from != nil {
		_, i.From, _ = strings.Cut(v.from.id, ".")
		base = *v.from
	}
	i.Before.Events = v.eventsSize()
	var err error
	if i.Before.Members, err = sumFile(base.members()); err != nil {
		return err
	}
	if i.Before.State, err = sumFile(base.state()); err != nil {
		return err
	}
	if err := a.stage(ctx, aud, s, state, i); err != nil {
		return err
	}
	if err := b.decide(i); err != nil {
		return err
	}
	return b.finish(i)
}

// stage writes the new files under other names.
func (a *applier) stage(ctx context.Context, aud *audience, s *syncer, state *recorded, i *intent) error {
	b := aud.view.box
	w := &rowWriter{s: s, fields: aud.fields(s), seq: aud.last, run: strings.TrimPrefix(a.c.Content, "sha256:")[:12]}
	var err error
	if w.members, err = createFile(b.membersNext()); err != nil {
		return err
	}
	if w.events, err = createFile(b.eventsNext()); err != nil {
		return err
	}
	err = aud.d.each(ctx, "select EVENT, coalesce(KEY, ''), coalesce(BODY, ''), coalesce(OLD, '') from "+aud.rel("diff")+" order by KEY nulls last, OLD", w.row)
	members, closed := w.members.finish()
	a.fault("outbox: members staged")
	events, closed2 := w.events.finish()
	a.fault("outbox: events staged")
	if err := errors.Join(err, closed, closed2); err != nil {
		return err
	}
	i.After.Members, i.After.Events = members.sum, events.size
	if state == nil {
		if members.size == 0 {
			i.After.Members = ""
		}
		return nil
	}
	data, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(b.stateNext(), append(data, '\n')); err != nil {
		return err
	}
	i.After.State, err = sumFile(b.stateNext())
	a.say(fmt.Sprintf("%s sent, %s at the destination", counted(int(w.seq-aud.last), "change"), counted(w.count, "member")))
	return err
}

// purge deletes everything of a sync.
func (b box) purge() error {
	if !exists(filepath.Dir(b.stem)) {
		return nil
	}
	if err := b.tidy(); err != nil {
		return err
	}
	return remove(b.state(), b.intent(), b.members(), b.events())
}

// rowWriter writes members and events, one row of the diff after the other.
type rowWriter struct {
	s               *syncer
	fields          []string
	members, events *fileWriter
	run             string
	seq             int64
	count           int
}

// event is one line of the log.
type event struct {
	Seq   int64           `json:"seq"`
	Run   string          `json:"run"`
	Event string          `json:"event"` // create, update, remove, adopt
	Key   json.RawMessage `json:"key"`
	How   string          `json:"how,omitempty"` // of remove: archive, delete
	// Fields are the names of the fields that were set, Set their values; null
	// clears one.
	Fields []string        `json:"fields,omitempty"`
	Set    json.RawMessage `json:"set,omitempty"`
}

func (w *rowWriter) row(scan func(...any) error) error {
	var kind, key, body, old string
	if err := scan(&kind, &key, &body, &old); err != nil {
		return err
	}
	switch kind {
	case "create", "enter":
		if kind == "enter" { // it is there already, by another sync
			kind = "update"
		}
		names := make([]string, len(w.s.Fields))
		for i, f := range w.s.Fields {
			names[i] = f.Field
		}
		return errors.Join(w.member(body), w.log(event{Event: kind, Key: []byte(key), Fields: names, Set: []byte(body)}))
	case "update":
		line, names, set, err := w.update(body, old)
		if err != nil {
			return err
		}
		return errors.Join(w.member(line), w.log(event{Event: kind, Key: []byte(key), Fields: names, Set: set}))
	case "adopt":
		return errors.Join(w.member(old), w.log(event{Event: kind, Key: []byte(key)}))
	case "remove":
		return w.log(event{Event: kind, Key: []byte(key), How: w.s.OnRemoved})
	}
	return w.member(old)
}

func (w *rowWriter) member(line string) error {
	if line == "" { // a row that is not sent
		return nil
	}
	w.count++
	_, err := w.members.WriteString(line + "\n")
	return err
}

func (w *rowWriter) log(e event) error {
	w.seq++
	e.Seq, e.Run = w.seq, w.run
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return err
	}
	_, err := w.events.Write(line.Bytes())
	return err
}

// update gives the new line of a member, with the fields that are not the
// sync's left as they are, and what changed.
func (w *rowWriter) update(body, old string) (line string, names []string, set json.RawMessage, err error) {
	was, is := members(old), members(body)
	changed := map[string]json.RawMessage{}
	for _, name := range w.fields {
		before, after := value(was[name]), value(is[name])
		if before != after {
			names = append(names, name)
			changed[name] = json.RawMessage(after)
		}
	}
	slices.Sort(names)
	set, err = json.Marshal(changed)
	if err != nil {
		return "", nil, nil, err
	}
	var others []string
	for name := range was {
		if _, ours := is[name]; !ours && !slices.Contains(w.fields, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	line = strings.TrimSuffix(body, "}")
	for _, name := range others {
		line += "," + quoteJSON(name) + ":" + value(was[name])
	}
	return line + "}", names, set, nil
}

// value is a value of a member in one form; one that is not there is null.
func value(v json.RawMessage) string {
	var b bytes.Buffer
	if len(v) == 0 || json.Compact(&b, v) != nil {
		return "null"
	}
	return b.String()
}

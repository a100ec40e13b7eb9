package connector

import (
	"cmp"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
)

// errEnough ends a connector that has read as much as was asked for.
var errEnough = errors.New("enough was read")

// reader takes what a connector says while it reads.
type reader struct {
	reading Reading
	columns map[string][]string // by stream; none means all
	states  map[string]json.RawMessage
	config  map[string]any
	hide    func(string) string
	result  *Result
}

func (r *reader) message(m message) error {
	switch m.Type {
	case "RECORD":
		return r.record(m.Record.record())
	case "STATE":
		r.states[stateKey(m.State)] = m.State
	case "CONTROL":
		if m.Control.Type == "CONNECTOR_CONFIG" {
			r.renewed(m.Control.ConnectorConfig.Config)
		}
	}
	return nil
}

// record hands a row on. Beyond the limit rows are left out: a connector with
// several streams goes on until each has enough.
func (r *reader) record(rec Record) error {
	name := qualified(rec.Namespace, rec.Stream)
	columns, wanted := r.columns[name]
	if !wanted || r.reading.Limit > 0 && r.result.Rows[name] >= r.reading.Limit {
		return nil
	}
	for column := range rec.Data {
		if len(columns) > 0 && !slices.Contains(columns, column) {
			delete(rec.Data, column)
		}
	}
	r.result.Rows[name]++
	if r.reading.Each != nil {
		if err := r.reading.Each(rec); err != nil {
			return err
		}
	}
	if r.full() {
		return errEnough
	}
	return nil
}

func (r *reader) full() bool {
	if r.reading.Limit == 0 {
		return false
	}
	for _, n := range r.result.Rows {
		if n < r.reading.Limit {
			return false
		}
	}
	return true
}

// renewed notes which fields of the configuration are other than they were.
func (r *reader) renewed(config map[string]any) {
	for name, v := range config {
		if !reflect.DeepEqual(v, r.config[name]) && !slices.Contains(r.result.Renewed, name) {
			r.result.Renewed = append(r.result.Renewed, name)
		}
	}
	slices.Sort(r.result.Renewed)
}

// stateKey tells states of different streams apart. A global state has no
// stream.
func stateKey(state json.RawMessage) string {
	var s struct {
		Stream struct {
			Descriptor struct{ Name, Namespace string } `json:"stream_descriptor"`
		}
	}
	if err := json.Unmarshal(state, &s); err != nil {
		return ""
	}
	return qualified(s.Stream.Descriptor.Namespace, s.Stream.Descriptor.Name)
}

func cmpStreams(namespace, name, otherNamespace, otherName string) int {
	return cmp.Or(cmp.Compare(namespace, otherNamespace), cmp.Compare(name, otherName))
}

package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

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

// readState reads a state file; there may be none.
func readState(path string) (*recorded, error) {
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
			"Put it back, or delete it: the sync then counts as new", filepath.Base(path))
	}
	return r, nil
}

package dbt

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// recordKey is where the store keeps the record.
const recordKey = "dbt/last.json"

const recordFormat = 1

// How a run ended.
const (
	Done   = "done"
	Failed = "failed"
	Left   = "left to the schedule"
	Down   = "taken down"
)

// Record is what the store keeps: the files that were built last, or left to the
// schedule, and the last run. It holds no rows.
type Record struct {
	Format int    `json:"format"`
	Files  []File `json:"files"`
	Run    *Run   `json:"run,omitempty"`
}

// Run is one build.
type Run struct {
	Files   string    `json:"files"` // digest of what was to be built
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended"`
	Outcome string    `json:"outcome"`
	Dbt     string    `json:"dbt,omitempty"` // its version
	Counts
	Failing []Failure `json:"failing,omitempty"`
}

// Counts are nodes by how they ended.
type Counts struct {
	Pass  int `json:"pass"`
	Warn  int `json:"warn"`
	Error int `json:"error"`
	Skip  int `json:"skip"`
}

// Failure is a node that failed.
type Failure struct {
	Node    string `json:"node"`
	Message string `json:"message"`
}

// Last is what the store knows of the last build. It is one call.
func (p *Provider) Last(ctx context.Context) (Record, error) { return p.record(ctx) }

func (p *Provider) record(ctx context.Context) (Record, error) {
	data, found, err := p.c.Store.Get(ctx, recordKey)
	if err != nil || !found {
		return Record{}, err
	}
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		return Record{}, fmt.Errorf("%s in the bucket cannot be read: %w. Delete it; the next apply builds everything", recordKey, err)
	}
	if r.Format != recordFormat {
		return Record{}, fmt.Errorf("%s in the bucket has form %d, and this version reads form %d: use the version that wrote it, or delete it", recordKey, r.Format, recordFormat)
	}
	return r, nil
}

func (p *Provider) keep(ctx context.Context, r Record) error {
	r.Format = recordFormat
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return p.c.Store.Put(ctx, recordKey, append(data, '\n'))
}

// Status is the last run that an apply began; nil where there was none. Runs of
// the schedule keep their own logs.
func (p *Provider) Status(ctx context.Context) (*Run, error) {
	r, err := p.record(ctx)
	return r.Run, err
}

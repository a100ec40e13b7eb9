package samples

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/internal/connector"
	"github.com/tapestry-ci/tapestry-ci/internal/mask"
)

// Config says what is taken, and where to.
type Config struct {
	// Dir is the folder of the pipeline file.
	Dir       string
	Source    *ir.Source
	Connector *connector.Connector
	// Streams are keys of streams of the file; none means all.
	Streams []string
	// Rows is how many rows of each stream are read.
	Rows int
	// Unmasked leaves everything as it is.
	Unmasked bool
	// Progress hears of every row that was read of a stream. It may be nil.
	Progress func(stream string, rows int)
	// Done hears of every stream that was written. It may be nil.
	Done func(Written)
}

// Written is what became of one stream.
type Written struct {
	Stream string // zoom.webinar_registrants
	File   string // samples/zoom/webinar_registrants.ndjson; empty where nothing was written
	Read   int
	Rows   int // in the file
	// Masked are the columns that were masked.
	Masked []string
	// Notes are what a person should know.
	Notes []string
}

// Write takes samples of the streams, one after the other.
func Write(ctx context.Context, c Config) ([]Written, error) {
	streams, err := c.streams()
	if err != nil {
		return nil, err
	}
	var masker *mask.Masker
	if !c.Unmasked {
		secret, err := salt(c.Dir)
		if err != nil {
			return nil, fmt.Errorf("the salt of the masks: %w", err)
		}
		masker = mask.New(secret)
	}
	var all []Written
	for _, st := range streams {
		w, err := c.one(ctx, st, &shape{stream: st, masker: masker, leaks: map[string]int{}})
		if err != nil {
			return all, err
		}
		all = append(all, w)
		if c.Done != nil {
			c.Done(w)
		}
	}
	return all, nil
}

// streams are those that are meant, looked at before anything is read.
func (c *Config) streams() ([]*ir.Stream, error) {
	var out []*ir.Stream
	var keys []string
	for i := range c.Source.Streams {
		st := &c.Source.Streams[i]
		keys = append(keys, st.Key)
		if len(c.Streams) == 0 || slices.Contains(c.Streams, st.Key) {
			out = append(out, st)
		}
	}
	for _, name := range c.Streams {
		if !slices.Contains(keys, name) {
			return nil, fmt.Errorf("the file has no stream %q in %s; it has: %s", name, c.Source.ID, strings.Join(keys, ", "))
		}
	}
	for _, st := range out {
		for _, other := range []string{"json", "csv", "parquet"} {
			if name := c.file(st, other); exists(filepath.Join(c.Dir, name)) {
				return nil, fmt.Errorf("%s is a sample of %s already, and two would not be told apart. Delete it, then try again", name, st.ID)
			}
		}
	}
	return out, nil
}

func (c *Config) file(st *ir.Stream, ending string) string {
	return filepath.Join("samples", c.Source.ID, filepath.FromSlash(st.Key)+"."+ending)
}

// one takes the sample of one stream.
func (c *Config) one(ctx context.Context, st *ir.Stream, s *shape) (Written, error) {
	w := Written{Stream: st.ID, Masked: s.masked()}
	if len(st.Columns) == 0 {
		w.Notes = append(w.Notes, "the file declares no columns of it, so there is nothing to take")
		return w, nil
	}
	rows := newRows(st)
	name := st.Name
	if st.Namespace != "" {
		name = st.Namespace + "." + st.Name
	}
	result, err := c.Connector.Read(ctx, connector.Reading{Streams: []string{name}, Limit: c.Rows, Each: func(r connector.Record) error {
		w.Read++
		if c.Progress != nil {
			c.Progress(st.ID, w.Read)
		}
		rows.add(r.Data)
		return nil
	}})
	if err != nil {
		return w, err
	}
	if len(result.Renewed) > 0 {
		w.Notes = append(w.Notes, fmt.Sprintf("the source gave new values for %s, and the old ones may not work any more: sign in there again", strings.Join(result.Renewed, ", ")))
	}
	if w.Read == 0 {
		w.Notes = append(w.Notes, "it gave no rows; the sample is left as it is")
		return w, nil
	}
	return w, c.write(&w, st, s, rows)
}

func (c *Config) write(w *Written, st *ir.Stream, s *shape, rows *rows) error {
	var b bytes.Buffer
	for _, data := range rows.list {
		line, err := s.line(data)
		if err != nil {
			return err
		}
		b.Write(line)
	}
	for _, column := range slices.Sorted(maps.Keys(s.leaks)) {
		if s.masker != nil {
			w.Notes = append(w.Notes, fmt.Sprintf("%s holds e-mail addresses in %d of the rows and is not marked pii, so they are in the file", column, s.leaks[column]))
		}
	}
	mode := os.FileMode(0o644)
	if s.masker == nil {
		mode = 0o600 // real people: for this user alone
	}
	name := c.file(st, "ndjson")
	path := filepath.Join(c.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := replace(path, b.Bytes(), mode); err != nil {
		return err
	}
	w.File, w.Rows = filepath.ToSlash(name), len(rows.list)
	return nil
}

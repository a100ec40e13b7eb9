package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// formats are the endings of sample files.
var formats = []string{"ndjson", "json", "csv", "parquet"}

// sample is one file of sample rows.
type sample struct {
	path   string // for the system
	format string
	name   string // for people: samples/zoom/webinar_registrants.ndjson
}

// findSample looks for the sample file of a stream; there may be none.
func findSample(dir, stem string) (*sample, error) {
	var found []*sample
	for _, format := range formats {
		path := filepath.Join(dir, filepath.FromSlash(stem)+"."+format)
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, fmt.Errorf("the sample %s cannot be read: %w", sampleName(stem, format), errors.Unwrap(err))
		case info.IsDir():
			continue
		}
		found = append(found, &sample{path: path, format: format, name: sampleName(stem, format)})
	}
	if len(found) > 1 {
		return nil, fmt.Errorf("%s and %s are samples of the same stream, and nothing says which one counts. Delete one of them", found[0].name, found[1].name)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], nil
}

func sampleName(stem, format string) string { return "samples/" + stem + "." + format }

// pattern writes a path so that DuckDB reads no wildcard in it.
func (s *sample) pattern() string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(s.path)
}

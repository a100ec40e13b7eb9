package samples

import (
	"bytes"
	"encoding/json"
	"regexp"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/internal/mask"
)

// shape is how rows of one stream are written.
type shape struct {
	stream *ir.Stream
	masker *mask.Masker // nil: nothing is masked
	// leaks counts rows by column that is not masked and holds an address.
	leaks map[string]int
}

// masked are the columns that are masked: those marked, and all addresses.
func (s *shape) masked() []string {
	var names []string
	for _, c := range s.stream.Columns {
		if s.hidden(c) {
			names = append(names, c.Name)
		}
	}
	return names
}

func (s *shape) hidden(c ir.Column) bool {
	return s.masker != nil && (c.PII || c.Type.Kind == ir.Email)
}

var anyAddress = regexp.MustCompile(`[^\s"@]+@[^\s"@]+\.[^\s"@]+`)

// line is a row as a line of NDJSON, with the columns in their order.
func (s *shape) line(data map[string]any) ([]byte, error) {
	for _, c := range s.stream.Columns {
		if c.Nested != nil && s.hidden(c) {
			data[c.Nested.Column] = s.within(data[c.Nested.Column], c.Nested.Path, string(c.Type.Kind))
		}
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, c := range s.raw() {
		v := data[c.Name]
		if text, ok := v.(string); ok && (c.Type.Kind == ir.Timestamp || c.Type.Kind == ir.TimestampNTZ) {
			v = moment(text)
		}
		if s.hidden(c) {
			v = s.masker.Value(string(c.Type.Kind), v)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		name, value, err := encode(c.Name, v)
		if err != nil {
			return nil, err
		}
		if !s.hidden(c) && anyAddress.Match(value) {
			s.leaks[c.Name]++
		}
		b.Write(name)
		b.WriteString(": ")
		b.Write(value)
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}

// raw are the columns that a row has at the source.
func (s *shape) raw() []ir.Column {
	var out []ir.Column
	for _, c := range s.stream.Columns {
		if c.Nested == nil {
			out = append(out, c)
		}
	}
	return out
}

// within masks what is at a path inside a value.
func (s *shape) within(v any, path []string, kind string) any {
	if len(path) == 0 {
		return s.masker.Value(kind, v)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	if inner, there := m[path[0]]; there {
		m[path[0]] = s.within(inner, path[1:], kind)
	}
	return m
}

// moment writes a time with a colon in its zone, as Airbyte's destinations do.
func moment(text string) string {
	const withoutColon = "2006-01-02T15:04:05.999999999Z0700"
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		return text
	}
	if at, err := time.Parse(withoutColon, text); err == nil {
		return at.UTC().Format(time.RFC3339Nano)
	}
	return text
}

func encode(name string, v any) (key, value []byte, err error) {
	if key, err = plain(name); err != nil {
		return nil, nil, err
	}
	value, err = plain(v)
	return key, value, err
}

func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

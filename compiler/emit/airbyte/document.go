package airbyte

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/jsonfile"
)

// Document is one request to Airbyte with what is still to be filled in.
type Document struct {
	// Name is the object's name in Airbyte. With the workspace it is the
	// object's identity.
	Name    string     `json:"name"`
	Needs   []string   `json:"needs"`
	Request Request    `json:"request"`
	Bind    []Binding  `json:"bind"`
	Body    any        `json:"body"`
	Then    []FollowUp `json:"then,omitempty"`
}

// Request is the method and the path below the API's own: /api/public/v1, but
// for a follow-up, whose path is whole.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
}

// Binding says what fills one place of a body.
type Binding struct {
	Pointer string `json:"pointer"` // JSON pointer (RFC 6901) into the body
	From    string `json:"from"`    // see the package comment
}

// FollowUp is a request to make after the document's own.
type FollowUp struct {
	Why     string    `json:"why"`
	Request Request   `json:"request"`
	Bind    []Binding `json:"bind"`
	Body    any       `json:"body"`
}

// What a binding is filled from.
const (
	fromWorkspace = "airbyte:workspace"
	fromSource    = "airbyte:source:"
	fromDest      = "airbyte:destination:"
	fromConnect   = "airbyte:connection:"
	fromSecret    = "secret:"
	fromParameter = "parameter:"
	fromOutput    = "output:"
)

// object is a JSON object that keeps the order of its members.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encode(&b, m.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := encode(&b, m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func encode(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// text is the file: JSON, two spaces a level, one newline at the end.
func text(v any) []byte {
	data, err := jsonfile.Marshal(v)
	if err != nil {
		// Only types of this package are encoded, and numbers were looked at.
		panic("airbyte: " + err.Error())
	}
	return data
}

// pointer adds one name to a JSON pointer.
func pointer(parent, name string) string {
	return parent + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

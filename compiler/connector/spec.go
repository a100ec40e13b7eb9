package connector

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf16"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
)

// Spec is the specification of one connector.
type Spec struct {
	// Fields are those of the configuration. Open describes the values of other
	// names; nil means that there are none.
	Fields catalog.Fields
	Open   *catalog.Field

	schema *jsonschema.Schema
}

// most bounds the schemas that are looked at for fields: references may make a
// small specification as large as they like. Behind it a field may be anything
// that the whole schema takes.
const most = 20_000

// Read reads a specification.
func Read(text []byte) (*Spec, error) {
	root, err := object(text)
	if err != nil {
		return nil, err
	}
	b := &builder{root: root, left: most}
	f := b.field(root, place{required: true})
	switch f.Type {
	case "object":
		f = joined(f)
	case catalog.AnyType: // it says nothing of the whole
		f = catalog.Field{Values: anything()}
	default:
		return nil, errors.New("the specification describes no object")
	}
	s := &Spec{Fields: f.Fields, Open: f.Values}
	s.schema, err = compile(root)
	return s, err
}

// Canonical is the one way to write a specification: the same JSON gives the
// same bytes, whatever the order of its keys, in one line.
func Canonical(text []byte) ([]byte, error) {
	root, err := object(text)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(root); err != nil {
		return nil, err
	}
	return Printable(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// Printable writes the letters of JSON that cannot be seen as escapes: a file of
// text may not have them.
func Printable(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		switch {
		case unicode.IsPrint(r):
			out = append(out, string(r)...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

func object(text []byte) (map[string]any, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	root, ok := doc.(map[string]any)
	if !ok {
		return nil, errors.New("the specification is no object")
	}
	return root, nil
}

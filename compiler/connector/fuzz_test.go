package connector_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tapestry-ci/tapestry-ci/compiler/connector"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/airbyte"
)

// Whatever specification and configuration meet: the compiler does not fail, a
// mistake has a documented code, and one spelling of a specification gives it
// again.
func FuzzConfig(f *testing.F) {
	for _, c := range hard {
		f.Add([]byte(c.spec), c.config)
	}
	f.Add([]byte(`{"$ref":"#"}`), "a: 1")
	f.Add([]byte(`{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}`), "a: {a: {a: 1}}")
	f.Add([]byte(`{"properties":{"a":{"$ref":"#"},"b":{"$ref":"#"},"c":{"oneOf":[{"$ref":"#"},{"$ref":"#/properties/c"}]}}}`), "a: {b: {c: {a: 1}}}")
	f.Add([]byte(`{"properties":{"a":{"oneOf":[{"$ref":"#"},{"$ref":"#"},{"type":"string"}]}}}`), strings.Repeat("{a: ", 50)+"1"+strings.Repeat("}", 50))
	f.Add([]byte(`{"type":"object","oneOf":[{"properties":{"a":{"const":1}}},{"properties":{"a":{"const":"1"}}}]}`), "a: 1")
	f.Fuzz(func(t *testing.T, text []byte, config string) {
		spec, err := connector.Canonical(text)
		if err != nil {
			return
		}
		again, err := connector.Canonical(spec)
		if err != nil || !bytes.Equal(spec, again) {
			t.Fatalf("%s is not the last word, but %s (%v)", spec, again, err)
		}
		r := held(spec, config)
		for _, d := range r.Diagnostics {
			if _, documented := diag.Lookup(d.Code); d.Code == "TAP901" || d.Code == "TAP204" || !documented {
				t.Fatalf("%s: %s\n%s\n%s\n%s", d.Code, d.Message, d.Detail, spec, config)
			}
		}
		if r.Pipeline == nil {
			return
		}
		for _, a := range airbyte.Emit(r.Pipeline) {
			if _, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.Content)); err != nil {
				t.Fatalf("%s is no JSON: %v", a.Path, err)
			}
		}
	})
}

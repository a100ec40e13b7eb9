package planschema

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

type object = map[string]any

// enums are the types with a fixed set of values.
var enums = map[reflect.Type][]any{
	reflect.TypeFor[deploy.Action](): {deploy.Create, deploy.Update, deploy.Replace, deploy.Delete, deploy.Keep, deploy.Deferred, deploy.Blocked},
	reflect.TypeFor[deploy.Risk]():   {deploy.Safe, deploy.Disruptive, deploy.Destructive},
}

// Build gives the schema as JSON with sorted keys and one newline at its end.
func Build() ([]byte, error) {
	defs := object{}
	root := object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     "https://tapestry-ci.dev/schema/plan.schema.json",
		"title":   "A plan of tapestry-ci", "$defs": defs,
		"$ref": describe(reflect.TypeFor[deploy.Plan](), defs)["$ref"],
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(root)
	return b.Bytes(), err
}

func describe(t reflect.Type, defs object) object {
	if values, ok := enums[t]; ok {
		return object{"enum": values}
	}
	if t == reflect.TypeFor[time.Time]() {
		return object{"type": "string", "format": "date-time"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return describe(t.Elem(), defs)
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int:
		return object{"type": "integer", "minimum": 0}
	case reflect.Slice:
		return object{"type": []any{"array", "null"}, "items": describe(t.Elem(), defs)}
	case reflect.Struct:
		return structure(t, defs)
	}
	panic("planschema: no schema for " + t.String())
}

func structure(t reflect.Type, defs object) object {
	ref := object{"$ref": "#/$defs/" + t.Name()}
	if _, done := defs[t.Name()]; done {
		return ref
	}
	properties := object{}
	body := object{"type": "object", "additionalProperties": false, "properties": properties}
	defs[t.Name()] = body
	var required []any
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		properties[name] = describe(t.Field(i).Type, defs)
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	if required != nil {
		body["required"] = required
	}
	return ref
}

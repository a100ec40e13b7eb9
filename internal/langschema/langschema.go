package langschema

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

type object = map[string]any

// Build gives the schema as JSON with sorted keys and one newline at its end.
func Build(cat *catalog.Catalog) ([]byte, error) {
	whole := &decode.SchemaBuilder{Defs: object{}}
	partial := &decode.SchemaBuilder{Defs: whole.Defs, Suffix: "Overlay", Partial: true}
	root := whole.OfValue(&spec.File{})
	overlay := partial.OfValue(&spec.File{})
	file := whole.Defs["File"].(object)
	file["properties"].(object)["environments"] = object{
		"type": "object", "additionalProperties": overlay,
		"description": "Overlays, chosen with --env: maps merge, lists replace, null removes. production is the default."}
	for _, key := range []string{"version", "name", "environments"} {
		delete(whole.Defs["FileOverlay"].(object)["properties"].(object), key)
	}
	addSources(whole.Defs, cat)
	addDestinations(whole.Defs, cat)
	maps.Copy(root, object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     "https://tapestry-ci.dev/schema/tapestry.schema.json",
		"title":   "tapestry.yaml", "$defs": whole.Defs,
	})
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(root)
	return b.Bytes(), err
}

// choices gives a map of entries: a key that is a connector's name means that
// connector, any other key needs to say its connector.
func choices(defs object, entry, kind string, names []string) object {
	properties := object{}
	var branches []any
	for _, name := range names {
		config := object{"$ref": "#/$defs/" + kind + ":" + name}
		properties[name] = object{"allOf": []any{object{"$ref": "#/$defs/" + entry},
			object{"if": object{"not": object{"required": []any{"connector"}}}, "then": config}}}
		branches = append(branches, object{
			"if":   object{"properties": object{"connector": object{"const": name}}, "required": []any{"connector"}},
			"then": config})
	}
	body := defs[entry].(object)
	body["allOf"] = branches
	connector := body["properties"].(object)["connector"].(object)
	delete(connector, "type")
	connector["anyOf"] = []any{object{"enum": anys(names)}, object{"type": "string"}}
	return object{"type": "object", "properties": properties, "additionalProperties": object{"$ref": "#/$defs/" + entry}}
}

func anys(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}

// typed gives the words as values of the type that an editor will see.
func typed(typ string, words ...string) []any {
	out := anys(words)
	for i, w := range words {
		switch typ {
		case "integer", "number":
			out[i] = json.Number(w)
		case "boolean":
			out[i] = w == "true"
		}
	}
	return out
}

func addSources(defs object, cat *catalog.Catalog) {
	names := cat.SourceNames()
	for _, name := range names {
		entry, _ := cat.Source(name)
		streams := object{}
		for i, stream := range entry.Streams.Keys {
			streams[stream] = object{"description": entry.Streams.Values[i].Description}
		}
		properties := object{"config": fields(entry.Config, entry.Description)}
		if len(streams) > 0 {
			properties["streams"] = object{"properties": streams}
		}
		defs["source:"+name] = object{"properties": properties, "description": entry.Description}
	}
	replace(defs, "sources", choices(defs, "Source", "source", names))
}

func addDestinations(defs object, cat *catalog.Catalog) {
	names := cat.DestinationNames()
	for _, name := range names {
		entry, _ := cat.Destination(name)
		sync := object{"properties": object{
			"to":     fields(entry.To, "What is written into."),
			"key":    object{"properties": described(entry.Keys)},
			"fields": object{"properties": described(entry.Fields)},
			"mode":   object{"enum": anys(entry.Modes.Keys)},
		}}
		defs["destination:"+name] = object{"description": entry.Description, "properties": object{
			"config": fields(entry.Config, entry.Description),
			"syncs":  object{"additionalProperties": sync}}}
	}
	replace(defs, "destinations", choices(defs, "Destination", "destination", names))
}

// replace puts the body of one key of the file in place of its general form.
func replace(defs object, key string, body object) {
	properties := defs["File"].(object)["properties"].(object)
	if old, ok := properties[key].(object); ok {
		body["description"] = old["description"]
	}
	properties[key] = body
}

func described(m catalog.OrderedMap[catalog.DestField]) object {
	out := object{}
	for i, name := range m.Keys {
		out[name] = object{"description": m.Values[i].Description}
	}
	return out
}

func fields(f catalog.Fields, description string) object {
	properties := object{}
	var required []any
	for i, name := range f.Keys {
		properties[name] = field(&f.Values[i])
		if f.Values[i].Required && f.Values[i].Const == nil && f.Values[i].Default == nil {
			required = append(required, name)
		}
	}
	out := object{"type": []any{"object", "null"}, "properties": properties, "additionalProperties": false, "description": description}
	if required != nil {
		out["required"] = required
		out["type"] = "object"
	}
	return out
}

// placeholder is the text form in which any value may be taken from the
// environment.
var placeholder = object{"type": "string", "pattern": `\$\{env\.`}

func field(f *catalog.Field) object {
	out := object{}
	switch {
	case f.Secret:
		out["type"], out["pattern"] = "string", `^\$\{secret\.[A-Za-z_][A-Za-z0-9_]*\}$`
	case len(f.OneOf) > 0:
		forms := make([]any, len(f.OneOf))
		for i := range f.OneOf {
			forms[i] = variant(f, &f.OneOf[i])
		}
		out["anyOf"] = forms
	case f.Type == "object":
		out = fields(f.Fields, f.Description)
		if f.Fields.Len() == 0 {
			out["additionalProperties"] = true
		}
	case f.Type == "array":
		out["type"] = "array"
		if f.Items != nil {
			out["items"] = field(f.Items)
		}
	default:
		out["anyOf"] = []any{scalar(f), placeholder}
	}
	describe(out, f)
	return out
}

func variant(f *catalog.Field, v *catalog.Variant) object {
	all := catalog.Fields{Keys: slices.Concat(f.Fields.Keys, v.Fields.Keys), Values: slices.Concat(f.Fields.Values, v.Fields.Values)}
	out := fields(all, v.Description)
	out["title"] = v.Title
	return out
}

func scalar(f *catalog.Field) object {
	switch {
	case f.Const != nil:
		return object{"enum": typed(f.Type, f.Const.Text)}
	case len(f.Enum) > 0:
		return object{"enum": typed(f.Type, f.Enum...)}
	}
	out := decode.TextSchema()
	switch f.Type {
	case "integer", "number", "boolean":
		out["type"] = f.Type
	}
	if f.Pattern != "" {
		out["pattern"] = "^(?:" + f.Pattern + ")$"
	}
	if f.Minimum != nil {
		out["minimum"] = *f.Minimum
	}
	if f.Maximum != nil {
		out["maximum"] = *f.Maximum
	}
	return out
}

func describe(out object, f *catalog.Field) {
	if f.Description != "" {
		out["description"] = f.Description
	}
	if f.Default != nil && f.Default.Kind == source.Scalar {
		out["default"] = f.Default.Text
	}
	if f.Example != "" {
		out["examples"] = []any{f.Example}
	}
}

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
//
// There are two forms of a file. Where production has an overlay of its own, the
// rest of the file may leave out what the overlay gives; else it is whole.
func Build(cat *catalog.Catalog) ([]byte, error) {
	whole := &decode.SchemaBuilder{Defs: object{}}
	partial := &decode.SchemaBuilder{Defs: whole.Defs, Suffix: "Overlay", Partial: true}
	whole.OfValue(&spec.File{})
	overlay := partial.OfValue(&spec.File{})
	b := builder{cat, whole.Defs}
	for _, suffix := range []string{"", "Overlay"} {
		properties(b.def("Model" + suffix))["columns"] = typedColumns(properties(b.def("Model" + suffix))["columns"].(object))
		properties(b.def("Nested" + suffix))["type"] = spec.TypeSchema()
	}
	b.sources()
	b.destinations()
	b.files(overlay)
	root := object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"$id":     "https://tapestry-ci.dev/schema/tapestry.schema.json",
		"title":   "tapestry.yaml", "$defs": whole.Defs,
		"if":   object{"properties": object{"environments": object{"properties": object{"production": object{"type": "object", "minProperties": 1}}, "required": []any{"production"}}}, "required": []any{"environments"}},
		"then": object{"$ref": "#/$defs/FileLoose"}, "else": object{"$ref": "#/$defs/File"},
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(root)
	return out.Bytes(), err
}

// builder adds what the catalogue knows to the definitions of the language.
type builder struct {
	cat  *catalog.Catalog
	defs object
}

func (b builder) def(name string) object { return b.defs[name].(object) }

func properties(def object) object { return def["properties"].(object) }

// files finishes the three forms of a file: whole, loose, overlay.
func (b builder) files(overlay object) {
	loose := object{}
	maps.Copy(loose, b.def("FileOverlay"))
	loose["properties"] = maps.Clone(properties(b.def("FileOverlay")))
	b.defs["FileLoose"] = loose
	for name, entry := range map[string]string{"File": "", "FileLoose": "Overlay"} {
		all := properties(b.def(name))
		b.replace(all, "sources", b.choices("Source"+entry, "source", b.cat.SourceNames(), entry == ""))
		b.replace(all, "destinations", b.choices("Destination"+entry, "destination", b.cat.DestinationNames(), entry == ""))
		all["environments"] = object{
			"type": []any{"object", "null"}, "additionalProperties": overlay,
			"description": "Overlays, chosen with --env: maps merge, lists replace, null removes. production is the default."}
	}
	loose["required"], loose["type"] = []any{"name", "version"}, "object"
	for _, key := range []string{"version", "name", "environments"} {
		delete(properties(b.def("FileOverlay")), key)
	}
}

// typedColumns is a map of columns with their types.
func typedColumns(old object) object {
	return object{"type": []any{"object", "null"}, "additionalProperties": object{"anyOf": []any{spec.TypeSchema(), object{"type": "null"}}}, "description": old["description"]}
}

// choices gives a map of entries: a key that is a connector's name means that
// connector, any other key needs to say its connector.
func (b builder) choices(entry, kind string, names []string, strict bool) object {
	byKey := object{}
	var branches []any
	for _, name := range names {
		meant := object{"$ref": "#/$defs/" + kind + ":" + name}
		if strict {
			meant = object{"allOf": []any{meant, object{"$ref": "#/$defs/" + kind + ":" + name + ":needs"}}}
		}
		byKey[name] = object{"allOf": []any{object{"$ref": "#/$defs/" + entry},
			object{"if": object{"not": object{"required": []any{"connector"}}}, "then": meant}}}
		branches = append(branches, object{
			"if":   object{"properties": object{"connector": object{"const": name}}, "required": []any{"connector"}},
			"then": meant})
	}
	body := b.def(entry)
	body["allOf"] = branches
	connector := properties(body)["connector"].(object)
	delete(connector, "type")
	connector["anyOf"] = []any{object{"enum": anys(names)}, object{"type": "string"}, object{"type": "null"}}
	return object{"type": []any{"object", "null"}, "properties": byKey, "additionalProperties": object{"$ref": "#/$defs/" + entry}}
}

func anys(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}

func (b builder) sources() {
	for _, name := range b.cat.SourceNames() {
		entry, _ := b.cat.Source(name)
		streams := object{}
		for i, stream := range entry.Streams.Keys {
			streams[stream] = object{"description": entry.Streams.Values[i].Description}
		}
		all := object{"config": topFields(entry.Config, entry.Description)}
		if len(streams) > 0 {
			all["streams"] = object{"properties": streams}
		}
		b.defs["source:"+name] = object{"properties": all, "description": entry.Description}
		b.defs["source:"+name+":needs"] = needs("config", entry.Config)
	}
}

func (b builder) destinations() {
	for _, name := range b.cat.DestinationNames() {
		entry, _ := b.cat.Destination(name)
		sync := object{"properties": object{
			"to":     topFields(entry.To, "What is written into."),
			"key":    object{"properties": described(entry.Keys)},
			"fields": object{"properties": described(entry.Fields)},
			"mode":   object{"anyOf": []any{object{"enum": anys(entry.Modes.Keys)}, placeholder}},
		}}
		b.defs["destination:"+name] = object{"description": entry.Description, "properties": object{
			"config": topFields(entry.Config, entry.Description),
			"syncs":  object{"additionalProperties": sync}}}
		wanted := needs("config", entry.Config)
		wanted["properties"] = maps.Clone(properties(wanted))
		properties(wanted)["syncs"] = object{"additionalProperties": needs("to", entry.To)}
		b.defs["destination:"+name+":needs"] = wanted
	}
}

// needs says that a block and its required fields must be there.
func needs(block string, f catalog.Fields) object {
	required := requiredFields(f)
	if required == nil {
		return object{"properties": object{}}
	}
	return object{"required": []any{block}, "properties": object{block: object{"required": required}}}
}

// replace puts the body of one key of the file in place of its general form.
func (b builder) replace(all object, key string, body object) {
	if old, ok := all[key].(object); ok {
		body["description"] = old["description"]
	}
	all[key] = body
}

func described(m catalog.OrderedMap[catalog.DestField]) object {
	out := object{}
	for i, name := range m.Keys {
		out[name] = object{"description": m.Values[i].Description}
	}
	return out
}

func fields(f catalog.Fields, description string) object {
	out := topFields(f, description)
	if required := requiredFields(f); required != nil {
		out["required"] = required
		out["type"] = "object"
	}
	return out
}

// topFields leaves out what is required.
func topFields(f catalog.Fields, description string) object {
	all := object{}
	for i, name := range f.Keys {
		all[name] = field(&f.Values[i])
	}
	return object{"type": []any{"object", "null"}, "properties": all, "additionalProperties": false, "description": description}
}

func requiredFields(f catalog.Fields) []any {
	var required []any
	for i, name := range f.Keys {
		if f.Values[i].Required && f.Values[i].Const == nil && f.Values[i].Default == nil {
			required = append(required, name)
		}
	}
	return required
}

// placeholder is the text form in which any value may be taken from the
// environment.
var placeholder = object{"type": "string", "pattern": `\$\{env\.`}

func field(f *catalog.Field) object {
	out := object{}
	switch {
	case f.Secret:
		out["type"], out["pattern"] = []any{"string"}, `^\$\{secret\.[A-Za-z_][A-Za-z0-9_]*\}$`
	case len(f.OneOf) > 0:
		forms := make([]any, len(f.OneOf))
		for i := range f.OneOf {
			forms[i] = variant(f, &f.OneOf[i])
		}
		out["anyOf"] = forms
	case f.Type == "object" || f.Fields.Len() > 0:
		out = fields(f.Fields, f.Description)
		if f.Fields.Len() == 0 {
			out["additionalProperties"] = true
		}
	case f.Type == "array":
		out["type"] = []any{"array"}
		if f.Items != nil {
			out["items"] = field(f.Items)
		}
	default:
		out["anyOf"] = append(scalar(f), placeholder)
	}
	if !f.Required {
		orNull(out)
	}
	describe(out, f)
	return out
}

// orNull allows a field without a value: it counts as left out.
func orNull(out object) {
	if forms, ok := out["anyOf"].([]any); ok {
		out["anyOf"] = append(forms, object{"type": "null"})
	}
	switch t := out["type"].(type) {
	case []any:
		if !slices.Contains(t, any("null")) {
			out["type"] = append(t, "null")
		}
	case string:
		out["type"] = []any{t, "null"}
	}
}

func variant(f *catalog.Field, v *catalog.Variant) object {
	all := catalog.Fields{Keys: slices.Concat(f.Fields.Keys, v.Fields.Keys), Values: slices.Concat(f.Fields.Values, v.Fields.Values)}
	out := fields(all, v.Description)
	out["title"] = v.Title
	return out
}

// scalar gives the forms of a single value. Whether it stands in quotes does
// not matter to the compiler.
func scalar(f *catalog.Field) []any {
	switch {
	case f.Const != nil:
		return []any{object{"enum": bothWays(f.Const.Text)}}
	case len(f.Enum) > 0:
		return []any{object{"enum": bothWays(f.Enum...)}}
	}
	switch f.Type {
	case "integer", "number":
		out := object{"type": f.Type}
		if f.Minimum != nil {
			out["minimum"] = *f.Minimum
		}
		if f.Maximum != nil {
			out["maximum"] = *f.Maximum
		}
		return []any{out, object{"type": "string", "pattern": `^-?[0-9][0-9.eE+-]*$`}}
	case "boolean":
		return []any{object{"type": "boolean"}, object{"enum": []any{"true", "false"}}}
	}
	out := decode.TextSchema()
	if f.Pattern != "" {
		out["pattern"] = "^(?:" + f.Pattern + ")$"
	}
	return []any{out}
}

// bothWays gives each word as text and, where an editor reads it as something
// else, as that.
func bothWays(words ...string) []any {
	out := anys(words)
	for _, w := range words {
		var v any
		if json.Unmarshal([]byte(w), &v) == nil {
			switch v.(type) {
			case float64:
				out = append(out, json.Number(w))
			case bool:
				out = append(out, v)
			}
		}
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

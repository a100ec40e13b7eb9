package catalog

import (
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Source is one catalogue entry of a source: an Airbyte connector with its
// configuration and the streams that are known.
type Source struct {
	Name        string  `key:"-"`
	Title       string  `key:"title,required" doc:"The product's name as its maker writes it."`
	Description string  `key:"description" doc:"One sentence: what the source gives."`
	Docs        string  `key:"docs" doc:"Page that says how to get the credentials."`
	Airbyte     Airbyte `key:"airbyte,required"`
	// Config is the connector's own configuration, in its own shape.
	Config Fields `key:"config"`
	// Discovered says that there are more streams than those listed (objects
	// of an org, tables of a database), so that an unknown stream name is no
	// mistake.
	Discovered bool `key:"discovered"`
	// Namespaces says that streams live in schemas of the source.
	Namespaces bool `key:"namespaces"`
	// StreamDefaults hold for every stream that is not listed.
	StreamDefaults StreamDefaults     `key:"stream_defaults"`
	Streams        OrderedMap[Stream] `key:"streams"`
	// Open describes the values of names in config that are not listed; nil
	// means that there are none. Spec is what the connector itself says of a
	// whole configuration. Both are of connectors from a lock.
	Open *Field        `key:"-"`
	Spec Specification `key:"-"`
}

// Specification holds a whole configuration, as JSON, against what the connector
// says of it: what fields alone cannot say.
type Specification interface {
	Refusals(config any) []Refusal
}

// Refusal is one thing that a connector does not take. Path leads to the value
// through names of objects and numbers of items.
type Refusal struct {
	Path    []string
	Missing []string // names that the object there lacks, or
	Why     string   // what the value there must be
}

// Airbyte names the connector. Version is the image tag that the entry was
// written for.
type Airbyte struct {
	Definition string `key:"definition,required" doc:"Connector definition id, a UUID."`
	Repository string `key:"repository,required" doc:"Image without tag: airbyte/source-zoom."`
	Version    string `key:"version,required" doc:"Image tag: 1.2.6."`
	License    string `key:"license" doc:"SPDX id or ELv2."`
}

// StreamDefaults are what a stream has unless it says otherwise.
type StreamDefaults struct {
	SyncModes   []string `key:"sync_modes" doc:"full_refresh, incremental: what the connector can do."`
	PrimaryKey  []string `key:"primary_key" doc:"Key defined by the connector; empty where it has none."`
	Cursor      string   `key:"cursor" doc:"Cursor defined by the connector."`
	DeletedWhen string   `key:"deleted_when" doc:"Column that marks a deleted record."`
	// ExtraColumns are columns that the connector adds to such streams, with
	// their types.
	ExtraColumns OrderedMap[string] `key:"extra_columns" doc:"Columns that the connector adds to every stream."`
	// UserKey and UserCursor say that the person must name them, because the
	// connector has none of its own (a database's tables).
	UserKey    bool `key:"user_key"`
	UserCursor bool `key:"user_cursor"`
}

// Stream is one known stream.
type Stream struct {
	StreamDefaults `key:",inline"`
	Description    string             `key:"description"`
	Columns        OrderedMap[string] `key:"columns" doc:"Column name at the source to type of the language."`
	PII            []string           `key:"pii" doc:"Columns that hold personal data."`
}

// Destination is one catalogue entry of a destination.
type Destination struct {
	Name        string `key:"-"`
	Title       string `key:"title,required"`
	Description string `key:"description"`
	Docs        string `key:"docs"`
	// Engine serves the destination: grouparoo.
	Engine    string    `key:"engine,required"`
	Grouparoo Grouparoo `key:"grouparoo"`
	Config    Fields    `key:"config" doc:"Credentials and settings of the account."`
	To        Fields    `key:"to" doc:"What a sync writes into: a list, an object, a table."`
	// Target lists the fields that make out which members a sync writes, as
	// config.host or to.table: two syncs that agree in all of them write into
	// one place, however else they differ. Empty means all fields there are.
	Target []string `key:"target" doc:"Fields of config and to that make out the place which is written: config.host, to.table."`
	// Keys are the fields that identify a member. Fields are the others that
	// are known; a field not listed is allowed where OpenFields matches it.
	Keys       OrderedMap[DestField] `key:"keys"`
	Fields     OrderedMap[DestField] `key:"fields"`
	OpenKeys   string                `key:"open_keys" doc:"Regular expression of key names that are not listed."`
	OpenFields string                `key:"open_fields" doc:"Regular expression of field names that are not listed."`
	// Objects say more about the fields of single objects. The key is a value
	// of the field "object" of 'to'; an object that is not listed is allowed.
	Objects OrderedMap[DestObject] `key:"objects" doc:"Known objects, by the value of 'object' in 'to'."`
	// Tags says whether a sync may put tags on its members, and TagPattern
	// which ones.
	Tags       bool   `key:"tags"`
	TagPattern string `key:"tag_pattern"`
	// Modes maps a mode of the language to the engine's own word.
	Modes OrderedMap[string] `key:"modes,required"`
	// OnRemoved lists what may happen to a removed member; the first is the
	// default.
	OnRemoved []string `key:"on_removed"`
	// Notes are shown by `catalog show`: limits that a person should know.
	Notes []string `key:"notes"`
}

// Grouparoo says which plugin serves the destination and how our words map to
// its options.
type Grouparoo struct {
	Plugin      string             `key:"plugin" doc:"npm package: @grouparoo/mailchimp."`
	App         string             `key:"app" doc:"App type."`
	AppOptions  OrderedMap[string] `key:"app_options" doc:"App option to the config field that fills it."`
	Destination string             `key:"destination" doc:"Destination type: mailchimp-export."`
	Options     OrderedMap[string] `key:"options" doc:"Destination option to the field of 'to' that fills it, or =text for a constant."`
	// KeyOption and the like differ by plugin: some name the key column in an
	// option. {key} stands for the sync's first key field.
	KeyOptions []string `key:"key_options" doc:"Destination options that take the name of the sync's key field."`
}

// DestField is one field of a destination.
type DestField struct {
	Type        string `key:"type" doc:"Type of the language that is accepted; empty for any."`
	Required    bool   `key:"required"`
	Description string `key:"description"`
	// Refused says why the engine cannot fill the field although it exists at
	// the destination. Mapping it is a mistake that would stop the engine.
	Refused string `key:"refused" doc:"Why this field cannot be filled."`
}

// DestObject is one kind of object at a destination that has several: its
// fields are looked at before those of the destination.
type DestObject struct {
	Description string                `key:"description"`
	Fields      OrderedMap[DestField] `key:"fields"`
	// OpenKeys, where it is set, stands for the destination's own open_keys.
	OpenKeys string `key:"open_keys" doc:"Regular expression of the fields by which the object's records are found."`
	// Defaults stand for those of the fields of 'to'.
	Defaults OrderedMap[string] `key:"defaults" doc:"Fields of 'to' with their defaults for this object."`
}

// ToFields are the fields of 'to' with the defaults of one object.
func (d *Destination) ToFields(object string) Fields {
	o, _ := d.Objects.Get(object)
	if o.Defaults.Len() == 0 {
		return d.To
	}
	fields := Fields{Keys: d.To.Keys, Values: slices.Clone(d.To.Values)}
	for i, name := range fields.Keys {
		if text, ok := o.Defaults.Get(name); ok {
			fields.Values[i].Default = &source.Node{Kind: source.Scalar, Text: text}
		}
	}
	return fields
}

// Fields are the fields of a configuration object, in order.
type Fields = OrderedMap[Field]

// Field describes one field of a connector's configuration, in the same few
// words that connector specifications use.
type Field struct {
	Type        string       `key:"type" doc:"string, integer, number, boolean, array, object."`
	Description string       `key:"description"`
	Required    bool         `key:"required"`
	Secret      bool         `key:"secret" doc:"The value must be a ${secret.X}."`
	Default     *source.Node `key:"default" doc:"Written where the person leaves the field out and the connector requires it."`
	Const       *source.Node `key:"const" doc:"Always written; nobody has to give it."`
	Enum        []string     `key:"enum"`
	Pattern     string       `key:"pattern" doc:"Regular expression that the whole text matches."`
	PatternHint string       `key:"pattern_hint" doc:"The pattern in words: YYYY-MM-DD."`
	Format      string       `key:"format" doc:"date, date-time, uri, email, uuid."`
	Minimum     *float64     `key:"minimum"`
	Maximum     *float64     `key:"maximum"`
	Example     string       `key:"example"`
	Items       *Field       `key:"items" doc:"Of an array."`
	Fields      Fields       `key:"fields" doc:"Of an object."`
	// OneOf are the forms that an object may take; a const field tells them
	// apart. The person may leave the const field out: the form is then chosen
	// by the other fields.
	OneOf []Variant `key:"one_of"`
	// Values describes the values of an object whose names are free. Nullable
	// says that the connector takes null. Both are of connectors from a lock,
	// and so is the type AnyType.
	Values   *Field `key:"-"`
	Nullable bool   `key:"-"`
}

// AnyType is the type of a field that takes several: the value is what YAML
// makes of it.
const AnyType = "any"

// Variant is one form of an object.
type Variant struct {
	Title       string `key:"title"`
	Description string `key:"description"`
	Fields      Fields `key:"fields"`
	// StreamDefaults, where they have sync modes, hold in place of the source's
	// own when this form is chosen: reading a database's log gives every table
	// a cursor and a mark of deletion.
	StreamDefaults StreamDefaults `key:"stream_defaults"`
}

// OrderedMap is a map that keeps the order of its file.
type OrderedMap[T any] struct {
	Keys   []string
	Values []T
}

// Get returns the value under key and whether it is there.
func (m OrderedMap[T]) Get(key string) (T, bool) {
	for i, k := range m.Keys {
		if k == key {
			return m.Values[i], true
		}
	}
	var none T
	return none, false
}

// Len is the number of keys.
func (m OrderedMap[T]) Len() int { return len(m.Keys) }

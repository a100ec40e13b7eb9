package discover

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/yamltree"
)

// YAML is what goes below sources.NAME.streams of the pipeline file.
func YAML(source string, all []Stream) []byte {
	var root yamltree.Map
	for i, s := range all {
		root = append(root, yamltree.Entry{Key: key(s, all), Value: s.yaml(), Comment: s.comment(), Gap: i > 0})
	}
	return yamltree.Document{
		Comment: "Streams of " + source + ", as its connector discovers them.\nCopy the streams and columns that you need to sources." + source + ".streams. pii is a guess by name: look at it.",
		Root:    root,
	}.Bytes()
}

// key is the stream's name, with its namespace where another has the same.
func key(s Stream, all []Stream) string {
	same := 0
	for _, other := range all {
		if strings.EqualFold(other.Name, s.Name) {
			same++
		}
	}
	if same > 1 && s.Namespace != "" {
		return s.Namespace + "_" + s.Name
	}
	return s.Name
}

func (s Stream) yaml() yamltree.Map {
	m := yamltree.Map{}
	if s.Namespace != "" {
		m = append(m, yamltree.K("stream", yamltree.Str(s.Name)), yamltree.K("namespace", yamltree.Str(s.Namespace)))
	}
	m = append(m, yamltree.K("sync_mode", yamltree.Str(s.mode())))
	if len(s.PrimaryKey) > 0 {
		m = append(m, yamltree.K("primary_key", yamltree.Strs(s.PrimaryKey...)))
	}
	if strings.HasPrefix(s.mode(), "incremental") {
		m = append(m, yamltree.K("cursor", yamltree.Str(s.Cursor)))
	}
	var columns yamltree.Map
	var pii []string
	for _, c := range s.Columns {
		columns = append(columns, yamltree.K(c.Name, yamltree.Str(c.Type)))
		if c.PII {
			pii = append(pii, c.Name)
		}
	}
	if len(columns) > 0 {
		m = append(m, yamltree.K("columns", columns))
	}
	if len(pii) > 0 {
		m = append(m, yamltree.K("pii", yamltree.Strs(pii...)))
	}
	return m
}

// mode is the most thrifty way of reading that the source allows without a
// choice to be made.
func (s Stream) mode() string {
	switch {
	case !slices.Contains(s.SyncModes, "incremental") || s.Cursor == "":
		return "full_refresh_overwrite"
	case len(s.PrimaryKey) > 0:
		return "incremental_deduped"
	}
	return "incremental_append"
}

func (s Stream) comment() string {
	text := "can be read: " + strings.Join(s.SyncModes, ", ")
	if len(s.PrimaryKey) == 0 {
		text += "; no key of its own"
	}
	if slices.Contains(s.SyncModes, "incremental") && s.Cursor == "" {
		text += "; incremental needs a cursor: choose a column"
	}
	return text
}

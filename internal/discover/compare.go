package discover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Kind is what a Finding is about.
type Kind string

// The kinds.
const (
	Added   Kind = "added"
	Removed Kind = "removed"
	Retyped Kind = "retyped"
	Key     Kind = "key"
	Mode    Kind = "mode"
)

// Finding is one difference between the file and the source.
type Finding struct {
	Kind   Kind   `json:"kind"`
	Stream string `json:"stream"`
	// Column is empty where the stream itself is meant.
	Column string `json:"column,omitempty"`
	// Declared and Found are types, keys or ways of reading.
	Declared string `json:"declared,omitempty"`
	Found    string `json:"found,omitempty"`
	// Breaks is true where the file does not fit the source any more.
	Breaks  bool   `json:"breaks"`
	Message string `json:"message"`
	// Origin is the place in the file; zero for what is not in it.
	Origin source.Span `json:"-"`
}

// Compare compares a source of the file with what was discovered: first what
// breaks, by stream in the order of the file, then the rest.
func Compare(declared *ir.Source, found []Stream) []Finding {
	var out []Finding
	known := map[string]bool{}
	for i := range declared.Streams {
		st := &declared.Streams[i]
		at := slices.IndexFunc(found, func(f Stream) bool { return f.Name == st.Name && f.Namespace == st.Namespace })
		if at < 0 {
			out = append(out, Finding{Kind: Removed, Stream: st.Key, Breaks: true, Origin: st.Origin,
				Message: fmt.Sprintf("the source has no stream %s any more, or the signed-in user may not see it", st.Name)})
			continue
		}
		known[st.Namespace+"\x00"+st.Name] = true
		out = append(out, compareStream(st, found[at])...)
	}
	var more []string
	for _, f := range found {
		if !known[f.Namespace+"\x00"+f.Name] {
			more = append(more, f.Name)
		}
	}
	if len(more) > 0 {
		out = append(out, Finding{Kind: Added, Found: strings.Join(more, ", "), Message: "streams that the file does not read: " + abbreviated(more)})
	}
	slices.SortStableFunc(out, func(a, b Finding) int {
		switch {
		case a.Breaks == b.Breaks:
			return 0
		case a.Breaks:
			return -1
		}
		return 1
	})
	return out
}

// Breaks reports whether one of the findings does.
func Breaks(all []Finding) bool {
	return slices.ContainsFunc(all, func(f Finding) bool { return f.Breaks })
}

func compareStream(st *ir.Stream, found Stream) []Finding {
	out := append(compareMode(st, found), compareKey(st, found)...)
	var more []string
	for _, c := range found.Columns {
		if !slices.ContainsFunc(st.Columns, func(d ir.Column) bool { return d.Nested == nil && d.Name == c.Name }) {
			more = append(more, c.Name)
		}
	}
	for _, c := range st.Columns {
		if c.Nested == nil {
			out = append(out, compareColumn(st, c, found)...)
		}
	}
	if len(more) > 0 && len(st.Columns) > 0 {
		out = append(out, Finding{Kind: Added, Stream: st.Key, Found: strings.Join(more, ", "), Origin: st.Origin, Message: "columns that the file does not read: " + abbreviated(more)})
	}
	return out
}

func compareColumn(st *ir.Stream, c ir.Column, found Stream) []Finding {
	f := Finding{Stream: st.Key, Column: c.Name, Declared: string(c.Type.Kind), Origin: c.Origin}
	at := slices.IndexFunc(found.Columns, func(d Column) bool { return d.Name == c.Name })
	if at < 0 {
		f.Kind, f.Breaks, f.Message = Removed, true, "the source has no such column any more, or the signed-in user may not see it"
		return []Finding{f}
	}
	f.Kind, f.Found = Retyped, found.Columns[at].Type
	switch fit := fits(f.Declared, f.Found); {
	case fit == wrong:
		f.Breaks, f.Message = true, fmt.Sprintf("the source gives %s, the file says %s", f.Found, f.Declared)
	case fit == loose:
		f.Message = fmt.Sprintf("the source gives %s; values that are no %s become NULL", f.Found, f.Declared)
	default:
		return nil
	}
	return []Finding{f}
}

type fit int

const (
	well  fit = iota // nothing is lost
	loose            // values that do not fit are lost
	wrong
)

// fits says whether the declared type can be made of what is found.
func fits(declared, found string) fit {
	numeric := []string{"integer", "number", "float"}
	temporal := []string{"date", "timestamp", "timestamp_ntz"}
	switch {
	case declared == found, declared == "text", declared == "email" && found == "text":
		return well
	case found == "email":
		return fits(declared, "text")
	case slices.Contains(numeric, declared) && slices.Contains(numeric, found):
		return well // whole numbers are often said to be just numbers
	case found == "text" && (slices.Contains(temporal, declared) || slices.Contains(numeric, declared)):
		return loose
	}
	return wrong
}

func compareMode(st *ir.Stream, found Stream) []Finding {
	mode := "full_refresh"
	if st.SyncMode == ir.IncrementalAppend || st.SyncMode == ir.IncrementalDeduped {
		mode = "incremental"
	}
	if slices.Contains(found.SyncModes, mode) {
		return nil
	}
	modes := strings.Join(found.SyncModes, ", ")
	return []Finding{{Kind: Mode, Stream: st.Key, Declared: string(st.SyncMode), Found: modes, Breaks: true, Origin: st.Origin,
		Message: fmt.Sprintf("the source cannot be read %s; it can be read: %s", mode, modes)}}
}

// compareKey looks at a key that the source defines: Airbyte refuses another.
func compareKey(st *ir.Stream, found Stream) []Finding {
	if len(found.PrimaryKey) == 0 || len(st.PrimaryKey) == 0 || slices.Equal(sorted(found.PrimaryKey), sorted(st.PrimaryKey)) {
		return nil
	}
	is, want := strings.Join(found.PrimaryKey, ", "), strings.Join(st.PrimaryKey, ", ")
	return []Finding{{Kind: Key, Stream: st.Key, Declared: want, Found: is, Breaks: true, Origin: st.Origin,
		Message: fmt.Sprintf("the source's own key is %s, the file says %s", is, want)}}
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }

// abbreviated names a few of many.
func abbreviated(names []string) string {
	const most = 12
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
}

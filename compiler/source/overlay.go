package source

// Overlay lays over on top of base and returns the result. Maps merge key by
// key, at every depth; a list or a single value replaces what was there; an
// explicit null takes the key away. A nil tree on either side gives the other.
//
// Neither input is changed. The result shares every part that did not change,
// and each value keeps the position where it was written.
func Overlay(base, over *Node) *Node {
	switch {
	case over == nil:
		return base
	case over.Kind != Map:
		return over
	case base == nil || base.Kind != Map:
		base = &Node{Kind: Map, Span: over.Span}
	case len(over.Entries) == 0:
		return base
	}
	result := *base
	result.Entries = overlayEntries(base.Entries, over.Entries)
	return &result
}

// overlayEntries keeps the order of base; keys that only over has come after,
// in the order of over.
func overlayEntries(base, over []Entry) []Entry {
	changes := make(map[string]Entry, len(over))
	for _, e := range over {
		changes[e.Key] = e
	}
	merged := make([]Entry, 0, len(base)+len(over))
	known := make(map[string]bool, len(base))
	for _, e := range base {
		known[e.Key] = true
		if change, changed := changes[e.Key]; changed {
			e = overlayEntry(e, change)
		}
		if e.Value != nil {
			merged = append(merged, e)
		}
	}
	for _, e := range over {
		if !known[e.Key] && e.Value.Kind != Null {
			e.Value = Overlay(nil, e.Value)
			merged = append(merged, e)
		}
	}
	return merged
}

// overlayEntry gives the entry that results from change over e; its value is
// nil where the key goes away. The key keeps the position of what it says now:
// that of base while the map under it is still partly that of base.
func overlayEntry(e, change Entry) Entry {
	if change.Value.Kind == Null {
		return Entry{}
	}
	if e.Value.Kind == Map && change.Value.Kind == Map {
		e.Value = Overlay(e.Value, change.Value)
		return e
	}
	change.Value = Overlay(nil, change.Value)
	return change
}

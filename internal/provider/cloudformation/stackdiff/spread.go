package stackdiff

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
)

// spread follows references: whoever names a resource that is replaced gets its
// new name, and may be replaced for it too. It goes on until nothing changes;
// a finding only ever gets deeper, so that it ends.
func spread(findings []*finding) {
	byID := map[string]*finding{}
	var queue []string
	for _, f := range findings {
		byID[f.id] = f
		if f.depth >= perhapsNew {
			queue = append(queue, f.id)
		}
	}
	readers := map[string][]string{}
	for _, f := range findings {
		for _, id := range refers(f.after.properties) {
			readers[id] = append(readers[id], f.id)
		}
	}
	for len(queue) > 0 {
		from := byID[queue[0]]
		queue = queue[1:]
		for _, id := range readers[from.id] {
			f := byID[id]
			was := f.depth
			f.follow(from)
			if f.depth > was && f.depth >= perhapsNew {
				queue = append(queue, id)
			}
		}
	}
}

// follow says what the replacement of another resource does to this one.
func (f *finding) follow(from *finding) {
	because, limit := " to "+from.id+", which is replaced", isNew
	if from.depth == perhapsNew {
		because, limit = " to "+from.id+", which may be replaced", perhapsNew
	}
	touched := func(path string) bool {
		return slices.Contains(refers(dig(f.after.properties, path)), from.id)
	}
	reach := &finding{id: f.id, before: f.before, after: f.after, kind: f.kind, risk: deploy.Safe}
	reach.apply(touched, "%s")
	if f.after.properties.form != object {
		reach.deepen(perhapsNew, "what is not known before apply")
	}
	for _, name := range f.after.properties.keys {
		if touched(name) && !f.kind.names(name) {
			reach.deepen(perhapsNew, name)
		}
	}
	switch len(reach.why) {
	case 0:
		f.deepen(inPlace, "refers"+because)
	case 1:
		f.deepen(min(reach.depth, limit), reach.why[0]+" refers"+because)
	default:
		f.deepen(min(reach.depth, limit), strings.Join(reach.why, " and ")+" refer"+because)
	}
	for _, c := range reach.costs {
		f.cost(reach.risk, c)
	}
	f.note(from)
}

// note shows the references that get a new value, unless they are shown as
// changed anyway.
func (f *finding) note(from *finding) {
	for _, ref := range references("Properties", f.after.properties, from.id) {
		if slices.ContainsFunc(f.fields, func(c deploy.FieldChange) bool { return within(ref.path, c.Path) }) {
			continue
		}
		now := show(ref.after)
		f.fields = append(f.fields, deploy.FieldChange{Path: ref.path, Before: now, After: now + " (new)"})
	}
}

// references gives the places that name a resource, each with the whole value
// that it is part of.
func references(path string, v value, id string) []field {
	var all []field
	switch v.form {
	case object:
		for i, k := range v.keys {
			all = append(all, references(path+"."+k, v.items[i], id)...)
		}
	case list:
		for i, item := range v.items {
			all = append(all, references(itemPath(path, v, i), item, id)...)
		}
	case call:
		if slices.Contains(refers(v), id) {
			all = append(all, field{path: path, after: v})
		}
	}
	return all
}

// itemPath is how differences names an item of a list.
func itemPath(path string, v value, i int) string {
	if key := keyOf(v, v); key != "" {
		return path + "[" + v.items[i].get(key).text + "]"
	}
	return place(path, i)
}

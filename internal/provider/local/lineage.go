package local

import (
	"slices"
	"strings"
)

// downstream lists everything that reads a column of a stream: columns of
// models, and fields of syncs. Of a model in SQL it is only known what it reads
// as a whole where it declares no column of that origin.
func (p *pipeline) downstream(streamID, name string) []string {
	reached := map[string]bool{"stream:" + streamID + "#" + name: true} // node#column
	whole := map[string]bool{}                                          // nodes of which no column is known
	var out []string
	for _, m := range p.Models {
		known := false
		for _, c := range m.Columns {
			if slices.ContainsFunc(c.From, func(from string) bool { return reached[from] }) {
				reached["model:"+m.ID+"#"+c.Name], known = true, true
				out = append(out, "model:"+m.ID+"."+c.Name)
			}
		}
		if !known && len(m.Counts) == 0 && p.readsAny(&m, streamID, reached, whole) {
			whole[m.ID] = true
			out = append(out, "model:"+m.ID)
		}
	}
	for _, s := range p.Syncs {
		for _, f := range slices.Concat(s.Keys, s.Fields) {
			if reached["model:"+s.Model+"#"+f.Column] || whole[s.Model] {
				out = append(out, "sync:"+s.ID+"."+f.Field)
			}
		}
	}
	return out
}

// readsAny reports whether a model in SQL reads a node that is reached.
func (p *pipeline) readsAny(m *model, streamID string, reached, whole map[string]bool) bool {
	return slices.ContainsFunc(m.Reads, func(id string) bool {
		kind, name, _ := strings.Cut(id, ":")
		if kind == "stream" {
			return name == streamID
		}
		if whole[name] {
			return true
		}
		for key := range reached {
			if strings.HasPrefix(key, "model:"+name+"#") {
				return true
			}
		}
		return false
	})
}

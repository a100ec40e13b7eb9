package grouparoo

import "github.com/tapestry-ci/tapestry-ci/compiler/ir"

// listedSync is one entry of syncs.json: what keep.js decides by, and what a
// plan compares with the file of the last apply.
type listedSync struct {
	ID          string `json:"id"`
	Destination string `json:"destination"` // id in Grouparoo
	Enabled     bool   `json:"enabled"`
	Mode        string `json:"mode"`
	OnRemoved   string `json:"on_removed,omitempty"`
	OnDestroy   string `json:"on_destroy"`
	RenamedFrom string `json:"renamed_from,omitempty"`
	// RenamedDestination is the id in Grouparoo that goes with it.
	RenamedDestination string `json:"renamed_destination,omitempty"`
}

type syncFile struct {
	Syncs []listedSync `json:"syncs"`
}

// syncList lists every sync, those that are off too.
func syncList(p *ir.Pipeline) syncFile {
	out := syncFile{Syncs: []listedSync{}}
	for i := range p.Destinations {
		d := &p.Destinations[i]
		if d.Engine != "grouparoo" {
			continue
		}
		for j := range d.Syncs {
			s := &d.Syncs[j]
			out.Syncs = append(out.Syncs, listedSync{
				ID: s.ID, Destination: s.Names.Destination, Enabled: runs(d, s), Mode: string(s.Mode),
				OnRemoved: s.OnRemoved, OnDestroy: s.OnDestroy, RenamedFrom: s.RenamedFrom, RenamedDestination: s.RenamedDestination,
			})
		}
	}
	return out
}

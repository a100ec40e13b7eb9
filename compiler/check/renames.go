package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkRenames: renamed_from names a key that is no longer there (TAP411).
func checkRenames(p *resolve.Program, add report) {
	for _, d := range p.Destinations {
		taken := map[string]*resolve.Sync{}
		for _, s := range d.Syncs {
			old := s.Spec.RenamedFrom
			if !old.Set {
				continue
			}
			if other := d.Spec.Syncs.Get(old.V); other != nil {
				found := problem(BadRename, old.Span, "the sync %s is still there, so %s was not renamed from it", quote(d.Name+"."+old.V), quote(s.ID))
				if old.V == s.Key {
					found.Message = "the sync " + quote(s.ID) + " was renamed from itself"
				}
				found.Detail = "renamed_from is the key that the sync had before, so that its members are kept. Remove it where the sync is new."
				found.Related = append(found.Related, note(other.KeySpan, "the sync is here"))
				add(found)
				continue
			}
			if first := taken[old.V]; first != nil {
				found := problem(BadRename, old.Span, "%s was renamed to %s already", quote(old.V), quote(first.ID))
				found.Detail = "The members of a sync can go to one other sync."
				found.Related = append(found.Related, note(first.Spec.RenamedFrom.Span, "it is here"))
				add(found)
				continue
			}
			taken[old.V] = s
		}
	}
}

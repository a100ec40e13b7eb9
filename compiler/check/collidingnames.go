package check

import (
	"fmt"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// checkCollidingNames: what is made of two names stays apart in Snowflake, dbt
// and Grouparoo (TAP107), where upper and lower case, hyphens and underscores
// are one. A model does not take a word that SQL keeps for itself (TAP108).
func checkCollidingNames(p *resolve.Program, add report) {
	schemas, views, relations := newPlaces(add), newPlaces(add), newPlaces(add)
	for _, s := range p.Sources {
		if !schemas.take("RAW_"+folded(s.Name), fmt.Sprintf("the source %q", s.Name), "schema", s.KeySpan) {
			continue
		}
		for _, st := range s.Streams {
			relations.take("STG_"+folded(s.Name)+"__"+folded(st.Key), fmt.Sprintf("the stream %q", st.ID), "dbt model", st.KeySpan)
		}
	}
	for _, d := range p.Destinations {
		for _, s := range d.Syncs {
			who := fmt.Sprintf("the sync %q", s.ID)
			if !views.take("SYNC_"+folded(d.Name)+"_"+folded(s.Key), who, "view", s.KeySpan) {
				continue
			}
			for _, made := range []string{"SEG_", "SNAP_"} {
				relations.take(made+folded(d.Name)+"__"+folded(s.Key), who, "dbt model", s.KeySpan)
			}
			relations.take("SYNC_"+folded(d.Name)+"_"+folded(s.Key), who, "dbt model", s.KeySpan)
		}
	}
	for _, m := range p.Models {
		relations.take(warehouse(m.Name), fmt.Sprintf("the model %q", m.Name), "dbt model", m.KeySpan)
	}
	checkReserved(p, add)
}

// places remembers who has taken a name.
type places struct {
	add   report
	first map[string]owner
}

type owner struct {
	who string
	at  source.Span
}

func newPlaces(add report) places { return places{add, map[string]owner{}} }

// take gives name to who, or reports that another one has it.
func (p places) take(name, who, what string, at source.Span) bool {
	first, taken := p.first[name]
	if !taken {
		p.first[name] = owner{who, at}
		return true
	}
	d := problem(NamesCollide, at, "%s and %s would get the same %s", first.who, who, what)
	d.Detail = fmt.Sprintf("Both are called %s there, because case does not count and hyphens, dots and spaces become underscores. Rename one of them.", name)
	d.Related = append(d.Related, note(first.at, "%s is here", first.who))
	p.add(d)
	return false
}

func checkReserved(p *resolve.Program, add report) {
	for _, m := range p.Models {
		if slices.Contains(reservedWords, warehouse(m.Name)) {
			d := problem(ReservedName, m.KeySpan, "%s cannot be the name of a model: SQL keeps the word for itself", quote(m.Name))
			d.Detail = "Every query over the model would have to quote it. Take another name, such as the plural or all_" + m.Name + "."
			add(d)
		}
	}
}

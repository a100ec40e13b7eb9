package check

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
)

// checkUnused warns of streams that no model reads (TAP240, TAP241), models that
// nothing reads (TAP340) and destinations without syncs (TAP440). Where the file
// has no models at all, or no syncs, the raw tables or the models are the
// purpose. A file with none of these is told of (TAP237). A source without streams is a mistake (TAP236): Airbyte would read
// all there are.
func checkUnused(p *resolve.Program, add report) {
	if len(p.Sources)+len(p.Models)+len(p.Destinations) == 0 {
		nothingToDo(p, add)
	}
	r := readNames(p)
	for _, s := range p.Sources {
		if s.Spec.Streams.Items != nil && len(s.Streams) == 0 {
			d := problem(NoStreams, s.KeySpan, "the source %s names no streams", quote(s.Name))
			d.Detail = "Airbyte would read all there are. Name those that are needed, or remove the source. " + known("streams", s.KnownStreamNames())
			add(d)
		}
		if len(p.Models) > 0 && !r.blind {
			unusedStreams(s, r.streams, add)
		}
	}
	sends := false
	for _, d := range p.Destinations {
		sends = sends || len(d.Syncs) > 0
		if d.Spec.Syncs.Items != nil && len(d.Syncs) == 0 {
			found := warning(NoSyncs, d.KeySpan, "the destination %s has no syncs", quote(d.Name))
			found.Detail = "Nothing is sent to it. Add one under `syncs`, or remove the destination."
			add(found)
		}
	}
	for _, m := range p.Models {
		if sends && !r.blind && !r.models[m] {
			d := warning(UnusedModel, m.KeySpan, "nothing reads the model %s", quote(m.Name))
			d.Detail = "No sync sends it and no other model reads it. It is built on every run all the same. Remove it where nobody looks at it in Snowflake."
			add(d)
		}
	}
}

// nothingToDo warns of a file that is all machinery.
func nothingToDo(p *resolve.Program, add report) {
	if !p.File.Sound {
		return // there may be more in it than could be read
	}
	d := warning(NothingToDo, p.File.Name.Span, "the pipeline has no sources, no models and no destinations")
	d.Detail = "Its machines would be started and have nothing to do. Add sources, models and destinations; tapestry-ci init writes a file that has them."
	add(d)
}

// reads is what something reads. It is blind where a name or a file could not be
// followed: then any stream and any model may be meant by it.
type reads struct {
	streams map[*resolve.Stream]bool
	models  map[*resolve.Model]bool
	blind   bool
}

func readNames(p *resolve.Program) reads {
	r := reads{streams: map[*resolve.Stream]bool{}, models: map[*resolve.Model]bool{}}
	read := func(st *resolve.Stream, m *resolve.Model) {
		r.streams[st], r.models[m] = true, true
		r.blind = r.blind || st == nil && m == nil
	}
	for _, m := range p.Models {
		r.blind = r.blind || !hasOneBody(m) || m.SQLError != nil || len(m.JinjaFaults) > 0 || len(m.Inputs) == 0 && len(m.Refs) == 0
		for _, in := range m.Inputs {
			read(in.Stream, in.Model)
		}
		for _, ref := range m.Refs {
			read(ref.Stream, ref.Model)
		}
		for i := range m.Spec.DataTests.Items {
			for _, t := range m.Spec.DataTests.Items[i].Value.Items {
				r.models[p.Model(t.To.V)] = true
			}
		}
	}
	eachSync(p, func(s *resolve.Sync) { read(nil, s.Model) })
	return r
}

func unusedStreams(s *resolve.Source, read map[*resolve.Stream]bool, add report) {
	var unused []*resolve.Stream
	for _, st := range s.Streams {
		if !read[st] {
			unused = append(unused, st)
		}
	}
	const detail = "It is read and stored all the same. Remove it where nobody looks at the raw table in Snowflake."
	if len(unused) == len(s.Streams) && len(unused) > 1 {
		d := warning(UnusedSource, s.KeySpan, "no model reads a stream of the source %s", quote(s.Name))
		d.Detail = detail
		add(d)
		return
	}
	for _, st := range unused {
		d := warning(UnusedStream, st.KeySpan, "no model reads the stream %s", quote(st.ID))
		d.Detail = detail
		add(d)
	}
}

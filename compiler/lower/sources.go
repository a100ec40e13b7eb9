package lower

import (
	"cmp"
	"slices"
	"time"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/schedule"
	"github.com/tapestry-ci/tapestry-ci/compiler/spec"
)

// lowerSchedule works out every form of a schedule; other is the short form
// that holds where the file has none.
func lowerSchedule(s spec.Schedule, other string) ir.Schedule {
	out := ir.Schedule{TZ: "UTC", Origin: s.Span}
	switch {
	case s.Manual:
		out.Manual = true
		return out
	case s.Cron.Set:
		out.Cron, out.TZ = s.Cron.V, s.Timezone.Or("UTC")
	default:
		every := s.Every
		if !s.Set {
			every, _ = time.ParseDuration(other)
		}
		out.Minutes = int(every / time.Minute)
		out.Cron, _ = schedule.Every(every)
	}
	if c, err := schedule.Parse(out.Cron); err == nil {
		out.Quartz, out.EventBus = c.Quartz(), c.EventBridge()
	}
	return out
}

func lowerSource(s *resolve.Source, p *ir.Pipeline) ir.Source {
	out := ir.Source{
		ID: s.Name, Connector: s.Connector, Title: s.Entry.Title,
		Definition: s.Entry.Airbyte.Definition, Repository: s.Entry.Airbyte.Repository, Version: s.Entry.Airbyte.Version,
		Config:   resolve.Config(s.Entry.Config, s.Entry.Open, s.Spec.Config),
		Schedule: lowerSchedule(s.Spec.Schedule, "24h"),
		Schema:   RawSchema(s.Name), SourceName: p.Prefix + " " + s.Name, ConnectionName: p.Prefix + " " + s.Name, Origin: s.KeySpan,
	}
	if p.Snowflake.Existing {
		out.Schema = object(p.Prefix, out.Schema)
	}
	for _, st := range s.Streams {
		out.Streams = append(out.Streams, lowerStream(st))
	}
	sortStreams(out.Streams)
	return out
}

func lowerStream(st *resolve.Stream) ir.Stream {
	out := ir.Stream{
		ID: st.ID, Key: st.Key, Name: st.Name, Namespace: st.Spec.Namespace.V, Table: tableName(st), SyncMode: st.SyncMode,
		PrimaryKey: st.PrimaryKey, Cursor: st.Cursor, DeletedWhen: st.DeletedWhen,
		SourceDefinedKey: len(st.Defaults.PrimaryKey) > 0 && !st.Defaults.UserKey,
		SourceDefinedCur: st.Defaults.Cursor != "" && !st.Defaults.UserCursor,
		Staging:          Staging(st.Source.Name, st.Key), Origin: st.KeySpan,
	}
	for _, c := range st.Columns {
		out.Columns = append(out.Columns, ir.Column{Name: c.Name, SQL: resolve.WarehouseName(c.Name), Type: c.Type, PII: c.PII,
			Nested: c.Nested, Raw: c.Nested == nil, Origin: c.Span})
	}
	// Columns are keys of a map, so their order in the file means nothing: the
	// key comes first, then the alphabet.
	slices.SortFunc(out.Columns, func(a, b ir.Column) int {
		return cmp.Or(cmp.Compare(rank(out.PrimaryKey, a.Name), rank(out.PrimaryKey, b.Name)), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// tableName is the raw table that Airbyte makes: the stream's own name, not the
// key in the file.
func tableName(st *resolve.Stream) string { return resolve.WarehouseName(st.Name) }

// rank is the place of name in first, or one after its end.
func rank(first []string, name string) int {
	if i := slices.Index(first, name); i >= 0 {
		return i
	}
	return len(first)
}

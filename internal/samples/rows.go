package samples

import (
	"fmt"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// rows are what the raw table would hold: of a deduplicated stream, the last
// version of each record.
type rows struct {
	list   []map[string]any
	key    []string
	cursor string
	at     map[string]int // of deduplicated streams
}

func newRows(st *ir.Stream) *rows {
	r := &rows{at: map[string]int{}, cursor: st.Cursor}
	if st.SyncMode == ir.IncrementalDeduped {
		r.key = st.PrimaryKey
	}
	return r
}

func (r *rows) add(data map[string]any) {
	if len(r.key) == 0 {
		r.list = append(r.list, data)
		return
	}
	id := r.id(data)
	i, there := r.at[id]
	switch {
	case !there:
		r.at[id] = len(r.list)
		r.list = append(r.list, data)
	case fmt.Sprint(data[r.cursor]) >= fmt.Sprint(r.list[i][r.cursor]):
		r.list[i] = data
	}
}

// id is a record's key as one text.
func (r *rows) id(data map[string]any) string {
	var b strings.Builder
	for _, name := range r.key {
		fmt.Fprintf(&b, "%q,", fmt.Sprint(data[name]))
	}
	return b.String()
}

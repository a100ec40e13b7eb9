package fakesalesforce

import (
	"fmt"
	"net/http"
	"strings"
)

// restPage is how many rows an answer of the REST API has.
const restPage = 2000

// cursor is where an answer goes on.
type cursor struct {
	statement *statement
	rows      []Record
	from      int
}

// query answers a query, or goes on with one: /query/CURSOR.
func (s *Server) query(w http.ResponseWriter, r *http.Request, path []string) {
	if len(path) == 2 {
		c, ok := s.cursors[path[1]]
		if !ok {
			refuse(w, http.StatusBadRequest, "INVALID_QUERY_LOCATOR", "invalid query locator")
			return
		}
		s.answer(w, r, path[0], c)
		return
	}
	st, bad := s.parse(r.URL.Query().Get("q"))
	if bad != nil {
		refuse(w, bad.status, bad.code, bad.message)
		return
	}
	s.answer(w, r, path[0], cursor{st, st.rows(path[0] == "queryAll"), 0})
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, verb string, c cursor) {
	size := restPage
	if s.PageRows > 0 {
		size = s.PageRows
	}
	to := min(c.from+size, len(c.rows))
	body := Record{"totalSize": len(c.rows), "done": to == len(c.rows)}
	records := []Record{}
	base := strings.SplitN(r.URL.Path, "/"+verb, 2)[0]
	for _, row := range c.rows[c.from:to] {
		records = append(records, c.statement.json(row, base))
	}
	body["records"] = records
	if to < len(c.rows) {
		id := fmt.Sprintf("0r85g%06d-%d", s.next(), to)
		s.cursors[id] = cursor{c.statement, c.rows, to}
		body["nextRecordsUrl"] = base + "/" + verb + "/" + id
	}
	write(w, http.StatusOK, body)
}

// json is a row as the REST API writes it.
func (st *statement) json(row Record, base string) Record {
	out := Record{"attributes": Record{"type": st.object.name, "url": fmt.Sprintf("%s/sobjects/%s/%s", base, st.object.name, row["Id"])}}
	for _, f := range st.fields {
		v := st.object.value(row, f)
		if text, ok := v.(string); ok && f.Type == "datetime" {
			v = strings.TrimSuffix(text, "Z") + "+0000"
		}
		out[f.Name] = v
	}
	return out
}

package fakesalesforce

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// job is one query of the Bulk API.
type job struct {
	id        string
	operation string
	text      string
	state     string
	left      int // how often it will still say that it is not done
	statement *statement
	rows      []Record
}

// bulk answers below /jobs/query.
func (s *Server) bulk(w http.ResponseWriter, r *http.Request, path []string) {
	if len(path) == 0 {
		if r.Method == http.MethodPost {
			s.create(w, r)
		} else {
			notFound(w)
		}
		return
	}
	j := s.jobs[path[0]]
	switch {
	case j == nil:
		notFound(w)
	case len(path) == 2 && path[1] == "results" && r.Method == http.MethodGet:
		s.results(w, r, j)
	case r.Method == http.MethodGet:
		j.look()
		write(w, http.StatusOK, j.describe())
	case r.Method == http.MethodPatch:
		j.state = "Aborted"
		write(w, http.StatusOK, j.describe())
	case r.Method == http.MethodDelete && (j.state == "JobComplete" || j.state == "Aborted" || j.state == "Failed"):
		delete(s.jobs, j.id)
		w.WriteHeader(http.StatusNoContent)
	default:
		refuse(w, http.StatusBadRequest, "API_ERROR", "the job is not done: "+j.state)
	}
}

func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	var in struct{ Operation, Query, ContentType, ColumnDelimiter, LineEnding string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Operation != "query" && in.Operation != "queryAll" {
		refuse(w, http.StatusBadRequest, "API_ERROR", "Unable to parse Job")
		return
	}
	st, bad := s.parse(in.Query)
	if bad != nil {
		refuse(w, bad.status, bad.code, bad.message)
		return
	}
	for _, f := range st.fields {
		if f.Type == "address" || f.Type == "location" {
			refuse(w, http.StatusBadRequest, "FUNCTIONALITY_NOT_ENABLED", "Selecting compound data not supported in Bulk Query")
			return
		}
	}
	j := &job{id: recordID("750", s.next()), operation: in.Operation, text: in.Query, state: "UploadComplete", left: s.Polls, statement: st}
	j.rows = st.rows(in.Operation == "queryAll")
	s.jobs[j.id] = j
	write(w, http.StatusOK, j.describe())
}

// look lets the job go on a little.
func (j *job) look() {
	switch {
	case j.state != "UploadComplete" && j.state != "InProgress":
	case j.left > 0:
		j.left--
		j.state = "InProgress"
	default:
		j.state = "JobComplete"
	}
}

func (j *job) describe() Record {
	return Record{"id": j.id, "operation": j.operation, "object": j.statement.object.name, "query": j.text, "state": j.state,
		"contentType": "CSV", "apiVersion": 62.0, "jobType": "V2Query", "lineEnding": "LF", "columnDelimiter": "COMMA", "numberRecordsProcessed": len(j.rows)}
}

// results gives one page of a job that is done.
func (s *Server) results(w http.ResponseWriter, r *http.Request, j *job) {
	if j.state != "JobComplete" {
		refuse(w, http.StatusBadRequest, "API_ERROR", "the job is not done: "+j.state)
		return
	}
	size := len(j.rows)
	if s.PageRows > 0 {
		size = s.PageRows
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("maxRecords")); err == nil && n > 0 {
		size = min(size, n)
	}
	from := 0
	if locator := r.URL.Query().Get("locator"); locator != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(locator, "L"))
		if err != nil || n < 0 || n > len(j.rows) {
			refuse(w, http.StatusBadRequest, "INVALID_QUERY_LOCATOR", "invalid query locator")
			return
		}
		from = n
	}
	to := min(from+size, len(j.rows))
	next := "null"
	if to < len(j.rows) {
		next = "L" + strconv.Itoa(to)
	}
	w.Header().Set("Content-Type", "text/csv")
	w.Header().Set("Sforce-Locator", next)
	w.Header().Set("Sforce-NumberOfRecords", strconv.Itoa(to-from))
	_, _ = w.Write([]byte(j.statement.csv(j.rows[from:to]))) // a client that went away needs no answer
}

// csv writes rows as the Bulk API does: every value in quotes, NULL as nothing.
func (st *statement) csv(rows []Record) string {
	var b strings.Builder
	line := func(values []string) {
		for i, v := range values {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + strings.ReplaceAll(v, `"`, `""`) + `"`)
		}
		b.WriteByte('\n')
	}
	names := make([]string, len(st.fields))
	for i, f := range st.fields {
		names[i] = f.Name
	}
	line(names)
	for _, r := range rows {
		values := make([]string, len(st.fields))
		for i, f := range st.fields {
			if v := st.object.value(r, f); v != nil {
				values[i] = fmt.Sprint(v)
			}
		}
		line(values)
	}
	return b.String()
}

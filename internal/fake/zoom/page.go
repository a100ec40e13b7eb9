package fakezoom

import (
	"fmt"
	"net/http"
	"strconv"
)

// page is where a list goes on: which one, and after how many.
type page struct {
	path string
	from int
}

const (
	usualPage = 30
	largePage = 300
)

// list answers with one page of a list.
func (s *Server) list(w http.ResponseWriter, r *http.Request, name string, all []Record) {
	size, ok := pageSize(r.URL.Query().Get("page_size"))
	if !ok {
		refuse(w, http.StatusBadRequest, 300, fmt.Sprintf("page_size is a number from 1 to %d.", largePage))
		return
	}
	from := 0
	if token := r.URL.Query().Get("next_page_token"); token != "" {
		p, ok := s.pages[token]
		if !ok || p.path != r.URL.Path {
			refuse(w, http.StatusBadRequest, 300, "The next page token is invalid or expired.")
			return
		}
		from = p.from
	}
	from = min(from, len(all)) // some may have gone since the last page
	to := min(from+size, len(all))
	next := ""
	if to < len(all) {
		next = s.nextPage(page{r.URL.Path, to})
	}
	rows := all[from:to]
	if rows == nil {
		rows = []Record{}
	}
	write(w, http.StatusOK, Record{"page_size": size, "total_records": len(all), "next_page_token": next, name: rows})
}

// nextPage gives a token that says nothing by itself.
func (s *Server) nextPage(p page) string {
	token := fmt.Sprintf("page-%06d", len(s.pages)+1)
	s.pages[token] = p
	return token
}

func pageSize(text string) (int, bool) {
	if text == "" {
		return usualPage, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n > 0 && n <= largePage
}

package fakezoom

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// AddWebinar makes one more webinar.
func (s *Server) AddWebinar(topic string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := Webinar + int64(len(s.webinars))
	s.webinars = append(s.webinars, &webinar{id: id, topic: topic})
	return id
}

// Register adds a registrant to a webinar and gives its id. Fields that are not
// given are as Zoom fills them: an id, status approved, the time.
func (s *Server) Register(webinar int64, fields Record) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.webinar(webinar)
	if w == nil {
		panic(fmt.Sprintf("there is no webinar %d", webinar))
	}
	s.issued++
	id := fmt.Sprintf("r-%06d", s.issued)
	r := Record{"id": id, "email": "", "first_name": "", "last_name": "", "status": "approved",
		"create_time": s.Now().UTC().Format(time.RFC3339), "join_url": "https://zoom.us/w/" + id}
	maps.Copy(r, fields)
	w.registrants = append(w.registrants, r)
	return r["id"].(string)
}

// Change writes fields of a registrant.
func (s *Server) Change(id string, fields Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.webinars {
		for i, r := range w.registrants {
			if r["id"] == id {
				changed := maps.Clone(r)
				maps.Copy(changed, fields)
				w.registrants[i] = changed
				return
			}
		}
	}
	panic("there is no registrant " + id)
}

// Remove takes a registrant out of its webinar.
func (s *Server) Remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.webinars {
		n := len(w.registrants)
		w.registrants = slices.DeleteFunc(w.registrants, func(r Record) bool { return r["id"] == id })
		if len(w.registrants) < n {
			return
		}
	}
	panic("there is no registrant " + id)
}

// Registrants are those of all webinars, in the order in which they came.
func (s *Server) Registrants() []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Record
	for _, w := range s.webinars {
		for _, r := range w.registrants {
			all = append(all, maps.Clone(r))
		}
	}
	return all
}

// webinar is called with the lock held.
func (s *Server) webinar(id int64) *webinar {
	for _, w := range s.webinars {
		if w.id == id {
			return w
		}
	}
	return nil
}

package fakegithub

import (
	"net/http"
	"slices"
	"strings"
)

// Issue is an issue.
type Issue struct {
	Number int
	Login  string
	Title  string   `json:"title"`
	Body   string   `json:"body"`
	State  string   `json:"state"`
	Labels []string `json:"labels"`
	Edits  int
}

// Issues are all of them, oldest first.
func (s *Server) Issues() []Issue {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Issue
	for _, i := range s.issues {
		list = append(list, *i)
	}
	return list
}

// AddIssue opens an issue in someone's name.
func (s *Server) AddIssue(login, title, body string, labels ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addIssue(&Issue{Login: login, Title: title, Body: body, Labels: labels}).Number
}

// addIssue numbers it: issues and pull requests share their numbers, so ours
// begin where no test's pull requests are.
func (s *Server) addIssue(i *Issue) *Issue {
	i.Number, i.State = 500+len(s.issues), "open"
	s.issues = append(s.issues, i)
	return i
}

func (s *Server) issue(i *Issue) map[string]any {
	labels := []any{}
	for _, name := range i.Labels {
		labels = append(labels, map[string]any{"name": name})
	}
	return s.judge.example("beyond-issue", map[string]any{"id": i.Number, "number": i.Number, "state": i.State, "title": i.Title, "body": i.Body,
		"user": s.user(i.Login), "labels": labels})
}

func (s *Server) listIssues(c *call) (int, any) {
	query, list := c.URL.Query(), []any{}
	state := query.Get("state")
	if state == "" {
		state = "open"
	}
	for _, i := range slices.Backward(s.issues) { // the newest first
		if (state == "all" || state == i.State) && fits(query.Get("creator"), i.Login) && labelled(i.Labels, query.Get("labels")) {
			list = append(list, s.issue(i))
		}
	}
	return http.StatusOK, page(s, c, list)
}

func labelled(has []string, wanted string) bool {
	for _, name := range strings.Split(wanted, ",") {
		if name != "" && !slices.Contains(has, name) {
			return false
		}
	}
	return true
}

func (s *Server) createIssue(c *call) (int, any) {
	i := &Issue{}
	c.decode(i)
	if code, answer := tooLong(i.Body); code != 0 {
		return code, answer
	}
	i.Login = c.token.Login
	return http.StatusCreated, s.issue(s.addIssue(i))
}

func (s *Server) patchIssue(c *call) (int, any) {
	at := slices.IndexFunc(s.issues, func(i *Issue) bool { return i.Number == c.number("issue_number") })
	if at < 0 {
		return http.StatusNotFound, problem("Not Found")
	}
	i := s.issues[at]
	c.decode(i)
	i.Edits++
	return http.StatusOK, s.issue(i)
}

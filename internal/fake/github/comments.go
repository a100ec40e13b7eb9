package fakegithub

import (
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
)

// Comment is one comment of an issue or a pull request.
type Comment struct {
	ID     int64
	Number int
	Login  string
	Body   string
	// Edits counts how often it was patched.
	Edits   int
	Created time.Time
	Updated time.Time
}

// AddComment writes a comment in someone's name.
func (s *Server) AddComment(number int, login, body string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addComment(number, login, body).ID
}

// Comments are those of an issue or a pull request, oldest first.
func (s *Server) Comments(number int) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Comment
	for _, c := range s.comments {
		if c.Number == number {
			list = append(list, *c)
		}
	}
	return list
}

func (s *Server) addComment(number int, login, body string) *Comment {
	now := s.options.Now()
	c := &Comment{ID: s.newID(), Number: number, Login: login, Body: body, Created: now, Updated: now}
	s.comments = append(s.comments, c)
	return c
}

func (s *Server) comment(c *Comment) map[string]any {
	return s.judge.example("issue-comment", map[string]any{"id": c.ID, "body": c.Body, "user": s.user(c.Login), "author_association": "NONE",
		"created_at": stamp(c.Created), "updated_at": stamp(c.Updated)})
}

func (s *Server) listComments(c *call) (int, any) {
	list := []any{}
	for _, one := range s.comments {
		if one.Number == c.number("issue_number") {
			list = append(list, s.comment(one))
		}
	}
	return http.StatusOK, page(s, c, list)
}

func (s *Server) createComment(c *call) (int, any) {
	var body struct{ Body string }
	c.decode(&body)
	if code, answer := tooLong(body.Body); code != 0 {
		return code, answer
	}
	return http.StatusCreated, s.comment(s.addComment(c.number("issue_number"), c.token.Login, body.Body))
}

func tooLong(body string) (int, any) {
	if utf8.RuneCountInString(body) > MaxBody {
		return invalid("IssueComment", "body", "body is too long (maximum is 65536 characters)")
	}
	return 0, nil
}

// found gives the comment that the path names, -1 where there is none.
func (s *Server) found(c *call) int {
	id := int64(c.number("comment_id"))
	return slices.IndexFunc(s.comments, func(one *Comment) bool { return one.ID == id })
}

func (s *Server) readComment(c *call) (int, any) {
	at := s.found(c)
	if at < 0 {
		return http.StatusNotFound, problem("Not Found")
	}
	return http.StatusOK, s.comment(s.comments[at])
}

func (s *Server) patchComment(c *call) (int, any) {
	at := s.found(c)
	if at < 0 {
		return http.StatusNotFound, problem("Not Found")
	}
	var body struct{ Body string }
	c.decode(&body)
	if code, answer := tooLong(body.Body); code != 0 {
		return code, answer
	}
	s.comments[at].Body = body.Body
	s.comments[at].Edits++
	s.comments[at].Updated = s.options.Now()
	return http.StatusOK, s.comment(s.comments[at])
}

func (s *Server) deleteComment(c *call) (int, any) {
	at := s.found(c)
	if at < 0 {
		return http.StatusNotFound, problem("Not Found")
	}
	s.comments = slices.Delete(s.comments, at, at+1)
	return http.StatusNoContent, nil
}

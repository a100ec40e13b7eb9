package fakegithub

import (
	"net/http"
	"slices"
)

// MaxAnnotations is how many annotations one call may bring.
const MaxAnnotations = 50

// CheckRun is a check run with all annotations that it was given.
type CheckRun struct {
	ID          int64
	Name        string `json:"name"`
	HeadSHA     string `json:"head_sha"`
	ExternalID  string `json:"external_id"`
	Status      string `json:"status"`
	Conclusion  string `json:"conclusion"`
	Title       string
	Summary     string
	Annotations []Annotation
}

// Annotation is one line of a check run.
type Annotation struct {
	Path      string `json:"path"`
	StartLine int    `json:"start_line"`
	Level     string `json:"annotation_level"`
	Message   string `json:"message"`
}

type checkBody struct {
	CheckRun
	Output *struct {
		Title, Summary string
		Annotations    []Annotation
	} `json:"output"`
}

// CheckRuns are all check runs, oldest first.
func (s *Server) CheckRuns() []CheckRun {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []CheckRun
	for _, r := range s.checks {
		list = append(list, *r)
	}
	return list
}

// lay puts what a call brings over a check run.
func (r *CheckRun) lay(body checkBody) (int, any) {
	if body.Output != nil {
		if len(body.Output.Annotations) > MaxAnnotations {
			return invalid("CheckRun", "annotations", "Only 50 annotations can be added in one request")
		}
		if len(body.Output.Summary) > 65535 {
			return invalid("CheckRun", "summary", "Summary exceeds a maximum bytesize of 65535")
		}
		r.Title, r.Summary = body.Output.Title, body.Output.Summary
		r.Annotations = append(r.Annotations, body.Output.Annotations...)
	}
	if body.Status != "" {
		r.Status = body.Status
	}
	if body.Conclusion != "" {
		r.Status, r.Conclusion = "completed", body.Conclusion
	}
	return 0, nil
}

func (s *Server) check(r *CheckRun) map[string]any {
	values := map[string]any{"id": r.ID, "name": r.Name, "head_sha": r.HeadSHA, "external_id": r.ExternalID, "status": r.Status}
	if r.Conclusion != "" {
		values["conclusion"], values["completed_at"] = r.Conclusion, s.now()
	}
	return s.judge.example("check-run", values)
}

func (s *Server) createCheck(c *call) (int, any) {
	var body checkBody
	c.decode(&body)
	r := &CheckRun{ID: s.newID(), Name: body.Name, HeadSHA: body.HeadSHA, ExternalID: body.ExternalID, Status: "queued"}
	if code, answer := r.lay(body); code != 0 {
		return code, answer
	}
	s.checks = append(s.checks, r)
	return http.StatusCreated, s.check(r)
}

func (s *Server) oneCheck(c *call) *CheckRun {
	id := int64(c.number("check_run_id"))
	if at := slices.IndexFunc(s.checks, func(r *CheckRun) bool { return r.ID == id }); at >= 0 {
		return s.checks[at]
	}
	return nil
}

func (s *Server) readCheck(c *call) (int, any) {
	r := s.oneCheck(c)
	if r == nil {
		return http.StatusNotFound, problem("Not Found")
	}
	return http.StatusOK, s.check(r)
}

func (s *Server) patchCheck(c *call) (int, any) {
	r := s.oneCheck(c)
	if r == nil {
		return http.StatusNotFound, problem("Not Found")
	}
	var body checkBody
	c.decode(&body)
	if code, answer := r.lay(body); code != 0 {
		return code, answer
	}
	return http.StatusOK, s.check(r)
}

func (s *Server) listChecks(c *call) (int, any) {
	list := []any{}
	for _, r := range s.checks {
		name := c.URL.Query().Get("check_name")
		if r.HeadSHA == c.PathValue("ref") && (name == "" || name == r.Name) {
			list = append(list, s.check(r))
		}
	}
	return http.StatusOK, map[string]any{"total_count": len(list), "check_runs": page(s, c, list)}
}

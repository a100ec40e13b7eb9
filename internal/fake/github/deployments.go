package fakegithub

import (
	"net/http"
	"slices"
)

// Deployment is a deployment with the states that it went through.
type Deployment struct {
	ID          int64
	Ref         string `json:"ref"`
	Task        string `json:"task"`
	Environment string `json:"environment"`
	Description string `json:"description"`
	Payload     any    `json:"payload"`
	Statuses    []Status
}

// Status is one state of a deployment.
type Status struct {
	State       string `json:"state"`
	Description string `json:"description"`
	LogURL      string `json:"log_url"`
}

// Deployments are all of them, oldest first.
func (s *Server) Deployments() []Deployment {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Deployment
	for _, d := range s.deployments {
		list = append(list, *d)
	}
	return list
}

func (s *Server) deployment(d *Deployment) map[string]any {
	return s.judge.example("deployment", map[string]any{"id": d.ID, "ref": d.Ref, "sha": d.Ref, "task": d.Task, "environment": d.Environment,
		"description": d.Description, "payload": d.Payload, "creator": s.user(Bot)})
}

func (s *Server) listDeployments(c *call) (int, any) {
	query, list := c.URL.Query(), []any{}
	for _, d := range slices.Backward(s.deployments) { // the newest first
		if fits(query.Get("sha"), d.Ref) && fits(query.Get("ref"), d.Ref) && fits(query.Get("task"), d.Task) && fits(query.Get("environment"), d.Environment) {
			list = append(list, s.deployment(d))
		}
	}
	return http.StatusOK, page(s, c, list)
}

func fits(wanted, has string) bool { return wanted == "" || wanted == "none" || wanted == has }

func (s *Server) createDeployment(c *call) (int, any) {
	d := &Deployment{Task: "deploy", Environment: "production"}
	c.decode(d)
	d.ID = s.newID()
	if d.Payload == nil {
		d.Payload = map[string]any{}
	}
	s.deployments = append(s.deployments, d)
	return http.StatusCreated, s.deployment(d)
}

func (s *Server) oneDeployment(c *call) *Deployment {
	id := int64(c.number("deployment_id"))
	if at := slices.IndexFunc(s.deployments, func(d *Deployment) bool { return d.ID == id }); at >= 0 {
		return s.deployments[at]
	}
	return nil
}

func (s *Server) status(one Status) map[string]any {
	return s.judge.example("deployment-status", map[string]any{"state": one.State, "description": one.Description, "creator": s.user(Bot)})
}

func (s *Server) listStatuses(c *call) (int, any) {
	d := s.oneDeployment(c)
	if d == nil {
		return http.StatusNotFound, problem("Not Found")
	}
	list := []any{}
	for _, one := range slices.Backward(d.Statuses) {
		list = append(list, s.status(one))
	}
	return http.StatusOK, page(s, c, list)
}

func (s *Server) createStatus(c *call) (int, any) {
	d := s.oneDeployment(c)
	if d == nil {
		return http.StatusNotFound, problem("Not Found")
	}
	var one Status
	c.decode(&one)
	if len([]rune(one.Description)) > 140 {
		return invalid("DeploymentStatus", "description", "description is too long (maximum is 140 characters)")
	}
	d.Statuses = append(d.Statuses, one)
	return http.StatusCreated, s.status(one)
}

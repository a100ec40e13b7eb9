package airbyte

import (
	"net/http"
	"slices"
	"strconv"
)

type job struct {
	id         int
	connection *object
	status     string
}

func (j *job) over() bool {
	return slices.Contains([]string{"succeeded", "failed", "cancelled"}, j.status)
}

func (j *job) shown() map[string]any {
	return map[string]any{"jobId": j.id, "status": j.status, "jobType": "sync", "startTime": "2026-01-01T00:00:00Z",
		"connectionId": j.connection.id, "rowsSynced": 0, "bytesSynced": 0}
}

func (s *Server) createJob(_ *http.Request, body map[string]any) (int, any) {
	o := s.find("connection", text(body["connectionId"]))
	if o == nil {
		return 400, problem("there is no connection of this id")
	}
	if slices.ContainsFunc(s.jobs, func(j *job) bool { return j.connection == o && !j.over() }) {
		return 409, problem("a sync of this connection is running")
	}
	j := &job{id: len(s.jobs) + 1, connection: o, status: "pending"}
	s.jobs = append(s.jobs, j)
	return 200, j.shown()
}

// listJobs gives the newest first.
func (s *Server) listJobs(r *http.Request, _ map[string]any) (int, any) {
	var all []any
	for _, j := range slices.Backward(s.jobs) {
		if id := r.URL.Query().Get("connectionId"); id == "" || id == j.connection.id {
			all = append(all, j.shown())
		}
	}
	return 200, page(r, all, s.options.PageLimit)
}

func (s *Server) job(r *http.Request) *job {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || id < 1 || id > len(s.jobs) {
		return nil
	}
	return s.jobs[id-1]
}

// readJob moves the job on by one step each time.
func (s *Server) readJob(r *http.Request, _ map[string]any) (int, any) {
	j := s.job(r)
	if j == nil {
		return 404, problem("there is no job of this id")
	}
	switch j.status {
	case "pending":
		j.status = "running"
	case "running":
		j.status = "succeeded"
		if f := s.options.OnSync; f != nil {
			if err := f(Connection{j.connection.id, text(j.connection.body["name"]), j.connection.body}); err != nil {
				j.status = "failed"
			}
		}
	}
	return 200, j.shown()
}

func (s *Server) cancelJob(r *http.Request, _ map[string]any) (int, any) {
	j := s.job(r)
	if j == nil {
		return 404, problem("there is no job of this id")
	}
	if !j.over() {
		j.status = "cancelled"
	}
	return 200, j.shown()
}

// setZone is the one call of the internal API that is modelled.
func (s *Server) setZone(_ *http.Request, body map[string]any) (int, any) {
	o := s.find("connection", text(body["connectionId"]))
	if o == nil {
		return 404, problem("there is no connection of this id")
	}
	data, _ := body["scheduleData"].(map[string]any)
	cron, _ := data["cron"].(map[string]any)
	o.body["schedule"] = map[string]any{"scheduleType": "cron", "cronExpression": cron["cronExpression"]}
	o.zone = text(cron["cronTimeZone"])
	return 200, map[string]any{"connectionId": o.id}
}

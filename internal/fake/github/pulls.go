package fakegithub

import (
	"net/http"
	"time"
)

// Pull is a pull request.
type Pull struct {
	Number int
	// HeadRepo is owner/name; the repository itself where it is empty.
	HeadRepo         string
	HeadRef, HeadSHA string
	BaseRef, BaseSHA string
	// MergeSHA is the commit of a trial merge, or of the merge.
	MergeSHA string
	Author   string
	Draft    bool
	Merged   bool
	// MergedAt is when; the moment in which SetPull first said so where it is zero.
	MergedAt time.Time
	Closed   bool
	// State is what GitHub says of merging it; clean where it is empty, dirty where
	// there is a conflict.
	State string
	// Conflict says that it cannot be merged.
	Conflict bool
	Files    []string
}

// SetPull opens a pull request, or lays one over an earlier one. Its trial merge
// has the base and the head as its parents.
func (s *Server) SetPull(p Pull) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.HeadRepo == "" {
		p.HeadRepo = s.Repository()
	}
	if p.Author == "" {
		p.Author = "octocat"
	}
	if was := s.pulls[p.Number]; p.Merged && p.MergedAt.IsZero() {
		if p.MergedAt = s.options.Now(); was != nil && was.Merged {
			p.MergedAt = was.MergedAt
		}
	}
	s.pulls[p.Number] = &p
	if p.MergeSHA != "" {
		s.parents[p.MergeSHA] = []string{p.BaseSHA, p.HeadSHA}
	}
	if p.Merged {
		s.merged[p.MergeSHA] = append(s.merged[p.MergeSHA], p.Number)
	}
}

func (s *Server) end(ref, sha, repo string) map[string]any {
	r := s.judge.example("repository", map[string]any{"full_name": repo})
	return map[string]any{"label": "acme:" + ref, "ref": ref, "sha": sha, "repo": r, "user": s.user("acme")}
}

func (s *Server) pull(p *Pull, schema string) map[string]any {
	values := map[string]any{"number": p.Number, "state": "open", "draft": p.Draft, "user": s.user(p.Author), "merge_commit_sha": p.MergeSHA,
		"head": s.end(p.HeadRef, p.HeadSHA, p.HeadRepo), "base": s.end(p.BaseRef, p.BaseSHA, s.Repository())}
	if p.Merged || p.Closed {
		values["state"] = "closed"
	}
	if p.Merged {
		values["merged_at"] = stamp(p.MergedAt)
	}
	if schema == "pull-request" {
		values["merged"], values["mergeable"], values["mergeable_state"] = p.Merged, !p.Conflict, p.state()
	}
	return s.judge.example(schema, values)
}

func (p *Pull) state() string {
	switch {
	case p.State != "":
		return p.State
	case p.Conflict:
		return "dirty"
	case p.Draft:
		return "draft"
	}
	return "clean"
}

func (s *Server) readPull(c *call) (int, any) {
	p, ok := s.pulls[c.number("pull_number")]
	if !ok {
		return http.StatusNotFound, problem("Not Found")
	}
	return http.StatusOK, s.pull(p, "pull-request")
}

func (s *Server) pullsOfCommit(c *call) (int, any) {
	list := []any{}
	for _, number := range s.merged[c.PathValue("commit_sha")] {
		list = append(list, s.pull(s.pulls[number], "pull-request-simple"))
	}
	return http.StatusOK, page(s, c, list)
}

func (s *Server) pullFiles(c *call) (int, any) {
	p, ok := s.pulls[c.number("pull_number")]
	if !ok {
		return http.StatusNotFound, problem("Not Found")
	}
	list := []any{}
	for _, name := range p.Files {
		list = append(list, s.judge.example("diff-entry", map[string]any{"filename": name, "status": "modified"}))
	}
	return http.StatusOK, page(s, c, list)
}

package fakegithub

import (
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"strings"
)

// Bot is who the token of a workflow is.
const Bot = "github-actions[bot]"

// Token is who a token is and what it may write. Reading is always allowed.
type Token struct {
	Login string
	// Write are permissions as a workflow names them: pull-requests, issues,
	// checks, deployments.
	Write []string
}

// may reports whether the token has one of the permissions.
func (t Token) may(permission string) bool {
	if permission == "" {
		return true
	}
	for _, wanted := range strings.Split(permission, "|") {
		for _, has := range t.Write {
			if has == wanted {
				return true
			}
		}
	}
	return false
}

// NewToken gives a token of the workflow's bot that may write what is named.
func (s *Server) NewToken(write ...string) string { return s.TokenOf(Token{Login: Bot, Write: write}) }

// TokenOf gives a token of anybody.
func (s *Server) TokenOf(t Token) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := fmt.Sprintf("ghs_standin%d", s.newID())
	s.tokens[text] = t
	return text
}

// SetPerson says what someone may do: admin, write, read or none.
func (s *Server) SetPerson(login, permission string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people[login] = permission
}

// SetBranch moves a branch.
func (s *Server) SetBranch(name, sha string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.branches[name] = sha
}

// SetCommit says what a commit's parents are.
func (s *Server) SetCommit(sha string, parents ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parents[sha] = parents
}

// Refusal answers in the place of GitHub, or after it: with After the call is
// done and the client hears otherwise.
type Refusal struct {
	// Method and Suffix of the path say which calls; each empty for all.
	Method, Suffix string
	Times          int // how many calls; one where it is 0
	After          bool

	Status  int
	Header  map[string]string
	Message string
	// DocumentationURL tells a secondary limit from a plain 403.
	DocumentationURL string
}

// SecondaryLimit is how GitHub says that content is made too fast.
func SecondaryLimit(retryAfter string) Refusal {
	r := Refusal{Method: http.MethodPost, Status: http.StatusForbidden, Message: "You have exceeded a secondary rate limit.",
		DocumentationURL: "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}
	if retryAfter != "" {
		r.Header = map[string]string{"Retry-After": retryAfter}
	}
	return r
}

// Refuse adds refusals; they are used up in order.
func (s *Server) Refuse(list ...Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range list {
		r.Times = max(r.Times, 1)
		s.refusals = append(s.refusals, &r)
	}
}

// refusing answers in the place of next where a refusal fits.
func (s *Server) refusing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refusal := s.refusalFor(r)
		if refusal == nil {
			next.ServeHTTP(w, r)
			return
		}
		if refusal.After {
			next.ServeHTTP(&nobody{}, r)
		}
		for name, value := range refusal.Header {
			w.Header().Set(name, value)
		}
		p := problem(refusal.Message)
		if refusal.DocumentationURL != "" {
			p["documentation_url"] = refusal.DocumentationURL
		}
		write(w, refusal.Status, p)
	})
}

func (s *Server) refusalFor(r *http.Request) *Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, refusal := range s.refusals {
		if refusal.Times > 0 && (refusal.Method == "" || refusal.Method == r.Method) && strings.HasSuffix(r.URL.Path, refusal.Suffix) {
			refusal.Times--
			return refusal
		}
	}
	return nil
}

// nobody hears an answer that is not given.
type nobody struct{ header http.Header }

func (n *nobody) Header() http.Header {
	if n.header == nil {
		n.header = http.Header{}
	}
	return n.header
}
func (n *nobody) Write(b []byte) (int, error) { return len(b), nil }
func (n *nobody) WriteHeader(int)             {}

func read(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body) // it is in memory
	return body
}

// user is a person, always with the same id.
func (s *Server) user(login string) map[string]any {
	h := fnv.New32a()
	_, _ = io.WriteString(h, login) // a hash does not fail
	kind := "User"
	if strings.HasSuffix(login, "[bot]") {
		kind = "Bot"
	}
	return s.judge.example("simple-user", map[string]any{"login": login, "id": h.Sum32(), "type": kind})
}

func (s *Server) permission(c *call) (int, any) {
	login := c.PathValue("username")
	permission, ok := s.people[login]
	if !ok {
		return http.StatusNotFound, problem(login + " is not a user")
	}
	return http.StatusOK, map[string]any{"permission": permission, "role_name": permission, "user": s.user(login)}
}

func (s *Server) readBranch(c *call) (int, any) {
	name := c.PathValue("branch")
	sha, ok := s.branches[name]
	if !ok {
		return http.StatusNotFound, problem("Not Found")
	}
	return http.StatusOK, map[string]any{"ref": "refs/heads/" + name, "object": map[string]any{"type": "commit", "sha": sha, "url": "https://github.example/x"}}
}

func (s *Server) readCommit(c *call) (int, any) {
	sha := c.PathValue("commit_sha")
	parents, ok := s.parents[sha]
	if !ok {
		return http.StatusNotFound, problem("Not Found")
	}
	list := []any{}
	for _, p := range parents {
		list = append(list, map[string]any{"sha": p})
	}
	return http.StatusOK, map[string]any{"sha": sha, "parents": list}
}

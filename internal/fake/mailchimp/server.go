package fakemailchimp

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/vendor"
)

// The statuses of a member.
const (
	Subscribed   = "subscribed"
	Unsubscribed = "unsubscribed"
	Archived     = "archived"
)

// Member is a person in an audience.
type Member struct {
	Email  string
	Status string
	Merge  map[string]string
	Tags   []string
	// Left says that the person unsubscribed.
	Left bool
}

// list is an audience.
type list struct {
	name    string
	fields  []string
	members map[string]*Member // by hash
}

// Server is one account at Mailchimp.
type Server struct {
	// Fault counts, keeps and breaks calls. An Operation is a method and a path.
	Fault *fault.Proxy

	key  string
	busy atomic.Int32

	mu    sync.Mutex
	lists map[string]*list
}

// New gives an account with one API key and no audience.
func New(key string) *Server {
	s := &Server{key: key, lists: map[string]*list{}}
	s.Fault = fault.New(s.handler(), fault.HTTP)
	return s
}

// Hosts is where the account is: the data centre at the end of the key.
func (s *Server) Hosts() vendor.Hosts {
	_, centre, _ := strings.Cut(s.key, "-")
	return vendor.Hosts{centre + ".api.mailchimp.com": s.Fault}
}

// AddList makes an audience with the merge fields that every new one has, and
// more.
func (s *Server) AddList(id, name string, fields ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists[id] = &list{name: name, fields: append([]string{"FNAME", "LNAME"}, fields...), members: map[string]*Member{}}
}

// Put sets a member as somebody would in Mailchimp's own pages.
func (s *Server) Put(listID string, m Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.Status == "" {
		m.Status = Subscribed
	}
	s.lists[listID].members[Hash(m.Email)] = &m
}

// Unsubscribe is what a click on the link below a message does.
func (s *Server) Unsubscribe(listID, email string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.lists[listID].members[Hash(email)]
	m.Status, m.Left = Unsubscribed, true
}

// Members gives copies of the members of an audience, sorted by address.
func (s *Server) Members(listID string) []Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Member
	for _, m := range s.lists[listID].members {
		c := *m
		c.Merge, c.Tags = maps.Clone(m.Merge), slices.Clone(m.Tags)
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Member) int { return cmp.Compare(a.Email, b.Email) })
	return out
}

// Hash is how the API names a member.
func Hash(email string) string {
	sum := md5.Sum([]byte(strings.ToLower(email)))
	return hex.EncodeToString(sum[:])
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /3.0/lists", s.getLists)
	mux.HandleFunc("GET /3.0/lists/{list}/merge-fields", s.of(getMergeFields))
	mux.HandleFunc("GET /3.0/lists/{list}/members/{hash}", s.of(getMember))
	mux.HandleFunc("POST /3.0/lists/{list}/members", s.of(addMember))
	mux.HandleFunc("PUT /3.0/lists/{list}/members/{hash}", s.of(putMember))
	mux.HandleFunc("DELETE /3.0/lists/{list}/members/{hash}", s.of(archive))
	mux.HandleFunc("POST /3.0/lists/{list}/members/{hash}/tags", s.of(setTags))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { notFound.write(w) })
	return s.limited(s.signedIn(mux))
}

// atOnce is how many calls an account may make at the same time.
const atOnce = 10

func (s *Server) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.busy.Add(-1)
		if s.busy.Add(1) > atOnce {
			problem{http.StatusTooManyRequests, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections."}.write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, key, ok := r.BasicAuth(); !ok || key != s.key {
			problem{http.StatusUnauthorized, "API Key Invalid", "Your API key may be invalid, or you've attempted to access the wrong datacenter."}.write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

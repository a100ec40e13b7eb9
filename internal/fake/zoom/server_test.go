package fakezoom

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// ask makes one call with a token and gives the status and the body.
func ask(t *testing.T, s *Server, token, path string) (int, Record, http.Header) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "https://api.zoom.us"+path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	s.Hosts()[apiHost].ServeHTTP(w, r)
	var body Record
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	return w.Code, body, w.Header()
}

func signIn(t *testing.T, s *Server, secret string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "https://zoom.us/oauth/token?grant_type=account_credentials&account_id="+AccountID, strings.NewReader(""))
	r.SetBasicAuth(ClientID, secret)
	w := httptest.NewRecorder()
	s.Hosts()[oauthHost].ServeHTTP(w, r)
	var body struct {
		Token string `json:"access_token"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	return w.Code, body.Token
}

func TestSignIn(t *testing.T) {
	s := New()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s.Now = func() time.Time { return now }
	code, _ := signIn(t, s, "wrong")
	assert.Equal(t, 400, code)
	_, token := signIn(t, s, ClientSecret)
	code, _, _ = ask(t, s, token, "/v2/users")
	assert.Equal(t, 200, code)
	now = now.Add(time.Hour)
	code, body, _ := ask(t, s, token, "/v2/users")
	assert.Equal(t, 401, code)
	assert.EqualValues(t, 124, body["code"])
	_, token = signIn(t, s, ClientSecret)
	s.ExpireTokens()
	code, _, _ = ask(t, s, token, "/v2/users")
	assert.Equal(t, 401, code)
}

func TestPages(t *testing.T) {
	s := New()
	for i := range 65 {
		s.Register(Webinar, Record{"email": fmt.Sprintf("p%d@x.example", i)})
	}
	s.Register(Webinar, Record{"email": "no@x.example", "status": "denied"})
	_, token := signIn(t, s, ClientSecret)
	path := fmt.Sprintf("/v2/webinars/%d/registrants", Webinar)
	var got []any
	next := ""
	for {
		code, body, _ := ask(t, s, token, path+"?page_size=30&next_page_token="+next)
		require.Equal(t, 200, code)
		got = append(got, body["registrants"].([]any)...)
		if next = body["next_page_token"].(string); next == "" {
			break
		}
	}
	assert.Len(t, got, 65)
	assert.Len(t, s.Requests("GET registrants"), 3)
	code, body, _ := ask(t, s, token, path+"?next_page_token=other")
	assert.Equal(t, 400, code)
	assert.EqualValues(t, 300, body["code"])
	_, body, _ = ask(t, s, token, path+"?status=denied")
	assert.Len(t, body["registrants"], 1)
}

func TestStateIsEdited(t *testing.T) {
	s := New()
	second := s.AddWebinar("Second")
	one := s.Register(Webinar, Record{"email": "a@x.example"})
	two := s.Register(second, Record{"email": "b@x.example"})
	s.Change(two, Record{"email": "c@x.example"})
	s.Remove(one)
	all := s.Registrants()
	require.Len(t, all, 1)
	assert.Equal(t, "c@x.example", all[0]["email"])
	assert.Panics(t, func() { s.Remove(one) })
	assert.Panics(t, func() { s.Change(one, nil) })
	assert.Panics(t, func() { s.Register(1, nil) })
}

func TestFaults(t *testing.T) {
	s := New()
	_, token := signIn(t, s, ClientSecret)
	s.Throttle(1, "2")
	code, body, header := ask(t, s, token, "/v2/users")
	assert.Equal(t, 429, code)
	assert.Equal(t, "2", header.Get("Retry-After"))
	assert.EqualValues(t, 429, body["code"])
	s.Fault(fault.Rule{Operation: "GET users", Do: fault.Refuse, Status: 500, Times: 1})
	code, _, _ = ask(t, s, token, "/v2/users")
	assert.Equal(t, 500, code)
	code, _, _ = ask(t, s, token, "/v2/users")
	assert.Equal(t, 200, code)
	for path, want := range map[string]int{"/v2/webinars/1": 404, "/v2/webinars/x": 404, "/v2/users/none/webinars": 404, "/v2/other": 404,
		fmt.Sprintf("/v2/webinars/%d", Webinar): 200, fmt.Sprintf("/v2/webinars/%d/panelists", Webinar): 404, "/v2/users/" + host + "/meetings": 200} {
		code, _, _ = ask(t, s, token, path)
		assert.Equal(t, want, code, path)
	}
}

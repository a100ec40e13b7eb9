package fakegithub

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What does not fit the description is noticed.
func TestRequestsThatTheDescriptionForbids(t *testing.T) {
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/repos/acme/pipeline/issues/7/comments", `{"text":"x"}`},
		{"POST", "/repos/acme/pipeline/issues", `{"titel":"x"}`},
		{"GET", "/repos/acme/pipeline/no/such/path", ""},
	} {
		s := Start(witness{t})
		r, err := http.NewRequest(c.method, s.URL()+c.path, strings.NewReader(c.body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode, c.path)
		assert.Len(t, s.Violations(), 1)
	}
}

// witness does not let a violation fail the test that wants it.
type witness struct{ *testing.T }

func (witness) Errorf(string, ...any) {}

func TestAnswersThatTheDescriptionForbids(t *testing.T) {
	s := Start(witness{t})
	token := s.NewToken()
	s.AddComment(7, Bot, "x")
	ask := func() int {
		r, err := http.NewRequest("GET", s.URL()+"/repos/acme/pipeline/issues/7/comments", nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	assert.Equal(t, http.StatusOK, ask())
	schema := s.judge.doc.Components.Schemas["issue-comment"].Value
	schema.Properties["body"] = schema.Properties["id"] // a number, and the stand-in gives a text
	assert.Equal(t, http.StatusInternalServerError, ask())
	assert.Len(t, s.Violations(), 1)
}

func TestTokens(t *testing.T) {
	s := Start(t)
	for _, c := range []struct {
		token string
		want  int
	}{{"nobody", 401}, {s.NewToken(), 403}, {s.NewToken("checks"), 403}, {s.NewToken("issues"), 201}, {s.NewToken("pull-requests"), 201}} {
		r, err := http.NewRequest("POST", s.URL()+"/repos/acme/pipeline/issues/7/comments", strings.NewReader(`{"body":"x"}`))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+c.token)
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		assert.Equal(t, c.want, answer.StatusCode)
	}
	assert.Len(t, s.Comments(7), 2)
}

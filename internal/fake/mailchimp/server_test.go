package fakemailchimp

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMembers(t *testing.T) {
	s := New("secret-us1")
	s.AddList("l", "List")
	call := func(method, path, body string) int {
		r := httptest.NewRequest(method, "/3.0"+path, strings.NewReader(body))
		r.SetBasicAuth("any", "secret-us1")
		w := httptest.NewRecorder()
		s.Fault.ServeHTTP(w, r)
		return w.Code
	}
	ann := "/lists/l/members/" + Hash("ANN@x.example")
	add := `{"email_address":"ann@x.example","status":"subscribed","merge_fields":{"FNAME":"Ann","NONE":"x"}}`
	require.Equal(t, http.StatusNotFound, call("GET", ann, ""))
	require.Equal(t, http.StatusBadRequest, call("PUT", ann, add), "a new one needs status_if_new")
	require.Equal(t, http.StatusOK, call("POST", "/lists/l/members", add))
	require.Equal(t, http.StatusBadRequest, call("POST", "/lists/l/members", add), "Member Exists")
	require.Equal(t, http.StatusNoContent, call("POST", ann+"/tags", `{"tags":[{"name":"News","status":"active"}]}`))
	require.Equal(t, []Member{{Email: "ann@x.example", Status: Subscribed, Merge: map[string]string{"FNAME": "Ann"}, Tags: []string{"news"}}}, s.Members("l"))
	require.Equal(t, http.StatusOK, call("PUT", ann, `{"merge_fields":{"FNAME":""}}`))
	require.Empty(t, s.Members("l")[0].Merge)
	require.Equal(t, http.StatusNoContent, call("DELETE", ann, ""))
	require.Equal(t, http.StatusMethodNotAllowed, call("DELETE", ann, ""))
	require.Equal(t, http.StatusOK, call("POST", "/lists/l/members", add), "who was archived may come back")

	s.Unsubscribe("l", "ann@x.example")
	require.Equal(t, http.StatusOK, call("PUT", ann, `{"merge_fields":{"FNAME":"Anne"}}`))
	require.Equal(t, http.StatusBadRequest, call("PUT", ann, `{"status":"subscribed"}`))
	require.Equal(t, http.StatusNoContent, call("DELETE", ann, ""))
	require.Equal(t, http.StatusBadRequest, call("POST", "/lists/l/members", add), "who left is not subscribed by others")

	r := httptest.NewRequest("GET", "/3.0/lists", nil)
	r.SetBasicAuth("any", "other-us1")
	w := httptest.NewRecorder()
	s.Fault.ServeHTTP(w, r)
	require.Equal(t, http.StatusUnauthorized, w.Code)
	require.Contains(t, s.Writes("l"), "TAGS ann@x.example +news")
	require.Contains(t, s.Writes("l"), "DELETE ann@x.example refused")
}

package fakesalesforce

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
)

// ask makes one call to the org.
func ask(t *testing.T, s *Server, method, token, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "https://"+orgHost+"/services/data/v62.0/"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	s.Hosts()[orgHost].ServeHTTP(w, r)
	return w
}

func decode(t *testing.T, w *httptest.ResponseRecorder) Record {
	t.Helper()
	var out Record
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &out), w.Body.String())
	return out
}

func signIn(t *testing.T, s *Server, change func(url.Values)) (int, Record) {
	t.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "client_id": {ClientID}, "client_secret": {ClientSecret}, "refresh_token": {RefreshToken}}
	if change != nil {
		change(form)
	}
	r := httptest.NewRequest(http.MethodPost, "https://login.salesforce.com/services/oauth2/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.Hosts()[loginHost].ServeHTTP(w, r)
	return w.Code, decode(t, w)
}

func token(t *testing.T, s *Server) string {
	t.Helper()
	code, body := signIn(t, s, nil)
	require.Equal(t, 200, code)
	assert.Equal(t, "https://"+orgHost, body["instance_url"])
	return body["access_token"].(string)
}

func TestSignIn(t *testing.T) {
	s := New()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s.Now = func() time.Time { return now }
	for field, want := range map[string]string{"client_id": "invalid_client_id", "client_secret": "invalid_client", "refresh_token": "invalid_grant", "grant_type": "unsupported_grant_type"} {
		code, body := signIn(t, s, func(v url.Values) { v.Set(field, "wrong") })
		assert.Equal(t, 400, code)
		assert.Equal(t, want, body["error"])
	}
	session := token(t, s)
	assert.Equal(t, 200, ask(t, s, "GET", session, "sobjects", "").Code)
	now = now.Add(sessionLife)
	w := ask(t, s, "GET", session, "sobjects", "")
	assert.Equal(t, 401, w.Code)
	assert.Contains(t, w.Body.String(), "INVALID_SESSION_ID")
	session = token(t, s)
	s.ExpireTokens()
	assert.Equal(t, 401, ask(t, s, "GET", session, "sobjects", "").Code)
	assert.NotEqual(t, session, token(t, s))
}

func query(text string) string { return "?q=" + url.QueryEscape(text) }

func TestQueries(t *testing.T) {
	s := New()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s.Now = func() time.Time { return now }
	ids := map[string]string{}
	for i, name := range []string{"a", "b", "c", "d"} {
		now = now.AddDate(0, 0, 1)
		ids[name] = s.Insert("Contact", Record{"FirstName": name, "Email": "", "LastName": fmt.Sprint(4 - i)})
	}
	s.Delete("Contact", ids["b"])
	session := token(t, s)
	names := func(verb, text string) string {
		w := ask(t, s, "GET", session, verb+query(text), "")
		if w.Code != 200 {
			return w.Body.String()
		}
		out := ""
		for _, r := range decode(t, w)["records"].([]any) {
			out += r.(map[string]any)["FirstName"].(string)
		}
		return out
	}
	const all = "SELECT Id, FirstName FROM Contact"
	for text, want := range map[string]string{
		"": "abcd", " WHERE CreatedDate >= 2026-01-03T00:00:00Z AND CreatedDate < 2026-01-05T00:00:00.000+00:00": "bc",
		" WHERE IsDeleted = true": "b", " WHERE Email = null": "abcd", " WHERE Email != null": "", " WHERE Email < 'x'": "", " WHERE FirstName != 'a'": "bcd",
		" ORDER BY LastName": "dcba", " ORDER BY FirstName DESC LIMIT 2": "dc",
	} {
		assert.Equal(t, want, names("queryAll", all+text), text)
	}
	assert.Equal(t, "acd", names("query", all))
	assert.Contains(t, names("query", "SELECT Nope FROM Contact"), "No such column 'Nope' on entity 'Contact'")
	assert.Contains(t, names("query", "SELECT Id FROM Nope"), "INVALID_TYPE")
	assert.Contains(t, names("query", "DELETE Contact"), "MALFORMED_QUERY")
	s.Undelete("Contact", ids["b"])
	assert.Equal(t, "abcd", names("query", all))
	s.Delete("Contact", ids["b"])
	s.EmptyBin()
	assert.Equal(t, "acd", names("queryAll", all))
	assert.Len(t, s.Records("Contact"), 3)

	s.PageRows = 2
	body := decode(t, ask(t, s, "GET", session, "queryAll"+query(all), ""))
	assert.Equal(t, false, body["done"])
	body = decode(t, ask(t, s, "GET", session, strings.TrimPrefix(body["nextRecordsUrl"].(string), "/services/data/v62.0/"), ""))
	assert.Equal(t, true, body["done"])
	assert.Len(t, body["records"], 1)
}

func TestBulk(t *testing.T) {
	s := New()
	for i := range 5 {
		s.Insert("Contact", Record{"FirstName": fmt.Sprintf("a \"%d\",\n", i)})
	}
	s.Polls, s.PageRows = 1, 2
	session := token(t, s)
	create := func(fields string) *httptest.ResponseRecorder {
		return ask(t, s, "POST", session, "jobs/query", `{"operation": "queryAll", "query": "SELECT `+fields+` FROM Contact"}`)
	}
	assert.Contains(t, create("Id, MailingAddress").Body.String(), "compound data not supported")
	job := "jobs/query/" + decode(t, create("FirstName, Email"))["id"].(string)
	assert.Equal(t, 400, ask(t, s, "DELETE", session, job, "").Code, "it is not done")
	assert.Equal(t, 400, ask(t, s, "GET", session, job+"/results", "").Code)
	assert.Equal(t, "InProgress", decode(t, ask(t, s, "GET", session, job, ""))["state"])
	assert.Equal(t, "JobComplete", decode(t, ask(t, s, "GET", session, job, ""))["state"])
	text, locator := "", ""
	for pages := 0; locator != "null"; pages++ {
		w := ask(t, s, "GET", session, job+"/results?locator="+locator, "")
		require.Equal(t, 200, w.Code)
		locator = w.Header().Get("Sforce-Locator")
		data, err := io.ReadAll(w.Body)
		require.NoError(t, err)
		text += string(data)
		require.Less(t, pages, 3)
	}
	assert.Equal(t, 3, strings.Count(text, `"FirstName","Email"`), "each page has the header")
	assert.Contains(t, text, "\"a \"\"4\"\",\n\",\"\"\n")
	assert.Equal(t, 204, ask(t, s, "DELETE", session, job, "").Code)
	assert.Equal(t, 404, ask(t, s, "GET", session, job, "").Code)
}

func TestObjectsAndFaults(t *testing.T) {
	s := New()
	s.AddObject("Invoice__c", Field{"Total__c", "currency"})
	session := token(t, s)
	assert.Len(t, decode(t, ask(t, s, "GET", session, "sobjects", ""))["sobjects"], 2)
	assert.Len(t, decode(t, ask(t, s, "GET", session, "sobjects/Invoice__c/describe", ""))["fields"], 6)
	assert.Equal(t, 404, ask(t, s, "GET", session, "sobjects/Nope/describe", "").Code)
	s.Refuse(1, 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
	assert.Equal(t, 403, ask(t, s, "GET", session, "sobjects", "").Code)
	s.Fault(fault.Rule{Operation: "GET describe", Do: fault.Refuse, Status: 500})
	assert.Equal(t, 500, ask(t, s, "GET", session, "sobjects/Contact/describe", "").Code)
	assert.Equal(t, 200, ask(t, s, "GET", session, "sobjects/Contact/describe", "").Code)
	for _, c := range s.Requests() {
		assert.NotContains(t, c.Operation, "/", "every call has a name")
	}
	s.Reset()
	assert.Empty(t, s.Requests())
}

package fakemailchimp

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Writes are the calls so far that were meant to change something, each as one
// line: "POST a@example.com", "PUT …", "DELETE …", "TAGS … +newsletter". Tags that
// change nothing are left out. Members are named by their address where it is
// known; the audience is not said.
func (s *Server) Writes(listID string) []string {
	names := map[string]string{}
	for _, m := range s.Members(listID) {
		names[Hash(m.Email)] = m.Email
	}
	var out []string
	for _, c := range s.Fault.Calls() {
		rest, ok := strings.CutPrefix(c.Path, "/3.0/lists/"+listID+"/members")
		if !ok || c.Method == http.MethodGet {
			continue
		}
		if line := write(c.Method, rest, c.Body, names); line != "" {
			if c.Status >= 400 {
				line += " refused"
			}
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}

func write(method, rest string, body []byte, names map[string]string) string {
	var in request
	_ = json.Unmarshal(body, &in.body) // DELETE has none
	hash, isTags := strings.CutSuffix(strings.Trim(rest, "/"), "/tags")
	who := names[hash]
	switch {
	case who == "" && in.body.Email != "":
		who = in.body.Email
	case who == "":
		who = hash
	}
	if !isTags {
		return method + " " + who
	}
	if len(in.body.Tags) == 0 {
		return ""
	}
	line := "TAGS " + who
	for _, t := range in.body.Tags {
		line += map[bool]string{true: " +", false: " -"}[t.Status == "active"] + strings.ToLower(t.Name)
	}
	return line
}

package fakemailchimp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// problem is an error of the API.
type problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

var notFound = problem{http.StatusNotFound, "Resource Not Found", "The requested resource could not be found."}

func (p problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "https://mailchimp.com/developer/marketing/docs/errors/", "title": p.Title, "status": p.Status, "detail": p.Detail, "instance": "stand-in"})
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v)
}

// request is a call that concerns one audience.
type request struct {
	id   string
	list *list
	hash string
	body struct {
		Email       string         `json:"email_address"`
		Status      string         `json:"status"`
		StatusIfNew string         `json:"status_if_new"`
		Merge       map[string]any `json:"merge_fields"`
		Tags        []struct {
			Name   string `json:"name"`
			Status string `json:"status"`
		} `json:"tags"`
	}
}

// of finds the audience and reads the body. One call is done at a time.
func (s *Server) of(do func(request) (any, *problem)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		in := request{id: r.PathValue("list"), hash: r.PathValue("hash")}
		if r.Method != http.MethodGet && r.Method != http.MethodDelete {
			if err := json.NewDecoder(r.Body).Decode(&in.body); err != nil {
				problem{http.StatusBadRequest, "JSON Parse Error", "We encountered an unspecified JSON parsing error: " + err.Error()}.write(w)
				return
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if in.list = s.lists[in.id]; in.list == nil {
			notFound.write(w)
			return
		}
		answer, wrong := do(in)
		switch {
		case wrong != nil:
			wrong.write(w)
		case answer == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			reply(w, answer)
		}
	}
}

func (s *Server) getLists(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []map[string]any{}
	for id, l := range s.lists {
		out = append(out, map[string]any{"id": id, "name": l.name})
	}
	slices.SortFunc(out, func(a, b map[string]any) int { return strings.Compare(a["id"].(string), b["id"].(string)) })
	reply(w, map[string]any{"lists": out, "total_items": len(out)})
}

func getMergeFields(in request) (any, *problem) {
	out := []map[string]any{}
	for i, tag := range in.list.fields {
		out = append(out, map[string]any{"merge_id": i + 1, "tag": tag, "name": tag, "type": "text", "required": false})
	}
	return map[string]any{"merge_fields": out, "list_id": in.id, "total_items": len(out)}, nil
}

func getMember(in request) (any, *problem) {
	m := in.list.members[in.hash]
	if m == nil {
		return nil, &notFound
	}
	return in.show(m), nil
}

func (in request) show(m *Member) map[string]any {
	merge := map[string]string{}
	for _, tag := range in.list.fields {
		merge[tag] = m.Merge[tag]
	}
	tags := []map[string]any{}
	for i, tag := range m.Tags {
		tags = append(tags, map[string]any{"id": i + 1, "name": tag})
	}
	return map[string]any{"id": Hash(m.Email), "email_address": m.Email, "unique_email_id": Hash(m.Email)[:10], "status": m.Status, "merge_fields": merge,
		"tags": tags, "tags_count": len(tags), "list_id": in.id}
}

func addMember(in request) (any, *problem) {
	if p := in.checkEmail(); p != nil {
		return nil, p
	}
	if !slices.Contains([]string{Subscribed, Unsubscribed, "pending", "cleaned", "transactional"}, in.body.Status) {
		return nil, invalid("status: Data did not match any of the schemas described in anyOf.")
	}
	m := in.list.members[Hash(in.body.Email)]
	if m != nil && m.Status != Archived {
		return nil, &problem{http.StatusBadRequest, "Member Exists", in.body.Email + " is already a list member. Use PUT to insert or update list members."}
	}
	if m == nil {
		m = &Member{Email: in.body.Email}
	}
	return in.change(m, in.body.Status)
}

func putMember(in request) (any, *problem) {
	m := in.list.members[in.hash]
	if m == nil {
		if p := in.checkEmail(); p != nil {
			return nil, p
		}
		if in.body.StatusIfNew == "" {
			return nil, invalid("status_if_new: This value should not be blank.")
		}
		return in.change(&Member{Email: in.body.Email}, in.body.StatusIfNew)
	}
	if in.body.Email != "" && Hash(in.body.Email) != in.hash {
		if p := in.checkEmail(); p != nil {
			return nil, p
		}
		if other := in.list.members[Hash(in.body.Email)]; other != nil {
			return nil, invalid(fmt.Sprintf("%s is already in this list with a status of \"%s\".", in.body.Email, strings.ToUpper(other.Status[:1])+other.Status[1:]))
		}
	}
	return in.change(m, in.body.Status)
}

// change writes what a call says of a member.
func (in request) change(m *Member, status string) (any, *problem) {
	if m.Left && status == Subscribed {
		return nil, &problem{http.StatusBadRequest, "Member In Compliance State", m.Email + " is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."}
	}
	delete(in.list.members, Hash(m.Email))
	if in.body.Email != "" {
		m.Email = in.body.Email
	}
	in.list.members[Hash(m.Email)] = m
	if status != "" {
		m.Status = status
	}
	if m.Merge == nil {
		m.Merge = map[string]string{}
	}
	for _, tag := range in.list.fields {
		value, said := in.body.Merge[tag]
		switch {
		case !said:
		case value == nil || value == "":
			delete(m.Merge, tag)
		default:
			m.Merge[tag] = fmt.Sprint(value)
		}
	}
	return in.show(m), nil
}

func archive(in request) (any, *problem) {
	m := in.list.members[in.hash]
	switch {
	case m == nil:
		return nil, &notFound
	case m.Status == Archived:
		return nil, &problem{http.StatusMethodNotAllowed, "Method Not Allowed", "This list member cannot be removed. Please contact support."}
	}
	m.Status = Archived
	return nil, nil
}

func setTags(in request) (any, *problem) {
	m := in.list.members[in.hash]
	if m == nil {
		return nil, &notFound
	}
	for _, t := range in.body.Tags {
		name := strings.ToLower(t.Name)
		m.Tags = slices.DeleteFunc(m.Tags, func(has string) bool { return has == name })
		if t.Status == "active" {
			m.Tags = append(m.Tags, name)
		}
	}
	slices.Sort(m.Tags)
	return nil, nil
}

func invalid(detail string) *problem {
	return &problem{http.StatusBadRequest, "Invalid Resource", detail}
}

func (in request) checkEmail() *problem {
	name, host, ok := strings.Cut(in.body.Email, "@")
	if !ok || name == "" || !strings.Contains(host, ".") || strings.ContainsAny(in.body.Email, " \t\r\n") || strings.Contains(host, "@") {
		return invalid("Please provide a valid email address.")
	}
	return nil
}

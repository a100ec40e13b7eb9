package airbyte

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

type handler = func(*http.Request, map[string]any) (int, any)

func (s *Server) newID(kind string) string {
	s.made++
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", len(kind), s.made)
}

func (s *Server) find(kind, id string) *object {
	for _, o := range s.objects[kind] {
		if o.id == id {
			return o
		}
	}
	return nil
}

func (s *Server) list(kind string) handler {
	return func(r *http.Request, _ map[string]any) (int, any) {
		if s.swap > 0 && kind == "workspace" {
			if s.swap--; s.swap == 0 {
				s.empty()
			}
		}
		var all []any
		for _, o := range s.objects[kind] {
			if in := r.URL.Query()["workspaceIds"]; len(in) == 0 || kind == "workspace" || slices.Contains(in, o.body["workspaceId"].(string)) {
				all = append(all, s.shown(kind, o))
			}
		}
		return 200, page(r, all, s.options.PageLimit)
	}
}

// page cuts out what was asked for: 20 where no limit is given, and never more
// than the server gives at once.
func page(r *http.Request, all []any, most int) map[string]any {
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil {
			return n
		}
		return otherwise
	}
	limit, offset := min(number("limit", 20), most), number("offset", 0)
	from, to := min(offset, len(all)), min(offset+limit, len(all))
	out := map[string]any{"data": append([]any{}, all[from:to]...), "previous": "", "next": ""}
	link := func(offset int) string {
		return fmt.Sprintf("http://%s%s?limit=%d&offset=%d", r.Host, r.URL.Path, limit, offset)
	}
	if to < len(all) {
		out["next"] = link(offset + limit)
	}
	if offset > 0 {
		out["previous"] = link(max(0, offset-limit))
	}
	return out
}

// definitions lists the connectors of a kind; this list has no pages.
func (s *Server) definitions(kind string) map[string]any {
	list := []any{}
	for _, d := range s.options.Definitions {
		if d.Kind == kind {
			list = append(list, map[string]any{"id": d.ID, "name": d.Name, "dockerRepository": "airbyte/" + kind + "-" + d.Name, "dockerImageTag": d.Version})
		}
	}
	return map[string]any{"data": list}
}

func (s *Server) read(kind string) handler {
	return s.existing(kind, func(o *object, _ map[string]any) (int, any) { return 200, s.shown(kind, o) })
}

func (s *Server) existing(kind string, h func(*object, map[string]any) (int, any)) handler {
	return func(r *http.Request, body map[string]any) (int, any) {
		o := s.find(kind, r.PathValue("id"))
		if o == nil {
			return 404, problem("there is no " + kind + " of this id")
		}
		return h(o, body)
	}
}

func (s *Server) create(kind string) handler {
	return func(_ *http.Request, body map[string]any) (int, any) {
		if kind == "connection" {
			return s.createConnection(body)
		}
		if kind != "workspace" && s.find("workspace", text(body["workspaceId"])) == nil {
			return 404, problem("there is no workspace of this id")
		}
		return 200, s.shown(kind, s.add(kind, body))
	}
}

func (s *Server) add(kind string, body map[string]any) *object {
	o := &object{id: s.newID(kind), body: maps.Clone(body)}
	s.objects[kind] = append(s.objects[kind], o)
	return o
}

func (s *Server) put(kind string) handler {
	return s.existing(kind, func(o *object, body map[string]any) (int, any) {
		o.body["name"] = body["name"]
		o.body["configuration"] = keptSecrets(body["configuration"], o.body["configuration"])
		return 200, s.shown(kind, o)
	})
}

func (s *Server) patch(kind string) handler {
	return s.existing(kind, func(o *object, body map[string]any) (int, any) {
		if kind == "connection" {
			return s.patchConnection(o, body)
		}
		o.body = merged(o.body, body).(map[string]any)
		return 200, s.shown(kind, o)
	})
}

func (s *Server) remove(kind string) handler {
	return s.existing(kind, func(o *object, _ map[string]any) (int, any) {
		s.objects[kind] = slices.DeleteFunc(s.objects[kind], func(p *object) bool { return p == o })
		if field := kind + "Id"; kind == "source" || kind == "destination" { // its connections go with it
			s.objects["connection"] = slices.DeleteFunc(s.objects["connection"], func(c *object) bool { return c.body[field] == o.id })
		}
		return 204, nil
	})
}

// keptSecrets puts the stored value where the mask was sent.
func keptSecrets(sent, stored any) any {
	if sent == Mask && stored != nil {
		return stored
	}
	object, ok := sent.(map[string]any)
	if !ok {
		return sent
	}
	old, _ := stored.(map[string]any)
	out := map[string]any{}
	for name, v := range object {
		out[name] = keptSecrets(v, old[name])
	}
	return out
}

// merged lays changes over what is stored; nothing can be taken away.
func merged(stored, change any) any {
	a, ok := stored.(map[string]any)
	b, also := change.(map[string]any)
	if !ok || !also {
		return change
	}
	out := maps.Clone(a)
	for name, v := range b {
		out[name] = merged(a[name], v)
	}
	return out
}

// secretWords are parts of the names of fields that connectors mark as secret.
var secretWords = []string{"secret", "password", "private_key", "refresh_token", "api_token", "api_key", "access_token", "token"}

func (s *Server) isSecret(name string) bool {
	return slices.Contains(s.options.Secrets, name) || slices.ContainsFunc(secretWords, func(w string) bool {
		return name == w || strings.HasSuffix(name, "_"+w)
	})
}

func (s *Server) masked(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for name, v := range object {
		if _, isText := v.(string); isText && s.isSecret(name) {
			v = Mask
		}
		out[name] = s.masked(v)
	}
	return out
}

// shown is an object as the API answers it.
func (s *Server) shown(kind string, o *object) map[string]any {
	out := maps.Clone(o.body)
	out[kind+"Id"] = o.id
	switch kind {
	case "workspace":
		out["dataResidency"], out["notifications"] = "auto", map[string]any{}
	case "connection":
		out["createdAt"], out["tags"] = 0, []any{}
		out["schedule"] = shownSchedule(o)
	default:
		out["createdAt"], out[kind+"Type"] = 0, "standard"
		out["configuration"] = s.masked(o.body["configuration"])
	}
	return out
}

func text(v any) string {
	t, _ := v.(string)
	return t
}

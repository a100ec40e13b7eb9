package airbyte

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Snapshot tells the state in lines, with names for ids and masks for secrets,
// so that two runs can be compared.
func (s *Server) Snapshot() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var pairs, lines []string
	for kind, all := range s.objects {
		for _, o := range all {
			pairs = append(pairs, o.id, kind+" "+text(o.body["name"]))
		}
	}
	for kind, all := range s.objects {
		for _, o := range all {
			body, _ := json.Marshal(s.shown(kind, o)) // plain values
			lines = append(lines, kind+" "+string(body))
		}
	}
	for _, j := range s.jobs {
		lines = append(lines, fmt.Sprintf("job of %s: %s", j.connection.id, j.status))
	}
	for i, line := range lines {
		lines[i] = strings.NewReplacer(pairs...).Replace(line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// Edit changes every object of a kind and name as if someone did so in the
// browser, and says how many there are.
func (s *Server) Edit(kind, name string, change func(body map[string]any)) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, o := range s.objects[kind] {
		if o.body["name"] == name {
			// A body is never shared with an answer that is being written.
			var body map[string]any
			text, _ := json.Marshal(o.body) // plain values
			_ = json.Unmarshal(text, &body) // of what was just written
			change(body)
			o.body = body
			n++
		}
	}
	return n
}

// Double makes a second object of a name.
func (s *Server) Double(kind, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range slices.Clone(s.objects[kind]) {
		if o.body["name"] == name {
			s.add(kind, o.body)
		}
	}
}

// ID is the id of the first object of a kind and name, or empty.
func (s *Server) ID(kind, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.objects[kind] {
		if o.body["name"] == name {
			return o.id
		}
	}
	return ""
}

// Stored gives a configuration with its secrets, for tests of what is kept.
func (s *Server) Stored(kind, name string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.objects[kind] {
		if o.body["name"] == name {
			c, _ := o.body["configuration"].(map[string]any)
			return c
		}
	}
	return nil
}

// Remove deletes every object of a kind and name, as if someone did so in the
// browser.
func (s *Server) Remove(kind, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[kind] = slices.DeleteFunc(s.objects[kind], func(o *object) bool { return o.body["name"] == name })
}

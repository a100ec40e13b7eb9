package airbyte

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target/settings"
)

// document is one artefact: an object that Airbyte is to hold.
type document struct {
	kind, key string // source, zoom
	provides  []string
	content   []byte
	origins   []string

	Name    string
	Needs   []string
	Request struct{ Method, Path string }
	Bind    []binding
	Body    map[string]any
	Then    []followUp
}

type binding struct{ Pointer, From string }

// output says that it is filled from a stack's output, which is no secret.
func (b binding) output() bool { return strings.HasPrefix(b.From, "output:") }

// path is the pointer as plans show it.
func (b binding) path() string { return strings.Join(names(b.Pointer), ".") }

type followUp struct {
	Why     string
	Request struct{ Method, Path string }
	Bind    []binding
	Body    map[string]any
}

// id is the object's name within the plan: source:zoom.
func (d *document) id() string { return d.kind + ":" + d.key }

// title is what the object is found by: source:rain-shield zoom.
func (d *document) title() string { return d.kind + ":" + d.Name }

// wanted is everything that the artefacts ask for.
type wanted struct {
	settings  settings.Settings
	documents []*document // workspace, sources, destinations, connections
	pinned    []connector
	data      string // where Airbyte's own database is to be
}

// connector is one that the build was made for.
type connector struct{ Kind, Connector, DefinitionID, Version string }

var kinds = []string{"workspace", "source", "destination", "connection"}

func read(artifacts []emit.Artifact) (*wanted, error) {
	w := &wanted{}
	for _, a := range artifacts {
		if a.Path == settings.Path {
			var err error
			if w.settings, err = settings.Parse(a.Content); err != nil {
				return nil, err
			}
		}
		if a.Provider == "airbyte" && a.Kind == "definitions" {
			var list struct{ Connectors []connector }
			if err := json.Unmarshal(a.Content, &list); err != nil {
				return nil, fmt.Errorf("%s: %w", a.Path, err)
			}
			w.pinned = list.Connectors
		}
		if a.Provider != "airbyte" || !slices.Contains(kinds, a.Kind) {
			continue
		}
		d := &document{kind: a.Kind, provides: a.Provides, content: a.Content}
		if err := json.Unmarshal(a.Content, d); err != nil {
			return nil, fmt.Errorf("%s: %w", a.Path, err)
		}
		d.key = strings.TrimSuffix(strings.TrimPrefix(a.Path, "airbyte/"+a.Kind+"-"), ".json")
		if a.Kind == "workspace" {
			d.key = d.Name
		}
		for _, o := range a.Origins {
			d.origins = append(d.origins, o.String())
		}
		w.documents = append(w.documents, d)
	}
	w.data = w.dataOf(artifacts)
	slices.SortStableFunc(w.documents, func(a, b *document) int { return slices.Index(kinds, a.kind) - slices.Index(kinds, b.kind) })
	return w, nil
}

func (w *wanted) workspace() string {
	for _, d := range w.documents {
		if d.kind == "workspace" {
			return d.Name
		}
	}
	return ""
}

// named is kind:name of the object that a binding takes the id of, or "".
func (w *wanted) named(from string) string {
	if from == "airbyte:workspace" {
		return "workspace:" + w.workspace()
	}
	if id, ours := strings.CutPrefix(from, "airbyte:"); ours {
		if d := w.find(id); d != nil {
			return d.kind + ":" + d.Name
		}
	}
	return ""
}

func (w *wanted) find(id string) *document {
	for _, d := range w.documents {
		if d.id() == id {
			return d
		}
	}
	return nil
}

// titled is the document of the object kind:name, or nil.
func (w *wanted) titled(title string) *document {
	for _, d := range w.documents {
		if d.title() == title {
			return d
		}
	}
	return nil
}

// parameter is the SSM parameter that a binding is filled from, or "".
func (w *wanted) parameter(from string) string {
	if path, ok := strings.CutPrefix(from, "parameter:"); ok {
		return path
	}
	if name, ok := strings.CutPrefix(from, "secret:"); ok {
		return w.settings.ParamPath + "/" + name
	}
	return ""
}

// set puts a value where a JSON pointer says, into objects alone.
func set(body map[string]any, pointer string, value any) {
	names := names(pointer)
	for _, name := range names[:len(names)-1] {
		next, ok := body[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			body[name] = next
		}
		body = next
	}
	body[names[len(names)-1]] = value
}

// drop takes away what a JSON pointer says.
func drop(body map[string]any, pointer string) {
	names := names(pointer)
	for _, name := range names[:len(names)-1] {
		body, _ = body[name].(map[string]any)
	}
	delete(body, names[len(names)-1])
}

func names(pointer string) []string {
	out := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i := range out {
		out[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(out[i])
	}
	return out
}

func clone(body map[string]any) map[string]any {
	text, err := json.Marshal(body)
	if err != nil {
		panic("airbyte: " + err.Error()) // it was read from JSON
	}
	var out map[string]any
	_ = json.Unmarshal(text, &out) // of what was just written
	return out
}

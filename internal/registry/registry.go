package registry

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/connector"
	"github.com/tapestry-ci/tapestry-ci/compiler/lock"
)

// Registry is a list of connectors.
type Registry struct {
	entries map[string]entry // by short name
	// Destinations is how many connectors are no sources and were passed over.
	Destinations int
}

// entry is one connector as the registry has it.
type entry struct {
	title, docs, id, repository, version, license string
	spec                                          json.RawMessage
}

// published is a source in the registry's own form.
type published struct {
	ID      string `json:"sourceDefinitionId"`
	Name    string `json:"name"`
	Image   string `json:"dockerRepository"`
	Tag     string `json:"dockerImageTag"`
	Docs    string `json:"documentationUrl"`
	License string `json:"license"`
	Spec    struct {
		Connection json.RawMessage `json:"connectionSpecification"`
	} `json:"spec"`
}

// compact is a connector in the compact form.
type compact struct {
	ID      string          `json:"id"`
	Tag     string          `json:"tag"`
	License string          `json:"license"`
	Spec    json.RawMessage `json:"spec"`
}

// Parse reads a registry in either form.
func Parse(data []byte) (*Registry, error) {
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return nil, fmt.Errorf("it is no connector registry: %w", located(data, err))
	}
	r := &Registry{entries: map[string]entry{}}
	if list := bytes.TrimSpace(parts["sources"]); len(list) > 0 && list[0] == '[' {
		return r, r.own(parts)
	}
	return r, r.short(parts)
}

func (r *Registry) own(parts map[string]json.RawMessage) error {
	var sources []published
	if err := json.Unmarshal(parts["sources"], &sources); err != nil {
		return fmt.Errorf("it is no connector registry: %w", err)
	}
	var destinations []json.RawMessage
	if len(parts["destinations"]) > 0 {
		if err := json.Unmarshal(parts["destinations"], &destinations); err != nil {
			return fmt.Errorf("it is no connector registry: %w", err)
		}
	}
	r.Destinations = len(destinations)
	for _, s := range sources {
		r.add(entry{s.Name, s.Docs, s.ID, s.Image, s.Tag, s.License, s.Spec.Connection})
	}
	return r.some()
}

func (r *Registry) short(parts map[string]json.RawMessage) error {
	for name, text := range parts {
		if strings.HasPrefix(path.Base(name), "destination-") {
			r.Destinations++
			continue
		}
		var c compact
		if err := json.Unmarshal(text, &c); err != nil {
			return fmt.Errorf("it is no connector registry: %q is no connector: %w", name, err)
		}
		image := name
		if !strings.Contains(name, "/") {
			image = "airbyte/" + name
		}
		r.add(entry{"", "", c.ID, image, c.Tag, c.License, c.Spec})
	}
	return r.some()
}

func (r *Registry) some() error {
	if len(r.entries) == 0 {
		return errors.New("it is no connector registry: it has no sources")
	}
	return nil
}

// add keeps a connector under its short name. Of two with one name Airbyte's own
// counts, or else the first in the alphabet.
func (r *Registry) add(e entry) {
	name := ShortName(e.repository)
	old, twice := r.entries[name]
	if !twice || rank(e) < rank(old) {
		r.entries[name] = e
	}
}

func rank(e entry) string {
	if strings.HasPrefix(e.repository, "airbyte/") {
		return " " + e.repository
	}
	return e.repository
}

// ShortName is the name that a pipeline gives the connector of an image.
func ShortName(repository string) string {
	return strings.TrimPrefix(path.Base(repository), "source-")
}

// Names lists the short names of all sources, sorted.
func (r *Registry) Names() []string {
	names := make([]string, 0, len(r.entries))
	for name := range r.entries {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare)
	return names
}

// Has reports whether there is a source of that name.
func (r *Registry) Has(name string) bool {
	_, ok := r.entries[name]
	return ok
}

// Connector is a source as a lock has it. It fails where there is none of that
// name, or where the registry does not say what the lock needs.
func (r *Registry) Connector(name string) (lock.Connector, error) {
	e, ok := r.entries[name]
	if !ok {
		return lock.Connector{}, fmt.Errorf("the registry has no source %q", name)
	}
	spec, err := connector.Canonical(e.spec)
	if err == nil {
		_, err = connector.Read(spec)
	}
	if err != nil {
		return lock.Connector{}, fmt.Errorf("the registry's specification of %q cannot be used: %w", name, err)
	}
	c := lock.Connector{Name: name, Title: e.title, Docs: e.docs, Definition: e.id, Repository: e.repository, Version: e.version, License: e.license, Spec: spec}
	// What the lock would refuse later is refused now.
	only := lock.Lock{Connectors: []lock.Connector{c}}
	if _, problems := lock.Parse(lock.Name, only.Text()); problems.HasErrors() {
		return c, fmt.Errorf("the registry's entry of %q cannot be used: %s", name, problems[0].Message)
	}
	return c, nil
}

// located adds the line to an error of JSON.
func located(data []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
	return fmt.Errorf("line %d: %w", line, err)
}

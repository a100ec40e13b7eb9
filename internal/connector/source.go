package connector

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/secret"
)

// document is one request to Airbyte, as the artefacts have it.
type document struct {
	Name string
	Bind []struct{ Pointer, From string }
	Body struct {
		DefinitionID   string
		Configuration  map[string]any
		Configurations struct{ Streams []asked }
	}
}

// pinned is a connector of definitions.json.
type pinned struct{ Kind, Connector, DefinitionID, Repository, Version string }

// source is what the artefacts say of one source.
type source struct {
	name    string
	pinned  pinned
	config  map[string]any
	secrets []secret.Value
	streams []asked
}

// Sources are the names of the sources that the artefacts hold, sorted.
func Sources(artifacts []emit.Artifact) []string {
	var names []string
	for _, a := range artifacts {
		if a.Provider == "airbyte" && a.Kind == "source" {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(path.Base(a.Path), "source-"), ".json"))
		}
	}
	slices.Sort(names)
	return names
}

// Variables gives secrets out of variables of an environment.
func Variables(env map[string]string) secret.Source {
	return func(name string) (secret.Value, bool) {
		v, ok := env[name]
		return secret.New(v), ok
	}
}

// readSource finds a source among the artefacts and fills its secrets in.
func readSource(artifacts []emit.Artifact, name string, secrets secret.Source) (*source, error) {
	s := &source{name: name}
	var definitions struct{ Connectors []pinned }
	var from, connection document
	files := map[string]any{"airbyte/definitions.json": &definitions, "airbyte/source-" + name + ".json": &from, "airbyte/connection-" + name + ".json": &connection}
	found := 0
	for _, a := range artifacts {
		into, ok := files[a.Path]
		if !ok {
			continue
		}
		found++
		d := json.NewDecoder(strings.NewReader(string(a.Content)))
		d.UseNumber()
		if err := d.Decode(into); err != nil {
			return nil, fmt.Errorf("%s: %w", a.Path, err)
		}
	}
	if found < len(files) {
		return nil, fmt.Errorf("there is no source %q; the file has: %s", name, strings.Join(Sources(artifacts), ", "))
	}
	i := slices.IndexFunc(definitions.Connectors, func(p pinned) bool { return p.Kind == "source" && p.DefinitionID == from.Body.DefinitionID })
	if i < 0 {
		return nil, fmt.Errorf("airbyte/definitions.json does not say which connector %s is", from.Body.DefinitionID)
	}
	s.pinned, s.config, s.streams = definitions.Connectors[i], from.Body.Configuration, connection.Body.Configurations.Streams
	return s, s.fill(&from, secrets)
}

// fill puts the secrets where the document wants them. All that are missing are
// named at once.
func (s *source) fill(d *document, secrets secret.Source) error {
	var missing []string
	for _, b := range d.Bind {
		name, ok := strings.CutPrefix(b.From, "secret:")
		if !ok {
			continue
		}
		v, there := secrets(name)
		if !there || v.Empty() {
			missing = append(missing, name)
			continue
		}
		at, ok := strings.CutPrefix(b.Pointer, "/configuration/")
		if !ok {
			return fmt.Errorf("airbyte/source-%s.json has a secret outside of its configuration: %s", s.name, b.Pointer)
		}
		s.secrets = append(s.secrets, v)
		if err := put(s.config, strings.Split(at, "/"), v.Reveal()); err != nil {
			return fmt.Errorf("airbyte/source-%s.json: %s: %w", s.name, b.Pointer, err)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return fmt.Errorf("the source %s needs %s, which the environment does not have.\nSet it, or put it into a .env beside the file that is not committed", s.name, strings.Join(slices.Compact(missing), ", "))
	}
	return nil
}

// put writes a value where a JSON pointer says.
func put(in any, pointer []string, value string) error {
	name := strings.NewReplacer("~1", "/", "~0", "~").Replace(pointer[0])
	last := len(pointer) == 1
	switch at := in.(type) {
	case map[string]any:
		if last {
			at[name] = value
			return nil
		}
		return put(at[name], pointer[1:], value)
	case []any:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(at) {
			return fmt.Errorf("there is no element %q", name)
		}
		if last {
			at[i] = value
			return nil
		}
		return put(at[i], pointer[1:], value)
	}
	return fmt.Errorf("there is nothing at %q", name)
}

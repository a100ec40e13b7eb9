package airbyte

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// versions reads which versions of the build's connectors Airbyte runs. Where it
// does not say, nothing is known of them: no plan fails for it.
func (c *client) versions(ctx context.Context, w *wanted, s *state) error {
	workspace := s.Objects["workspace:"+w.workspace()].ID
	if workspace == "" || len(w.pinned) == 0 {
		return nil
	}
	s.Versions = map[string]string{}
	for _, kind := range []string{"sources", "destinations"} {
		var answer struct {
			Data []struct{ ID, DockerImageTag string }
		}
		err := c.call(ctx, http.MethodGet, api+"/workspaces/"+workspace+"/definitions/"+kind, nil, &answer)
		var f *failure
		if errors.As(err, &f) && f.status < 500 {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading the versions of Airbyte's connectors: %w", err)
		}
		for _, d := range answer.Data {
			if slices.ContainsFunc(w.pinned, func(p connector) bool { return p.DefinitionID == d.ID }) {
				s.Versions[d.ID] = d.DockerImageTag
			}
		}
	}
	return nil
}

// otherVersions is the note about connectors that are not those of the build.
// Airbyte refuses to change the version of a connector that it brings along, so
// there is nothing to apply.
func otherVersions(w *wanted, s *state) []string {
	var list []string
	for _, p := range w.pinned {
		if now := s.Versions[p.DefinitionID]; now != "" && now != p.Version {
			list = append(list, fmt.Sprintf("%s %s has version %s, the file was compiled for %s", p.Kind, p.Connector, now, p.Version))
		}
	}
	if list == nil {
		return nil
	}
	return []string{"Airbyte runs other versions of connectors, which only its own settings page can change: " + strings.Join(slices.Compact(list), "; ")}
}

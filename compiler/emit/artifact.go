package emit

import (
	"cmp"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Artifact is one file of the build folder.
type Artifact struct {
	// Path is relative to the build folder, with forward slashes.
	Path string
	// Provider is the system that the file is for: cloudformation, snowflake,
	// dbt, airbyte, grouparoo, compose.
	Provider string
	// Kind tells the files of one provider apart: template, migration, model,
	// source, connection, destination, config, …
	Kind string
	// Content is the file, with \n line ends and one at its end.
	Content []byte
	// Needs and Provides name what must exist before this artefact is applied
	// and what exists afterwards, for example "stack:foundation",
	// "secret:ZOOM_CLIENT_SECRET", "table:RAW_ZOOM.WEBINAR_REGISTRANTS".
	Needs, Provides []string
	// Origins are the lines of the pipeline file that this file comes from.
	// Lines are never in Content: a line that moves is not a change.
	Origins []source.Span
	// Parts are pieces of the file that have origins of their own, such as the
	// statements of a migration, in order.
	Parts []Part
}

// Part is one piece of an artefact.
type Part struct {
	ID      string
	Origins []source.Span
}

// Sort orders artefacts by path.
func Sort(as []Artifact) {
	slices.SortFunc(as, func(a, b Artifact) int { return cmp.Compare(a.Path, b.Path) })
}

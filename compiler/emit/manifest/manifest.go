package manifest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/jsonfile"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Path is where the manifest is in the build folder.
const Path = "manifest.json"

// Manifest is the content of manifest.json.
type Manifest struct {
	// Format is the version of this form.
	Format      int    `json:"format"`
	Pipeline    string `json:"pipeline"`
	Environment string `json:"environment"`
	// Digest is over the path and the SHA-256 of every file, sorted by path.
	Digest string `json:"digest"`
	// Tool is the version of the program that wrote this. It is no part of the
	// digest.
	Tool  string `json:"tool"`
	Files []File `json:"files"`
}

// File is one artefact.
type File struct {
	Path     string   `json:"path"`
	Provider string   `json:"provider"`
	Kind     string   `json:"kind"`
	SHA256   string   `json:"sha256"`
	Bytes    int      `json:"bytes"`
	Needs    []string `json:"needs,omitempty"`
	Provides []string `json:"provides,omitempty"`
	// Origins are places of the pipeline file, as file:line.
	Origins []string `json:"origins,omitempty"`
	Parts   []Part   `json:"parts,omitempty"`
}

// Part is one piece of a file, such as a statement.
type Part struct {
	ID      string   `json:"id"`
	Origins []string `json:"origins"`
}

// New describes artefacts, which must be sorted by path.
func New(pipeline, environment, tool string, artifacts []emit.Artifact) Manifest {
	m := Manifest{Format: 1, Pipeline: pipeline, Environment: environment, Tool: tool, Files: make([]File, len(artifacts))}
	half := len(artifacts) / 2
	var wg sync.WaitGroup
	for _, part := range [][2]int{{0, half}, {half, len(artifacts)}} {
		wg.Go(func() {
			for i := part[0]; i < part[1]; i++ {
				m.Files[i] = describe(&artifacts[i])
			}
		})
	}
	wg.Wait()
	all := sha256.New()
	for i := range m.Files {
		_, _ = io.WriteString(all, m.Files[i].Path+"\x00"+m.Files[i].SHA256+"\n")
	}
	m.Digest = "sha256:" + hex.EncodeToString(all.Sum(nil))
	return m
}

func describe(a *emit.Artifact) File {
	sum := sha256.Sum256(a.Content)
	f := File{Path: a.Path, Provider: a.Provider, Kind: a.Kind, SHA256: hex.EncodeToString(sum[:]), Bytes: len(a.Content),
		Needs: a.Needs, Provides: a.Provides, Origins: lines(a.Origins)}
	for _, p := range a.Parts {
		f.Parts = append(f.Parts, Part{p.ID, lines(p.Origins)})
	}
	return f
}

// lines gives each place once, sorted by file and line.
func lines(spans []source.Span) []string {
	if len(spans) == 1 && spans[0].IsValid() {
		return []string{line(spans[0])}
	}
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, func(a, b source.Span) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Start.Line, b.Start.Line))
	})
	var out []string
	for _, s := range sorted {
		if text := line(s); s.IsValid() && !slices.Contains(out[max(0, len(out)-1):], text) {
			out = append(out, text)
		}
	}
	return out
}

func line(s source.Span) string { return s.File + ":" + strconv.Itoa(s.Start.Line) }

// Artifact writes m as an artefact.
func (m Manifest) Artifact() (emit.Artifact, error) {
	data, err := jsonfile.Marshal(m)
	if err != nil {
		return emit.Artifact{}, fmt.Errorf("writing the manifest: %w", err)
	}
	return emit.Artifact{Path: Path, Provider: "manifest", Kind: "manifest", Content: data}, nil
}

package output

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/manifest"
)

// Summary says what Write did.
type Summary struct {
	Written   int `json:"written"`
	Unchanged int `json:"unchanged"`
	Removed   int `json:"removed"`
}

// ErrForeign is returned for a folder with files that no build made.
var ErrForeign = errors.New("the folder has other files in it")

// build is one run of Write.
type build struct {
	Summary
	root  *os.Root
	old   []string // files of the build that is in the folder
	new   []string
	begun bool
}

// Write makes dir hold exactly artifacts, as far as builds are concerned. Where
// ctx ends it stops after a whole file.
func Write(ctx context.Context, dir string, artifacts []emit.Artifact) (Summary, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Summary{}, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Summary{}, err
	}
	defer root.Close()
	b := &build{root: root}
	if b.old, err = earlier(root); err != nil {
		return Summary{}, fmt.Errorf("%s: %w", dir, err)
	}
	for _, a := range artifacts {
		b.new = append(b.new, a.Path)
	}
	err = b.write(ctx, artifacts)
	return b.Summary, err
}

// write puts every file in its place, the manifest last.
func (b *build) write(ctx context.Context, artifacts []emit.Artifact) error {
	var last []emit.Artifact
	for _, a := range artifacts {
		if a.Path == manifest.Path {
			last = append(last, a)
			continue
		}
		if err := b.put(ctx, a); err != nil {
			return err
		}
	}
	if err := b.removeStale(ctx); err != nil {
		return err
	}
	for _, a := range last {
		if err := b.put(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// earlier lists the files of the build that is in the folder.
func earlier(root *os.Root) ([]string, error) {
	data, err := root.ReadFile(manifest.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, empty(root)
	}
	if err != nil {
		return nil, err
	}
	var m manifest.Manifest
	if err := json.Unmarshal(data, &m); err != nil || m.Format == 0 {
		return nil, fmt.Errorf("%w: its %s was not written by tapestry-ci", ErrForeign, manifest.Path)
	}
	var files []string
	for _, f := range m.Files {
		files = append(files, f.Path)
	}
	return files, nil
}

// empty reports an error where the folder without a manifest has something in
// it. A half-written manifest of a run that was interrupted is nothing.
func empty(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != manifest.Path+temporary {
			return fmt.Errorf("%w (%s), and no %s of an earlier build", ErrForeign, e.Name(), manifest.Path)
		}
	}
	return nil
}

// temporary is the ending of a file that is being written.
const temporary = ".tapestry-tmp"

// begin comes before every change. The first time it says in the manifest that
// the build is not finished, and which files are there or may soon be.
func (b *build) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil || b.begun {
		return err
	}
	b.begun = true
	m := manifest.Manifest{Format: 1}
	all := slices.Concat(b.old, b.new)
	slices.Sort(all)
	for _, file := range slices.Compact(all) {
		if file != manifest.Path {
			m.Files = append(m.Files, manifest.File{Path: file})
		}
	}
	a, err := m.Artifact()
	if err != nil {
		return err
	}
	return b.replace(a)
}

func (b *build) put(ctx context.Context, a emit.Artifact) error {
	if old, err := b.root.ReadFile(a.Path); err == nil && bytes.Equal(old, a.Content) {
		b.Unchanged++
		return nil
	}
	if err := b.begin(ctx); err != nil {
		return err
	}
	if err := b.replace(a); err != nil {
		return err
	}
	b.Written++
	return nil
}

// replace writes a file beside its place and renames it.
func (b *build) replace(a emit.Artifact) error {
	if d := path.Dir(a.Path); d != "." {
		if err := b.root.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	beside := a.Path + temporary
	if err := b.root.WriteFile(beside, a.Content, 0o644); err != nil {
		return err
	}
	return b.root.Rename(beside, a.Path)
}

// removeStale removes what the earlier build made and this one does not, with
// the folders that are empty then, and what an interrupted run left half
// written.
func (b *build) removeStale(ctx context.Context) error {
	now := make(map[string]bool, len(b.new))
	for _, file := range b.new {
		now[file] = true
	}
	for _, file := range b.old {
		if !fs.ValidPath(file) {
			continue
		}
		_ = b.root.Remove(file + temporary)
		if now[file] {
			continue
		}
		if err := b.removeOne(ctx, file); err != nil {
			return err
		}
	}
	return nil
}

func (b *build) removeOne(ctx context.Context, file string) error {
	if _, err := b.root.Lstat(file); err == nil {
		if err := b.begin(ctx); err != nil {
			return err
		}
		if err := b.root.Remove(file); err != nil {
			return err
		}
		b.Removed++
	}
	for d := path.Dir(file); d != "."; d = path.Dir(d) {
		if b.root.Remove(d) != nil { // not empty: others still need it
			break
		}
	}
	return nil
}

package output

import (
	"bytes"
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

// Write makes dir hold exactly artifacts, as far as builds are concerned.
func Write(dir string, artifacts []emit.Artifact) (Summary, error) {
	var s Summary
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return s, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return s, err
	}
	defer root.Close()
	before, err := earlier(root)
	if err != nil {
		return s, fmt.Errorf("%s: %w", dir, err)
	}
	last := slices.IndexFunc(artifacts, func(a emit.Artifact) bool { return a.Path == manifest.Path })
	for i, a := range artifacts {
		if i == last {
			continue
		}
		if err := s.put(root, a); err != nil {
			return s, err
		}
	}
	if err := s.removeStale(root, before, artifacts); err != nil {
		return s, err
	}
	if last >= 0 {
		return s, s.put(root, artifacts[last])
	}
	return s, nil
}

// earlier lists the files of the build that is in the folder.
func earlier(root *os.Root) ([]string, error) {
	data, err := root.ReadFile(manifest.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, onlyOurs(root)
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

// onlyOurs reports an error where the folder without a manifest has something
// in it that is not the rest of an interrupted build.
func onlyOurs(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	ours := []string{"airbyte", "cloudformation", "compose.yaml", "dbt", "grouparoo", "snowflake"}
	for _, e := range entries {
		if !slices.Contains(ours, e.Name()) && path.Ext(e.Name()) != temporary {
			return fmt.Errorf("%w (%s), and no %s of an earlier build", ErrForeign, e.Name(), manifest.Path)
		}
	}
	return nil
}

// temporary is the ending of a file that is being written.
const temporary = ".tapestry-tmp"

func (s *Summary) put(root *os.Root, a emit.Artifact) error {
	if old, err := root.ReadFile(a.Path); err == nil && bytes.Equal(old, a.Content) {
		s.Unchanged++
		return nil
	}
	if d := path.Dir(a.Path); d != "." {
		if err := root.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	beside := a.Path + temporary
	if err := root.WriteFile(beside, a.Content, 0o644); err != nil {
		return err
	}
	if err := root.Rename(beside, a.Path); err != nil {
		return err
	}
	s.Written++
	return nil
}

func (s *Summary) removeStale(root *os.Root, before []string, artifacts []emit.Artifact) error {
	now := make(map[string]bool, len(artifacts))
	for _, a := range artifacts {
		now[a.Path] = true
	}
	for _, file := range before {
		if now[file] || !fs.ValidPath(file) {
			continue
		}
		err := root.Remove(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil {
			s.Removed++
		}
		for d := path.Dir(file); d != "."; d = path.Dir(d) {
			if root.Remove(d) != nil { // not empty: others still need it
				break
			}
		}
	}
	return nil
}

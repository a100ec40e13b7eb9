package images

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
)

// stamp is the time of every file: no two builds of the same files differ.
var stamp = time.Unix(0, 0).UTC()

// layer is the configuration layer, of a kind that goes with the dependency
// image's own.
func (w wanted) layer(kind types.MediaType) (v1.Layer, error) {
	packed, err := pack(w.archive())
	if err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed)), nil },
		tarball.WithMediaType(kind))
}

// entry is one entry of a layer; without content it is a folder.
type entry struct {
	path    string
	folder  bool
	content []byte
}

// archive lists the entries, by path: the files, and before them the folders
// that they are in below the working directory. That one is the dependency
// image's.
func (w wanted) archive() []entry {
	folders := map[string]bool{}
	var all []entry
	for _, file := range w.Files {
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
			folders[dir] = true
		}
		all = append(all, entry{path: inside(w.In(file)), content: w.files[file]})
	}
	for dir := range folders {
		all = append(all, entry{path: inside(w.In(dir)) + "/", folder: true})
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	return all
}

// inside is a path as it stands in an archive.
func inside(path string) string { return strings.TrimPrefix(path, "/") }

// pack writes an archive as COPY of a Dockerfile does: of root, readable by all.
func pack(entries []entry) ([]byte, error) {
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(zip)
	for _, e := range entries {
		h := &tar.Header{Name: e.path, ModTime: stamp, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(e.content))}
		if e.folder {
			h.Typeflag, h.Mode = tar.TypeDir, 0o755
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("writing %s: %w", e.path, err)
		}
		if _, err := w.Write(e.content); err != nil {
			return nil, fmt.Errorf("writing %s: %w", e.path, err)
		}
	}
	if err := errors.Join(w.Close(), zip.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// maxLayer is the most that is read of a layer that somebody pushed.
const maxLayer = 256 << 20

// digests gives the files of a configuration layer, by path below the working
// directory, with their digests.
func digests(l v1.Layer, workdir string) (map[string]string, error) {
	content, err := l.Uncompressed()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	out := map[string]string{}
	for r := tar.NewReader(io.LimitReader(content, maxLayer)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		file, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		out[strings.TrimPrefix(h.Name, inside(workdir)+"/")] = imagespec.Digest(file)
	}
}

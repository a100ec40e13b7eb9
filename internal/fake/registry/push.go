package fakeregistry

import (
	"archive/tar"
	"bytes"
	"io"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Auth is the sign-in that is accepted.
func Auth() authn.Authenticator { return &authn.Basic{Username: User, Password: Password} }

// PushDependencies pushes a small dependency image under a tag, as a person with
// Docker would, and gives its digest. The calls of it are in the log, too.
func (s *Server) PushDependencies(repository, tag string) (string, error) {
	img, err := Dependencies(tag)
	if err != nil {
		return "", err
	}
	return s.Push(repository, tag, img)
}

// Push pushes an image under a tag and gives its digest.
func (s *Server) Push(repository, tag string, img v1.Image) (string, error) {
	ref, err := name.NewTag(s.Host() + "/" + repository + ":" + tag)
	if err != nil {
		return "", err
	}
	if err := remote.Write(ref, img, remote.WithAuth(Auth())); err != nil {
		return "", err
	}
	digest, err := img.Digest()
	return digest.String(), err
}

// Dependencies is an image such as Docker builds from the first stage of a
// Dockerfile of ours, with two small layers instead of an operating system and
// its packages. The same tag gives the same image.
func Dependencies(tag string) (v1.Image, error) {
	system, err := layer("etc/os-release", "ID=debian\n")
	if err != nil {
		return nil, err
	}
	packages, err := layer("app/installed", tag+"\n")
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(empty.Image, system, packages)
	if err != nil {
		return nil, err
	}
	built := v1.Time{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	return mutate.ConfigFile(img, &v1.ConfigFile{
		Architecture: "amd64", OS: "linux", Created: built,
		RootFS: mustRootFS(img),
		History: []v1.History{
			{Created: built, CreatedBy: "system"}, {Created: built, CreatedBy: "packages"},
		},
		Config: v1.Config{
			Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
			Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"bash"}, WorkingDir: "/app",
			Labels: map[string]string{"io.tapestry-ci.dependencies": tag, "io.tapestry-ci.base": "debian:bookworm@sha256:0123"},
		},
	})
}

func mustRootFS(img v1.Image) v1.RootFS {
	config, err := img.ConfigFile()
	if err != nil {
		panic(err) // an image in memory has one
	}
	return config.RootFS
}

// layer is a layer of one file.
func layer(path, content string) (v1.Layer, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	header := &tar.Header{Name: path, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}
	if err := w.WriteHeader(header); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.Bytes())), nil })
}

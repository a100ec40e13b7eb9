package dbt

import (
	"embed"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// What the image is made of besides the project, the same for every pipeline:
// the layer with the packages is built once, and a changed pipeline is a new
// layer with the project. requirements.txt is the part of tools/dbt's lock file
// that the image needs, so that what runs is what the tests ran; a test keeps it
// so.
//
//go:embed image/Dockerfile image/dockerignore image/requirements.txt
var imageFiles embed.FS

func (e *emitter) image() {
	at := []source.Span{e.p.Transform.Origin, e.p.Origin}
	for _, f := range []struct{ file, path, kind string }{
		{"dockerignore", ".dockerignore", "ignore"},
		{"requirements.txt", "requirements.txt", "lockfile"},
	} {
		e.add(file{path: f.path, kind: f.kind, content: imageFile(f.file), origins: at})
	}
	e.add(file{path: "Dockerfile", kind: "image", content: imageFile("Dockerfile"), origins: at,
		needs: []string{"stack:foundation"}, provides: []string{"image:dbt"}})
}

func imageFile(name string) string {
	text, err := imageFiles.ReadFile("image/" + name)
	if err != nil {
		panic("dbt: an embedded file of the image cannot be read: " + err.Error())
	}
	return string(text)
}

package dbt

import (
	"embed"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
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
	spec := imageSpec(e.projectFiles())
	e.add(file{path: imagespec.ScriptFile, kind: "script", content: string(imagespec.Script(spec)), origins: at})
	e.add(file{path: imagespec.File, kind: "image-spec", content: specText(spec), origins: at})
}

// projectFiles are all files of the project, which Dockerfile copies as one:
// those that .dockerignore does not name, without the lock file, which is in the
// dependency image.
func (e *emitter) projectFiles() []string {
	var out []string
	for _, a := range e.out {
		if a.Kind != "image" && a.Kind != "ignore" && a.Kind != "lockfile" {
			out = append(out, strings.TrimPrefix(a.Path, "dbt/"))
		}
	}
	slices.Sort(out)
	return out
}

// imageSpec says what Dockerfile says.
func imageSpec(files []string) imagespec.Image {
	spec, err := imagespec.Tagged(imagespec.Image{
		Version: imagespec.Version, Name: "dbt", Platform: imagespec.Platform, Workdir: "/app",
		Dependencies: imagespec.Dependencies{
			Base: "python:3.11.14-slim-bookworm", Argument: "PYTHON_IMAGE", Files: []string{"requirements.txt"},
			Env: []imagespec.Variable{
				{Name: "PYTHONDONTWRITEBYTECODE", Value: "1"}, {Name: "PYTHONUNBUFFERED", Value: "1"},
				{Name: "PIP_NO_CACHE_DIR", Value: "1"}, {Name: "PIP_DISABLE_PIP_VERSION_CHECK", Value: "1"},
			},
			Run: "pip install --no-deps --require-hashes --only-binary :all: -r requirements.txt",
		},
		Files: files,
		Env: []imagespec.Variable{
			{Name: "HOME", Value: "/tmp"}, {Name: "DBT_PROFILES_DIR", Value: "/app"}, {Name: "DBT_TARGET_PATH", Value: "/tmp/target"},
			{Name: "DBT_LOG_PATH", Value: "/tmp/logs"}, {Name: "DBT_SEND_ANONYMOUS_USAGE_STATS", Value: "false"},
		},
		User: "1000:1000", Volumes: []string{"/tmp"}, Cmd: []string{"dbt", "build", "--target", "snowflake"},
	}, func(path string) ([]byte, bool) {
		content, err := imageFiles.ReadFile("image/" + path)
		return content, err == nil
	})
	if err != nil {
		panic("dbt: " + err.Error()) // the files are part of the program
	}
	return spec
}

func specText(spec imagespec.Image) string {
	text, err := spec.JSON()
	if err != nil {
		panic("dbt: " + err.Error()) // only texts, numbers and lists are written
	}
	return string(text)
}

func imageFile(name string) string {
	text, err := imageFiles.ReadFile("image/" + name)
	if err != nil {
		panic("dbt: an embedded file of the image cannot be read: " + err.Error())
	}
	return string(text)
}

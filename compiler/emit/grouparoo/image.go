package grouparoo

import (
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// imageFiles are the files that say how the image is made, besides Dockerfile.
// all are the others.
func imageFiles(p *ir.Pipeline, all []emit.Artifact) []emit.Artifact {
	spec, err := imagespec.Tagged(imageSpec(layered(all)), func(path string) ([]byte, bool) {
		i := slices.IndexFunc(all, func(a emit.Artifact) bool { return a.Path == folder+path })
		if i < 0 {
			return nil, false
		}
		return all[i].Content, true
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return []emit.Artifact{
		file(p, imagespec.File, "image-spec", jsonFile(spec)),
		file(p, imagespec.ScriptFile, "script", imagespec.Script(spec)),
	}
}

// layered are the files of the configuration layer: those that Dockerfile copies
// into its last stage.
func layered(all []emit.Artifact) []string {
	var out []string
	for _, a := range all {
		switch path := strings.TrimPrefix(a.Path, folder); a.Kind {
		case "script", "syncs", "config":
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

// imageSpec says what Dockerfile says.
func imageSpec(files []string) imagespec.Image {
	return imagespec.Image{
		Version: imagespec.Version, Name: "grouparoo", Platform: imagespec.Platform, Workdir: "/app",
		Dependencies: imagespec.Dependencies{
			Base: "node:24.21.0-bookworm-slim", Argument: "NODE_IMAGE", Files: []string{"package.json", "package-lock.json"},
			Env: []imagespec.Variable{{Name: "NODE_ENV", Value: "production"}},
			Run: "npm ci --ignore-scripts --no-audit --no-fund && npm cache clean --force",
		},
		Files: files,
		User:  "1000:1000", Volumes: []string{"/tmp"}, Ports: []int{8080},
		Healthcheck: &imagespec.Healthcheck{Command: []string{"node", "health.js"}, IntervalSeconds: 15, TimeoutSeconds: 5, StartPeriodSeconds: 60},
		Cmd:         []string{"node", "start.js"},
		Bill:        "sbom.cdx.json",
	}
}

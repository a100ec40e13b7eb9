package imagespec

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/jsonfile"
)

// Version of the form. It changes when a reader of the old form would go wrong.
const Version = 1

// File is the name of the file in the folder of an image.
const File = "image.json"

// Platform is what all images are built for: Fargate's tasks are of it.
const Platform = "linux/amd64"

// Target is the stage of the Dockerfile that is the dependency image.
const Target = "dependencies"

// Labels of images.
const (
	// LabelDependencies is the tag of the dependency image that an image is, or
	// stands on.
	LabelDependencies = "io.tapestry-ci.dependencies"
	// LabelBase is the image of the operating system, with its digest.
	LabelBase = "io.tapestry-ci.base"
	// LabelBill is the digest of the bill of materials.
	LabelBill = "io.tapestry-ci.bill-of-materials"
)

// Image is one image.
type Image struct {
	Version int `json:"version"`
	// Name is grouparoo or dbt. The image's files are below that folder of the
	// build.
	Name     string `json:"name"`
	Platform string `json:"platform"`
	// Workdir is where files are put. Paths of files are the same there as below
	// the folder of the build.
	Workdir      string       `json:"workdir"`
	Dependencies Dependencies `json:"dependencies"`
	// Files are those of the configuration layer, by path.
	Files []string `json:"files"`

	Env         []Variable   `json:"env,omitempty"` // besides that of the dependency image
	User        string       `json:"user"`
	Volumes     []string     `json:"volumes,omitempty"`
	Ports       []int        `json:"ports,omitempty"`
	Healthcheck *Healthcheck `json:"healthcheck,omitempty"`
	Cmd         []string     `json:"cmd"`
	// Bill is the path of the bill of materials below the folder of the build.
	// The image has its digest only: it is longer than the whole configuration.
	Bill string `json:"bill_of_materials,omitempty"`
}

// Dependencies is the image that a pipeline's files are laid on. It is the same
// for every pipeline.
type Dependencies struct {
	// Tag is "deps-" and a digest over everything else in here.
	Tag string `json:"tag"`
	// Base is the image of the operating system, and Argument the build argument
	// that says another one, or the same by digest.
	Base     string     `json:"base"`
	Argument string     `json:"argument"`
	Files    []string   `json:"files"`
	Env      []Variable `json:"env,omitempty"`
	Run      string     `json:"run"`
}

// Variable is one variable of the environment.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Healthcheck is what Docker and compose ask. ECS does not look at it: its
// checks are those of the task definition.
type Healthcheck struct {
	Command            []string `json:"command"`
	IntervalSeconds    int      `json:"interval_seconds"`
	TimeoutSeconds     int      `json:"timeout_seconds"`
	StartPeriodSeconds int      `json:"start_period_seconds"`
}

// Read gives the content of a file below the folder of an image.
type Read func(path string) ([]byte, bool)

// Tagged gives the image with the tag of its dependencies.
func Tagged(i Image, read Read) (Image, error) {
	tag, err := tag(i, read)
	i.Dependencies.Tag = tag
	return i, err
}

// tag is a digest over all that the dependency image is made of.
func tag(i Image, read Read) (string, error) {
	type file struct{ Path, Digest string }
	made := struct {
		Platform, Workdir, Base, Run string
		Env                          []Variable
		Files                        []file
	}{Platform: i.Platform, Workdir: i.Workdir, Base: i.Dependencies.Base, Run: i.Dependencies.Run, Env: i.Dependencies.Env}
	for _, path := range i.Dependencies.Files {
		content, ok := read(path)
		if !ok {
			return "", fmt.Errorf("the image %s is made of %s, which is not there", i.Name, path)
		}
		made.Files = append(made.Files, file{path, Digest(content)})
	}
	text, err := jsonfile.Marshal(made)
	if err != nil {
		return "", err
	}
	return "deps-" + Digest(text)[:32], nil
}

// Digest is the SHA-256 of a content in hex.
func Digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// JSON writes the file.
func (i Image) JSON() ([]byte, error) { return jsonfile.Marshal(i) }

// Parse reads a file and refuses one of another form, or one whose tag is not
// that of the files beside it.
func Parse(data []byte, read Read) (Image, error) {
	var i Image
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&i); err != nil {
		return Image{}, fmt.Errorf("%s cannot be read: %w", File, err)
	}
	if i.Version != Version {
		return Image{}, fmt.Errorf("%s of %s has form %d, and this version reads form %d: compile again", File, i.Name, i.Version, Version)
	}
	want, err := tag(i, read)
	if err != nil {
		return Image{}, err
	}
	if i.Dependencies.Tag != want {
		return Image{}, fmt.Errorf("%s of %s names the dependency image %s, but the files beside it make %s: compile again", File, i.Name, i.Dependencies.Tag, want)
	}
	return i, nil
}

// In gives the place of a file in the image.
func (i Image) In(file string) string { return path.Join(i.Workdir, file) }

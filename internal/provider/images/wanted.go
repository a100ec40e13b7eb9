package images

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
)

// form is the way in which layers are built. It changes where an image of the
// same files has to be pushed anew, because the old way was wrong.
const form = 1

// outputOf are the images with the outputs of the foundation stack that say
// where they are pushed to.
var outputOf = map[string]string{
	"grouparoo": "output.foundation.GrouparooRepository",
	"dbt":       "output.foundation.DbtRepository",
}

// wanted is one image as the artefacts ask for it.
type wanted struct {
	imagespec.Image
	files   map[string][]byte // by path below the image's folder
	tag     string            // config-HASH
	origins []string
}

// read gives the images of the artefacts, by name.
func read(artifacts []emit.Artifact) ([]wanted, error) {
	var all []wanted
	var wrong []error
	for _, a := range artifacts {
		folder, ok := strings.CutSuffix(a.Path, "/"+imagespec.File)
		if !ok || a.Kind != "image-spec" {
			continue
		}
		w, err := readOne(folder, a, artifacts)
		all, wrong = append(all, w), append(wrong, err)
	}
	slices.SortFunc(all, func(a, b wanted) int { return strings.Compare(a.Name, b.Name) })
	return all, errors.Join(wrong...)
}

func readOne(folder string, spec emit.Artifact, artifacts []emit.Artifact) (wanted, error) {
	w := wanted{files: map[string][]byte{}}
	for _, a := range artifacts {
		if path, ok := strings.CutPrefix(a.Path, folder+"/"); ok {
			w.files[path] = a.Content
		}
	}
	var err error
	w.Image, err = imagespec.Parse(spec.Content, func(path string) ([]byte, bool) { c, ok := w.files[path]; return c, ok })
	if err != nil {
		return wanted{}, err
	}
	if outputOf[w.Name] == "" || w.Name != folder {
		return wanted{}, fmt.Errorf("%s is of an image %q that is not known: compile again", spec.Path, w.Name)
	}
	for _, path := range w.Files {
		if _, ok := w.files[path]; !ok {
			return wanted{}, fmt.Errorf("the image %s has the file %s, which is not in the build: compile again", w.Name, path)
		}
	}
	for _, o := range spec.Origins {
		w.origins = append(w.origins, o.String())
	}
	w.tag, err = w.content()
	return w, err
}

// content is the tag: a digest over everything that the artefacts say of the
// image. The list of files is one of sets: its order says nothing.
func (w wanted) content() (string, error) {
	spec := w.Image
	spec.Files = slices.Sorted(slices.Values(spec.Files))
	digests := make([]string, len(spec.Files))
	for i, path := range spec.Files {
		digests[i] = imagespec.Digest(w.files[path])
	}
	text, err := json.Marshal(struct {
		Form    int
		Spec    imagespec.Image
		Digests []string
		Bill    string
	}{form, spec, digests, w.bill()})
	if err != nil {
		return "", err
	}
	return configPrefix + imagespec.Digest(text)[:32], nil
}

const configPrefix = "config-"

// bill is the digest of the bill of materials, or empty.
func (w wanted) bill() string {
	if w.Bill == "" {
		return ""
	}
	return "sha256:" + imagespec.Digest(w.files[w.Bill])
}

func (w wanted) imageID() string { return provider + ":image:" + w.Name }
func (w wanted) baseID() string  { return provider + ":base:" + w.Name }

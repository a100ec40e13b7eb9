package e2e

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
)

// install puts what the images are made of into folders, and nothing else: of the
// artefacts those that an image.json names.
func install(dir string, artifacts []artifact) (map[string]imagespec.Image, error) {
	images := map[string]imagespec.Image{}
	for _, name := range []string{"dbt", "grouparoo"} {
		read := func(file string) ([]byte, bool) {
			at := slices.IndexFunc(artifacts, func(a artifact) bool { return a.Path == name+"/"+file })
			if at < 0 {
				return nil, false
			}
			return artifacts[at].Content, true
		}
		spec, ok := read(imagespec.File)
		if !ok {
			return nil, fmt.Errorf("nothing says what the image %s is", name)
		}
		image, err := imagespec.Parse(spec, read)
		if err != nil {
			return nil, err
		}
		for _, file := range slices.Concat(image.Dependencies.Files, image.Files) {
			content, ok := read(file)
			if !ok {
				return nil, fmt.Errorf("the image %s is made of %s, which is not there", name, file)
			}
			at := filepath.Join(dir, name, filepath.FromSlash(file))
			if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, content, 0o644)); err != nil {
				return nil, err
			}
		}
		images[name] = image
	}
	return images, nil
}

// variables are those of an image, which is the folder dir here.
func variables(image imagespec.Image, dir string) []string {
	var env []string
	for _, v := range slices.Concat(image.Dependencies.Env, image.Env) {
		env = append(env, v.Name+"="+strings.Replace(v.Value, image.Workdir, dir, 1))
	}
	return env
}

// variable is one of a container in the sync stack's template.
var variable = regexp.MustCompile(`(?m)^            - Name: (\S+)\n              (Value|ValueFrom): (.*)$`)

// environment is what the sync stack's template gives a container: the variables
// that it says, and the secrets that apply has stored under the names that it
// says. place is what differs here: where the stand-ins are. A shell's own
// variables are not passed on.
func (w *world) environment(container string, place map[string]string) []string {
	w.t.Helper()
	_, text, ok := strings.Cut(string(w.artifact("cloudformation/sync.yaml")), "\n        - Name: "+container+"\n")
	require.True(w.t, ok, "the sync stack has no container %s", container)
	text, _, _ = strings.Cut(text, "\n          LogConfiguration:")
	env := append([]string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}, w.proxy.Environ()...)
	for _, v := range variable.FindAllStringSubmatch(text, -1) {
		value, there := place[v[1]]
		if !there {
			value = w.value(v[1], v[3])
		}
		env = append(env, v[1]+"="+value)
	}
	return env
}

// value is a value of the template: a text, or the parameter in which a secret is.
func (w *world) value(name, text string) string {
	w.t.Helper()
	text = strings.Trim(strings.TrimPrefix(text, "!Sub "), `"`)
	_, parameter, ok := strings.Cut(text, ":parameter/")
	switch {
	case !ok:
		require.False(w.t, strings.HasPrefix(text, "!") || strings.Contains(text, "${"), "nothing stands for %s: %s", name, text)
		return text
	case strings.Contains(parameter, "/snowflake/"):
		return w.params.ending(w.t, parameter)
	}
	secret, ok := w.vendors[path.Base(parameter)]
	require.True(w.t, ok, "nobody stored %s", parameter)
	return secret
}

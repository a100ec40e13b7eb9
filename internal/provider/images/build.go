package images

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
)

// build lays the configuration layer on a dependency image.
func (w wanted) build(base v1.Image) (v1.Image, error) {
	config, err := w.suits(base)
	if err != nil {
		return nil, err
	}
	kind, err := layerKind(base)
	if err != nil {
		return nil, err
	}
	layer, err := w.layer(kind)
	if err != nil {
		return nil, err
	}
	img, err := mutate.Append(base, mutate.Addendum{Layer: layer, MediaType: kind, History: v1.History{
		Created: config.Created, CreatedBy: "tapestry-ci", Comment: "configuration of " + w.Name,
	}})
	if err != nil {
		return nil, err
	}
	return mutate.Config(img, w.config(config.Config))
}

// suits refuses a dependency image that is built for another machine or from
// another lock file.
func (w wanted) suits(base v1.Image) (*v1.ConfigFile, error) {
	config, err := base.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("reading the configuration of the dependency image: %w", err)
	}
	if is := config.OS + "/" + config.Architecture; is != w.Platform {
		return nil, &unsuited{fmt.Sprintf("the dependency image of %s is built for %s, and has to be for %s: build it with --platform %s, as %s/%s does",
			w.Name, is, w.Platform, w.Platform, w.Name, imagespec.ScriptFile)}
	}
	if tag := config.Config.Labels[imagespec.LabelDependencies]; tag != "" && tag != w.Dependencies.Tag {
		return nil, &unsuited{fmt.Sprintf("the dependency image of %s is %s, and this pipeline stands on %s: build that with %s/%s",
			w.Name, tag, w.Dependencies.Tag, w.Name, imagespec.ScriptFile)}
	}
	return config, nil
}

// unsuited is the error of an image that cannot be stood on.
type unsuited struct{ why string }

func (u *unsuited) Error() string { return u.why }

// layerKind is Docker's or OCI's: registries and engines do not like both in one
// manifest.
func layerKind(base v1.Image) (types.MediaType, error) {
	kind, err := base.MediaType()
	if err != nil {
		return "", err
	}
	if kind == types.OCIManifestSchema1 {
		return types.OCILayer, nil
	}
	return types.DockerLayer, nil
}

// config is what a container of the image begins with. The entry point stays the
// dependency image's, as in a Dockerfile that has none.
func (w wanted) config(c v1.Config) v1.Config {
	c.Env = environment(c.Env, slices.Concat(w.Dependencies.Env, w.Env))
	c.WorkingDir, c.User, c.Cmd = w.Workdir, w.User, w.Cmd
	c.Volumes, c.ExposedPorts = maps.Clone(c.Volumes), maps.Clone(c.ExposedPorts)
	for _, v := range w.Volumes {
		c.Volumes = with(c.Volumes, v)
	}
	for _, p := range w.Ports {
		c.ExposedPorts = with(c.ExposedPorts, strconv.Itoa(p)+"/tcp")
	}
	if h := w.Healthcheck; h != nil {
		c.Healthcheck = &v1.HealthConfig{Test: append([]string{"CMD"}, h.Command...), Interval: time.Duration(h.IntervalSeconds) * time.Second,
			Timeout: time.Duration(h.TimeoutSeconds) * time.Second, StartPeriod: time.Duration(h.StartPeriodSeconds) * time.Second}
	}
	labels := map[string]string{}
	maps.Copy(labels, c.Labels)
	labels[imagespec.LabelDependencies] = w.Dependencies.Tag
	if bill := w.bill(); bill != "" {
		labels[imagespec.LabelBill] = bill
	}
	c.Labels = labels
	return c
}

func with(set map[string]struct{}, item string) map[string]struct{} {
	if set == nil {
		set = map[string]struct{}{}
	}
	set[item] = struct{}{}
	return set
}

// environment sets variables, in place where they are there already, as ENV does.
func environment(list []string, set []imagespec.Variable) []string {
	out := slices.Clone(list)
	for _, v := range set {
		line := v.Name + "=" + v.Value
		if i := slices.IndexFunc(out, func(s string) bool { return strings.HasPrefix(s, v.Name+"=") }); i >= 0 {
			out[i] = line
		} else {
			out = append(out, line)
		}
	}
	return out
}

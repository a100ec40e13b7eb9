package images_test

import (
	"context"
	"flag"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/dbt"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/imagespec"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir/irtest"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	"github.com/tapestry-ci/tapestry-ci/internal/fake/fault"
	fakeregistry "github.com/tapestry-ci/tapestry-ci/internal/fake/registry"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/images"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Where stacks say that images are. The host is not the one that is reached.
const (
	uri      = "123456789012.dkr.ecr.us-east-1.amazonaws.com/rain-shield/"
	repoGrou = "rain-shield/grouparoo"
	repoDbt  = "rain-shield/dbt"
)

// emitted is made once: it is asked for in every cell of a matrix.
var emitted = sync.OnceValue(func() []emit.Artifact {
	p := irtest.RainShield()
	return append(grouparoo.Emit(p), dbt.Emit(p)...)
})

// rainShield is a build of its own for whoever changes it: contents are put anew,
// never written into.
func rainShield() []emit.Artifact { return slices.Clone(emitted()) }

// edited is the build with one text put for another in one file.
func edited(t *testing.T, path, from, to string) []emit.Artifact {
	t.Helper()
	all := rainShield()
	for i := range all {
		if all[i].Path == path {
			require.Contains(t, string(all[i].Content), from)
			all[i].Content = []byte(strings.Replace(string(all[i].Content), from, to, 1))
			return all
		}
	}
	require.Fail(t, "no artefact "+path)
	return nil
}

const newsletter = "grouparoo/config/mailchimp_newsletter_destination.json"

// changed is Rain Shield with a setting of the newsletter changed.
func changed(t *testing.T) []emit.Artifact {
	return edited(t, newsletter, `"recurring": true`, `"recurring": false`)
}

func outputs() deploy.Outputs {
	return deploy.Outputs{"output.foundation.GrouparooRepository": uri + "grouparoo", "output.foundation.DbtRepository": uri + "dbt"}
}

func input(all []emit.Artifact) deploy.Input { return deploy.Input{Artifacts: all, Outputs: outputs()} }

// spec is image.json of an image.
func spec(t *testing.T, image string) imagespec.Image {
	t.Helper()
	files := map[string][]byte{}
	for _, a := range rainShield() {
		if path, ok := strings.CutPrefix(a.Path, image+"/"); ok {
			files[path] = a.Content
		}
	}
	s, err := imagespec.Parse(files[imagespec.File], func(p string) ([]byte, bool) { c, ok := files[p]; return c, ok })
	require.NoError(t, err)
	return s
}

// registry is a registry with both repositories.
func registry(t *testing.T) *fakeregistry.Server {
	t.Helper()
	r := fakeregistry.Start(t)
	r.Create(repoGrou, repoDbt)
	return r
}

// ready has the dependency images, too. Their calls are forgotten.
func ready(t *testing.T) *fakeregistry.Server {
	t.Helper()
	r := registry(t)
	for image, repository := range map[string]string{"grouparoo": repoGrou, "dbt": repoDbt} {
		_, err := r.PushDependencies(repository, spec(t, image).Dependencies.Tag)
		require.NoError(t, err)
	}
	r.Reset()
	return r
}

func config(r *fakeregistry.Server) images.Config {
	return images.Config{AWS: r.Config(), Backoff: remote.Backoff{Duration: time.Millisecond, Factor: 1, Steps: 3}}
}

func provider(r *fakeregistry.Server) *images.Provider { return images.New(config(r)) }

func plan(t *testing.T, p *images.Provider, in deploy.Input) deploy.Outcome {
	t.Helper()
	out, err := p.Plan(context.Background(), in)
	require.NoError(t, err)
	return out
}

func change(t *testing.T, out deploy.Outcome, id string) deploy.Change {
	t.Helper()
	for _, c := range out.Changes {
		if c.ID == id {
			return c
		}
	}
	require.Failf(t, "no change "+id, "%v", out.Changes)
	return deploy.Change{}
}

func quiet(string) {}

// apply makes all changes, in the order of the plan's ids: base before image.
func apply(t *testing.T, p *images.Provider, in deploy.Input, out deploy.Outcome) deploy.Outputs {
	t.Helper()
	got := deploy.Outputs{}
	for _, c := range out.Changes {
		o, err := p.Apply(context.Background(), c, in, quiet)
		require.NoError(t, err)
		for k, v := range o {
			got[k] = v
		}
	}
	return got
}

// pulled reads an image from the registry.
func pulled(t *testing.T, r *fakeregistry.Server, repository, reference string) v1.Image {
	t.Helper()
	_, digest, ok := strings.Cut(reference, "@")
	require.True(t, ok, reference)
	ref, err := name.NewDigest(r.Host() + "/" + repository + "@" + digest)
	require.NoError(t, err)
	img, err := remote.Image(ref, remote.WithAuth(fakeregistry.Auth()))
	require.NoError(t, err)
	return img
}

// racing runs f before the first call of an operation is done.
func racing(operation string, f func()) fault.Rule {
	return fault.Rule{Operation: operation, Before: func(fault.Call) { f() }}
}

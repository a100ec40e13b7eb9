package images_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakeregistry "github.com/tapestry-ci/tapestry-ci/internal/fake/registry"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/images"
)

// keychain signs in to every registry of the tests.
type keychain struct{}

func (keychain) Resolve(authn.Resource) (authn.Authenticator, error) { return fakeregistry.Auth(), nil }

// environment is one in which variables are set.
func environment(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

// elsewhere is a registry of a company, with both dependency images, and a
// provider that is told of them.
func elsewhere(t *testing.T, r *fakeregistry.Server) (company *fakeregistry.Server, c images.Config) {
	t.Helper()
	company = fakeregistry.Start(t)
	company.Create("bases/grouparoo", "bases/dbt")
	var pairs []string
	for variable, image := range map[string]string{"TAPESTRY_GROUPAROO_BASE": "grouparoo", "TAPESTRY_DBT_BASE": "dbt"} {
		tag := spec(t, image).Dependencies.Tag
		_, err := company.PushDependencies("bases/"+image, tag)
		require.NoError(t, err)
		pairs = append(pairs, variable, company.Host()+"/bases/"+image+":"+tag)
	}
	c = config(r)
	c.Lookup, c.Keychain = environment(pairs...), keychain{}
	return company, c
}

func TestDependenciesAreCopied(t *testing.T) {
	r := registry(t)
	_, c := elsewhere(t, r)
	p := images.New(c)
	out := plan(t, p, input(rainShield()))
	require.Len(t, out.Changes, 4)
	base := change(t, out, "images:base:grouparoo")
	assert.Equal(t, deploy.Create, base.Action)
	assert.Contains(t, base.Reason, "copied from")
	assert.Equal(t, []string{"images:base:grouparoo"}, change(t, out, "images:image:grouparoo").DependsOn)
	require.Len(t, out.Outputs, 2, "what is copied by digest is known beforehand")

	var said []string
	_, err := p.Apply(context.Background(), base, input(rainShield()), func(m string) { said = append(said, m) })
	require.NoError(t, err)
	require.NotEmpty(t, said)
	assert.Regexp(t, `^\d.* of .* are there$`, said[len(said)-1])
	got := apply(t, p, input(rainShield()), out)
	assert.Equal(t, out.Outputs, got)
	assert.Empty(t, plan(t, images.New(c), input(rainShield())).Changes)

	other := ready(t)
	assert.Equal(t, got, apply(t, provider(other), input(rainShield()), plan(t, provider(other), input(rainShield()))),
		"a copy is the very same image")
}

// Docker may push an index, with the image and what it attests.
func TestDependenciesOutOfAnIndex(t *testing.T) {
	r := registry(t)
	company, c := elsewhere(t, r)
	tag := spec(t, "grouparoo").Dependencies.Tag
	img, err := fakeregistry.Dependencies(tag)
	require.NoError(t, err)
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}})
	ref, err := name.NewTag(company.Host() + "/bases/grouparoo:index")
	require.NoError(t, err)
	require.NoError(t, remote.WriteIndex(ref, index, remote.WithAuth(fakeregistry.Auth())))
	c.Lookup = environment("TAPESTRY_GROUPAROO_BASE", ref.Name(), "TAPESTRY_DBT_BASE", company.Host()+"/bases/dbt:"+spec(t, "dbt").Dependencies.Tag)
	out := plan(t, images.New(c), input(rainShield()))
	assert.Equal(t, out.Outputs, apply(t, images.New(c), input(rainShield()), out))
}

func TestWithoutDependencies(t *testing.T) {
	r := registry(t)
	company, c := elsewhere(t, r)
	wrong, err := fakeregistry.Dependencies("deps-of-yesterday")
	require.NoError(t, err)
	_, err = company.Push("bases/grouparoo", "yesterday", wrong)
	require.NoError(t, err)
	arm, err := mutate.ConfigFile(wrong, &v1.ConfigFile{OS: "linux", Architecture: "arm64", RootFS: rootFS(t, wrong)})
	require.NoError(t, err)
	_, err = company.Push("bases/grouparoo", "arm", arm)
	require.NoError(t, err)

	for what, row := range map[string]struct{ reference, next string }{
		"nothing said":   {"", "On a machine with Docker run grouparoo/dependencies.sh of the build"},
		"not there":      {company.Host() + "/bases/grouparoo:nothing", "which cannot be read"},
		"no name":        {"UPPER case", "is no name of an image"},
		"another base":   {company.Host() + "/bases/grouparoo:yesterday", "deps-of-yesterday, and this pipeline stands on deps-"},
		"other platform": {company.Host() + "/bases/grouparoo:arm", "is built for linux/arm64, and has to be for linux/amd64"},
	} {
		t.Run(what, func(t *testing.T) {
			c.Lookup = environment("TAPESTRY_GROUPAROO_BASE", row.reference)
			p := images.New(c)
			out := plan(t, p, input(rainShield()))
			base := change(t, out, "images:base:grouparoo")
			assert.Equal(t, deploy.Blocked, base.Action)
			assert.Contains(t, base.Reason, "is not there")
			assert.Contains(t, base.Next, row.next)
			assert.NotContains(t, out.Outputs, "image.grouparoo")
			_, err := p.Apply(context.Background(), base, input(rainShield()), quiet)
			assert.ErrorContains(t, err, row.next, "nor does apply do anything")
			_, err = p.Apply(context.Background(), change(t, out, "images:image:grouparoo"), input(rainShield()), quiet)
			assert.ErrorContains(t, err, "make a new plan")
			assert.Empty(t, r.Tags(repoGrou))
		})
	}
}

func rootFS(t *testing.T, img v1.Image) v1.RootFS {
	t.Helper()
	c, err := img.ConfigFile()
	require.NoError(t, err)
	return c.RootFS
}

// An image for another machine under the right tag, as a person with another
// machine pushes it.
func TestUnfitDependencies(t *testing.T) {
	r := registry(t)
	base, err := fakeregistry.Dependencies("x")
	require.NoError(t, err)
	arm, err := mutate.ConfigFile(base, &v1.ConfigFile{OS: "linux", Architecture: "arm64", RootFS: rootFS(t, base)})
	require.NoError(t, err)
	tag := spec(t, "grouparoo").Dependencies.Tag
	_, err = r.Push(repoGrou, tag, arm)
	require.NoError(t, err)
	out := plan(t, provider(r), input(rainShield()))
	c := change(t, out, "images:image:grouparoo")
	assert.Equal(t, deploy.Blocked, c.Action)
	assert.Contains(t, c.Reason, "linux/arm64")
	assert.Contains(t, c.Next, tag)
}

// builder makes what Docker would make.
func builder(t *testing.T, calls *int, fail error) images.Builder {
	return func(_ context.Context, b images.Build, say deploy.Progress) (v1.Image, func(), error) {
		*calls++
		if fail != nil {
			return nil, nil, fail
		}
		assert.Contains(t, string(b.Dockerfile), "AS "+b.Target)
		assert.Contains(t, string(b.Dockerfile), "ARG "+b.Argument+"="+b.Base)
		assert.NotEmpty(t, b.Files)
		say("building")
		img, err := fakeregistry.Dependencies(b.Tag)
		return img, func() {}, err
	}
}

func TestDependenciesAreBuilt(t *testing.T) {
	r := registry(t)
	c := config(r)
	calls := 0
	c.Builder = builder(t, &calls, nil)
	p := images.New(c)
	out := plan(t, p, input(rainShield()))
	assert.Contains(t, change(t, out, "images:base:dbt").Reason, "built with Docker")
	assert.Empty(t, out.Outputs, "what is built is not known beforehand")
	assert.Zero(t, calls, "a plan builds nothing")
	got := apply(t, p, input(rainShield()), out)
	assert.Equal(t, 2, calls)
	assert.Len(t, got, 2)
	assert.Empty(t, plan(t, images.New(config(r)), input(rainShield())).Changes)

	_, err := p.Apply(context.Background(), change(t, out, "images:base:dbt"), input(rainShield()), quiet)
	require.NoError(t, err)
	assert.Equal(t, 2, calls, "what is there is not built again")

	c = config(registry(t))
	c.Builder = builder(t, &calls, errors.New("no space left"))
	_, err = images.New(c).Apply(context.Background(), change(t, out, "images:base:dbt"), input(rainShield()), quiet)
	assert.ErrorContains(t, err, "no space left")
}

// Before the foundation there is no repository to look into.
func TestFreshAccount(t *testing.T) {
	r := registry(t)
	fresh := deploy.Input{Artifacts: rainShield(), Outputs: deploy.Outputs{}}
	_, copies := elsewhere(t, r)
	calls := 0
	builds := config(r)
	builds.Builder = builder(t, &calls, nil)
	for what, row := range map[string]struct {
		config images.Config
		action deploy.Action
	}{"copied": {copies, deploy.Create}, "built": {builds, deploy.Create}, "nobody knows": {config(r), deploy.Deferred}} {
		t.Run(what, func(t *testing.T) {
			out := plan(t, images.New(row.config), fresh)
			require.Len(t, out.Changes, 4)
			base, img := change(t, out, "images:base:dbt"), change(t, out, "images:image:dbt")
			assert.Equal(t, row.action, base.Action)
			assert.Equal(t, deploy.Create, img.Action)
			for _, c := range []deploy.Change{base, img} {
				assert.Contains(t, c.Reason, "known when stack foundation is there")
				assert.Equal(t, []string{"stack:foundation"}, c.Needs)
			}
			assert.Empty(t, out.Outputs)
			later := plan(t, images.New(row.config), input(rainShield()))
			for _, c := range later.Changes {
				assert.Equal(t, change(t, out, c.ID).Content, c.Content, "so that an interrupted apply may go on")
			}
		})
	}
	assert.Empty(t, r.Requests("PUT manifest"))
}

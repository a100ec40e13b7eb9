package images_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
	fakeregistry "github.com/tapestry-ci/tapestry-ci/internal/fake/registry"
	"github.com/tapestry-ci/tapestry-ci/internal/provider/images"
)

func TestFirstApplyThenNothing(t *testing.T) {
	r := ready(t)
	p := provider(r)
	out := plan(t, p, input(rainShield()))
	require.Len(t, out.Changes, 2)
	c := change(t, out, "images:image:grouparoo")
	assert.Equal(t, deploy.Create, c.Action)
	assert.Equal(t, []string{"stack:foundation"}, c.Needs)
	assert.Equal(t, []string{"image:grouparoo"}, c.Provides)
	assert.Empty(t, c.DependsOn)
	assert.Contains(t, c.Reason, "no image of it was pushed before")
	assert.NotEmpty(t, c.Origins)

	got := apply(t, p, input(rainShield()), out)
	assert.Equal(t, out.Outputs, got, "what is certain beforehand is what comes")
	assert.Regexp(t, `^`+uri+`grouparoo@sha256:[0-9a-f]{64}$`, got["image.grouparoo"])
	assert.Regexp(t, `^`+uri+`dbt@sha256:[0-9a-f]{64}$`, got["image.dbt"])
	assert.Equal(t, r.Tags(repoGrou)[c.Content], got["image.grouparoo"][len(uri+"grouparoo@"):])

	r.Reset()
	second := plan(t, provider(r), input(rainShield()))
	assert.Empty(t, second.Changes)
	assert.Equal(t, got, second.Outputs)
	t.Logf("a plan of unchanged images: %d calls", len(r.Requests()))
	assert.LessOrEqual(t, len(r.Requests()), 4, "%v", operations(r))
}

// operations are the calls by their names, with how often.
func operations(r *fakeregistry.Server) map[string]int {
	out := map[string]int{}
	for _, c := range r.Requests() {
		out[c.Operation]++
	}
	return out
}

// A plan writes nothing, whatever it finds.
func TestPlanOnlyReads(t *testing.T) {
	for name, r := range map[string]*fakeregistry.Server{"nothing there": registry(t), "dependencies there": ready(t)} {
		plan(t, provider(r), input(rainShield()))
		for operation := range operations(r) {
			assert.Contains(t, []string{"GetAuthorizationToken", "DescribeImages", "ping", "HEAD manifest", "GET manifest", "GET blob"}, operation, name)
		}
	}
}

// A change of the configuration is a few kilobytes, whatever lies below.
func TestConfigChangeMovesKilobytes(t *testing.T) {
	r := ready(t)
	first := plan(t, provider(r), input(rainShield()))
	apply(t, provider(r), input(rainShield()), first)
	out := plan(t, provider(r), input(changed(t)))
	require.Len(t, out.Changes, 1, "the other image is as it was")
	c := change(t, out, "images:image:grouparoo")
	assert.Equal(t, deploy.Update, c.Action)
	assert.Equal(t, "config/mailchimp_newsletter_destination.json changed", c.Reason)
	require.Len(t, c.Fields, 1)
	assert.Equal(t, "config/mailchimp_newsletter_destination.json", c.Fields[0].Path)
	assert.Regexp(t, `^sha256:[0-9a-f]{12}$`, c.Fields[0].Before)
	assert.NotEqual(t, c.Fields[0].Before, c.Fields[0].After)

	p := provider(r)
	r.Reset()
	var said []string
	got, err := p.Apply(context.Background(), c, input(changed(t)), func(m string) { said = append(said, m) })
	require.NoError(t, err)
	assert.Equal(t, out.Outputs["image.grouparoo"], got["image.grouparoo"])
	assert.NotEqual(t, first.Outputs["image.grouparoo"], got["image.grouparoo"])
	assert.Equal(t, first.Outputs["image.dbt"], out.Outputs["image.dbt"])
	t.Logf("a change of one file: %d bytes in %d calls", r.Sent(), len(r.Requests()))
	assert.Less(t, r.Sent(), 20_000)
	assert.Equal(t, 2, operations(r)["PUT upload"], "the layer and the image's configuration")
	assert.Equal(t, 1, operations(r)["PUT manifest"])
	require.Len(t, said, 1)
	assert.Regexp(t, `^pushing [0-9.]+ kB: 9 files on deps-`, said[0])

	r.Reset()
	again, err := p.Apply(context.Background(), c, input(changed(t)), quiet)
	require.NoError(t, err)
	assert.Equal(t, got, again)
	assert.Zero(t, operations(r)["PUT manifest"]+operations(r)["POST upload"], "what is there is not pushed again")
}

func TestReasons(t *testing.T) {
	r := ready(t)
	apply(t, provider(r), input(rainShield()), plan(t, provider(r), input(rainShield())))
	for _, c := range []struct {
		name, id, reason string
		fields           int
		build            []emit.Artifact
	}{
		{"command", "images:image:grouparoo", "command changed", 1, edited(t, "grouparoo/image.json", `"start.js"
  ],`, `"other.js"
  ],`)},
		{"variable", "images:image:dbt", "environment changed", 1, edited(t, "dbt/image.json", "/tmp/logs", "/tmp/log")},
		{"user", "images:image:dbt", "user changed", 1, edited(t, "dbt/image.json", "1000:1000", "1001:1001")},
		{"port", "images:image:grouparoo", "ports changed", 1, edited(t, "grouparoo/image.json", "8080", "8081")},
		{"bill", "images:image:grouparoo", "bill of materials changed", 1, edited(t, "grouparoo/sbom.cdx.json", "CycloneDX", "CycloneDx")},
		{"gone and new", "images:image:grouparoo", "config/settings.json is gone, start.js changed", 2, without(t, edited(t, "grouparoo/start.js", "strict", "Strict"), "grouparoo", "config/settings.json")},
		{"new", "images:image:dbt", "macros/guard.sql is gone, models/a.sql is new, models/models.yml changed, and 1 more", 4, func() []emit.Artifact {
			all := without(t, edited(t, "dbt/models/models.yml", "One row", "A row"), "dbt", "macros/guard.sql")
			return with(t, replaced(t, all, "dbt/profiles.yml", "x: 1\n"), "dbt", "models/a.sql")
		}()},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := change(t, plan(t, provider(r), input(c.build)), c.id)
			assert.Equal(t, deploy.Update, got.Action)
			assert.Equal(t, c.reason, got.Reason)
			assert.Len(t, got.Fields, c.fields)
		})
	}
}

func replaced(t *testing.T, all []emit.Artifact, path, content string) []emit.Artifact {
	t.Helper()
	i := slices.IndexFunc(all, func(a emit.Artifact) bool { return a.Path == path })
	require.GreaterOrEqual(t, i, 0, path)
	all[i].Content = []byte(content)
	return all
}

// without takes a file out of an image, with adds one.
func without(t *testing.T, all []emit.Artifact, image, path string) []emit.Artifact {
	t.Helper()
	all = slices.DeleteFunc(all, func(a emit.Artifact) bool { return a.Path == image+"/"+path })
	return listed(t, all, image, func(text string) string { return strings.Replace(text, "    \""+path+"\",\n", "", 1) })
}

func with(t *testing.T, all []emit.Artifact, image, path string) []emit.Artifact {
	t.Helper()
	all = append(all, emit.Artifact{Path: image + "/" + path, Provider: image, Kind: "model", Content: []byte("select 1\n")})
	return listed(t, all, image, func(text string) string {
		return strings.Replace(text, "\"files\": [\n    \"dbt_project", "\"files\": [\n    \""+path+"\",\n    \"dbt_project", 1)
	})
}

func listed(t *testing.T, all []emit.Artifact, image string, edit func(string) string) []emit.Artifact {
	t.Helper()
	i := slices.IndexFunc(all, func(a emit.Artifact) bool { return a.Path == image+"/image.json" })
	text := edit(string(all[i].Content))
	require.NotEqual(t, string(all[i].Content), text)
	all[i].Content = []byte(text)
	return all
}

// The order of what comes in says nothing.
func TestShuffledInputIsTheSameImage(t *testing.T) {
	r := ready(t)
	want := plan(t, provider(r), input(rainShield()))
	for range 5 {
		all := rainShield()
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for _, image := range []string{"grouparoo", "dbt"} {
			listed(t, all, image, func(text string) string {
				lines := strings.Split(text, "\n")
				from := slices.Index(lines, `  "files": [`) + 1
				to := from + slices.Index(lines[from:], "  ],")
				list := lines[from:to]
				for i := range list {
					list[i] = strings.TrimSuffix(list[i], ",")
				}
				slices.Reverse(list)
				for i := range list[:len(list)-1] {
					list[i] += ","
				}
				return strings.Join(lines, "\n")
			})
		}
		got := plan(t, provider(r), input(all))
		assert.Equal(t, want.Outputs, got.Outputs)
		for i := range want.Changes {
			assert.Equal(t, want.Changes[i].Content, got.Changes[i].Content)
		}
	}
}

// A tag that somebody put first stands: it is of the same content.
func TestWhoIsFirstWins(t *testing.T) {
	r := ready(t)
	out := plan(t, provider(r), input(rainShield()))
	c := change(t, out, "images:image:grouparoo")
	other, err := fakeregistry.Dependencies("other")
	require.NoError(t, err)
	var theirs string
	r.Fault(racing("PUT manifest", func() { theirs, err = r.Push(repoGrou, c.Content, other) }))
	got, applyErr := provider(r).Apply(context.Background(), c, input(rainShield()), quiet)
	require.NoError(t, err)
	require.NoError(t, applyErr)
	assert.Equal(t, uri+"grouparoo@"+theirs, got["image.grouparoo"])
}

func TestDestroyNeedsNothing(t *testing.T) {
	r := ready(t)
	in := input(rainShield())
	in.Destroy = true
	out := plan(t, provider(r), in)
	assert.Empty(t, out.Changes)
	assert.Empty(t, r.Requests())
}

func TestNothingToDo(t *testing.T) {
	r := registry(t)
	out := plan(t, provider(r), input(nil))
	assert.Empty(t, out.Changes)
	assert.Empty(t, r.Requests())
}

func TestStaleBuildIsRefused(t *testing.T) {
	r := ready(t)
	for name, all := range map[string][]emit.Artifact{
		"lock file":    edited(t, "grouparoo/package.json", "0.5.1", "0.5.2"),
		"missing file": slices.DeleteFunc(rainShield(), func(a emit.Artifact) bool { return a.Path == "dbt/profiles.yml" }),
		"other form":   edited(t, "dbt/image.json", `"version": 1`, `"version": 9`),
		"other image":  edited(t, "dbt/image.json", `"name": "dbt"`, `"name": "web"`),
	} {
		_, err := provider(r).Plan(context.Background(), input(all))
		assert.ErrorContains(t, err, "compile again", name)
	}
	_, err := provider(r).Apply(context.Background(), deploy.Change{ID: "images:image:web"}, input(rainShield()), quiet)
	assert.ErrorContains(t, err, "images:image:web")
}

func TestStatus(t *testing.T) {
	r := ready(t)
	none, err := provider(r).Status(context.Background(), deploy.Input{Artifacts: rainShield()})
	require.NoError(t, err)
	assert.Equal(t, []images.Image{{Name: "dbt"}, {Name: "grouparoo"}}, none)

	got := apply(t, provider(r), input(rainShield()), plan(t, provider(r), input(rainShield())))
	is, err := provider(r).Status(context.Background(), input(changed(t)))
	require.NoError(t, err)
	require.Len(t, is, 2)
	assert.True(t, is[0].Current && is[0].Dependencies && is[1].Dependencies)
	assert.False(t, is[1].Current, "its configuration is another one")
	assert.Equal(t, got["image.grouparoo"], is[1].Reference)
	assert.False(t, is[1].Pushed.IsZero())
	assert.Equal(t, "https://us-east-1.console.aws.amazon.com/ecr/repositories/private/123456789012/rain-shield/grouparoo?region=us-east-1", is[1].Link)
}

// The word that signs in is in no body, plan, word or error.
func TestPasswordIsNowhere(t *testing.T) {
	r := ready(t)
	p := provider(r)
	out := plan(t, p, input(rainShield()))
	var said []string
	for _, c := range out.Changes {
		_, err := p.Apply(context.Background(), c, input(rainShield()), func(m string) { said = append(said, m) })
		require.NoError(t, err)
	}
	assert.Empty(t, r.Containing(fakeregistry.Password))
	said = append(said, slices.Collect(maps.Values(out.Outputs))...)
	assert.NotContains(t, strings.Join(said, " "), fakeregistry.Password)
}

// An image that was pushed and never ran is not what a change is compared with.
func TestComparedWithWhatRuns(t *testing.T) {
	r := ready(t)
	first := apply(t, provider(r), input(rainShield()), plan(t, provider(r), input(rainShield())))
	apply(t, provider(r), input(changed(t)), plan(t, provider(r), input(changed(t))))
	third := replaced(t, changed(t), "grouparoo/start.js", "// other\n")
	in := input(third)
	assert.Equal(t, "start.js changed", change(t, plan(t, provider(r), in), "images:image:grouparoo").Reason, "who does not know what runs takes what was pushed last")
	in.Outputs["running.image.grouparoo"] = first["image.grouparoo"]
	assert.Equal(t, "config/mailchimp_newsletter_destination.json changed, start.js changed", change(t, plan(t, provider(r), in), "images:image:grouparoo").Reason)
	in.Outputs["running.image.grouparoo"] = uri + "grouparoo@sha256:" + strings.Repeat("0", 64)
	assert.Equal(t, "start.js changed", change(t, plan(t, provider(r), in), "images:image:grouparoo").Reason, "what runs is gone from the repository")

	// The image is there, and another one runs.
	in = input(changed(t))
	in.Outputs["running.image.grouparoo"] = first["image.grouparoo"]
	out := plan(t, provider(r), in)
	assert.Empty(t, out.Changes)
	assert.Equal(t, []string{"image grouparoo is pushed already, and differs from the one that runs: config/mailchimp_newsletter_destination.json changed"}, out.Notes)
	in.Outputs["running.image.grouparoo"] = out.Outputs["image.grouparoo"]
	assert.Empty(t, plan(t, provider(r), in).Notes)
}

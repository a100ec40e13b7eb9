package images_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/internal/deploy"
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
	assert.Zero(t, r.Sent()-sentToECR(r))
	assert.LessOrEqual(t, len(r.Requests()), 4, "%v", r.Requests())
}

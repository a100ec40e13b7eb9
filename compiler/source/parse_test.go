package source_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

func TestParse_keepsTypedText(t *testing.T) {
	root, problems := source.Parse("f.yaml", []byte("countries: [SE, NO]\nid: 012345678901\nday: 2021-01-25\nq: \"null\"\nn: ~\nb: &x {a: 1}\nc:\n  <<: *x\n  d: 2\n"))
	require.Empty(t, problems)
	assert.Equal(t, "NO", root.Get("countries").Items[1].Text)
	assert.Equal(t, "012345678901", root.Get("id").Text)
	assert.Equal(t, "2021-01-25", root.Get("day").Text)
	assert.Equal(t, source.Quoted, root.Get("q").Style)
	assert.Equal(t, source.Null, root.Get("n").Kind)
	assert.Equal(t, "1", root.Get("c").Get("a").Text)
}

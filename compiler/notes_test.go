package compiler_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/cfn"
)

// C20: whoever compiles is told which template is too large to go inline.
func TestC20LargeTemplatesAreNoted(t *testing.T) {
	template := func(content []byte) []string {
		r := compiler.Result{Artifacts: []emit.Artifact{{Path: cfn.IngestionPath, Provider: "cloudformation", Kind: "template", Content: content}}}
		return r.Notes()
	}
	assert.Empty(t, template(bytes.Repeat([]byte("x"), 51200)))
	assert.Equal(t, []string{"ingestion.yaml has 51,201 bytes, over 51,200: it goes through the artefact bucket"}, template(bytes.Repeat([]byte("x"), 51201)))
	assert.Equal(t, []string{"ingestion.yaml has 1,051,202 bytes, over 51,200: it goes through the artefact bucket"}, template(bytes.Repeat([]byte("ü"), 525601)))

	for _, e := range compileExamples(t) {
		large := 0
		for _, a := range e.result.Artifacts {
			if a.Kind == "template" && len(a.Content) > 51200 {
				large++
			}
		}
		assert.Len(t, e.result.Notes(), large, fmt.Sprintf("%s/%s", e.name, e.env))
	}
}

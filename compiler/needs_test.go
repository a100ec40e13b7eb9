package compiler_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// providedByApply is what an apply brings along, so that no artefact has to
// provide it:
//
//   - secret:X, for each secret of the file: read from the environment of the
//     job and stored under the secret's parameter;
//   - the parameters of ir.Params.MadeByApply.
func providedByApply(p *ir.Pipeline) []string {
	var all []string
	for _, s := range p.Secrets {
		all = append(all, "secret:"+s.Name)
	}
	for _, name := range p.Params().MadeByApply() {
		all = append(all, "parameter:"+name)
	}
	return all
}

// Whatever an artefact waits for comes from another artefact or from apply
// itself; nothing else would ever bring it.
func TestEveryNeedIsProvided(t *testing.T) {
	for _, e := range compileExamples(t) {
		provided := providedByApply(e.result.Pipeline)
		for _, a := range e.result.Artifacts {
			provided = append(provided, a.Provides...)
		}
		needs := 0
		for _, a := range e.result.Artifacts {
			for _, need := range a.Needs {
				needs++
				assert.True(t, slices.Contains(provided, need), "%s/%s: %s waits for %s, which nobody provides", e.name, e.env, a.Path, need)
			}
		}
		require.NotZero(t, needs)
	}
}

// ssmPath is a parameter as a template names it in an ARN. A path that ends in
// an asterisk says what may be read, not what there is.
var ssmPath = regexp.MustCompile(`:parameter(/[^\s"'*]+)(\*?)`)

// Every SSM parameter that a template names is one that somebody makes, under
// the same name.
func TestEveryParameterOfATemplateIsProvided(t *testing.T) {
	for _, e := range compileExamples(t) {
		p := e.result.Pipeline
		var made []string
		for _, s := range p.Secrets {
			made = append(made, s.Param)
		}
		made = append(made, p.Params().MadeByApply()...)
		for _, a := range e.result.Artifacts {
			for _, provided := range a.Provides {
				if name, ok := strings.CutPrefix(provided, "parameter:"); ok {
					made = append(made, name)
				}
			}
		}
		named := map[string]int{}
		for _, a := range e.result.Artifacts {
			if a.Kind != "template" {
				continue
			}
			for _, m := range ssmPath.FindAllStringSubmatch(string(a.Content), -1) {
				if m[2] == "" {
					named[a.Path]++
					assert.True(t, slices.Contains(made, m[1]), "%s/%s: %s reads %s, which nobody makes", e.name, e.env, a.Path, m[1])
				}
			}
		}
		assert.NotZero(t, named["cloudformation/ingestion.yaml"], e.name)
		assert.GreaterOrEqual(t, named["cloudformation/sync.yaml"], 3, e.name)
	}
}

// Two parameters with one name would overwrite each other.
func TestParametersAreDistinct(t *testing.T) {
	for _, e := range compileExamples(t) {
		p := e.result.Pipeline
		params := p.Params()
		names := append(params.MadeByApply(), params.Airbyte.Config, params.Airbyte.Credentials,
			params.Snowflake.AirbyteKey, params.Snowflake.DbtKey, params.Snowflake.GrouparooToken)
		for _, s := range p.Secrets {
			names = append(names, s.Param)
		}
		slices.Sort(names)
		assert.Len(t, slices.Compact(slices.Clone(names)), len(names), e.name)
		for _, name := range names {
			assert.True(t, strings.HasPrefix(name, p.AWS.ParamPath+"/"), name)
		}
	}
}

package compiler

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/airbyte"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/cfn"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/compose"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/dbt"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/grouparoo"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/target"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// emitters is every system that artefacts are made for, in the order of their
// names.
var emitters = []func(*ir.Pipeline) []emit.Artifact{
	airbyte.Emit, cfn.Emit, compose.Emit, dbt.Emit, grouparoo.Emit, snowflake.Emit, target.Emit,
}

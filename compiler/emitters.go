package compiler

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/emit"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/dbt"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// emitters is every system that artefacts are made for, in the order of their
// names.
var emitters = []func(*ir.Pipeline) []emit.Artifact{dbt.Emit, snowflake.Emit}

package compiler

import (
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/cfn"
	"github.com/tapestry-ci/tapestry-ci/compiler/emit/snowflake"
	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
)

// Count says how many of a system's own things the artefacts set up, and what
// one of them is called: 38 and "resource" for cloudformation. The word is
// empty where there is nothing to count.
func (r *Result) Count(system string) (int, string) {
	if r.Pipeline == nil {
		return 0, ""
	}
	switch system {
	case "airbyte":
		return len(r.Pipeline.Sources), "connection"
	case "cloudformation":
		return cfn.Count(r.Pipeline), "resource"
	case "dbt":
		return r.ofKind("dbt", "model"), "model"
	case "grouparoo":
		return enabledSyncs(r.Pipeline), "sync"
	case "snowflake":
		return snowflakeStatements(r.Pipeline), "statement"
	}
	return 0, ""
}

func (r *Result) ofKind(provider, kind string) int {
	n := 0
	for _, a := range r.Artifacts {
		if a.Provider == provider && a.Kind == kind {
			n++
		}
	}
	return n
}

func enabledSyncs(p *ir.Pipeline) int {
	n := 0
	for _, d := range p.Destinations {
		for _, s := range d.Syncs {
			if s.Enabled {
				n++
			}
		}
	}
	return n
}

// snowflakeStatements leaves out the steps that are no SQL: key pairs and
// tokens.
func snowflakeStatements(p *ir.Pipeline) int {
	n := 0
	for _, s := range snowflake.Set(p).Statements {
		if s.SQL != "" {
			n++
		}
	}
	return n
}

package main

import (
	"github.com/tapestry-ci/tapestry-ci/compiler"
	"github.com/tapestry-ci/tapestry-ci/internal/graph"
)

type graphVerb struct {
	Path    string `arg:"" optional:"" default:"." help:"Folder with a tapestry.yaml, or the file itself."`
	Env     string `short:"e" default:"production" help:"Environment of the file to use." placeholder:"NAME"`
	Format  string `short:"f" default:"text" enum:"text,mermaid,dot,json" help:"Form of the output: ${enum}."`
	Columns bool   `short:"c" help:"Show the columns and where each comes from."`
}

// Help is shown below the flags.
func (graphVerb) Help() string {
	return `Examples:
  tapestry-ci graph --columns
  tapestry-ci graph --format mermaid
  tapestry-ci graph --format dot | dot -Tsvg > pipeline.svg`
}

// Run draws the pipeline.
func (v graphVerb) Run(s stdio) error {
	p := project{Path: v.Path, Format: "text"}
	l, err := p.load(s, v.Env)
	if err != nil {
		return err
	}
	r := compiler.Check(l.fsys, l.file, l.options)
	if err := p.show(s.err, r, l.dir, s); err != nil {
		return err
	}
	return graph.Write(s.out, graph.New(r.Pipeline), v.Format, v.Columns)
}

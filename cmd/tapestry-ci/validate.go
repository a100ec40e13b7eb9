package main

import (
	"fmt"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler"
)

type validateVerb struct {
	project
	Env string `short:"e" help:"Check this environment of the file. Default: all of them." placeholder:"NAME"`
}

// Help is shown below the flags.
func (validateVerb) Help() string {
	return `Every mistake is reported in one run, each with its place, its code and what to do.
Nothing is written and nothing is read over the network.

Examples:
  tapestry-ci validate
  tapestry-ci validate examples/01-rain-shield --env staging
  tapestry-ci validate --format sarif > tapestry.sarif`
}

// Run checks the file.
func (v validateVerb) Run(s stdio) error {
	l, err := v.load(s, v.Env)
	if err != nil {
		return err
	}
	check := compiler.Check
	if v.Env == "" {
		check = compiler.CheckEnvironments
	}
	r := check(l.fsys, l.file, l.options)
	if err := v.show(s.out, r, l.dir, s); err != nil || v.Format != "text" {
		return err
	}
	p := r.Pipeline
	streams, syncs := 0, 0
	for _, src := range p.Sources {
		streams += len(src.Streams)
	}
	for _, d := range p.Destinations {
		syncs += len(d.Syncs)
	}
	where := p.Env
	if v.Env == "" {
		where = strings.Join(r.Environments, ", ")
	}
	_, err = fmt.Fprintf(s.out, "%s is valid in %s: %s, %s, %s, %s\n", p.Name, where,
		count(len(p.Sources), "source"), count(streams, "stream"), count(len(p.Models), "model"), count(syncs, "sync"))
	return err
}

// count writes a number with its word: 1 source, 2 sources.
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

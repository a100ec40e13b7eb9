package check

import (
	"fmt"
	"regexp"

	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/resolve"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// nameForm says what a name of one kind may look like. The limits leave room
// for what is put around a name: a dbt file, for one, may have 255 bytes.
type nameForm struct {
	kind  string // with its article
	most  int
	form  *regexp.Regexp
	words string
}

var (
	keyForm   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)
	keyWords  = "letters, digits, hyphens and underscores, first a letter"
	plainForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	plainWord = "letters, digits and underscores, first no digit"

	sourceName      = nameForm{"a source", 64, keyForm, keyWords}
	destinationName = nameForm{"a destination", 64, keyForm, keyWords}
	syncName        = nameForm{"a sync", 64, keyForm, keyWords}
	streamName      = nameForm{"a stream", 160, regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_. -]*$`),
		"letters, digits, spaces, dots, hyphens and underscores"}
	modelName       = nameForm{"a model", 200, plainForm, plainWord}
	modelColumnName = nameForm{"a column of a model", 200, plainForm, plainWord}
	environmentName = nameForm{"an environment", 16, regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`),
		"lower-case letters, digits and single hyphens inside, first a letter"}
)

// pipelineNameLimit is what every name that begins with the pipeline's can
// still hold together with an environment.
const pipelineNameLimit = 24

// checkNames: names of the file's own are such that every system takes what is
// made of them (TAP106).
func checkNames(p *resolve.Program, add report) {
	if n := p.File.Name; n.Set && len(n.V) > pipelineNameLimit {
		add(tooLong("the name of the pipeline", n.V, n.Span, pipelineNameLimit))
	}
	names(environmentName, p.File.Environments, add)
	names(sourceName, p.File.Sources, add)
	for _, s := range p.Sources {
		names(streamName, s.Spec.Streams, add)
	}
	names(modelName, p.File.Models, add)
	for _, m := range p.Models {
		for _, c := range m.Columns {
			modelColumnName.check(c.Name, c.Span, add)
		}
	}
	names(destinationName, p.File.Destinations, add)
	for _, d := range p.Destinations {
		names(syncName, d.Spec.Syncs, add)
	}
}

func names[T any](f nameForm, m decode.Map[T], add report) {
	for i := range m.Items {
		f.check(m.Items[i].Key, m.Items[i].KeySpan, add)
	}
}

func (f nameForm) check(name string, at source.Span, add report) {
	switch {
	case len(name) > f.most:
		add(tooLong("the name of "+f.kind, name, at, f.most))
	case !f.form.MatchString(name):
		d := problem(BadName, at, "%s is no name for %s", quote(name), f.kind)
		d.Detail = fmt.Sprintf("Such a name has %s. It becomes part of names in AWS, Snowflake and dbt.", f.words)
		switch f.kind {
		case streamName.kind:
			d.Detail += " Where the stream is called so at its source, give it a name of your own: my_name: {stream: …}."
		case modelColumnName.kind:
			d.Detail += " Where the input calls it so, map it: columns: {my_name: …}."
		}
		add(d)
	}
}

func tooLong(what, name string, at source.Span, most int) diag.Diagnostic {
	d := problem(BadName, at, "%s has %d characters and may have %d", what, len(name), most)
	d.Detail = fmt.Sprintf("Names of stacks, buckets, tables and files are made of it, and have limits of their own. Shorten %s.", quote(name))
	return d
}

package lock

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/tapestry-ci/tapestry-ci/compiler/connector"
	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// Changed is reported of a lock that was not written by catalog update.
const Changed diag.Code = "TAP204"

// file is the form of the lock.
type file struct {
	Version    decode.Val[int]   `key:"version,required" doc:"Version of the form. There is one: 1." min:"1" max:"1"`
	Connectors decode.Map[entry] `key:"connectors,required" doc:"The connectors, by the name that a pipeline gives them."`
}

type text = decode.Val[string]

// entry is one connector. It is sound where nothing is wrong with its form.
type entry struct {
	form  entryForm
	sound bool
}

// UnmarshalNode reads the entry.
func (e *entry) UnmarshalNode(d *decode.Decoder, n *source.Node) {
	before := len(*d.List)
	d.Value(n, &e.form)
	e.sound = len(*d.List) == before
}

type entryForm struct {
	Title      text         `key:"title" doc:"The product's name."`
	Docs       text         `key:"docs" doc:"Page of the connector's documentation."`
	Definition text         `key:"definition,required" doc:"Connector definition id, a UUID." pattern:"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$" hint:"a UUID"`
	Repository text         `key:"repository,required" doc:"Image without tag." pattern:"^[a-zA-Z0-9][a-zA-Z0-9._/:-]*$" hint:"the name of an image, without its tag"`
	Version    text         `key:"version,required" doc:"Image tag." pattern:"^[A-Za-z0-9_][A-Za-z0-9._-]*$" hint:"the tag of an image"`
	License    text         `key:"license" doc:"License of the connector."`
	Digest     text         `key:"digest,required" doc:"SHA-256 of the specification." pattern:"^sha256:[0-9a-f]{64}$" hint:"sha256: and 64 digits of a hexadecimal number"`
	Spec       *source.Node `key:"spec,required" doc:"The connector's own specification, as JSON in one line."`
}

// Parse reads a lock file. What is wrong with it is in the list, at its place;
// the entries with which nothing is wrong are in the lock all the same.
func Parse(name string, data []byte) (*Lock, diag.List) {
	root, problems := source.Parse(name, data)
	list := diag.FromProblems(problems)
	lock := &Lock{}
	if list.HasErrors() || root == nil {
		lock.broken = true
		return lock, list
	}
	var f file
	decode.Into(root, &f, &list)
	for i := range f.Connectors.Items {
		item := &f.Connectors.Items[i]
		if !item.Value.sound {
			continue
		}
		if c, ok := item.Value.form.connector(item.Key, &list); ok {
			lock.Set(c)
		}
	}
	lock.broken = list.HasErrors()
	return lock, list
}

// connector is the entry as it is used, where nothing is wrong with it.
func (e *entryForm) connector(name string, list *diag.List) (Connector, bool) {
	if e.Spec.Kind != source.Scalar {
		list.Add(changed(e.Spec.Span, name, "its spec must be a text: JSON behind spec: |"))
		return Connector{}, false
	}
	spec, err := connector.Canonical([]byte(e.Spec.Text))
	if err != nil {
		list.Add(changed(whereIn(e.Spec, err), name, "its spec cannot be read: "+strings.TrimPrefix(err.Error(), "json: ")))
		return Connector{}, false
	}
	if Digest(spec) != e.Digest.V {
		d := changed(e.Digest.Span, name, "its spec is not the one that digest stands for")
		d.Related = append(d.Related, diag.Note{Span: e.Spec.Span, Message: "the spec is here"})
		list.Add(d)
		return Connector{}, false
	}
	return Connector{Name: name, Title: e.Title.V, Docs: e.Docs.V, Definition: e.Definition.V, Repository: e.Repository.V,
		Version: e.Version.V, License: e.License.V, Spec: spec}, true
}

func changed(at source.Span, name, why string) diag.Diagnostic {
	return diag.Diagnostic{Code: Changed, Span: at, Message: "the lock of the connector \"" + clip(name) + "\" was changed by hand: " + why,
		Detail: "Take the file back from git, or write it anew: tapestry-ci catalog update " + clip(name)}
}

func clip(name string) string {
	if r := []rune(name); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return name
}

// indent is how far catalog update puts a specification to the right of its key.
const indent = 2

// whereIn is the place in a text block at which JSON is broken; its end where the
// JSON stops too soon. The column is that of a file which catalog update wrote.
func whereIn(n *source.Node, err error) source.Span {
	if n.Style != source.Block {
		return n.Span
	}
	upTo := strings.TrimRight(n.Text, "\n")
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && int(syntax.Offset) <= len(upTo) && syntax.Offset > 0 {
		upTo = upTo[:syntax.Offset-1]
	}
	last := strings.LastIndexByte(upTo, '\n') + 1
	at := source.Pos{Line: n.Span.Start.Line + 1 + strings.Count(upTo, "\n"),
		Col: n.Span.Start.Col - len("spec: ") + indent + utf8.RuneCountInString(upTo[last:])}
	return source.Span{File: n.Span.File, Start: at, End: source.Pos{Line: at.Line, Col: at.Col + 1}}
}

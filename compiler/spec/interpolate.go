package spec

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/decode"
	"github.com/tapestry-ci/tapestry-ci/compiler/diag"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// The codes of this package.
const (
	RepeatedName   diag.Code = "TAP105"
	MissingEnv     diag.Code = "TAP601"
	BadPlaceholder diag.Code = "TAP602"
	UnknownOverlay diag.Code = "TAP604"
	IdleRemoval    diag.Code = "TAP605"
)

var placeholder = regexp.MustCompile(`\$\$\{|\$\{([^{}]*)\}?`)

var (
	envForm    = regexp.MustCompile(`^env\.([A-Za-z_][A-Za-z0-9_]*)(:-(.*))?$`)
	secretForm = regexp.MustCompile(`^secret\.([A-Za-z_][A-Za-z0-9_]*)$`)
)

// EnvUse is one variable of the environment with the places that name it.
type EnvUse struct {
	Name   string
	Value  string
	Places []source.Span
}

// interpolator replaces ${env.X} and marks ${secret.X}.
type interpolator struct {
	env     func(string) (string, bool)
	list    *diag.List
	missing map[string][]source.Span
	used    map[string]*EnvUse
}

// Interpolate gives the tree with every ${env.X} replaced by its value, every
// whole value ${secret.X} turned into a Reference, and $${ into ${. Missing
// variables are reported once each, with every place.
func Interpolate(n *source.Node, env func(string) (string, bool), list *diag.List) (*source.Node, []EnvUse) {
	ip := &interpolator{env, list, map[string][]source.Span{}, map[string]*EnvUse{}}
	out := ip.node(n)
	for _, name := range slices.Sorted(maps.Keys(ip.missing)) {
		ip.report(name, ip.missing[name])
	}
	uses := make([]EnvUse, 0, len(ip.used))
	for _, name := range slices.Sorted(maps.Keys(ip.used)) {
		uses = append(uses, *ip.used[name])
	}
	return out, uses
}

func (ip *interpolator) report(name string, places []source.Span) {
	d := diag.Diagnostic{Code: MissingEnv, Span: places[0],
		Message: fmt.Sprintf("environment variable %s is not set", name),
		Detail:  fmt.Sprintf("Set it in the environment or in a .env file beside this one, or give a default: ${env.%s:-value}.", name)}
	for _, p := range places[1:] {
		d.Related = append(d.Related, diag.Note{Span: p, Message: "it is also used here"})
	}
	ip.list.Add(d)
}

func (ip *interpolator) node(n *source.Node) *source.Node {
	switch n.Kind {
	case source.Scalar:
		if strings.Contains(n.Text, "${") {
			return ip.scalar(n)
		}
	case source.Map:
		return ip.entries(n)
	case source.List:
		return ip.items(n)
	}
	return n
}

func (ip *interpolator) entries(n *source.Node) *source.Node {
	var out *source.Node
	for i, e := range n.Entries {
		v := ip.node(e.Value)
		if v == e.Value {
			continue
		}
		if out == nil {
			c := *n
			c.Entries = slices.Clone(n.Entries)
			out = &c
		}
		out.Entries[i].Value = v
	}
	if out == nil {
		return n
	}
	return out
}

func (ip *interpolator) items(n *source.Node) *source.Node {
	var out *source.Node
	for i, item := range n.Items {
		v := ip.node(item)
		if v == item {
			continue
		}
		if out == nil {
			c := *n
			c.Items = slices.Clone(n.Items)
			out = &c
		}
		out.Items[i] = v
	}
	if out == nil {
		return n
	}
	return out
}

func (ip *interpolator) scalar(n *source.Node) *source.Node {
	c := *n
	if m := secretForm.FindStringSubmatch(strings.TrimSuffix(strings.TrimPrefix(n.Text, "${"), "}")); m != nil &&
		strings.HasPrefix(n.Text, "${") && strings.HasSuffix(n.Text, "}") {
		c.Text, c.Style = m[1], source.Reference
		return &c
	}
	known := true
	c.Text = placeholder.ReplaceAllStringFunc(n.Text, func(match string) string {
		text, ok := ip.replace(n, match)
		known = known && ok
		return text
	})
	if !known {
		c.Style = source.Unknown
	}
	return &c
}

func (ip *interpolator) replace(n *source.Node, match string) (string, bool) {
	if match == "$${" {
		return "${", true
	}
	inner, closed := strings.CutSuffix(strings.TrimPrefix(match, "${"), "}")
	m := envForm.FindStringSubmatch(inner)
	switch {
	case closed && m != nil:
		return ip.variable(n, m)
	case closed && secretForm.MatchString(inner):
		ip.bad(n, "a secret must be the whole value, not a part of a text",
			"Put the whole text into the secret. Its value is not known when the text is made.")
	default:
		ip.bad(n, fmt.Sprintf("%q is not a placeholder", match),
			"Use ${env.NAME}, ${env.NAME:-default} or ${secret.NAME}; $${ gives a literal ${.")
	}
	return "", false
}

func (ip *interpolator) variable(n *source.Node, m []string) (string, bool) {
	name := m[1]
	value, ok := ip.env(name)
	if !ok && m[2] != "" {
		return m[3], true
	}
	if !ok {
		ip.missing[name] = append(ip.missing[name], n.Span)
		return "", false
	}
	if ip.used[name] == nil {
		ip.used[name] = &EnvUse{Name: name, Value: value}
	}
	ip.used[name].Places = append(ip.used[name].Places, n.Span)
	return value, true
}

func (ip *interpolator) bad(n *source.Node, message, detail string) {
	ip.list.Add(diag.Diagnostic{Code: BadPlaceholder, Span: n.Span, Message: message, Detail: detail})
}

// Decode reads the whole file in one environment.
func Decode(root *source.Node, environment string, env func(string) (string, bool), list *diag.List) (*File, []EnvUse) {
	merged, gone := overlay(root, environment, list)
	tree, uses := Interpolate(merged, env, list)
	file := &File{}
	decode.IntoWithout(gone, tree, file, list)
	file.Sound = !list.HasErrors()
	return file, uses
}

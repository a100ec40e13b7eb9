package airbyte

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/ir"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// configuration turns a connector's configuration into JSON. It lists the
// secrets as bindings, in the order in which they stand, and the places of the
// pipeline file.
type configuration struct {
	bind    []Binding
	origins []source.Span
}

func (c *configuration) value(v ir.Value, at string) any {
	c.origins = append(c.origins, v.Origin)
	switch v.Kind {
	case ir.StringValue:
		return v.Text
	case ir.NumberValue:
		return number(v.Text)
	case ir.BoolValue:
		return v.Bool
	case ir.SecretValue:
		c.bind = append(c.bind, Binding{at, fromSecret + v.Secret})
		return secretText(v.Secret)
	case ir.ListValue:
		list := make([]any, len(v.List))
		for i, item := range v.List {
			list[i] = c.value(item, pointer(at, strconv.Itoa(i)))
		}
		return list
	case ir.ObjectValue:
		out := make(object, len(v.Fields))
		for i, f := range v.Fields {
			out[i] = member{f.Name, c.value(f.Value, pointer(at, f.Name))}
		}
		return out
	}
	return nil
}

// secretText is what stands in a body where a secret goes.
func secretText(secret string) string { return "${secret." + secret + "}" }

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// number keeps the digits that were typed where JSON allows them: a long one
// would lose its last digits on the way through a floating point number. What
// JSON cannot say (+1, 007, .5) is written anew.
func number(text string) any {
	if jsonNumber.MatchString(text) {
		return json.Number(text)
	}
	if n, err := strconv.ParseInt(strings.TrimPrefix(text, "+"), 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	return text
}

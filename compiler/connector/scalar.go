package connector

import (
	"encoding/json"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"

	"github.com/tapestry-ci/tapestry-ci/compiler/catalog"
	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// scalar says what a single value must be.
func scalar(f *catalog.Field, s *shape, at place) {
	c := constant(s.words)
	switch {
	case c != nil && (at.form || at.required):
		f.Const = node(c)
		f.Type = typeOf(c)
		return
	case c != nil:
		f.Enum = []string{written(c)}
	default:
		f.Enum = enum(s.words["enum"])
	}
	f.Minimum, f.Maximum = number(s.words["minimum"]), number(s.words["maximum"])
	if f.Type != "string" {
		return
	}
	f.Pattern, f.PatternHint = pattern(s.words)
	if format, _ := s.words["format"].(string); f.Pattern == "" && keepsTo(format, s.words) {
		f.Format = format
	}
	if examples := texts(s.words["examples"]); len(examples) > 0 && !f.Secret {
		f.Example = strconv.Quote(examples[0])
	}
}

// enum gives the values that may stand, none where one of them is no single
// value.
func enum(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		if item == nil {
			continue
		}
		if !isSingle(item) {
			return nil
		}
		out = append(out, written(item))
	}
	return out
}

func number(v any) *float64 {
	n, ok := v.(json.Number)
	if !ok {
		return nil
	}
	x, err := n.Float64()
	if err != nil {
		return nil
	}
	return &x
}

// pattern is a regular expression as the catalogue has it, for the whole text,
// with its meaning in words. It is empty where Go cannot read it.
func pattern(words map[string]any) (text, hint string) {
	text, _ = words["pattern"].(string)
	hint, _ = words["pattern_descriptor"].(string)
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil || text == "" {
		return "", ""
	}
	if hint == "" {
		hint = "of the form " + text
	}
	// Most begin with ^ and end with $ anyway.
	last := len(re.Sub) - 1
	if re.Op == syntax.OpConcat && re.Sub[0].Op == syntax.OpBeginText && re.Sub[last].Op == syntax.OpEndText && text[0] == '^' && text[len(text)-1] == '$' {
		return text[1 : len(text)-1], hint
	}
	return "(?s:.*)(?:" + text + ")(?s:.*)", hint
}

var formats = map[string]*regexp.Regexp{
	"date":      regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`),
	"date-time": regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?)?$`),
	"uri":       nil, "email": nil, "uuid": nil,
}

// keepsTo reports whether a format is known and the connector's own examples
// are of it: some write date-time and mean another form.
func keepsTo(format string, words map[string]any) bool {
	form, ok := formats[format]
	if form == nil {
		return ok
	}
	for _, text := range append(texts(words["examples"]), texts(words["default"])...) {
		if text != "" && !form.MatchString(text) {
			return false
		}
	}
	return true
}

// fits reports whether a default is a value that the field takes; some are not.
func fits(f *catalog.Field, v any) bool {
	typ := typeOf(v)
	if f.Type != catalog.AnyType && f.Type != typ && !(f.Type == "number" && typ == "integer") {
		return false
	}
	if !isSingle(v) {
		return true
	}
	text := written(v)
	if len(f.Enum) > 0 && !slices.Contains(f.Enum, text) {
		return false
	}
	if f.Pattern == "" {
		return true
	}
	re, err := regexp.Compile("^(?:" + f.Pattern + ")$")
	return err == nil && re.MatchString(text)
}

// typeOf is the type of a JSON value, in the words of JSON Schema.
func typeOf(v any) string {
	switch x := v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		if _, err := x.Int64(); err == nil {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "null"
}

func isSingle(v any) bool {
	switch v.(type) {
	case string, bool, json.Number:
		return true
	}
	return false
}

// written is a single value as it is typed.
func written(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case bool:
		return strconv.FormatBool(x)
	case json.Number:
		return x.String()
	}
	return ""
}

// node is a JSON value as one of a file.
func node(v any) *source.Node {
	switch x := v.(type) {
	case string:
		return &source.Node{Kind: source.Scalar, Style: source.Quoted, Text: x}
	case bool, json.Number:
		return &source.Node{Kind: source.Scalar, Text: written(x)}
	case []any:
		n := &source.Node{Kind: source.List}
		for _, item := range x {
			n.Items = append(n.Items, node(item))
		}
		return n
	case map[string]any:
		n := &source.Node{Kind: source.Map}
		for _, name := range sortedKeys(x) {
			n.Entries = append(n.Entries, source.Entry{Key: name, Value: node(x[name])})
		}
		return n
	}
	return &source.Node{}
}

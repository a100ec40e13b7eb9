package stackdiff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tapestry-ci/tapestry-ci/compiler/source"
)

// reader turns the tree of a template into values, with everything put in that
// is known on its side.
type reader struct {
	parameters map[string]value
	mappings   *source.Node
	conditions map[string]verdict
}

// read gives the value of a node.
func (r *reader) read(n *source.Node) value { return r.under(n, "", false) }

// under reads a node that stands under a key. policy says that it is within a
// document of IAM.
func (r *reader) under(n *source.Node, key string, policy bool) value {
	if n == nil {
		return value{form: absent}
	}
	if name, arg, ok := intrinsic(n); ok {
		return r.resolve(name, arg)
	}
	return r.literal(n, key, policy)
}

// literal reads a node as what it is written as, whatever its tag.
func (r *reader) literal(n *source.Node, key string, policy bool) value {
	policy = policy || strings.HasSuffix(key, "PolicyDocument") || key == "KeyPolicy"
	switch n.Kind {
	case source.Scalar:
		return str(n.Text)
	case source.List:
		v := value{form: list}
		for _, item := range n.Items {
			if got := r.under(item, "", policy); got.form != absent {
				v.items = append(v.items, got)
			}
		}
		if unordered(key, policy) {
			slices.SortFunc(v.items, order)
		}
		return v
	case source.Map:
		m := make(map[string]value, len(n.Entries))
		for _, e := range n.Entries {
			if got := r.under(e.Value, e.Key, policy); got.form != absent {
				m[e.Key] = got
			}
		}
		return entries(m)
	}
	return value{form: null}
}

// intrinsic tells a function from plain data: a short tag, or a map with the one
// key Ref or Fn::X. The name has no Fn::, and the argument no tag.
func intrinsic(n *source.Node) (name string, arg *source.Node, ok bool) {
	if n.Tag != "" {
		bare := *n
		bare.Tag = ""
		return strings.TrimPrefix(n.Tag, "!"), &bare, true
	}
	if n.Kind != source.Map || len(n.Entries) != 1 {
		return "", nil, false
	}
	e := n.Entries[0]
	if e.Key == "Ref" {
		return e.Key, e.Value, true
	}
	name, ok = strings.CutPrefix(e.Key, "Fn::")
	return name, e.Value, ok
}

func (r *reader) resolve(name string, arg *source.Node) value {
	switch name {
	case "Ref":
		if arg.Kind == source.Scalar {
			return r.ref(arg.Text)
		}
	case "GetAtt":
		return getAtt(r.args(arg))
	case "Sub":
		return r.sub(arg)
	case "If":
		return r.choose(arg)
	}
	args := r.args(arg)
	switch {
	case name == "Join" && len(args) == 2:
		return join(args)
	case name == "Split" && len(args) == 2:
		return split(args)
	case name == "Select" && len(args) == 2:
		return pick(args)
	case name == "FindInMap":
		return r.find(args)
	}
	return fn(name, args...)
}

// args are the arguments of a function: those of a list, or the one there is.
func (r *reader) args(n *source.Node) []value {
	v := r.read(n)
	switch v.form {
	case list:
		return v.items
	case absent:
		return nil
	}
	return []value{v}
}

func (r *reader) ref(name string) value {
	if name == "AWS::NoValue" {
		return value{form: absent}
	}
	if v, ok := r.parameters[name]; ok {
		return v
	}
	return fn("Ref", str(name))
}

// getAtt brings both forms to [resource, attribute]; an attribute may have dots.
func getAtt(args []value) value {
	var words []string
	for _, a := range args {
		if a.form != text {
			return fn("GetAtt", args...)
		}
		words = append(words, a.text)
	}
	resource, attribute, _ := strings.Cut(strings.Join(words, "."), ".")
	return fn("GetAtt", str(resource), str(attribute))
}

// sub takes "${A} and ${B.Arn}" apart. Variables of its own come first.
func (r *reader) sub(arg *source.Node) value {
	var own *source.Node
	template := arg
	if arg.Kind == source.List && len(arg.Items) > 0 {
		template = arg.Items[0]
		if len(arg.Items) > 1 {
			own = arg.Items[1]
		}
	}
	if template.Kind != source.Scalar || template.Tag != "" {
		return fn("Sub", r.args(arg)...)
	}
	var parts []value
	rest := template.Text
	for {
		before, after, found := strings.Cut(rest, "${")
		name, next, closed := strings.Cut(after, "}")
		if !found || !closed {
			return concat(append(parts, str(rest))...)
		}
		parts = append(parts, str(before), r.variable(own, strings.TrimSpace(name)))
		rest = next
	}
}

func (r *reader) variable(own *source.Node, name string) value {
	if literal, ok := strings.CutPrefix(name, "!"); ok {
		return str("${" + literal + "}")
	}
	if n := own.Get(name); n != nil {
		return r.read(n)
	}
	if strings.Contains(name, ".") {
		return getAtt([]value{str(name)})
	}
	return r.ref(name)
}

func (r *reader) choose(arg *source.Node) value {
	if arg.Kind != source.List || len(arg.Items) != 3 || arg.Items[0].Kind != source.Scalar {
		return fn("If", r.args(arg)...)
	}
	name := arg.Items[0].Text
	switch v := r.conditions[name]; v.truth {
	case yes:
		return r.read(arg.Items[1])
	case no:
		return r.read(arg.Items[2])
	default:
		then, otherwise := r.read(arg.Items[1]), r.read(arg.Items[2])
		if equal(then, otherwise) {
			return then
		}
		return fn("If", str(name), str(v.digest), then, otherwise)
	}
}

func join(args []value) value {
	if args[0].form != text || args[1].form != list {
		return fn("Join", args...)
	}
	var parts []value
	for i, item := range args[1].items {
		if i > 0 {
			parts = append(parts, args[0])
		}
		parts = append(parts, item)
	}
	return concat(parts...)
}

func split(args []value) value {
	if args[0].form != text || args[0].text == "" || args[1].form != text {
		return fn("Split", args...)
	}
	v := value{form: list}
	for _, s := range strings.Split(args[1].text, args[0].text) {
		v.items = append(v.items, str(s))
	}
	return v
}

func pick(args []value) value {
	if i, err := strconv.Atoi(args[0].text); err == nil && args[1].form == list && i >= 0 && i < len(args[1].items) {
		return args[1].items[i]
	}
	return fn("Select", args...)
}

// find looks into Mappings. Where a key is not known yet, the digest of the
// mapping stands for what it holds.
func (r *reader) find(args []value) value {
	n, known := r.mappings, len(args) == 3
	for _, a := range args {
		if known = known && a.form == text; known {
			n = n.Get(a.text)
		}
	}
	if known && n != nil {
		return r.read(n)
	}
	within := r.mappings
	if len(args) > 0 && args[0].form == text {
		within = r.mappings.Get(args[0].text)
	}
	return fn("FindInMap", append(slices.Clone(args), str(digest(write(r.read(within)))))...)
}
